"""Watching a job, with a clock that only moves when somebody waits."""

import datetime
from typing import Any
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.job import EventKind, JobDetail, JobEvent, JobLinks
from airflow_provider_profiler.contract.job_log import JobLogLine, JobLogPage
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState, ReportedStatus, Target, is_terminal
from airflow_provider_profiler.hooks.errors import (
    JobGone,
    NotFound,
    ProfileDeadlineExceeded,
    ProfileJobFailed,
    ServiceFailed,
    ServiceUnreachable,
)
from airflow_provider_profiler.hooks.pacing import Pace
from airflow_provider_profiler.hooks.patience import Patience
from airflow_provider_profiler.hooks.telling import Telling
from airflow_provider_profiler.hooks.waiting import LONGEST_HOLD, JobView, JobWatch, failure, last_lines

JOB = UUID(int=7)
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
PATIENCE = Patience().failures
LINKS = JobLinks(self="/", status="/", profile="/", model="/", events="/", cdd="/")
FULL = [JobState.SUBMITTING, JobState.STARTING, JobState.LIGHT_PROFILE_READY, JobState.HEAVY_PROFILES_READY]


def detail(state: JobState, target: Target = Target.HEAVY, reason: Reason | None = None) -> JobDetail:
    return JobDetail(
        job_id=JOB,
        dataset_id=JOB,
        revision=1,
        state=state,
        terminal=is_terminal(state, target),
        target=target,
        reason=reason,
        created=NOW,
        links=LINKS,
        profiles_available=("light",) if reason else (),
    )


class FakeService:
    """A job that takes ``pace`` seconds for each state; with or without events and details."""

    def __init__(self, states: list[JobState], *, pace: float, beyond: bool, target: Target = Target.HEAVY) -> None:
        self.states, self.pace, self.beyond, self.target = states, pace, beyond, target
        self.now = 0.0
        self.looks = 0
        self.lines: list[str] = []
        self.troubles: list[Exception] = []

    @property
    def reached(self) -> int:
        return min(int(self.now / self.pace), len(self.states) - 1)

    def job_detail(self, job_id: str) -> JobDetail | None:
        self.looks += 1
        if self.troubles:
            raise self.troubles.pop(0)
        return detail(self.states[self.reached], self.target) if self.beyond else None

    def job_status(self, job_id: str) -> ReportedStatus:
        return ReportedStatus(self.states[self.reached])

    def job_events(self, job_id: str, after: int, *, wait: float = 0.0) -> tuple[JobEvent, ...] | None:
        if not self.beyond:
            return None
        assert wait <= LONGEST_HOLD
        if wait and self.reached + 1 <= after:  # held back until the next event, or until the time is over
            self.now = min(self.now + wait, max(self.now, (self.reached + 1) * self.pace))
        return tuple(
            JobEvent(sequence=number, at=NOW, kind=EventKind.STATE, data={"state": state.value})
            for number, state in enumerate(self.states[: self.reached + 1], start=1)
            if number > after
        )

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def watch(self, **fields: Any) -> JobWatch:
        hook: Any = self
        return JobWatch(
            hook,
            str(JOB),
            self.target,
            **{"poll_interval": 10.0, "report": self.lines.append, **fields},
            clock=lambda: self.now,
            sleep=self.sleep,
        )


def told(service: FakeService) -> list[str]:
    return [line.rsplit(" ", 1)[-1].rstrip(".") for line in service.lines]


def test_every_state_is_told_as_it_passes_even_between_two_looks() -> None:
    service = FakeService(FULL, pace=0.001, beyond=True)
    service.now = 1.0  # all is over before the first look
    assert service.watch().wait().state is JobState.HEAVY_PROFILES_READY
    assert told(service) == [state.value for state in FULL]


def test_states_are_told_in_order_where_the_detail_is_ahead_of_the_events() -> None:
    class Hasty(FakeService):
        def job_detail(self, job_id: str) -> JobDetail | None:
            self.now += 0.6 * self.pace
            return super().job_detail(job_id)

    service = Hasty(FULL, pace=1.0, beyond=True)
    service.watch(poll_interval=0.1).wait()
    assert told(service) == [state.value for state in FULL]


def test_with_events_the_end_is_seen_when_it_happens_and_not_an_interval_later() -> None:
    service = FakeService(FULL, pace=3.0, beyond=True)
    service.watch(poll_interval=100.0).wait()
    assert service.now == 9.0
    assert told(service) == [state.value for state in FULL]


def test_with_the_documented_routes_alone_the_job_is_looked_at_once_an_interval() -> None:
    service = FakeService(FULL, pace=25.0, beyond=False)
    service.watch(poll_interval=10.0).wait()
    assert service.now == 80.0
    assert service.looks == 9
    assert told(service) == [state.value for state in FULL]


def test_light_is_the_end_of_a_light_job_only() -> None:
    light = FakeService(FULL[:3], pace=1.0, beyond=False, target=Target.LIGHT)
    assert light.watch().wait().state is JobState.LIGHT_PROFILE_READY
    heavy = FakeService(FULL, pace=1.0, beyond=False)
    assert heavy.watch().wait().state is JobState.HEAVY_PROFILES_READY


def test_waiting_survives_troubles_that_pass() -> None:
    service = FakeService(FULL, pace=1.0, beyond=True)
    service.troubles = [ServiceUnreachable("gone"), ServiceFailed("503")] * (PATIENCE // 2 - 1)
    assert service.watch().wait().state is JobState.HEAVY_PROFILES_READY


@pytest.mark.parametrize("poll_interval", [0.1, 1.0, 60.0])
def test_waiting_gives_up_on_troubles_that_stay(poll_interval: float) -> None:
    service = FakeService(FULL, pace=1e9, beyond=True)
    service.troubles = [ServiceUnreachable("gone")] * PATIENCE
    with pytest.raises(ServiceUnreachable, match="gone"):
        service.watch(poll_interval=poll_interval).wait()
    assert service.looks == PATIENCE
    assert service.now >= 120, "a deployment of the service is waited out, however often it is asked"


@pytest.mark.parametrize("beyond", [True, False])
def test_the_deadline_is_kept_whatever_the_interval(beyond: bool) -> None:
    service = FakeService(FULL, pace=1e9, beyond=beyond)
    with pytest.raises(ProfileDeadlineExceeded):
        service.watch(poll_interval=1000.0, deadline_at=7.0).wait()
    assert service.now == 7.0


class Logging(FakeService):
    """Has a log of a line for each state, which can be read as long as there is no trouble with it."""

    log_trouble: Exception | None = None

    def job_detail(self, job_id: str) -> JobDetail | None:
        found = super().job_detail(job_id)
        return found and found.model_copy(update={"links": LINKS.model_copy(update={"log": "/log"})})

    def job_log(self, job_id: str, after: int = 0, *, level: str | None = None, tail: int | None = None) -> JobLogPage:
        if self.log_trouble:
            raise self.log_trouble
        where: dict[str, Any] = {"logger": "x", "job_id": JOB, "dataset_id": JOB, "attempt": 1, "node": "n"}
        lines = [
            JobLogLine(at=NOW, level="INFO", message=f"now {state}", **where)
            for state in self.states[: self.reached + 1]
        ]
        found = tuple(lines[-tail:] if tail else lines[after:][:1])  # a page is one line
        return JobLogPage(data=found, count=len(found), next=after + len(found), ended=after + 1 >= len(self.states))


def test_the_jobs_own_log_is_told_to_its_end_and_each_line_once() -> None:
    service = Logging(FULL, pace=1.0, beyond=True)
    service.watch(telling=Telling(str(JOB), service.lines.append, log_after=0)).wait()
    own = [line for line in service.lines if line.startswith("Job log")]
    assert own == [f"Job log 00:00:00 INFO now {state}" for state in FULL]


def test_the_jobs_own_log_is_left_out_unless_it_is_wanted() -> None:
    service = Logging(FULL, pace=1.0, beyond=True)
    service.watch().wait()
    assert not any("Job log" in line for line in service.lines)


@pytest.mark.parametrize("trouble", [ServiceUnreachable("gone"), ServiceFailed("503"), NotFound("no route")])
def test_a_log_that_cannot_be_read_does_not_end_the_wait(trouble: Exception) -> None:
    service = Logging(FULL, pace=1.0, beyond=True)
    service.log_trouble = trouble
    view = service.watch(telling=Telling(str(JOB), service.lines.append, log_after=0)).wait()
    assert view.state is JobState.HEAVY_PROFILES_READY
    assert sum("no route" in line for line in service.lines) == isinstance(trouble, NotFound), "told once, then let be"
    hook: Any = service
    assert last_lines(hook, JobView(str(JOB), JobState.FAILED, service.job_detail(str(JOB)))) == ()


def test_a_failure_ends_with_the_last_lines_of_the_log() -> None:
    service = Logging([*FULL[:2], JobState.FAILED], pace=0.001, beyond=True)
    hook: Any = service
    view = service.watch().wait()
    problem = failure(view, Target.HEAVY, None, last_lines(hook, view))
    words = "".join(f"\n  00:00:00 INFO now {state}" for state in service.states)
    assert str(problem).endswith(f"The last lines of its log:{words}")
    assert last_lines(hook, JobView(str(JOB), JobState.HEAVY_PROFILES_READY, view.detail)) == ()


def test_a_pace_of_its_own_moves_the_looks() -> None:
    service = FakeService(FULL, pace=25.0, beyond=False)
    service.watch(poll_interval=10.0, pace=Pace(10.0, "job")).wait()
    assert 75.0 <= service.now < 90.0
    assert service.now != 80.0


def test_a_failure_names_reason_message_and_place() -> None:
    reason = Reason(code=ReasonCode.ALL_FAILED, message="no file could be read")
    problem = failure(
        JobView(str(JOB), JobState.FAILED, detail(JobState.FAILED, reason=reason)), Target.HEAVY, "http://x"
    )
    assert isinstance(problem, ProfileJobFailed)
    assert str(problem) == (
        f"Profiling job {JOB} failed: all_failed: no file could be read. Ready all the same: light. See http://x"
    )


def test_only_what_was_asked_for_counts_as_success() -> None:
    def of(state: JobState | None, target: Target) -> Exception | None:
        return failure(JobView(str(JOB), state), target, None)

    assert of(JobState.HEAVY_PROFILES_READY, Target.HEAVY) is None
    assert of(JobState.HEAVY_PROFILES_READY, Target.LIGHT) is None
    assert of(JobState.LIGHT_PROFILE_READY, Target.LIGHT) is None
    assert isinstance(of(JobState.LIGHT_PROFILE_READY, Target.HEAVY), ProfileJobFailed)
    assert isinstance(of(JobState.FAILED, Target.LIGHT), ProfileJobFailed)
    assert isinstance(of(None, Target.HEAVY), JobGone)
