"""Watching a job until it is where it was to go, with a line in the log for every state as it passes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from airflow_provider_profiler.contract.job import JobDetail, JobEvent
from airflow_provider_profiler.contract.job_log import JobLogLine
from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.contract.states import JobState, Target, has_reached
from airflow_provider_profiler.hooks.errors import (
    JobGone,
    ProfileDeadlineExceeded,
    ProfileJobFailed,
    ProfilerHookError,
    ServiceFailed,
    ServiceUnreachable,
)
from airflow_provider_profiler.hooks.pacing import Pace
from airflow_provider_profiler.hooks.patience import Patience
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.reading import LONGEST_HOLD
from airflow_provider_profiler.hooks.telling import LAST_LINES, Telling, last_words

#: Answers with lines of a job's log that are read when the job has ended: a log of the largest size has fewer.
PAGES_AT_THE_END = 50


@dataclass(frozen=True)
class JobView:
    """A job as one look shows it."""

    job_id: str
    state: JobState | None
    """None where the service says only that the job was cleaned up."""
    detail: JobDetail | None = None
    """None where the service has the documented routes alone."""

    @property
    def reason(self) -> Reason | None:
        """Why the job failed, where the service tells."""
        return self.detail.reason if self.detail else None

    def is_over(self, target: Target) -> bool:
        """Whether there is nothing left to wait for."""
        if self.state is None or self.state is JobState.FAILED or has_reached(self.state, target):
            return True
        return self.detail is not None and self.detail.terminal


def look(hook: ProfilerHook, job_id: str) -> JobView:
    """The job now, from its detail, or from its documented status where the service has no more.

    :raises UnknownJob: when the service knows no such job.
    """
    detail = hook.job_detail(job_id)
    if detail is not None:
        return JobView(job_id, detail.state, detail)
    return JobView(job_id, hook.job_status(job_id).state)


def last_lines(hook: ProfilerHook, view: JobView) -> tuple[JobLogLine, ...]:
    """The last lines of the log of a job that failed; none where it did not, or where they cannot be had."""
    if view.state is not JobState.FAILED or view.detail is None or not view.detail.links.log:
        return ()
    try:
        page = hook.job_log(view.job_id, tail=LAST_LINES)
    except ProfilerHookError:
        return ()  # the failure itself is what must be told
    return page.data if page is not None else ()


def failure(
    view: JobView, target: Target, url: str | None, last_lines: Sequence[JobLogLine] = ()
) -> ProfileJobFailed | JobGone | None:
    """What is wrong with a job that is over, or None for one that reached its target.

    :param url: where people look at the job.
    :param last_lines: of the log of a job that failed.
    """
    pointer = f" See {url}" if url else ""
    if view.state is None:
        return JobGone(f"Profiling job {view.job_id} was cleaned up before its end was seen.{pointer}")
    if view.state is JobState.FAILED:
        return ProfileJobFailed(f"Profiling job {view.job_id} failed: {_why(view)}{pointer}{last_words(last_lines)}")
    if not has_reached(view.state, target):
        return ProfileJobFailed(
            f"Profiling job {view.job_id} ended {view.state.value}, which is not {target.value}: it was submitted for "
            f"a light profile only.{pointer}"
        )
    return None


def _why(view: JobView) -> str:
    if view.reason is None:
        return "the service does not tell why; its log does."
    ready = view.detail.profiles_available if view.detail else ()
    rest = f" Ready all the same: {', '.join(ready)}." if ready else ""
    message = view.reason.message.rstrip()
    return f"{view.reason.code.value}: {message}{'' if message.endswith(('.', '!', '?')) else '.'}{rest}"


@dataclass
class JobWatch:
    """Waits for one job.

    :param poll_interval: seconds between two looks; a service that tells events answers sooner.
    :param deadline_at: moment on ``clock`` after which waiting is given up.
    :param report: takes the lines for the log.
    :param telling: goes on with what was told before; by default nothing was, and the job's own log is left out.
    :param pace: the seconds between two looks, in place of ``poll_interval``.
    :param patience: how many looks in a row may fail, each of them tried several times, before waiting is given up.
    """

    hook: ProfilerHook
    job_id: str
    target: Target
    poll_interval: float
    report: Callable[[str], None]
    deadline_at: float | None = None
    telling: Telling | None = None
    pace: Pace | None = None
    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _looked: bool = field(default=False, init=False)
    _telling: Telling = field(init=False)
    _troubles: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Begin."""
        self._telling = self.telling or Telling(self.job_id, self.report)

    def wait(self) -> JobView:
        """Return the job when there is nothing left to wait for.

        :raises ProfileDeadlineExceeded: when the deadline passes first. The job goes on; aborting it is up to the
            caller.
        :raises ServiceUnreachable: when the service stays away for long.
        """
        while True:
            began = self.clock()
            interval = self.pace.next() if self.pace else self.poll_interval
            try:
                view, events = self._look(min(interval, LONGEST_HOLD))
                self._troubles = 0
                if view.is_over(self.target):
                    return view
                if events is not None:
                    interval = min(interval, LONGEST_HOLD)
                    if events or not self._looked:
                        interval = 0.0  # the next look is held back by the service itself
                self._looked = True
            except (ServiceUnreachable, ServiceFailed) as error:
                self._troubles += 1
                if self._troubles >= self.patience.failures:
                    raise
                # However often it looks, an outage is borne for as long as in the triggerer.
                began, interval = self.clock(), max(interval, self.patience.wait(self._troubles, error))
                which = f"{self._troubles} of {self.patience.failures}"
                self.report(f"{error} The job goes on meanwhile; looking again in {interval:.1f} s ({which}).")
            if self.deadline_at is not None and self.clock() >= self.deadline_at:
                raise ProfileDeadlineExceeded(f"Profiling job {self.job_id} did not end within its deadline.")
            pause = self._within_deadline(interval - (self.clock() - began))
            if pause > 0:
                self.sleep(pause)

    def _look(self, longest: float) -> tuple[JobView, tuple[JobEvent, ...] | None]:
        # The service may hold this back until something happens, so a short job is not waited for in whole intervals.
        hold = self._within_deadline(longest) if self._looked else 0.0
        events = self.hook.job_events(self.job_id, self._telling.events_after, wait=hold)
        view = look(self.hook, self.job_id)
        over = view.is_over(self.target)
        if events is not None and over:
            # What happened between the two answers; nothing will come after that.
            last = events[-1].sequence if events else self._telling.events_after
            events += self.hook.job_events(self.job_id, last) or ()
        self._telling.events(events or ())
        # The detail may be ahead of the events, which will still come; told too early, states would come out of order.
        if events is None or over:
            self._telling.state(view.state)
        self._telling.progress(view.detail)
        self._tell_log(view, over=over)
        return view, events

    def _tell_log(self, view: JobView, *, over: bool) -> None:
        for _ in range(PAGES_AT_THE_END if over else 1):
            if not self._telling.follows_log(view.detail):
                return
            try:
                page = self.hook.job_log(self.job_id, self._telling.log_after or 0, level=self._telling.log_level)
            except (ServiceUnreachable, ServiceFailed):
                return  # if it stays away, the next look at the job itself will tell
            except ProfilerHookError as error:
                self._telling.log_lost(error)
                return
            if page is None or not self._telling.log_page(page):
                return

    def _within_deadline(self, seconds: float) -> float:
        if self.deadline_at is not None:
            seconds = min(seconds, self.deadline_at - self.clock())
        return max(0.0, seconds)
