"""What a running job reports: written down at once where it runs for long, and together where all comes at once."""

import threading
from datetime import timedelta

import pytest

from airflow_provider_profiler.contract.errors import StaleAttempt
from airflow_provider_profiler.contract.job import EventKind, JobWarning, StageName
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.control import JobControl, StopCause
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.late_writes import LateWrites
from airflow_provider_profiler.jobs.reporting import LATE_SECONDS, JobReporter
from airflow_provider_profiler.telemetry.context import job_context

WARNING = JobWarning(code="restarted", message="It began again.")


class HandWritten(LateWrites):
    """Calls nothing by itself."""

    def __init__(self) -> None:
        super().__init__(LATE_SECONDS)
        self.given = []

    def add(self, write) -> None:
        self.given.append(write)


@pytest.fixture
def late() -> HandWritten:
    return HandWritten()


@pytest.fixture
def begin(store, results, claimed, clock, late):
    """Begins an attempt; the reporter and the job."""

    def make(late=late):
        record = claimed()
        return JobReporter(store, results, record, JobControl(), clock=clock, late=late), record

    # Stages are told to the context that the thread is in: it must not be that of the tests to come.
    with job_context("a job", dataset_id="its dataset", attempt=1):
        yield make


def told(store, record) -> list[object]:
    """The stages, warnings and states of a job, in the order of its events."""
    events = store.events(record.job_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    return [event.data.get("stage") or event.data.get("code") or event.data.get("state") for event in events]


BEFORE = ["SUBMITTING", "STARTING"]


def test_what_comes_at_once_is_written_with_the_transition(store, begin, late):
    reporter, record = begin()
    reporter.stage(StageName.DISCOVER)
    reporter.warn([WARNING])
    reporter.stage(StageName.LIGHT)
    assert told(store, record) == BEFORE
    assert store.get(record.job_id) == record
    moved = reporter.move(JobState.LIGHT_PROFILE_READY, JobChange(profiles_available=("light",)))
    assert told(store, record) == [*BEFORE, "discover", "restarted", "light", "LIGHT_PROFILE_READY"]
    assert (moved.progress.stage, moved.warnings, moved.profiles_available) == (StageName.LIGHT, (WARNING,), ("light",))
    assert [stage.name for stage in moved.stages] == [StageName.DISCOVER, StageName.LIGHT]
    # Nothing is left that could be written a second time.
    for write in late.given:
        write()
    assert told(store, record)[-1] == "LIGHT_PROFILE_READY"


def test_events_have_the_moments_at_which_they_happened(store, begin, clock):
    reporter, record = begin()
    moments = []
    for name in (StageName.DISCOVER, StageName.LIGHT):
        moments.append(clock.advance(0.1))
        reporter.stage(name)
    clock.advance(5.0)
    reporter.write()
    events = store.events(record.job_id)[2:]
    assert [(event.kind, event.at) for event in events] == [(EventKind.STAGE, at) for at in moments]


def test_what_comes_later_is_written_at_once(store, begin, clock, late):
    reporter, record = begin()
    for name in (StageName.DISCOVER, StageName.LIGHT, StageName.READ):
        clock.advance(LATE_SECONDS)
        reporter.stage(name)
        assert told(store, record)[-1] == name.value
        assert store.get(record.job_id).progress.stage is name
    assert late.given == []


def test_what_nothing_comes_after_is_written_by_itself(store, begin):
    reporter, record = begin(late=LateWrites(0.01))
    written = threading.Event()
    update = store.update

    def watched(*arguments):
        changed = update(*arguments)
        written.set()
        return changed

    store.update = watched
    reporter.stage(StageName.DISCOVER)
    assert written.wait(30)
    assert told(store, record) == [*BEFORE, "discover"]


def test_one_thing_waits_for_all_that_come_soon_after_it(begin, late):
    reporter, _ = begin()
    for name in (StageName.DISCOVER, StageName.LIGHT, StageName.READ):
        reporter.stage(name)
    assert len(late.given) == 1


def test_an_attempt_that_lost_its_job_writes_nothing_late(store, begin, late, clock):
    reporter, record = begin()
    reporter.stage(StageName.DISCOVER)
    clock.advance(3600)
    assert store.claim(record.job_id, "another", clock(), clock() + timedelta(seconds=30)) is not None
    for write in late.given:
        write()  # nobody is there to be told
    assert told(store, record) == BEFORE
    with pytest.raises(StaleAttempt):
        reporter.stage(StageName.LIGHT)


def test_warnings_that_were_given_before_are_left_out(store, begin):
    reporter, record = begin()
    reporter.warn([WARNING, WARNING])
    reporter.warn([WARNING])
    reporter.write()
    assert told(store, record) == [*BEFORE, "restarted"]


def test_a_job_that_is_given_back_has_told_everything(store, begin, lifecycle):
    reporter, record = begin()
    reporter.stage(StageName.DISCOVER)
    control = JobControl()
    control.stop(StopCause.SHUTDOWN)
    lifecycle.give_up(record, control, reporter)
    assert told(store, record) == [*BEFORE, "discover"]
    assert store.get(record.job_id).owner is None
