"""What is removed after a while, and what never is."""

import os
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.duties import Duty
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.retention import GRACE, Retention, RetentionPolicy

DONE, FAILED = JobState.HEAVY_PROFILES_READY, JobState.FAILED


@pytest.fixture
def retention(store, results, clock):
    """Makes retentions; whatever is not given is kept."""

    def make(revisions=None, days=None, event_days=30.0, grace=timedelta(0)):
        age = None if days is None else timedelta(days=days)
        return Retention(store, results, RetentionPolicy(revisions, age, timedelta(days=event_days), grace), clock)

    return make


@pytest.fixture
def make_revision(store, results, claimed, clock):
    """A revision with a document: in this state, published or not."""

    def make(state=DONE, *, publish=True, **options):
        record = claimed(**options)
        results.write(record.dataset_id, record.revision, "profile.json", b"{}")
        results.scratch(record.job_id)
        if state is DONE and publish:
            store.publish(record.job_id, 1, lambda: results.replace_cdd(record.dataset_id, b"{}"))
        if state is not None:
            record = store.transition(record.job_id, 1, state, JobChange(), clock())
        return record

    return make


@pytest.fixture
def revisions_of_one(make_revision):
    """Makes published revisions of one dataset and tells which it is."""

    def make(count):
        return {make_revision().dataset_id for _ in range(count)}.pop()

    return make


def left(store, dataset_id):
    return sorted(record.revision for record in store.list_jobs(limit=1000) if record.dataset_id == dataset_id)


def documents(results, dataset_id):
    return [number for number in range(1, 40) if results.path_of(dataset_id, number, "profile.json")]


def test_everything_is_kept_by_default(store, results, revisions_of_one, clock, retention):
    dataset = revisions_of_one(4)
    clock.advance(86_400 * 3650)
    assert retention().apply() == 0
    assert left(store, dataset) == documents(results, dataset) == [1, 2, 3, 4]


def test_the_newest_revisions_are_kept(store, results, make_revision, retention):
    records = [make_revision() for _ in range(5)]
    dataset = records[0].dataset_id
    assert retention(revisions=2).apply() == 3
    assert left(store, dataset) == documents(results, dataset) == [4, 5]
    assert store.get(records[0].job_id) is None
    assert store.published_revision(dataset) == 5
    assert results.cdd_path_of(dataset) is not None
    removed = [event for event in store.feed(0) if event.kind is EventKind.REVISION_REMOVED]
    assert [event.job_id for event in removed] == [record.job_id for record in records[:3]]
    assert retention(revisions=2).apply() == 0


def test_old_revisions_go_by_their_end(store, results, make_revision, clock, retention):
    dataset = make_revision().dataset_id
    clock.advance(86_400)
    make_revision()
    clock.advance(86_400)
    make_revision()
    assert retention(days=2).apply() == 0
    clock.advance(1)
    assert retention(days=2).apply() == 1
    assert left(store, dataset) == documents(results, dataset) == [2, 3]
    clock.advance(86_400 * 100)
    assert retention(days=2).apply() == 1
    assert left(store, dataset) == [3], "the latest, successful and published one is never too old"


def test_what_somebody_needs_stays_however_many_there_are(store, results, make_revision, retention):
    published = make_revision()
    make_revision(FAILED)
    successful = make_revision(publish=False)
    make_revision(FAILED)
    running = make_revision(None)
    make_revision(FAILED)
    latest = make_revision(FAILED)
    assert retention(revisions=1).apply() == 3
    needed = [record.revision for record in (published, successful, running, latest)]
    assert left(store, published.dataset_id) == documents(results, published.dataset_id) == needed


@pytest.mark.parametrize("state", [DONE, FAILED])
def test_what_has_just_ended_is_not_one_too_many_yet(store, make_revision, clock, retention, state):
    dataset = make_revision(state).dataset_id
    for _ in range(3):
        make_revision()
    clock.advance(GRACE.total_seconds() - 1)
    assert retention(revisions=1, grace=GRACE).apply() == 0
    clock.advance(1)
    assert retention(revisions=1, grace=GRACE).apply() == 3
    assert left(store, dataset) == [4]


def test_a_folder_that_cannot_be_removed_holds_up_nothing_else(
    store, results, make_revision, clock, retention, monkeypatch, caplog
):
    records = [make_revision() for _ in range(4)]
    real = results.delete_revision

    def refuse(dataset_id, revision):
        if revision == 2:
            raise PermissionError(13, "Permission denied")
        real(dataset_id, revision)

    monkeypatch.setattr(results, "delete_revision", refuse)
    clock.advance(86_400 * 2)
    assert retention(revisions=1, event_days=1).apply() == 2
    assert left(store, records[0].dataset_id) == [2, 4]
    assert {event.kind for event in store.feed(0)} == {EventKind.REVISION_REMOVED}, "the old ones are gone"
    assert "Revision 2" in caplog.text
    assert "Permission denied" in caplog.text


def test_temporary_files_that_nobody_needs_are_swept(store, results, make_revision, claimed, retention):
    ended, running, recent = make_revision(FAILED), claimed(), make_revision(FAILED)
    unknown, lately_unknown = uuid4(), uuid4()
    hours = {ended.job_id: 2, running.job_id: 200, recent.job_id: 0.5, unknown: 30, lately_unknown: 2}
    for job_id, age in hours.items():
        folder = results.scratch(job_id)
        (folder / "part").write_bytes(b"x")
        for path in (folder / "part", folder):
            os.utime(path, (time.time() - age * 3600,) * 2)
    assert retention().sweep(lambda: False) == 0
    assert retention().sweep() == 2
    assert {job_id for job_id, _ in results.scratch_folders()} == {running.job_id, recent.job_id, lately_unknown}


def test_datasets_are_looked_at_apart(store, make_revision, revisions_of_one, request_for, retention):
    one = revisions_of_one(3)
    other = uuid4()
    body = request_for()
    moved = body.profile_specification.model_copy(update={"id": other})
    for _ in range(3):
        make_revision(request=body.model_copy(update={"profile_specification": moved}))
    assert retention(revisions=2).apply() == 2
    assert (left(store, one), left(store, other)) == ([2, 3], [2, 3])


def test_a_job_without_documents_goes_too(store, results, make_revision, retention):
    record = make_revision(FAILED)
    results.delete_revision(record.dataset_id, record.revision)
    make_revision()
    assert retention(revisions=1).apply() == 1
    assert left(store, record.dataset_id) == [2]


def test_it_is_begun_again_where_it_broke_off(store, results, make_revision, retention, monkeypatch):
    """The documents go first: a folder without a job would never be found again."""
    records = [make_revision() for _ in range(3)]
    with monkeypatch.context() as patched:
        patched.setattr(store, "remove_job", lambda *_: (_ for _ in ()).throw(ConnectionError))
        with pytest.raises(ConnectionError):
            retention(revisions=1).apply()
    dataset = records[0].dataset_id
    assert (left(store, dataset), documents(results, dataset)) == ([1, 2, 3], [2, 3])
    assert retention(revisions=1).apply() == 2
    assert left(store, dataset) == documents(results, dataset) == [3]


def test_events_leave_the_feed_after_their_time(store, make_revision, clock, retention):
    make_revision()
    end = store.feed_end()
    clock.advance(86_400 * 2)
    make_revision()
    retention(event_days=1).apply()
    assert store.feed(0)[0].cursor == end + 1
    clock.advance(86_400 * 2)
    retention(event_days=1).apply()
    assert store.feed(0) == ()


def test_whoever_does_not_have_the_duty_removes_nothing(store, revisions_of_one, clock, retention):
    dataset = revisions_of_one(3)
    store.hold_duty("retention", "another", clock(), clock() + timedelta(seconds=60))
    duty = Duty(store, "retention", lambda duty: None, every=1.0, clock=clock)
    retention(revisions=1).turn(duty)
    assert left(store, dataset) == [1, 2, 3]
    clock.advance(60)
    retention(revisions=1).turn(duty)
    assert left(store, dataset) == [3]


FATES = st.lists(st.sampled_from([DONE, "unpublished", FAILED, None]), min_size=1, max_size=7)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fates=FATES, revisions=st.integers(1, 4))
def test_what_is_needed_is_there_whatever_happened(store, make_revision, request_for, retention, fates, revisions):
    body = request_for()
    dataset = uuid4()
    specification = body.profile_specification.model_copy(update={"id": dataset})
    request = body.model_copy(update={"profile_specification": specification})
    for fate in fates:
        make_revision(DONE if fate == "unpublished" else fate, publish=fate is DONE, request=request)
    before = {
        "published": store.published_revision(dataset),
        "latest": store.latest_revision(dataset),
        "successful": store.latest_revision(dataset, successful=True),
    }
    retention(revisions=revisions).apply()
    kept = left(store, dataset)
    assert store.latest_revision(dataset) == before["latest"]
    assert store.latest_revision(dataset, successful=True) == before["successful"]
    assert before["published"] is None or before["published"] in kept
    newest = set(range(max(1, len(fates) - revisions + 1), len(fates) + 1))
    running = {number for number, fate in enumerate(fates, start=1) if fate is None}
    assert newest | running <= set(kept)
    assert retention(revisions=revisions).apply() == 0
