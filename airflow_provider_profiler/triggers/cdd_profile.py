"""The trigger that waits for a dataset's CDD file."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_profiler.hooks.dataset_wait import WantedCdd
from airflow_provider_profiler.hooks.errors import ProfilerHookError
from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.hooks.patience import Again, Patience, keep_looking
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.triggers.arguments import (
    given,
    number,
    optional_count,
    optional_text,
    tell_unknown,
    with_failures,
)
from airflow_provider_profiler.triggers.outcome import Outcome, unforeseen
from airflow_provider_profiler.triggers.profile_job import ONCE


class CddProfileTrigger(BaseTrigger):
    """Waits until a dataset has a CDD file that will do; fires exactly one event.

    A task may start in the triggerer: then ``dataset_id``, ``newer_than`` and ``revision`` are rendered here, and what
    they say is looked at when the trigger runs.

    :param dataset_id: the dataset's UUID, or the name or path that one is derived from.
    :param profiler_conn_id: the connection to the service.
    :param newer_than: ISO 8601, UTC where it names no time zone; the file's job must have ended after it.
    :param revision: the lowest revision that will do.
    :param poll_interval: seconds between two looks.
    :param max_consecutive_failures: how many looks in a row may fail because the service is away or in trouble; None
        for as many as ever.
    :param unknown: arguments of another version of this package, which do not count.
    """

    patience: ClassVar[Patience] = Patience()

    def __init__(
        self,
        *,
        dataset_id: str,
        profiler_conn_id: str = DEFAULT_CONN_NAME,
        newer_than: str | None = None,
        revision: int | str | None = None,
        poll_interval: float = 60.0,
        max_consecutive_failures: int | None = None,
        **unknown: Any,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.dataset_id = str(dataset_id)
        self.profiler_conn_id = str(profiler_conn_id)
        self.newer_than = optional_text(newer_than)
        self.revision = revision if isinstance(revision, int) else optional_text(revision)
        self.poll_interval = number("poll_interval", poll_interval)
        self.max_consecutive_failures = optional_count("max_consecutive_failures", max_consecutive_failures)
        tell_unknown(self, unknown)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, for another process."""
        return (
            f"{CddProfileTrigger.__module__}.{CddProfileTrigger.__name__}",
            {
                "dataset_id": self.dataset_id,
                "profiler_conn_id": self.profiler_conn_id,
                "newer_than": self.newer_than,
                "revision": self.revision,
                "poll_interval": self.poll_interval,
                **given(max_consecutive_failures=self.max_consecutive_failures),
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and tell how it ended."""
        try:
            wanted = WantedCdd.given(self.dataset_id, self.newer_than, self.revision)
            self.log.info("Waiting for %s.", wanted)
            async with ProfilerAsyncHook(self.profiler_conn_id, retry=ONCE) as hook:
                path = await keep_looking(
                    lambda: self._look(hook, wanted),
                    hook=hook,
                    patience=with_failures(self.patience, self.max_consecutive_failures),
                    report=self.log.info,
                )
            outcome = Outcome(cdd_path=path)
        except ProfilerHookError as error:
            outcome = Outcome().with_problem(error)
        except Exception as error:
            self.log.exception("Waiting for the CDD file of dataset %s ended unforeseen", self.dataset_id)
            outcome = Outcome().with_problem(unforeseen(error))
        yield TriggerEvent(outcome.payload())  # type: ignore[no-untyped-call]

    async def _look(self, hook: ProfilerAsyncHook, wanted: WantedCdd) -> str | Again:
        if wanted.any_will_do:
            path = await hook.cdd_profile_path(wanted.dataset_id)
        else:
            path = wanted.path_in(await hook.dataset(wanted.dataset_id))
        return path if path is not None else Again(self.poll_interval)
