"""What a store tells of its jobs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from airflow_provider_profiler.contract.job import EventKind, JobFilter
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs import redis_catalogue
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.redis_store import RedisJobStore
from tests.job_events import tell


def test_events_count_from_one_without_gaps(store, running, now):
    record = running()
    for number in range(5):
        tell(store, record.job_id, 1, EventKind.STAGE, {"stage": "read", "n": number}, now)
        last = store.events(record.job_id)[-1]
        assert (last.kind, last.at, last.data) == (EventKind.STAGE, now, {"stage": "read", "n": number})
    everything = store.events(record.job_id)
    assert [event.sequence for event in everything] == list(range(1, 8))
    assert store.events(record.job_id, after=5) == everything[5:]
    assert store.events(record.job_id, after=2, limit=2) == everything[2:4]
    assert store.events(record.job_id, after=7) == ()


def test_events_of_threads_have_numbers_of_their_own(store, running, now):
    record = running()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: tell(store, record.job_id, 1, EventKind.STAGE, {"n": n}, now), range(30)))
    events = store.events(record.job_id, after=2)
    assert [event.sequence for event in events] == list(range(3, 33))
    assert sorted(event.data["n"] for event in events) == list(range(30))


def test_lists_are_newest_first_filtered_and_paged(store, new_job, now, lease):
    other = uuid4()
    jobs = [store.submit(new_job()).record.job_id for _ in range(4)]
    stranger = store.submit(new_job(dataset_id=other)).record.job_id
    store.claim(jobs[1], "w", now, now + lease)
    dataset = store.get(jobs[0]).dataset_id

    def ids(**query) -> list[UUID]:
        paging = {name: query.pop(name) for name in ("limit", "offset") if name in query}
        return [record.job_id for record in store.list_jobs(JobFilter(**query), **paging)]

    assert ids() == [stranger, *reversed(jobs)]
    assert ids(dataset_id=other) == [stranger]
    assert ids(states=(JobState.STARTING,)) == [jobs[1]]
    assert ids(dataset_id=dataset, states=(JobState.SUBMITTING,)) == [jobs[3], jobs[2], jobs[0]]
    assert ids(limit=2, offset=1) == [jobs[3], jobs[2]]
    assert ids(offset=9) == []


def test_another_handle_sees_what_this_one_did(backing, store, running, now):
    record = running(key="k")
    tell(store, record.job_id, 1, EventKind.WARNING, {"code": "c"}, now)
    other = backing.open()
    assert other.get(record.job_id) == record
    assert other.events(record.job_id) == store.events(record.job_id)
    other.close()


def test_standings_are_those_of_the_records(store, running, ended, new_job, now, lease):
    records = [store.submit(new_job()).record, running(), ended(), ended(state=JobState.FAILED)]
    store.mark_cleaned_up(records[2].job_id, now)
    found = store.standings([*(record.job_id for record in records), uuid4()])
    assert set(found) == {record.job_id for record in records}
    for job_id, standing in found.items():
        record = store.get(job_id)
        told = (standing.dataset_id, standing.state, standing.terminal, standing.cleaned_up, standing.runner)
        assert told == (record.dataset_id, record.state, record.terminal, record.cleaned_up, record.runner)
    assert store.standings([]) == {}


def test_ping_says_a_word(store):
    assert store.ping()


# --- filters ---


def ids(store, where, **paging):
    return [record.job_id for record in store.list_jobs(where, **paging)]


@pytest.fixture
def assorted(store, new_job, now, lease):
    """Jobs of several datasets, clients, DAGs and states, by a name each."""
    other = uuid4()
    made = {
        "waiting": new_job(client="a", triggered_by={"dag_id": "nightly"}, labels={"team": "x", "env": "prod"}),
        "running": new_job(client="b", triggered_by={"dag_id": "nightly"}, labels={"team": "x"}),
        "failed": new_job(client="a", dataset_id=other, labels={"team": "y", "env": "prod"}),
        "light": new_job(client="a", only_light_profile=True),
        "half": new_job(dataset_id=other, triggered_by={"dag_id": "weekly"}, labels={"Ομάδα": "χ", 'quote"': "'"}),
    }
    jobs = {name: store.submit(job).record for name, job in made.items()}
    for name in ("running", "failed", "light", "half"):
        jobs[name] = store.claim(jobs[name].job_id, "worker", now, now + lease)
    for name, state in (
        ("failed", JobState.FAILED),
        ("light", JobState.LIGHT_PROFILE_READY),
        ("half", JobState.LIGHT_PROFILE_READY),
    ):
        jobs[name] = store.transition(jobs[name].job_id, 1, state, JobChange(), now)
    return jobs


FILTERS = {
    "all": ({}, ["half", "light", "failed", "running", "waiting"]),
    "one state": ({"states": ("STARTING",)}, ["running"]),
    "two states": ({"states": ("SUBMITTING", "LIGHT_PROFILE_READY")}, ["half", "light", "waiting"]),
    "client": ({"client": "a"}, ["light", "failed", "waiting"]),
    "nobody's": ({"client": ""}, ["half"]),
    "DAG": ({"dag_id": "nightly"}, ["running", "waiting"]),
    "no DAG": ({"dag_id": ""}, ["light", "failed"]),
    "label": ({"labels": (("team", "x"),)}, ["running", "waiting"]),
    "labels": ({"labels": (("team", "x"), ("env", "prod"))}, ["waiting"]),
    "strange labels": ({"labels": (("Ομάδα", "χ"), ('quote"', "'"))}, ["half"]),
    "no such label": ({"labels": (("team", "z"),)}, []),
    "ended": ({"terminal": True}, ["light", "failed"]),
    "not ended": ({"terminal": False}, ["half", "running", "waiting"]),
    "light and ended": ({"terminal": True, "states": ("LIGHT_PROFILE_READY",)}, ["light"]),
    "of a client and ended": ({"terminal": True, "client": "a"}, ["light", "failed"]),
    "of a DAG in a state": ({"dag_id": "weekly", "states": ("LIGHT_PROFILE_READY",)}, ["half"]),
}


@pytest.mark.parametrize("case", FILTERS)
def test_filters_leave_the_jobs_that_fit_all_of_them(store, assorted, case):
    fields, names = FILTERS[case]
    where = JobFilter.model_validate(fields)
    expected = [assorted[name].job_id for name in names]
    assert ids(store, where) == expected
    assert store.count_jobs(where) == len(expected)
    for offset in range(len(expected)):
        assert ids(store, where, limit=2, offset=offset) == expected[offset : offset + 2]
    assert ids(store, where, limit=0) == []


def test_filters_with_a_dataset(store, assorted):
    dataset = assorted["failed"].dataset_id
    of_dataset = JobFilter(dataset_id=dataset)
    assert ids(store, of_dataset) == [assorted["half"].job_id, assorted["failed"].job_id]
    for change, name in (
        ({"states": (JobState.FAILED,)}, "failed"),
        ({"terminal": False}, "half"),
        ({"terminal": True}, "failed"),
        ({"client": "a"}, "failed"),
        ({"states": (JobState.FAILED, JobState.STARTING)}, "failed"),
    ):
        where = of_dataset.model_copy(update=change)
        assert ids(store, where) == [assorted[name].job_id], change
        assert store.count_jobs(where) == 1
    assert ids(store, JobFilter(dataset_id=uuid4())) == []


def test_the_time_of_submission_is_from_a_moment_on_and_before_another(store, assorted):
    created = assorted["running"].created
    from_then = JobFilter(created_from=created)
    assert ids(store, from_then) == [assorted[name].job_id for name in ("half", "light", "failed", "running")]
    assert ids(store, JobFilter(created_until=created)) == [assorted["waiting"].job_id]
    ahead, behind = timezone(timedelta(hours=23)), timezone(-timedelta(hours=23))
    ever = JobFilter(created_from=datetime.min.replace(tzinfo=ahead), created_until=datetime.max.replace(tzinfo=behind))
    assert store.count_jobs(ever) == store.count_jobs(JobFilter()) > 0
    within = JobFilter(created_from=created, created_until=assorted["light"].created, client="a")
    assert ids(store, within) == [assorted["failed"].job_id]
    for where, count in ((from_then, 4), (JobFilter(created_until=created), 1), (within, 1)):
        assert store.count_jobs(where) == count
    both = JobFilter(created_from=created, states=(JobState.LIGHT_PROFILE_READY,))
    assert ids(store, both) == [assorted["half"].job_id, assorted["light"].job_id]


def test_a_filter_looks_beyond_its_first_page(backing, store, new_job, monkeypatch):
    if isinstance(store, RedisJobStore):
        monkeypatch.setattr(redis_catalogue, "_SCANNED", 3)
    jobs = [store.submit(new_job(labels={"team": "ab"[number % 4 == 0]})).record.job_id for number in range(20)]
    rare = [job for number, job in enumerate(jobs) if number % 4 == 0][::-1]
    where = JobFilter(labels=(("team", "b"),))
    assert ids(store, where) == rare
    assert ids(store, where, limit=2, offset=2) == rare[2:4]
    assert store.count_jobs(where) == 5


def test_states_are_counted(store, assorted):
    assert store.state_counts() == {
        JobState.SUBMITTING: 1,
        JobState.STARTING: 1,
        JobState.LIGHT_PROFILE_READY: 2,
        JobState.HEAVY_PROFILES_READY: 0,
        JobState.FAILED: 1,
    }


# --- revisions and datasets ---


def test_a_revision_is_found_by_its_number(store, running, new_job):
    first, second = running(), store.submit(new_job()).record
    assert store.revision(first.dataset_id, 1) == first
    assert store.revision(first.dataset_id, 2) == second
    assert store.revision(first.dataset_id, 3) is None
    assert store.revision(uuid4(), 1) is None


def test_the_latest_revision_and_the_latest_that_is_done(store, running, ended, new_job, now):
    dataset = running().dataset_id
    assert store.latest_revision(dataset, successful=True) is None
    done = ended()
    half = running()
    store.transition(half.job_id, 1, JobState.LIGHT_PROFILE_READY, JobChange(), now)
    failed = ended(JobState.FAILED)
    assert store.latest_revision(dataset) == failed
    assert store.latest_revision(dataset, successful=True) == done
    light = ended(JobState.LIGHT_PROFILE_READY, only_light_profile=True)
    newest = store.submit(new_job()).record
    assert store.latest_revision(dataset) == newest
    assert store.latest_revision(dataset, successful=True) == light
    assert store.latest_revision(uuid4()) is None


def test_a_done_revision_is_found_behind_many_that_failed(store, ended):
    done = ended()
    for _ in range(12):
        ended(JobState.FAILED)
    assert store.latest_revision(done.dataset_id, successful=True) == done


def named(new_job, name, dataset):
    job = new_job(dataset_id=dataset)
    specification = job.request.profile_specification.model_copy(update={"name": name})
    request = job.request.model_copy(update={"profile_specification": specification})
    return job.model_copy(update={"request": request})


def test_datasets_are_listed_by_name(store, new_job):
    assert (store.datasets(), store.count_datasets()) == ((), 0)
    same = sorted((uuid4(), uuid4()), key=str)
    others = {name: uuid4() for name in ("Ωmega", "alpha", "Zeta", "", "alpha 2")}
    for dataset in reversed(same):
        store.submit(named(new_job, "same", dataset))
    for name, dataset in others.items():
        store.submit(named(new_job, name, dataset))
    expected = [others[""], others["Zeta"], others["alpha"], others["alpha 2"], *same, others["Ωmega"]]
    assert [entry.dataset_id for entry in store.datasets()] == expected
    assert [entry.dataset_id for entry in store.datasets(limit=2, offset=3)] == expected[3:5]
    assert store.datasets(limit=0) == ()
    assert store.count_datasets() == 7


def test_a_dataset_is_called_what_its_last_submission_calls_it(store, new_job, now, lease):
    dataset = uuid4()
    for name in ("Sales", "Umsätze"):
        job = store.submit(named(new_job, name, dataset)).record
    store.claim(job.job_id, "worker", now, now + lease)
    store.publish(job.job_id, 1, lambda: "/cdd/dataset.json")
    (entry,) = store.datasets()
    assert (entry.dataset_id, entry.name, entry.last_revision, entry.published_revision) == (dataset, "Umsätze", 2, 2)
    assert store.count_datasets() == 1


def test_what_was_reused_is_told(store, running):
    record = running()
    assert (record.reused, record.reused_from) == (False, None)
    store.update(record.job_id, 1, JobChange(reused=True, reused_from=3))
    store.update(record.job_id, 1, JobChange())
    found = store.get(record.job_id)
    assert (found.reused, found.reused_from) == (True, 3)
