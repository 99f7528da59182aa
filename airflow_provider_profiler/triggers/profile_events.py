"""The trigger of asset watchers: fires for what happens at the service, whoever asked for it."""

import hashlib
from collections.abc import AsyncIterator, Hashable, Iterable
from contextlib import aclosing
from typing import Any, ClassVar

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from airflow_provider_profiler.assets.facts import ProfileFacts
from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.job import FeedEvent, JobDetail
from airflow_provider_profiler.contract.model import canonical_json
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.hooks.errors import ProfilerHookError
from airflow_provider_profiler.hooks.feed import FeedPage, StateFeed, following
from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.hooks.patience import Patience, keep_looking
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.triggers.arguments import WrongTriggerArgument, tell_unknown, with_failures
from airflow_provider_profiler.triggers.profile_job import ONCE
from airflow_provider_profiler.triggers.watermark import Watermark

#: What can be watched, by the state that tells it.
OUTCOMES = {
    JobState.LIGHT_PROFILE_READY: "light",
    JobState.HEAVY_PROFILES_READY: "heavy",
    JobState.FAILED: "failed",
}
NOW, BEGINNING = "now", "beginning"
#: Looks at a job for its numbers; without them the event fires all the same.
_LOOKS = 3


class ProfileEventTrigger(BaseEventTrigger):
    """Fires an event for each profile that becomes ready, or job that fails, for as long as an asset watches.

    How far it has come is kept in Airflow's asset state store, with the asset, and is written down before an event is
    handed over: none fires twice, also not after a restart of the triggerer, and what happens meanwhile is made up for.
    A watcher that begins starts with what happens from then on. All watchers of one connection share one request that
    waits for something to happen.

    The event's payload is that of :class:`~airflow_provider_profiler.assets.facts.ProfileFacts`, and ``cursor``,
    ``outcome`` (``light``, ``heavy``, ``failed``), ``at`` (ISO 8601) and ``reason`` (its code, of a job that failed).

    :param dataset_id: the dataset's UUID, or the name or path that one is derived from; None for all datasets.
    :param on: what to fire for: ``light``, ``heavy`` or ``failed``, or several, as a list or with commas.
    :param start: where a watcher begins: ``now``, or at the ``beginning`` of what the service has kept.
    :param profiler_conn_id: the connection to the service.
    :param unknown: arguments of another version of this package, which do not count.
    """

    patience: ClassVar[Patience] = Patience()

    def __init__(
        self,
        *,
        dataset_id: str | None = None,
        on: str | Iterable[str] = "heavy",
        start: str = NOW,
        profiler_conn_id: str = DEFAULT_CONN_NAME,
        **unknown: Any,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        words = on.split(",") if isinstance(on, str) else on
        self.on = tuple(sorted({str(word).strip() for word in words}))
        if not self.on or set(self.on) - set(OUTCOMES.values()):
            raise WrongTriggerArgument(
                f"on must be of {', '.join(OUTCOMES.values())}, not {','.join(self.on)[:100]!r}."
            )
        if start not in (NOW, BEGINNING):
            raise WrongTriggerArgument(f"start must be {NOW!r} or {BEGINNING!r}, not {str(start)[:100]!r}.")
        self.dataset_id = None if dataset_id is None else str(dataset_uuid(str(dataset_id)))
        self.start = str(start)
        self.profiler_conn_id = str(profiler_conn_id)
        tell_unknown(self, unknown)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, for another process. Airflow tells watchers apart by them."""
        return (
            f"{ProfileEventTrigger.__module__}.{ProfileEventTrigger.__name__}",
            {
                "dataset_id": self.dataset_id,
                "on": ",".join(self.on),
                "start": self.start,
                "profiler_conn_id": self.profiler_conn_id,
            },
        )

    @property
    def watermark_key(self) -> str:
        """The key under which an asset keeps how far this watcher has come: another one for another filter."""
        told = canonical_json([self.profiler_conn_id, self.dataset_id, list(self.on)])
        return f"profile_events_{hashlib.sha256(told).hexdigest()[:16]}"

    def shared_stream_key(self) -> Hashable | None:
        """All watchers of one connection read one stream."""
        return ("airflow_provider_profiler.profile_events", self.profiler_conn_id)

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[FeedPage]:
        """What happens at the service, as it happens.

        :param kwargs: the arguments of one of the watchers; only the connection counts.
        """
        connection = str(kwargs.get("profiler_conn_id", DEFAULT_CONN_NAME))
        async with ProfilerAsyncHook(connection, retry=ONCE) as hook:
            async for page in StateFeed(hook, cls.patience, hook.log.warning).from_now_on():
                yield page

    async def filter_shared_stream(self, shared_stream: AsyncIterator[FeedPage]) -> AsyncIterator[TriggerEvent]:
        """The events that this watcher is for, each once.

        :param shared_stream: what all watchers of the connection see.
        """
        mark = Watermark(self.asset_state_store, self.watermark_key)
        async with ProfilerAsyncHook(self.profiler_conn_id, retry=ONCE) as hook:
            feed = StateFeed(hook, self.patience, self.log.warning)
            position = await mark.read()
            if position is None:
                position = await feed.end() if self.start == NOW else 0
                await mark.write(position)
            async for page in following(feed, shared_stream, position):
                if page.next < page.after:
                    mark.begin_anew()
                for event in page.events:
                    outcome = self._wanted(event)
                    if outcome is None:
                        continue
                    payload = await self._payload(hook, event, outcome)
                    if await mark.passed(event.cursor):
                        continue
                    # Before it is handed over: whatever happens to this process, it is not handed over again.
                    await mark.write(event.cursor)
                    yield TriggerEvent(payload)  # type: ignore[no-untyped-call]
                await mark.moved(page.next)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """The same, where nothing is shared."""
        async with (
            aclosing(type(self).open_shared_stream(self.serialize()[1])) as live,  # type: ignore[type-var]
            aclosing(self.filter_shared_stream(live)) as events,  # type: ignore[type-var]
        ):
            async for event in events:
                yield event

    def _wanted(self, event: FeedEvent) -> str | None:
        if self.dataset_id is not None and str(event.dataset_id) != self.dataset_id:
            return None
        word = str(event.data.get("state", ""))
        outcome = OUTCOMES.get(JobState(word)) if word in JobState.__members__ else None
        return outcome if outcome in self.on else None

    async def _payload(self, hook: ProfilerAsyncHook, event: FeedEvent, outcome: str) -> dict[str, Any]:
        reason = event.data.get("reason")
        return {
            **(await self._facts(hook, event, outcome)).extra(),
            "cursor": event.cursor,
            "outcome": outcome,
            "at": event.at.isoformat(),
            "reason": str(reason.get("code")) if isinstance(reason, dict) else None,
        }

    async def _facts(self, hook: ProfilerAsyncHook, event: FeedEvent, outcome: str) -> ProfileFacts:
        """What the service knows of the profile; of a job that is gone meanwhile, what the event itself tells."""

        async def look() -> tuple[JobDetail | None, str | None]:
            detail = await hook.job_detail(event.job_id)
            return detail, await hook.cdd_profile_path(event.dataset_id) if outcome == "heavy" else None

        bare = ProfileFacts(dataset_id=str(event.dataset_id), job_id=str(event.job_id), revision=event.revision)
        try:
            detail, path = await keep_looking(
                look, hook=hook, patience=with_failures(self.patience, _LOOKS), report=self.log.info
            )
        except ProfilerHookError as error:
            self.log.warning("The event of profiling job %s fires without its numbers: %s", event.job_id, error)
            return bare
        return bare if detail is None else ProfileFacts.of(detail, path)
