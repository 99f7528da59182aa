"""What is particular to Redis; the rest is the conformance suite's."""

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.errors import ConfigurationError, IdempotencyConflict, ServiceUnavailable
from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs import redis_connections
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.redis_connections import RedisAddress
from airflow_provider_profiler.jobs.redis_server import SCHEMA_VERSION
from airflow_provider_profiler.jobs.redis_store import RedisJobStore
from airflow_provider_profiler.jobs.store import RunnerKind
from tests.job_events import tell

LEASE = timedelta(seconds=30)


@pytest.fixture
def address(redis_server):
    return RedisAddress("127.0.0.1", redis_server.port)


@pytest.fixture
def store(address):
    opened = RedisJobStore(address)
    yield opened
    opened.close()


# --- the layout ---


def test_every_key_has_the_prefix_and_the_schema_version_is_recorded(store, redis_server, submit, clock):
    record = submit()
    store.claim(record.job_id, "w", clock(), clock() + LEASE)
    store.publish(record.job_id, 1, lambda: "cdd.json")
    store.transition(record.job_id, 1, JobState.HEAVY_PROFILES_READY, JobChange(), clock())
    with redis_server.client() as client:
        assert all(key.startswith("profiler:") for key in client.scan_iter())
        assert client.get("profiler:schema") == str(SCHEMA_VERSION)


def test_a_store_of_a_newer_version_is_refused_and_left_alone(store, address, redis_server, submit):
    record = submit()
    with redis_server.client() as client:
        client.set("profiler:schema", SCHEMA_VERSION + 1)
    with pytest.raises(ConfigurationError, match=r"newer version.*REDIS_DB"):
        RedisJobStore(address)
    assert store.get(record.job_id) == record


@pytest.mark.parametrize("command", [("SET", "profiler:schema", "songs"), ("RPUSH", "profiler:schema", "1")])
def test_a_database_of_another_program_is_refused(address, redis_server, command):
    with redis_server.client() as client:
        client.execute_command(*command)
    with pytest.raises(ConfigurationError, match="another program"):
        RedisJobStore(address)


def test_the_indexes_hold_a_job_once_at_every_step_of_its_life(store, redis_server, submit, clock):
    """Whoever looks for work reads an index and never all jobs."""

    def places():
        with redis_server.client() as client:
            found = {
                key.removeprefix("profiler:"): client.zcard(key)
                for key in client.scan_iter()
                if client.type(key) == "zset" and "dataset" not in key and "revisions" not in key
            }
        assert found.pop("jobs") == 1
        return found

    def of(state, *queue, ended=0):
        return dict.fromkeys((f"jobs:state:{state}", f"jobs:ended:{ended}", "jobs:client:", *queue), 1)

    waiting = ("waiting:inline", "waiting:inline:client:")
    leased = ("leased:inline", "leased:inline:client:")
    record = submit()
    assert places() == of("SUBMITTING", *waiting)
    store.claim(record.job_id, "w", clock(), clock() + LEASE)
    assert places() == of("STARTING", *leased)
    store.renew(record.job_id, 1, clock(), clock() + 2 * LEASE)
    assert places() == of("STARTING", *leased)
    store.release(record.job_id, 1)
    assert places() == of("STARTING", *waiting)
    store.claim(record.job_id, "w", clock(), clock() + LEASE)
    store.transition(record.job_id, 2, JobState.LIGHT_PROFILE_READY, JobChange(), clock())
    assert places() == of("LIGHT_PROFILE_READY", *leased)
    store.transition(record.job_id, 2, JobState.HEAVY_PROFILES_READY, JobChange(), clock())
    assert places() == of("HEAVY_PROFILES_READY", ended=1)
    store.remove_job(record.job_id, clock())
    with redis_server.client() as client:
        left = {key for key in client.scan_iter() if not key.startswith("profiler:done:")}
    dataset = f"profiler:dataset:{record.dataset_id}"
    names = {"schema", "number", "cursor", "feed", "datasets"}
    assert left == {dataset, *(f"profiler:{name}" for name in names)}, "nothing else is left of a job"


def test_waiting_and_abandoned_jobs_come_in_one_order(store, submit, clock):
    abandoned, waiting, urgent = submit(priority=1), submit(), submit(priority=100)
    last, held = submit(priority=-100), submit(priority=50)
    store.claim(abandoned.job_id, "dead", clock(), clock() + LEASE)
    store.claim(held.job_id, "alive", clock(), clock() + 3 * LEASE)
    later = clock() + LEASE
    ids = [record.job_id for record in (urgent, abandoned, waiting, last)]
    assert list(store.claimable(RunnerKind.INLINE, later, limit=10)) == ids
    assert list(store.claimable(RunnerKind.INLINE, later, limit=2)) == ids[:2]
    assert store.claimable(RunnerKind.INLINE, later, limit=0) == ()


def test_moments_of_any_zone_and_precision_compare_as_moments(store, submit):
    record = submit()
    athens = timezone(timedelta(hours=2))
    start = datetime(2026, 1, 1, 1, 0, tzinfo=athens)
    lease = datetime(2025, 12, 31, 23, 0, 0, 1, tzinfo=UTC)
    taken = store.claim(record.job_id, "w", start, lease)
    assert (taken.started, taken.lease_until) == (start, lease)
    assert store.claimable(RunnerKind.INLINE, datetime(2026, 1, 1, 1, 0, tzinfo=athens)) == ()
    assert store.claimable(RunnerKind.INLINE, datetime(2026, 1, 1, 1, 0, 0, 1, tzinfo=athens)) == (record.job_id,)


def test_keys_and_clients_cannot_be_mixed_up(store, new_job):
    jobs = [
        store.submit(new_job(key=key).model_copy(update={"client": client})).created
        for client, key in [("a", 'b","c'), ('a","b', "c"), ("a:b", "c"), ("a", "b:c"), ("", "ΚΛΕΙΔΙ\n"), ("", "")]
    ]
    assert jobs == [True] * 6


def test_an_id_that_is_taken_is_refused_and_changes_nothing(store, new_job):
    job = new_job()
    record = store.submit(job).record
    with pytest.raises(IdempotencyConflict, match=str(job.job_id)):
        store.submit(job)
    assert store.list_jobs() == (record,)
    assert store.submit(new_job()).record.revision == 2


def test_no_events_are_read_where_none_are_asked_for(store, submit):
    record = submit()
    assert store.events(record.job_id, limit=0) == ()
    assert store.events(record.job_id, after=1, limit=0) == ()
    assert store.list_jobs(limit=0) == ()


# --- processes ---


def test_a_forked_child_opens_connections_of_its_own(store, submit, clock):
    before = submit()
    inherited = store._connections._client
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            record = submit()
            fresh = store._connections._client is not inherited
            kept = [client for client, _ in redis_connections._inherited] == [inherited]
            os.write(writing, json.dumps([str(record.job_id), record.revision, fresh, kept]).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    job_id, revision, fresh, kept = json.loads(answer)
    assert (revision, fresh, kept) == (2, True, True)
    assert store.get(UUID(job_id)).revision == 2
    assert store.get(before.job_id) == before
    assert submit().revision == 3


def test_a_closed_store_says_so(address):
    store = RedisJobStore(address)
    store.close()
    with pytest.raises(ServiceUnavailable, match="closed"):
        store.list_jobs()


# --- the server ---


def test_a_durable_server_has_no_shortcomings(store):
    assert store.shortcomings() == ()
    assert store.ping() == "Redis answers"


@pytest.mark.parametrize(
    ("setting", "value", "wanted"),
    [
        ("appendonly", "no", "appendonly to yes"),
        ("appendfsync", "everysec", "appendfsync to always"),
        ("maxmemory-policy", "allkeys-lru", "maxmemory-policy to noeviction"),
    ],
)
def test_each_setting_that_could_lose_jobs_is_named_and_the_store_works(
    redis_servers, new_job, caplog, setting, value, wanted
):
    server = redis_servers(**{setting: value})
    store = RedisJobStore(RedisAddress("127.0.0.1", server.port))
    (told,) = store.shortcomings()
    assert wanted in told
    assert value in told
    assert told in caplog.text
    assert store.submit(new_job()).created
    with server.client() as client:
        client.config_set(setting, {"appendonly": "yes", "appendfsync": "always"}.get(setting, "noeviction"))
    assert store.shortcomings() == (), "what was mended is seen without a restart"
    store.close()
    server.kill()


def test_a_server_without_config_is_told_apart_from_a_durable_one(redis_servers, new_job):
    server = redis_servers()
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "default", "-config")
    store = RedisJobStore(RedisAddress("127.0.0.1", server.port))
    (told,) = store.shortcomings()
    for word in ("CONFIG", "appendonly yes", "appendfsync always", "maxmemory-policy noeviction"):
        assert word in told
    assert store.submit(new_job()).created
    store.close()
    server.kill()


def test_a_server_that_wants_a_password_is_refused_without_telling_one(redis_servers):
    server = redis_servers(requirepass="open-sesame")
    with pytest.raises(ServiceUnavailable, match=rf"127\.0\.0\.1:{server.port}, database 2,.*password") as refused:
        RedisJobStore(RedisAddress("127.0.0.1", server.port, 2))
    assert "sesame" not in str(refused.value)
    server.kill()


def test_a_full_server_says_so_and_loses_nothing(redis_servers, new_job, clock):
    server = redis_servers()
    store = RedisJobStore(RedisAddress("127.0.0.1", server.port))
    job = new_job()
    store.submit(job)
    store.claim(job.job_id, "w", clock(), clock() + LEASE)
    before, events = store.get(job.job_id), store.events(job.job_id)
    with server.client() as client:
        client.config_set("maxmemory", "1")
        with pytest.raises(ServiceUnavailable, match="maxmemory"):
            store.submit(new_job())
        with pytest.raises(ServiceUnavailable, match="maxmemory"):
            tell(store, job.job_id, 1, EventKind.WARNING, {}, clock())
        assert (store.get(job.job_id), store.events(job.job_id)) == (before, events)
        client.config_set("maxmemory", "0")
    assert store.submit(new_job()).record.revision == 2
    store.close()
    server.kill()


def test_a_replica_is_refused(redis_servers, durable_redis):
    server = redis_servers()
    with server.client() as client:
        client.replicaof("127.0.0.1", durable_redis.port)
    with pytest.raises(ServiceUnavailable, match="replica"):
        RedisJobStore(RedisAddress("127.0.0.1", server.port))
    server.kill()


def test_a_server_that_is_not_there_is_named(redis_servers, monkeypatch):
    monkeypatch.setattr(redis_connections, "OUTAGE_SECONDS", 0.1)
    server = redis_servers()
    server.kill()
    with pytest.raises(ServiceUnavailable, match=rf"127\.0\.0\.1:{server.port}, database 5,.*REDIS_HOST"):
        RedisJobStore(RedisAddress("127.0.0.1", server.port, 5))
    with pytest.raises(ServiceUnavailable, match=r"no\.such\.host\.invalid"):
        RedisJobStore(RedisAddress("no.such.host.invalid"))
