"""The feed: events of all jobs in one order, durable, none missed and none twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange
from tests.job_events import tell

ABORT = Reason(code=ReasonCode.ABORTED, message="somebody asked for it")


def test_an_empty_feed(store):
    assert (store.feed(0), store.feed_start(), store.feed_end()) == ((), 0, 0)


def test_every_event_of_every_job_is_in_it_as_its_job_has_it(store, running, new_job, now):
    first = running()
    second = store.submit(new_job(dataset_id=uuid4())).record
    tell(store, first.job_id, 1, EventKind.STAGE, {"stage": "διάβασμα"}, now)
    store.request_abort(second.job_id, ABORT, now)
    store.transition(first.job_id, 1, JobState.HEAVY_PROFILES_READY, JobChange(), now)
    store.mark_cleaned_up(first.job_id, now)
    feed = store.feed(0)
    assert [event.cursor for event in feed] == list(range(1, len(feed) + 1))
    assert store.feed_end() == len(feed)
    assert [event.kind.value for event in feed if event.job_id == first.job_id] == [
        *("state", "state", "stage", "state", "cleaned_up"),
    ]
    for record in (first, second):
        own = [event for event in feed if event.job_id == record.job_id]
        assert {(event.dataset_id, event.revision) for event in own} == {(record.dataset_id, record.revision)}
        fields = {"sequence", "at", "kind", "data"}
        assert [event.model_dump(include=fields) for event in own] == [
            event.model_dump(include=fields) for event in store.events(record.job_id)
        ]


def test_one_reads_on_from_a_cursor(store, new_job):
    for _ in range(5):
        store.submit(new_job())
    feed = store.feed(0)
    assert store.feed(2) == feed[2:]
    assert store.feed(1, limit=2) == feed[1:3]
    assert store.feed(5) == store.feed(99) == ()
    assert store.feed(0, limit=0) == ()


def test_kinds_can_be_chosen(store, running, now):
    record = running()
    for kind in (EventKind.STAGE, EventKind.WARNING, EventKind.STAGE):
        tell(store, record.job_id, 1, kind, {}, now)
    stages = store.feed(0, kinds=(EventKind.STAGE,))
    assert [event.cursor for event in stages] == [3, 5]
    assert store.feed(3, kinds=(EventKind.STAGE,)) == stages[1:]
    both = store.feed(0, kinds=(EventKind.STAGE, EventKind.WARNING), limit=2)
    assert [event.cursor for event in both] == [3, 4]
    assert store.feed(0, kinds=(EventKind.CLEANED_UP,)) == ()


def test_what_was_refused_leaves_no_event(store, ended, now):
    record = ended()
    end = store.feed_end()
    for _ in range(2):
        store.request_abort(record.job_id, ABORT, now)
        store.fail_lost(record.job_id, 1, ABORT, now)
    assert store.feed_end() == end


def test_a_failed_change_uses_no_cursor(backing, store, running, now):
    record = running()
    with pytest.raises(ValueError, match="not JSON"):
        tell(store, record.job_id, 1, EventKind.STAGE, {"n": float("nan")}, now)
    tell(store, record.job_id, 1, EventKind.STAGE, {}, now)
    assert [event.cursor for event in store.feed(0)] == [1, 2, 3]
    assert store.feed(2)[0].sequence == store.events(record.job_id)[-1].sequence == 3


WRITER = """
from airflow_provider_profiler.jobs.store import NewJob
from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.jobs.job_change import JobChange, NewEvent
template = NewJob.model_validate_json(sys.argv[1])
now = template.created
print("ready", flush=True)
sys.stdin.readline()
job = store.submit(template.model_copy(update={"job_id": uuid4()})).record.job_id
store.claim(job, "worker", now, now + timedelta(hours=1))
for number in range(40):
    store.update(job, 1, JobChange(events=(NewEvent(EventKind.STAGE, now, {"n": number}),)))
print(job)
store.close()
"""


def test_a_reader_misses_nothing_that_is_written_meanwhile(backing, store, new_job):
    """Cursors are given inside the change: one that is seen later is never lower than one that was seen before."""
    processes = [backing.start(WRITER, new_job().model_dump_json()) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    seen, expected = [], 2 * 42
    patience = threading.Event()
    for _ in range(20_000):
        found = store.feed(seen[-1].cursor if seen else 0, limit=7)
        seen += found
        if len(seen) == expected:
            break
        if not found:
            patience.wait(0.002)
    jobs = [process.communicate()[0].strip() for process in processes]
    assert [event.cursor for event in seen] == list(range(1, expected + 1))
    assert tuple(seen) == store.feed(0)
    for job in jobs:
        sequences = [event.sequence for event in seen if str(event.job_id) == job]
        assert sequences == list(range(1, 43))


def test_cursors_of_threads_are_all_different(store, running, now):
    record = running()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: tell(store, record.job_id, 1, EventKind.STAGE, {"n": n}, now), range(30)))
    feed = store.feed(2)
    assert [event.cursor for event in feed] == list(range(3, 33))
    assert [event.sequence for event in feed] == list(range(3, 33))


def test_another_handle_reads_the_same(backing, store, running):
    running()
    other = backing.open()
    assert other.feed(0) == store.feed(0)
    assert other.feed_end() == 2
    other.close()


# --- trimming ---


def test_old_events_go_and_their_cursors_never_come_again(store, running, now):
    record = running()
    for number in range(3):
        tell(store, record.job_id, 1, EventKind.STAGE, {"n": number}, now + timedelta(days=number))
    events = store.events(record.job_id)
    assert (store.trim_feed(now - timedelta(days=1)), store.feed_start()) == (0, 0)
    assert (store.trim_feed(now + timedelta(days=1)), store.feed_start()) == (3, 3)
    assert [event.cursor for event in store.feed(0)] == [4, 5]
    assert store.trim_feed(now + timedelta(days=30)) == 2
    assert (store.feed(0), store.feed_start(), store.feed_end()) == ((), 5, 5)
    tell(store, record.job_id, 1, EventKind.STAGE, {}, now)
    assert [event.cursor for event in store.feed(0)] == [6]
    assert store.events(record.job_id)[: len(events)] == events, "a job keeps its own"


def test_trimming_stops_at_the_first_event_that_is_kept(store, running, now):
    """Hosts have clocks of their own; a reader must never find a gap behind a cursor that it may still read."""
    record = running()
    for days in (5, 0, 5):
        tell(store, record.job_id, 1, EventKind.STAGE, {"days": days}, now + timedelta(days=days))
    assert store.trim_feed(now + timedelta(days=3)) == 2
    assert [event.data["days"] for event in store.feed(0)] == [5, 0, 5]


def test_more_events_than_one_look_holds_are_trimmed(store, running, now):
    record = running()
    for number in range(20):
        tell(store, record.job_id, 1, EventKind.STAGE, {"n": number}, now)
    assert store.trim_feed(now + timedelta(days=3)) == 22
