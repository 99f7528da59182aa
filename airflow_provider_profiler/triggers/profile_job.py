"""The trigger that waits for a job on behalf of a deferred task."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_profiler.contract.states import JobState, Target
from airflow_provider_profiler.hooks.errors import ProfileDeadlineExceeded, ProfilerHookError
from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.hooks.pacing import Pace
from airflow_provider_profiler.hooks.patience import Patience
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.hooks.retrying import RetryPolicy
from airflow_provider_profiler.hooks.telling import MOST_LINES, Telling
from airflow_provider_profiler.hooks.waiting import failure
from airflow_provider_profiler.hooks.waiting_async import AsyncJobWatch, JobEnd, last_lines_async, stop_job
from airflow_provider_profiler.triggers.arguments import (
    WrongTriggerArgument,
    given,
    given_job_id,
    number,
    optional_count,
    optional_number,
    optional_text,
    tell_unknown,
    with_failures,
)
from airflow_provider_profiler.triggers.outcome import Outcome, unforeseen

#: Each look is one request: between looks, :class:`Patience` decides.
ONCE = RetryPolicy(attempts=1)
#: Seconds to see and to stop a job whose deadline passed, or whose task was killed: Airflow allows 30 for the latter.
_LAST_WORDS = 20.0


class ProfileJobTrigger(BaseTrigger):
    """Waits until a job's profile is ready, has failed, or its deadline has passed; fires exactly one event.

    It keeps nothing but its arguments: another triggerer can take it over at any time. When a user ends or clears the
    deferred task it stops the job, where that is its to stop; a restart of the triggerer, a rolling deployment or a
    time-out of the task leave the job alone.

    :param job_id: the job.
    :param profiler_conn_id: the connection to the service.
    :param target: ``light`` or ``heavy``; None waits for whatever the job was submitted for.
    :param poll_interval: seconds between two looks; with our service the end is seen at once.
    :param deadline_at: seconds since the epoch after which the job is told to stop.
    :param stop_on_kill: whether the job belongs to the task, and ends with it.
    :param job_url: where people look at the job, handed back with the event.
    :param dataset_id: the job's dataset where it is known: it saves a request for the CDD file's path.
    :param heartbeat_timeout: seconds for which a running job's worker may be silent; None for any.
    :param max_consecutive_failures: how many looks in a row may fail because the service is away or in trouble; None
        for as many as ever.
    :param events_after: sequence number of the job's last event that the task's log has told of.
    :param log_after: the place up to which the task's log has told the job's log; None leaves the job's log out.
    :param log_lines_left: lines of the job's log below ``WARNING`` that may still be told.
    :param unknown: arguments of another version of this package, which do not count.
    """

    patience: ClassVar[Patience] = Patience()

    def __init__(
        self,
        *,
        job_id: str,
        profiler_conn_id: str = DEFAULT_CONN_NAME,
        target: str | None = None,
        poll_interval: float = 10.0,
        deadline_at: float | None = None,
        stop_on_kill: bool = False,
        job_url: str | None = None,
        dataset_id: str | None = None,
        heartbeat_timeout: float | None = None,
        max_consecutive_failures: int | None = None,
        events_after: int | None = None,
        log_after: int | None = None,
        log_lines_left: int | None = None,
        **unknown: Any,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if target is not None and target not in set(Target):
            raise WrongTriggerArgument(f"target must be 'light', 'heavy' or None, not {str(target)[:100]!r}.")
        # Plain values, whatever came in: what Airflow cannot write down would fail only after the job is submitted.
        self.job_id = str(job_id)
        self.profiler_conn_id = str(profiler_conn_id)
        self.target = None if target is None else Target(target).value
        self.poll_interval = number("poll_interval", poll_interval)
        self.deadline_at = optional_number("deadline_at", deadline_at)
        self.stop_on_kill = bool(stop_on_kill)
        self.job_url = optional_text(job_url)
        self.dataset_id = optional_text(dataset_id)
        self.heartbeat_timeout = optional_number("heartbeat_timeout", heartbeat_timeout)
        self.max_consecutive_failures = optional_count("max_consecutive_failures", max_consecutive_failures)
        self.events_after = optional_count("events_after", events_after) or 0
        self.log_after = optional_count("log_after", log_after)
        left = optional_count("log_lines_left", log_lines_left)
        self.log_lines_left = MOST_LINES if left is None else left
        tell_unknown(self, unknown)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments, for another process."""
        return (
            f"{ProfileJobTrigger.__module__}.{ProfileJobTrigger.__name__}",
            {
                "job_id": self.job_id,
                "profiler_conn_id": self.profiler_conn_id,
                "target": self.target,
                "poll_interval": self.poll_interval,
                "deadline_at": self.deadline_at,
                "stop_on_kill": self.stop_on_kill,
                "job_url": self.job_url,
                "dataset_id": self.dataset_id,
                **given(
                    heartbeat_timeout=self.heartbeat_timeout,
                    max_consecutive_failures=self.max_consecutive_failures,
                    events_after=self.events_after or None,
                    log_after=self.log_after,
                    log_lines_left=None if self.log_after is None else self.log_lines_left,
                ),
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, and tell how it ended. Errors are events too: raised here, their words would not reach the task."""
        try:
            async with ProfilerAsyncHook(self.profiler_conn_id, retry=ONCE) as hook:
                outcome = await self._wait(hook)
        except ProfilerHookError as error:
            outcome = self._known().with_problem(error)
        except Exception as error:
            self.log.exception("Waiting for profiling job %s ended unforeseen", self.job_id)
            outcome = self._known().with_problem(unforeseen(error))
        yield TriggerEvent(outcome.payload())  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """Stop this trigger's own job, and no other: after a clear, the task's next try may have a new one already."""
        if not self.stop_on_kill:
            return
        try:
            async with asyncio.timeout(_LAST_WORDS), ProfilerAsyncHook(self.profiler_conn_id, retry=ONCE) as hook:
                await stop_job(hook, self.job_id, self.patience)
        except (ProfilerHookError, TimeoutError) as error:
            self.log.warning("Profiling job %s could not be stopped: %s", self.job_id, error or "no answer in time")
        else:
            self.log.info("Profiling job %s was told to stop.", self.job_id)

    def _known(self) -> Outcome:
        return Outcome(job_id=self.job_id, job_url=self.job_url, dataset_id=self.dataset_id)

    async def _wait(self, hook: ProfilerAsyncHook) -> Outcome:
        watch = AsyncJobWatch(
            hook=hook,
            job_id=given_job_id(self.job_id),
            target=Target(self.target) if self.target else None,
            poll_interval=self.poll_interval,
            patience=with_failures(self.patience, self.max_consecutive_failures),
            report=self.log.info,
            heartbeat_timeout=self.heartbeat_timeout,
            telling=Telling(
                self.job_id,
                self.log.info,
                self.log.warning,
                events_after=self.events_after,
                log_after=self.log_after,
                log_lines_left=self.log_lines_left,
            ),
            pace=Pace(self.poll_interval, self.job_id),
        )
        left = None if self.deadline_at is None else self.deadline_at - time.time()
        try:
            async with asyncio.timeout(left) as limit:
                end = await watch.wait()
        except TimeoutError:
            if not limit.expired():
                raise
            return await self._too_late(hook, watch)
        return await self._outcome(hook, end)

    async def _too_late(self, hook: ProfilerAsyncHook, watch: AsyncJobWatch) -> Outcome:
        # The triggerer may have been away when the deadline passed, and the job may have ended well meanwhile.
        error = f"Profiling job {self.job_id} did not end within its deadline."
        try:
            async with asyncio.timeout(_LAST_WORDS):
                end = await watch.last_look()
                if end is not None:
                    return await self._outcome(hook, end)
                await stop_job(hook, self.job_id, self.patience)
        except (ProfilerHookError, TimeoutError) as trouble:
            error += f" It could not be told to stop: {trouble or 'no answer in time'}"
        else:
            error += " It was told to stop."
        return self._known().with_problem(ProfileDeadlineExceeded(error))

    async def _outcome(self, hook: ProfilerAsyncHook, end: JobEnd) -> Outcome:
        view, detail = end.view, end.view.detail
        seen = self._known().seen(view)
        last_lines = await last_lines_async(hook, view)
        problem = failure(view, end.target, await hook.job_url(self.job_id), last_lines)
        if problem is not None:
            return seen.with_problem(problem)
        if end.target is Target.LIGHT or view.state is not JobState.HEAVY_PROFILES_READY:
            return seen
        try:
            path = await hook.cdd_path_of(self.job_id, str(detail.dataset_id) if detail else self.dataset_id)
        except ProfilerHookError as error:
            # The task asks again where it resumes, with patience of its own; the job itself ended well.
            self.log.warning("The CDD file of profiling job %s is not known yet: %s", self.job_id, error)
            path = None
        return Outcome(**seen.payload() | {"cdd_path": path})
