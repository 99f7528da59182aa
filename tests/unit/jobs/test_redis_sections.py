"""Processes that stall or die while they write documents, for longer than their hold lasts."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from airflow_provider_profiler.contract.errors import ServiceUnavailable, StaleAttempt
from airflow_provider_profiler.jobs import redis_sections
from airflow_provider_profiler.jobs.redis_connections import RedisAddress
from airflow_provider_profiler.jobs.redis_store import RedisJobStore
from airflow_provider_profiler.storage.results import PROFILE, cdd_name

LEASE = timedelta(seconds=30)
HOLD = 0.3

#: Says when it is inside a section, and goes on when it is told to; then says what became of it.
WRITER = """
import sys
from pathlib import Path
from uuid import UUID
from airflow_provider_profiler.contract.errors import StaleAttempt
from airflow_provider_profiler.jobs.publication import publish_cdd
from airflow_provider_profiler.jobs.redis_connections import RedisAddress
from airflow_provider_profiler.jobs.redis_store import RedisJobStore
from airflow_provider_profiler.storage.fencing import check_fence
from airflow_provider_profiler.storage.local_results import LocalResultStore
from airflow_provider_profiler.storage.results import cdd_name

port, job, kind, *folders = sys.argv[1:]
store = RedisJobStore(RedisAddress("127.0.0.1", int(port)), hold_seconds=0.3)
record = store.get(UUID(job))
results = LocalResultStore(*map(Path, folders))
inside = False

def pause():
    global inside
    if not inside:
        inside = True
        print("inside", flush=True)
        sys.stdin.readline()

class Results(LocalResultStore):
    def replace_cdd(self, dataset_id, content):
        if kind == "before the last look":
            pause()
            return super().replace_cdd(dataset_id, content)
        check_fence()
        pause()
        path = Path(folders[1]) / f"{dataset_id}.json"
        path.write_bytes(content if isinstance(content, bytes) else bytes().join(content))
        return str(path)

def write_light():
    pause()
    results.write(record.dataset_id, record.revision, "profile.json", b"light of the first attempt")

try:
    if kind == "documents":
        store.while_held(record.job_id, record.attempt, write_light)
        print("written", flush=True)
    else:
        results.write(record.dataset_id, record.revision, cdd_name(record.dataset_id), b"older")
        print(publish_cdd(store, Results(*map(Path, folders)), record), flush=True)
except StaleAttempt:
    print("refused", flush=True)
"""


@pytest.fixture
def address(redis_server):
    return RedisAddress("127.0.0.1", redis_server.port)


@pytest.fixture
def store(address):
    opened = RedisJobStore(address, hold_seconds=HOLD)
    yield opened
    opened.close()


@pytest.fixture
def stalled(redis_server, settings):
    """Starts a writer and stops it in the middle of its section."""
    started = []

    def begin(record, kind) -> subprocess.Popen:
        folders = [str(settings.results_folder), str(settings.cdd_folder), str(settings.home / "scratch")]
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(redis_server.port), str(record.job_id), kind, *folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "inside\n"
        process.send_signal(signal.SIGSTOP)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def wake(process) -> str:
    process.send_signal(signal.SIGCONT)
    output, _ = process.communicate("go\n", timeout=60)
    return output.strip()


def publish(store, results, record, content) -> bool:
    results.write(record.dataset_id, record.revision, cdd_name(record.dataset_id), content)
    return store.publish(record.job_id, record.attempt, lambda: results.replace_cdd(record.dataset_id, content))


def cdd(settings, record) -> bytes:
    return (settings.cdd_folder / cdd_name(record.dataset_id)).read_bytes()


@pytest.mark.parametrize("kind", ["before the last look", "between the last look and the rename"])
def test_an_older_publisher_that_wakes_too_late_does_not_win(store, results, settings, claimed, stalled, kind):
    older, newer = claimed(), claimed()
    process = stalled(older, kind)
    assert publish(store, results, newer, b"newer")
    assert wake(process) == "False"
    assert store.published_revision(newer.dataset_id) == 2
    assert cdd(settings, newer) == b"newer"


def test_a_publisher_that_wakes_in_time_for_its_turn_is_published(store, results, settings, claimed, stalled):
    """Somebody was in the section meanwhile, but with an older revision: its turn comes again."""
    older, newer = claimed(), claimed()
    process = stalled(newer, "before the last look")
    assert publish(store, results, older, b"oldest")
    assert wake(process) == "True"
    assert store.published_revision(newer.dataset_id) == 2
    assert cdd(settings, newer) == b"older", "what the process wrote"


def test_an_earlier_attempt_that_wakes_too_late_does_not_win(store, results, settings, claimed, stalled, clock):
    record = claimed()
    process = stalled(record, "between the last look and the rename")
    later = clock.advance(31)
    second = store.claim(record.job_id, "worker-2", later, later + LEASE)
    assert publish(store, results, second, b"of the second attempt")
    assert wake(process) == "refused"
    assert store.published_revision(record.dataset_id) == 1
    assert cdd(settings, record) == b"of the second attempt"


def test_a_stalled_writer_of_documents_is_refused_once_another_has_the_job(store, results, claimed, stalled, clock):
    record = claimed()
    process = stalled(record, "documents")
    later = clock.advance(31)
    second = store.claim(record.job_id, "worker-2", later, later + LEASE)
    assert second.attempt == 2
    store.while_held(
        record.job_id, 2, lambda: results.write(record.dataset_id, record.revision, PROFILE, b"heavy of the second")
    )
    assert wake(process) == "refused"
    assert results.read(record.dataset_id, record.revision, PROFILE) == b"heavy of the second"


def test_a_stalled_writer_that_nobody_missed_goes_on(store, results, claimed, stalled, redis_server):
    record = claimed()
    process = stalled(record, "documents")
    with redis_server.client() as client:
        hold = f"profiler:hold:job:{record.job_id}"
        assert client.pttl(hold) <= HOLD * 1000
        client.delete(hold)  # as if it had run out
    assert wake(process) == "written"
    assert results.read(record.dataset_id, record.revision, PROFILE) == b"light of the first attempt"


def test_a_killed_publisher_does_not_keep_others_out(store, results, settings, claimed, stalled):
    older, newer = claimed(), claimed()
    stalled(older, "before the last look").kill()
    assert publish(store, results, newer, b"newer")
    assert cdd(settings, newer) == b"newer"
    assert publish(store, results, older, b"older") is False


def test_a_hold_lasts_as_long_as_its_section(address, claimed, clock):
    """Longer than it lasts without being prolonged."""
    record = claimed()
    inside, ended = threading.Event(), threading.Event()
    # Prolonged in time by a thread that the machine may keep waiting, so it is not as short as elsewhere.
    hold = 5 * HOLD
    store, other = (RedisJobStore(address, hold_seconds=hold) for _ in range(2))
    later = clock() + 2 * LEASE

    def write():
        inside.set()
        # Not a measurement: nobody comes in, however long this waits.
        assert not ended.wait(2 * hold)

    def take_over():
        assert inside.wait(20)
        taken = other.claim(record.job_id, "worker-2", later, later + LEASE)
        ended.set()
        return taken

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(store.while_held, record.job_id, 1, write)
        taking = pool.submit(take_over)
        writing.result(20)
        assert taking.result(20).attempt == 2
    store.close()
    other.close()


def test_who_waits_too_long_is_told_what_for(address, store, claimed, clock, monkeypatch):
    monkeypatch.setattr(redis_sections, "BUSY_SECONDS", 0.05)
    record = claimed()
    other = RedisJobStore(address)
    later = clock() + 2 * LEASE

    def write():
        with pytest.raises(ServiceUnavailable, match="wrote documents"):
            other.claim(record.job_id, "worker-2", later, later + LEASE)
        assert other.renew(record.job_id, 1, clock(), clock() + LEASE).attempt == 1, "heartbeats do not wait"

    store.while_held(record.job_id, 1, write)
    other.close()


def test_a_section_leaves_nothing_behind(store, claimed, redis_server):
    record = claimed()
    store.while_held(record.job_id, 1, lambda: None)
    store.publish(record.job_id, 1, lambda: "cdd.json")
    store.with_published(record.dataset_id, lambda revision: None)
    for enter in (store.while_held, store.publish):
        with pytest.raises(ZeroDivisionError):
            enter(record.job_id, 1, lambda: 1 // 0)
    with pytest.raises(StaleAttempt):
        store.while_held(record.job_id, 2, lambda: None)
    with redis_server.client() as client:
        assert client.keys("profiler:hold:*") == []
    assert not [thread for thread in threading.enumerate() if thread.name == "hold"]
