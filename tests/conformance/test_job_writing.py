"""Who may write to a job, and what is kept of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from airflow_provider_profiler.contract.errors import IllegalTransition, JobNotFound, StaleAttempt
from airflow_provider_profiler.contract.job import EventKind, JobSummary, JobWarning, Progress, Stage, StageName
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange, NewEvent
from airflow_provider_profiler.jobs.store import RunnerKind
from tests.job_events import tell

ABORT = Reason(code=ReasonCode.ABORTED, message="somebody asked for it")
LOST = Reason(code=ReasonCode.LOST, message="its process died")

WRITES = {
    "renew": lambda store, job, attempt, now: store.renew(job, attempt, now, now),
    "release": lambda store, job, attempt, now: store.release(job, attempt),
    "while_held": lambda store, job, attempt, now: store.while_held(job, attempt, lambda: pytest.fail("ran")),
    "update": lambda store, job, attempt, now: store.update(job, attempt, JobChange(profiles_available=("heavy",))),
    "transition": lambda store, job, attempt, now: store.transition(
        job, attempt, JobState.HEAVY_PROFILES_READY, JobChange(), now
    ),
    "tell": lambda store, job, attempt, now: tell(store, job, attempt, EventKind.STAGE, {}, now),
    "publish": lambda store, job, attempt, now: store.publish(job, attempt, lambda: pytest.fail("ran")),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_stale_attempt_changes_nothing(store, running, now, lease, write):
    record = running()
    current = store.claim(record.job_id, "worker-2", now + lease, now + 2 * lease)
    events = store.events(record.job_id)
    with pytest.raises(StaleAttempt):
        write(store, record.job_id, record.attempt, now)
    assert store.get(record.job_id) == current
    assert store.events(record.job_id) == events
    assert store.published_revision(record.dataset_id) is None


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_job_that_has_ended_changes_no_more(store, running, now, write):
    record = running()
    ended = store.transition(record.job_id, 1, JobState.FAILED, JobChange(reason=LOST), now)
    with pytest.raises(StaleAttempt):
        write(store, record.job_id, 1, now)
    assert store.get(record.job_id) == ended


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nobody_writes_to_a_job_that_was_never_claimed(store, new_job, now, write):
    record = store.submit(new_job()).record
    with pytest.raises(StaleAttempt):
        write(store, record.job_id, 0, now)
    assert store.get(record.job_id) == record


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_an_unknown_job_is_named_in_the_error(store, now, write):
    unknown = uuid4()
    with pytest.raises(JobNotFound, match=str(unknown)):
        write(store, unknown, 1, now)


def test_other_calls_on_an_unknown_job(store, now, lease):
    unknown = uuid4()
    assert store.get(unknown) is None
    assert store.mark_cleaned_up(unknown, now) is False
    for call in (
        lambda: store.claim(unknown, "w", now, now + lease),
        lambda: store.fail_lost(unknown, 1, LOST, now),
        lambda: store.request_abort(unknown, ABORT, now),
        lambda: store.events(unknown),
    ):
        with pytest.raises(JobNotFound):
            call()


def test_every_field_of_a_change_is_kept(store, running, now):
    record = running()
    change = JobChange(
        profiles_available=("light", "heavy"),
        cdd_revision_path="/cdd/1.json",
        progress=Progress(percent=12.5, stage=StageName.READ, rows=2**40, bytes=7, heartbeat=now),
        stages=(Stage(name=StageName.DISCOVER, started=now, finished=now), Stage(name=StageName.READ, started=now)),
        warnings=(JobWarning(code="c", message="μήνυμα"),),
        summary=JobSummary(files=3, rows=2**40),
    )
    changed = store.update(record.job_id, 1, change)
    assert changed == store.get(record.job_id)
    for name in change.model_fields_set:
        assert getattr(changed, name) == getattr(change, name), name
    untouched = store.update(record.job_id, 1, JobChange(profiles_available=()))
    assert untouched == changed.model_copy(update={"profiles_available": ()})


def test_a_change_and_its_events_are_seen_together(store, running, now):
    record = running()
    before = store.events(record.job_id)
    told = (
        NewEvent(EventKind.STAGE, now - timedelta(seconds=1), {"stage": "light"}),
        NewEvent(EventKind.STAGE, now, {"stage": "read"}),
    )
    change = JobChange(
        progress=Progress(percent=3.0, stage=StageName.READ, rows=5, heartbeat=now),
        stages=(Stage(name=StageName.READ, started=now),),
        events=told,
    )
    changed = store.update(record.job_id, 1, change)
    assert changed == record.model_copy(update={"progress": change.progress, "stages": change.stages})
    events = store.events(record.job_id)
    assert events[: len(before)] == before
    assert [(event.kind, event.at, event.data) for event in events[len(before) :]] == [
        (event.kind, event.at, event.data) for event in told
    ]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    with pytest.raises(StaleAttempt):
        store.update(record.job_id, 2, JobChange(stages=(), events=told))
    assert (store.get(record.job_id), store.events(record.job_id)) == (changed, events)


def test_what_happened_before_a_transition_comes_before_it(store, running, now):
    record = running()
    told = tuple(NewEvent(EventKind.STAGE, now, {"stage": name}) for name in ("heavy", "merge"))
    before = store.events(record.job_id)
    with pytest.raises(IllegalTransition):
        store.transition(record.job_id, 1, JobState.SUBMITTING, JobChange(events=told), now)
    assert store.events(record.job_id) == before, "of what is refused nothing is written down"
    store.transition(record.job_id, 1, JobState.FAILED, JobChange(events=told, reason=ABORT), now)
    events = store.events(record.job_id)[len(before) :]
    assert [(event.kind, event.data.get("stage")) for event in events] == [
        (EventKind.STAGE, "heavy"),
        (EventKind.STAGE, "merge"),
        (EventKind.STATE, None),
    ]
    # The feed has the same order.
    assert [(event.job_id, event.sequence) for event in store.feed(0)] == [
        (record.job_id, number) for number in range(1, len(before) + 4)
    ]


def test_a_change_and_its_transition_are_seen_together(store, running, now):
    record = running()
    moved = store.transition(
        record.job_id, 1, JobState.LIGHT_PROFILE_READY, JobChange(profiles_available=("light",)), now
    )
    assert (moved.state, moved.profiles_available, moved.finished) == (
        JobState.LIGHT_PROFILE_READY,
        ("light",),
        None,
    )
    assert moved.lease_until is not None


@pytest.mark.parametrize(
    ("light_only", "state"),
    [
        (True, JobState.LIGHT_PROFILE_READY),
        (False, JobState.HEAVY_PROFILES_READY),
        (True, JobState.FAILED),
        (False, JobState.FAILED),
    ],
)
def test_a_final_state_ends_the_lease(store, running, now, light_only, state):
    record = running(only_light_profile=light_only)
    ended = store.transition(record.job_id, 1, state, JobChange(), now)
    assert (ended.lease_until, ended.finished, ended.terminal) == (None, now, True)
    later = now + timedelta(days=1)
    assert store.claimable(RunnerKind.INLINE, later) == ()
    assert store.claim(record.job_id, "worker-2", later, later + timedelta(days=1)) is None


def test_nobody_takes_a_job_over_while_its_holder_writes(backing, store, running, now, lease):
    """A worker that was stalled beyond its lease writes under the store's eyes, or not at all."""
    record = running()
    inside, reaching, taken_over = threading.Event(), threading.Event(), threading.Event()
    later = now + 2 * lease
    other = backing.open()

    def write():
        inside.set()
        assert reaching.wait(20)
        # Not a measurement: where the store holds, the other never comes through, however long this waits.
        assert not taken_over.wait(0.2)

    def take_over():
        assert inside.wait(20)
        reaching.set()
        taken = other.claim(record.job_id, "worker-2", later, later + lease)
        taken_over.set()
        return taken

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(store.while_held, record.job_id, 1, write)
        taking = pool.submit(take_over)
        writing.result(20)
        assert taking.result(20).attempt == 2
    other.close()


def test_while_held_hands_back_result_and_exception(store, running):
    record = running()
    assert store.while_held(record.job_id, 1, lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        store.while_held(record.job_id, 1, lambda: 1 // 0)
    assert store.get(record.job_id) == record
