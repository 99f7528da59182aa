"""Watching a job in an event loop; what a look means is shared with :mod:`airflow_provider_profiler.hooks.waiting`."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from airflow_provider_profiler.contract.job import JobEvent
from airflow_provider_profiler.contract.job_log import JobLogLine
from airflow_provider_profiler.contract.states import JobState, RunnerStatus, Target
from airflow_provider_profiler.hooks.errors import ProfilerHookError, ServiceFailed, ServiceUnreachable, TokenRefused
from airflow_provider_profiler.hooks.heartbeat import stalled
from airflow_provider_profiler.hooks.pacing import Pace
from airflow_provider_profiler.hooks.patience import Again, Patience, keep_looking
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.hooks.reading import LONGEST_HOLD
from airflow_provider_profiler.hooks.telling import LAST_LINES, Telling
from airflow_provider_profiler.hooks.waiting import PAGES_AT_THE_END, JobView

#: Requests to stop a job before it is left to itself.
_TRIES_TO_STOP = 3


@dataclass(frozen=True)
class JobEnd:
    """A job that there is nothing left to wait for, and what was waited for."""

    view: JobView
    target: Target


async def look_async(hook: ProfilerAsyncHook, job_id: str) -> JobView:
    """The job now, from its detail, or from its documented status where the service has no more.

    :raises UnknownJob: when the service knows no such job.
    """
    detail = await hook.job_detail(job_id)
    if detail is not None:
        return JobView(job_id, detail.state, detail)
    return JobView(job_id, (await hook.job_status(job_id)).state)


async def last_lines_async(hook: ProfilerAsyncHook, view: JobView) -> tuple[JobLogLine, ...]:
    """The last lines of the log of a job that failed; none where it did not, or where they cannot be had."""
    if view.state is not JobState.FAILED or view.detail is None or not view.detail.links.log:
        return ()
    try:
        page = await hook.job_log(view.job_id, tail=LAST_LINES)
    except ProfilerHookError:
        return ()  # the failure itself is what must be told
    return page.data if page is not None else ()


async def stop_job(hook: ProfilerAsyncHook, job_id: str, patience: Patience) -> None:
    """Tell the service to stop a job, and keep what is ready where it knows how to.

    :raises ProfilerHookError: when that cannot be told.
    """

    async def stop() -> bool:
        if not await hook.abort(job_id):
            await hook.clean_up(job_id)
        return True

    few = Patience(_TRIES_TO_STOP, patience.first_wait, patience.longest_wait, patience.longest_retry_after)
    await keep_looking(stop, hook=hook, patience=few, report=hook.log.warning)


@dataclass
class AsyncJobWatch:
    """Waits for one job, without end: a deadline is up to the caller, who cancels it.

    :param target: None waits for whatever the job was submitted for.
    :param poll_interval: seconds between two looks; a service that tells events answers sooner.
    :param report: takes the lines for the log.
    :param heartbeat_timeout: seconds for which a running job's worker may be silent; None for any.
    :param telling: goes on with what was told before; by default nothing was, and the job's own log is left out.
    :param pace: the seconds between two looks, in place of ``poll_interval``.
    """

    hook: ProfilerAsyncHook
    job_id: str
    target: Target | None
    poll_interval: float
    patience: Patience
    report: Callable[[str], None]
    heartbeat_timeout: float | None = None
    telling: Telling | None = None
    pace: Pace | None = None
    _looked: bool = field(default=False, init=False)
    _telling: Telling = field(init=False)

    def __post_init__(self) -> None:
        """Begin."""
        self._telling = self.telling or Telling(self.job_id, self.report)

    async def wait(self) -> JobEnd:
        """Return the job when there is nothing left to wait for.

        :raises ServiceUnreachable: when the service stays away for long.
        :raises UnknownJob: when the service knows no such job.
        :raises ProfileJobStalled: when the job's worker is silent for longer than it may be.
        """
        return await keep_looking(self._look, hook=self.hook, patience=self.patience, report=self.report)

    async def last_look(self) -> JobEnd | None:
        """The job if it is over at this moment; None where it is not, or where that cannot be told."""
        try:
            view = await look_async(self.hook, self.job_id)
        except (ServiceUnreachable, ServiceFailed):
            return None
        return await self._end(view)

    async def _look(self) -> JobEnd | Again:
        began = time.monotonic()
        interval = self.pace.next() if self.pace else self.poll_interval
        hold = min(interval, LONGEST_HOLD) if self._looked else 0.0
        events = await self.hook.job_events(self.job_id, self._telling.events_after, wait=hold)
        view = await look_async(self.hook, self.job_id)
        end = await self._end(view)
        if events is not None and end is not None:
            # What happened between the two answers; nothing will come after that.
            last = events[-1].sequence if events else self._telling.events_after
            events += await self.hook.job_events(self.job_id, last) or ()
        await self._tell(events, view, over=end is not None)
        if end is not None:
            return end
        problem = stalled(view.detail, self.heartbeat_timeout, self.hook.service_time)
        if problem is not None:
            raise problem
        first, self._looked = not self._looked, True
        if events is not None and (events or first):
            return Again(0.0)  # the next look is held back by the service itself
        if events is not None:
            interval = min(interval, LONGEST_HOLD)
        return Again(max(0.0, interval - (time.monotonic() - began)))

    async def _tell(self, events: tuple[JobEvent, ...] | None, view: JobView, *, over: bool) -> None:
        self._telling.events(events or ())
        # The detail may be ahead of the events; told too early, states would come out of order.
        if events is None or over:
            self._telling.state(view.state)
        self._telling.progress(view.detail)
        for _ in range(PAGES_AT_THE_END if over else 1):
            if not self._telling.follows_log(view.detail) or not await self._tell_log():
                return

    async def _tell_log(self) -> bool:
        """Tell a page of the job's log; whether there may be more at once."""
        telling = self._telling
        try:
            page = await self.hook.job_log(self.job_id, telling.log_after or 0, level=telling.log_level)
        except TokenRefused:
            raise  # the connection is read again then
        except (ServiceUnreachable, ServiceFailed):
            return False  # if it stays away, the next look at the job itself will tell
        except ProfilerHookError as error:
            telling.log_lost(error)
            return False
        return page is not None and telling.log_page(page)

    async def _end(self, view: JobView) -> JobEnd | None:
        target = self.target or (view.detail.target if view.detail else Target.HEAVY)
        if view.is_over(target) or await self._ended_light(view):
            return JobEnd(view, target)
        return None

    async def _ended_light(self, view: JobView) -> bool:
        """Whether a job without detail stays at its light profile: waiting on would take for ever."""
        if view.detail is not None or view.state is not JobState.LIGHT_PROFILE_READY:
            return False
        if await self.hook.runner_status(view.job_id) is not RunnerStatus.COMPLETED:
            return False
        # The heavy profile may have become ready between the two answers.
        return (await self.hook.job_status(view.job_id)).state is JobState.LIGHT_PROFILE_READY
