"""What is particular to SQLite; the rest is the conformance suite's."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.errors import ConfigurationError, ServiceUnavailable
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs import sqlite_connections
from airflow_provider_profiler.jobs.sqlite_connections import IDLE_CONNECTIONS
from airflow_provider_profiler.jobs.sqlite_schema import SCHEMA_VERSION
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.store import NewJob, RunnerKind


def test_every_connection_writes_ahead_and_forces_each_commit_to_disk(store):
    with store._connections.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        with store._connections.reading() as another:
            assert another is not connection
            assert another.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_the_schema_version_is_recorded(store, settings):
    with closing(sqlite3.connect(settings.store_file)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_a_store_of_a_newer_version_is_refused_and_left_alone(store, settings, submit):
    record = submit()
    store.close()
    with closing(sqlite3.connect(settings.store_file)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(ConfigurationError, match=r"newer version.*PROFILER_HOME"):
        SqliteJobStore(settings.store_file)
    with closing(sqlite3.connect(settings.store_file)) as connection:
        assert connection.execute("SELECT job_id FROM jobs").fetchall() == [(str(record.job_id),)]


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
        connection.commit()
    with pytest.raises(ConfigurationError, match="another program"):
        SqliteJobStore(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]


def test_a_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "jobs.sqlite3"
    path.write_text("these are not the jobs you are looking for" * 100)
    with pytest.raises(ServiceUnavailable, match=r"jobs\.sqlite3"):
        SqliteJobStore(path)


def test_a_folder_that_cannot_be_made_is_named_with_its_setting(tmp_path):
    (tmp_path / "home").write_text("a file")
    with pytest.raises(ServiceUnavailable, match="PROFILER_HOME"):
        SqliteJobStore(tmp_path / "home" / "jobs.sqlite3")


def test_a_deleted_store_is_not_healthy(store, settings):
    assert store.ping()
    settings.store_file.unlink()
    with pytest.raises(ServiceUnavailable, match="is gone"):
        store.ping()


def test_a_closed_store_says_so(settings):
    store = SqliteJobStore(settings.store_file)
    store.close()
    with pytest.raises(ServiceUnavailable, match="closed"):
        store.list_jobs()


def test_a_writer_that_waits_too_long_says_what_it_waited_for(store, settings, submit, monkeypatch):
    monkeypatch.setattr(sqlite_connections, "BUSY_SECONDS", 0.01)
    impatient = SqliteJobStore.__new__(SqliteJobStore)
    impatient._path = settings.store_file
    impatient._connections = sqlite_connections.SqliteConnections(settings.store_file)
    job = submit()
    with store._connections.writing(), pytest.raises(ServiceUnavailable, match="locked"):
        impatient.request_abort(job.job_id, Reason(code=ReasonCode.ABORTED, message="x"), job.created)
    assert impatient.get(job.job_id) == job, "readers do not wait for writers"
    impatient.close()


def test_a_failed_transaction_leaves_no_trace_and_no_lock(store, submit, claimed):
    record = claimed()
    with pytest.raises(RuntimeError):
        store.while_held(record.job_id, 1, lambda: (_ for _ in ()).throw(RuntimeError("in between")))
    assert store.get(record.job_id) == record
    assert submit().revision == 2


def test_a_burst_of_threads_leaves_few_connections_open(store):
    def count(_):
        with store._connections.reading() as connection:
            gate.wait(20)
            return connection.execute("SELECT count(*) FROM jobs").fetchone()[0]

    gate = threading.Barrier(12)
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(count, range(12))) == [0] * 12
    assert len(store._connections._idle) <= IDLE_CONNECTIONS


def test_a_forked_child_opens_connections_of_its_own(store, submit):
    before = submit()
    inherited = set(map(id, store._connections._idle))
    assert inherited
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            record = submit()
            fresh = not inherited & set(map(id, store._connections._idle))
            kept = {id(item) for group in sqlite_connections._inherited for item in group} == inherited
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


OPENER = """
import sys
from pathlib import Path
print("ready", flush=True)
sys.stdin.readline()
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
SqliteJobStore(Path(sys.argv[1])).close()
"""


def test_processes_that_open_a_new_store_at_once_all_get_it(tmp_path):
    path = tmp_path / "home" / "jobs.sqlite3"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", "import airflow_provider_profiler.jobs.sqlite_store\n" + OPENER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors


WRITER = """
import sys
from datetime import datetime, timedelta, UTC
from pathlib import Path
from uuid import uuid4
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.store import (NewJob)

store = SqliteJobStore(Path(sys.argv[1]))
template = NewJob.model_validate_json(sys.argv[2])
now = template.created
while True:
    job = template.model_copy(update={"job_id": uuid4()})
    record = store.submit(job).record
    print(record.job_id, record.revision, "SUBMITTING", flush=True)
    store.claim(job.job_id, "doomed", now, now + timedelta(seconds=30))
    print(record.job_id, record.revision, "STARTING", flush=True)
    store.transition(job.job_id, 1, JobState.LIGHT_PROFILE_READY, JobChange(profiles_available=("light",)), now)
    print(record.job_id, record.revision, "LIGHT_PROFILE_READY", flush=True)
    store.publish(job.job_id, 1, lambda: "cdd.json")
    store.transition(job.job_id, 1, JobState.HEAVY_PROFILES_READY, JobChange(), now)
    print(record.job_id, record.revision, "HEAVY_PROFILES_READY", flush=True)
"""
ORDER = [state.value for state in JobState]


@pytest.mark.parametrize("lines", [1, 7, 42])
def test_what_a_killed_writer_was_told_is_there_and_the_store_goes_on(store, settings, submit, lines):
    seed = submit()
    template = NewJob(
        job_id=seed.job_id,
        request=seed.request,
        fingerprint=seed.fingerprint,
        runner=RunnerKind.INLINE,
        created=seed.created,
    )
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(settings.store_file), template.model_dump_json()],
        stdout=subprocess.PIPE,
        text=True,
    )
    told = [process.stdout.readline().split() for _ in range(lines)]
    process.send_signal(signal.SIGKILL)
    told += [line.split() for line in process.stdout.read().splitlines() if line.count(" ") == 2]
    assert process.wait() == -signal.SIGKILL
    fresh = SqliteJobStore(settings.store_file)
    last = {job_id: (int(revision), state) for job_id, revision, state in told}
    for job_id, (revision, state) in last.items():
        record = fresh.get(UUID(job_id))
        assert record.revision == revision
        assert ORDER.index(record.state.value) >= ORDER.index(state)
        sequences = [event.sequence for event in fresh.events(record.job_id)]
        assert sequences == list(range(1, len(sequences) + 1))
    done = [revision for revision, state in last.values() if state == "HEAVY_PROFILES_READY"]
    assert (fresh.published_revision(seed.dataset_id) or 0) >= max(done, default=0)
    assert submit().revision == len(fresh.list_jobs(limit=1000))
    feed = fresh.feed(0, limit=100_000)
    assert [event.cursor for event in feed] == list(range(1, fresh.feed_end() + 1))
    assert len(feed) == sum(len(fresh.events(record.job_id)) for record in fresh.list_jobs(limit=1000))
    fresh.close()
    with closing(sqlite3.connect(settings.store_file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_moments_of_any_zone_and_precision_compare_as_moments(store, submit, clock):
    record = submit()
    athens = timezone(timedelta(hours=2))
    start = datetime(2026, 1, 1, 1, 0, tzinfo=athens)
    lease = datetime(2025, 12, 31, 23, 0, 0, 1, tzinfo=UTC)
    taken = store.claim(record.job_id, "w", start, lease)
    assert (taken.started, taken.lease_until) == (start, lease)
    assert store.claimable(RunnerKind.INLINE, datetime(2026, 1, 1, 1, 0, 0, 0, tzinfo=athens)) == ()
    assert store.claimable(RunnerKind.INLINE, datetime(2026, 1, 1, 1, 0, 0, 1, tzinfo=athens)) == (record.job_id,)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_deleted_or_replaced_is_not_written_to(tmp_path, replaced):
    path = tmp_path / "jobs.sqlite3"
    store = SqliteJobStore(path)
    assert store.list_jobs() == ()
    path.unlink()
    if replaced:
        SqliteJobStore(path).close()
    with pytest.raises(ServiceUnavailable, match="gone or was replaced"):
        store.list_jobs()
    assert path.exists() is replaced
    store.close()
