"""A store of the first layout is brought to the present one, with all that it holds."""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.job import JobFilter
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs import redis_migration
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.redis_connections import RedisAddress
from airflow_provider_profiler.jobs.redis_store import RedisJobStore
from airflow_provider_profiler.jobs.store import NewJob, RunnerKind

_spec = importlib.util.spec_from_file_location("old_stores", Path(__file__).with_name("old_stores.py"))
old = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(old)

DATASET = UUID(old.DATASET)
PUBLISHED, RUNNING, WAITING, FOREIGN = (UUID(job["job_id"]) for job in old.JOBS)
#: While the running job's lease is valid.
NOW = datetime(2026, 3, 1, 2, 30, 20, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def old_store(request, backing):
    """The store under test, as the first version left it."""
    if "redis" in request.node.callspec.id:
        with request.getfixturevalue("redis_server").client() as client:
            old.old_redis(client)
    else:
        old.old_sqlite(request.getfixturevalue("tmp_path") / "home" / "jobs.sqlite3")
    return backing


@pytest.fixture
def migrated(old_store):
    store = old_store.open()
    yield store
    store.close()


def test_jobs_are_what_they_were(migrated):
    jobs = migrated.list_jobs()
    assert [job.job_id for job in jobs] == [FOREIGN, WAITING, RUNNING, PUBLISHED]
    record = migrated.get(PUBLISHED)
    assert (record.state, record.revision, record.client, record.idempotency_key) == (
        *(JobState.HEAVY_PROFILES_READY, 1, "airflow", "k"),
    )
    assert (record.reused, record.reused_from) == (False, None)
    assert record.profiles_available == ("light", "heavy", "cdd")
    assert [event.data["state"] for event in migrated.events(PUBLISHED)][-1] == "HEAVY_PROFILES_READY"
    assert migrated.published_revision(DATASET) == 1


def test_what_is_new_is_known_of_old_jobs_too(migrated):
    def found(**where):
        return [job.job_id for job in migrated.list_jobs(JobFilter(**where))]

    assert found(dag_id="nightly") == [PUBLISHED]
    assert found(labels=(("team", "Ωμέγα"),)) == [PUBLISHED]
    assert found(terminal=False) == [FOREIGN, WAITING, RUNNING]
    assert found(terminal=True, client="airflow") == [PUBLISHED]
    assert migrated.state_counts()[JobState.SUBMITTING] == 2
    assert [(entry.name, entry.last_revision) for entry in migrated.datasets()] == [("Sales of 2026", 3), ("Άλλα", 1)]
    assert migrated.revision(DATASET, 2).job_id == RUNNING
    assert migrated.latest_revision(DATASET).job_id == WAITING
    assert migrated.latest_revision(DATASET, successful=True).job_id == PUBLISHED


def test_the_queue_goes_on(migrated):
    # The client of the running job has a turn behind it.
    assert migrated.claimable(RunnerKind.INLINE, NOW, 10) == (FOREIGN, WAITING)
    assert [migrated.queue_place(job) for job in (FOREIGN, WAITING, RUNNING)] == [1, 2, None]
    assert migrated.waiting_count() == 2
    assert migrated.claimable(RunnerKind.INLINE, LATER, 10) == (FOREIGN, WAITING, RUNNING)
    assert migrated.claim(WAITING, "w2", NOW, LATER).state is JobState.STARTING
    assert migrated.claimable(RunnerKind.INLINE, NOW, 10) == (FOREIGN,)


def test_a_job_that_runs_across_the_change_goes_on(migrated):
    assert (migrated.feed(0), migrated.feed_end()) == ((), 0), "the feed begins with the new layout"
    migrated.renew(RUNNING, 1, NOW, LATER)
    ended = migrated.transition(RUNNING, 1, JobState.FAILED, JobChange(), NOW)
    assert ended.terminal
    (event,) = migrated.feed(0)
    assert (event.cursor, event.sequence, event.job_id, event.revision) == (1, 3, RUNNING, 2)
    assert migrated.remove_job(RUNNING, NOW)
    assert [job.job_id for job in migrated.list_jobs(JobFilter(dataset_id=DATASET))] == [WAITING, PUBLISHED]


def test_keys_and_numbers_go_on(migrated):
    record = migrated.get(PUBLISHED)
    job = NewJob(
        job_id=UUID(int=9),
        request=record.request,
        fingerprint="f1",
        runner=RunnerKind.INLINE,
        client="airflow",
        idempotency_key="k",
        created=NOW,
    )
    assert migrated.repeated(job).job_id == PUBLISHED
    assert not migrated.submit(job).created
    assert migrated.submit(job.model_copy(update={"idempotency_key": None})).record.revision == 4


def test_processes_that_start_together_find_one_store(old_store):
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: old_store.open(), range(6)))
    for store in stores:
        assert [job.job_id for job in store.list_jobs()] == [FOREIGN, WAITING, RUNNING, PUBLISHED]
        assert store.claimable(RunnerKind.INLINE, NOW, 10) == (FOREIGN, WAITING)
        assert store.count_datasets() == 2
        store.close()


def test_a_lock_that_ran_out_meanwhile_is_left_to_its_next_owner(redis_server, monkeypatch):
    with redis_server.client() as client:
        old.old_redis(client)
        real = redis_migration._migrate_jobs

        def slow(connections):
            real(connections)
            client.set("profiler:migrating", "another", px=60_000)

        monkeypatch.setattr(redis_migration, "_migrate_jobs", slow)
        RedisJobStore(RedisAddress("127.0.0.1", redis_server.port)).close()
        assert client.get("profiler:migrating") == "another"


def test_a_migration_that_broke_off_is_begun_again(redis_server):
    """Only Redis can be left in between; the process that died there held the others off for a while."""
    with redis_server.client() as client:
        old.old_redis(client)
        redis_migration._migrate_page(client, 0)
        client.set("profiler:migrating", "dead", px=50)
    store = RedisJobStore(RedisAddress("127.0.0.1", redis_server.port))
    assert store.claimable(RunnerKind.INLINE, NOW, 10) == (FOREIGN, WAITING)
    assert store.count_datasets() == 2
    with redis_server.client() as client:
        assert client.get("profiler:schema") == "2"
        assert client.exists("profiler:migrating") == 0
    store.close()
