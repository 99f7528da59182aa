"""Jobs that are forgotten: what goes with them, and what stays."""

from uuid import uuid4

import pytest

from airflow_provider_profiler.contract.errors import JobNotFound
from airflow_provider_profiler.contract.job import EventKind, JobFilter
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.store import RunnerKind


def test_a_removed_job_is_nowhere(store, ended, running, now):
    kept = running()
    record = ended(key="k", labels={"team": "a"})
    assert store.remove_job(record.job_id, now) is True
    assert store.get(record.job_id) is None
    assert store.revision(record.dataset_id, record.revision) is None
    assert store.latest_revision(record.dataset_id) == kept
    with pytest.raises(JobNotFound):
        store.events(record.job_id)
    for where in (
        JobFilter(),
        JobFilter(dataset_id=record.dataset_id),
        JobFilter(states=(record.state,)),
        JobFilter(dataset_id=record.dataset_id, states=(record.state,)),
        JobFilter(terminal=True),
        JobFilter(labels=(("team", "a"),)),
    ):
        assert record.job_id not in [found.job_id for found in store.list_jobs(where)]
    assert store.count_jobs() == 1
    assert store.state_counts()[record.state] == 0
    assert store.remove_job(record.job_id, now) is False


def test_its_key_is_free_and_its_number_is_not(store, ended, new_job, now):
    record = ended(key="k")
    store.remove_job(record.job_id, now)
    again = store.submit(new_job(key="k"))
    assert again.created
    assert again.record.revision == record.revision + 1


def test_the_feed_keeps_its_events_and_tells_the_removal(store, ended, now):
    record = ended()
    store.remove_job(record.job_id, now)
    feed = store.feed(0)
    assert [event.sequence for event in feed] == [1, 2, 3, 4]
    last = feed[-1]
    assert (last.kind, last.at, last.data) == (EventKind.REVISION_REMOVED, now, {})
    assert (last.job_id, last.dataset_id, last.revision) == (record.job_id, record.dataset_id, record.revision)


def test_jobs_that_have_not_ended_stay(store, running, new_job, now):
    waiting, running_job = store.submit(new_job()).record, running()
    released = running()
    store.release(released.job_id, 1)
    embedded = running(runner=RunnerKind.EMBEDDED)
    end = store.feed_end()
    for record in (waiting, running_job, released, embedded):
        assert store.remove_job(record.job_id, now) is False
        assert store.get(record.job_id) is not None
    assert store.feed_end() == end
    assert store.remove_job(uuid4(), now) is False


def test_the_published_revision_stays(store, running, ended, now):
    record = running()
    store.publish(record.job_id, 1, lambda: "/cdd/dataset.json")
    store.transition(record.job_id, 1, JobState.HEAVY_PROFILES_READY, JobChange(), now)
    newer = ended()
    assert store.remove_job(record.job_id, now) is False
    assert store.remove_job(newer.job_id, now) is True
    assert store.published_revision(record.dataset_id) == record.revision
    assert store.revision(record.dataset_id, record.revision) == store.get(record.job_id)


def test_the_dataset_stays_known(store, ended, now):
    record = ended()
    store.remove_job(record.job_id, now)
    (entry,) = store.datasets()
    assert (entry.dataset_id, entry.last_revision, entry.published_revision) == (record.dataset_id, 1, None)
    assert store.latest_revision(record.dataset_id) is None
