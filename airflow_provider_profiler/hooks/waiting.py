"""Watching a job until it is where it was to go, with a line in the log for every state as it passes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from airflow_provider_profiler.contract.job import EventKind, JobDetail, JobEvent
from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.contract.states import JobState, Target, has_reached
from airflow_provider_profiler.hooks.errors import (
    JobGone,
    ProfileDeadlineExceeded,
    ProfileJobFailed,
    ServiceFailed,
    ServiceUnreachable,
)
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.reading import LONGEST_HOLD

#: Looks at a job that may fail one after another, each of them tried several times, before waiting is given up.
PATIENCE = 10


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


def failure(view: JobView, target: Target, url: str | None) -> ProfileJobFailed | JobGone | None:
    """What is wrong with a job that is over, or None for one that reached its target."""
    pointer = f" See {url}" if url else ""
    if view.state is None:
        return JobGone(f"Profiling job {view.job_id} was cleaned up before its end was seen.{pointer}")
    if view.state is JobState.FAILED:
        return ProfileJobFailed(f"Profiling job {view.job_id} failed: {_why(view)}{pointer}")
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
class Telling:
    """Tells what happens to a job, each state once.

    :param report: takes the lines for the log.
    """

    job_id: str
    report: Callable[[str], None]
    _told: JobState | None = field(default=None, init=False)

    def event(self, event: JobEvent) -> None:
        """Tell of an event, where it is one for people."""
        if event.kind is EventKind.STATE:
            word = str(event.data.get("state", ""))
            if word in JobState.__members__:
                self.state(JobState(word))
        elif event.kind is EventKind.WARNING:
            self.report(f"Profiling job {self.job_id}: {event.data.get('message') or event.data}")

    def state(self, state: JobState | None) -> None:
        """Tell of a state, if it was not told last."""
        if state is not None and state is not self._told:
            self._told = state
            self.report(f"Profiling job {self.job_id} is {state.value}.")


@dataclass
class JobWatch:
    """Waits for one job.

    :param poll_interval: seconds between two looks; a service that tells events answers sooner.
    :param deadline_at: moment on ``clock`` after which waiting is given up.
    :param report: takes the lines for the log.
    """

    hook: ProfilerHook
    job_id: str
    target: Target
    poll_interval: float
    report: Callable[[str], None]
    deadline_at: float | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _looked: bool = field(default=False, init=False)
    _telling: Telling = field(init=False)
    _seen: int = field(default=0, init=False)
    _troubles: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Begin with nothing told."""
        self._telling = Telling(self.job_id, self.report)

    def wait(self) -> JobView:
        """Return the job when there is nothing left to wait for.

        :raises ProfileDeadlineExceeded: when the deadline passes first. The job goes on; aborting it is up to the
            caller.
        :raises ServiceUnreachable: when the service stays away for long.
        """
        while True:
            began = self.clock()
            interval = self.poll_interval
            try:
                view, events = self._look()
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
                if self._troubles >= PATIENCE:
                    raise
                self.report(f"{error} The job goes on meanwhile; looking again ({self._troubles} of {PATIENCE}).")
            if self.deadline_at is not None and self.clock() >= self.deadline_at:
                raise ProfileDeadlineExceeded(f"Profiling job {self.job_id} did not end within its deadline.")
            pause = self._within_deadline(interval - (self.clock() - began))
            if pause > 0:
                self.sleep(pause)

    def _look(self) -> tuple[JobView, tuple[JobEvent, ...] | None]:
        # The service may hold this back until something happens, so a short job is not waited for in whole intervals.
        hold = self._within_deadline(min(self.poll_interval, LONGEST_HOLD)) if self._looked else 0.0
        events = self.hook.job_events(self.job_id, self._seen, wait=hold)
        view = look(self.hook, self.job_id)
        if events is not None and view.is_over(self.target):
            # What happened between the two answers; nothing will come after that.
            last = events[-1].sequence if events else self._seen
            events += self.hook.job_events(self.job_id, last) or ()
        for event in events or ():
            self._seen = max(self._seen, event.sequence)
            self._telling.event(event)
        # The detail may be ahead of the events, which will still come; told too early, states would come out of order.
        if events is None or view.is_over(self.target):
            self._telling.state(view.state)
        return view, events

    def _within_deadline(self, seconds: float) -> float:
        if self.deadline_at is not None:
            seconds = min(seconds, self.deadline_at - self.clock())
        return max(0.0, seconds)
