"""Servers, writers and connections that die in the middle: what was acknowledged is there, and once."""

import selectors
import signal
import socket
import subprocess
import sys
import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs import redis_connections
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.redis_connections import RedisAddress
from airflow_provider_profiler.jobs.redis_scripts import SCRIPTS
from airflow_provider_profiler.jobs.redis_section_scripts import SECTION_SCRIPTS
from airflow_provider_profiler.jobs.redis_store import RedisJobStore
from tests.job_events import tell

LEASE = timedelta(seconds=30)
ABORT = Reason(code=ReasonCode.ABORTED, message="somebody asked for it")


@pytest.fixture
def server(redis_servers):
    """A server of the test's own, which may be killed."""
    started = redis_servers()
    yield started
    started.kill()


# --- a server that is killed ---


def test_a_killed_server_comes_back_with_everything(server, new_job, clock, monkeypatch):
    """The store goes on with it, and its callers notice nothing but a pause."""
    monkeypatch.setattr(redis_connections, "OUTAGE_SECONDS", 60.0)
    store = RedisJobStore(RedisAddress("127.0.0.1", server.port))
    told, enough, stopping = [], threading.Event(), threading.Event()
    template, trouble = new_job(), []

    def work() -> None:
        try:
            while not stopping.is_set():
                job = template.model_copy(update={"job_id": uuid4()})
                store.submit(job)
                store.claim(job.job_id, "w", clock(), clock() + LEASE)
                tell(store, job.job_id, 1, EventKind.WARNING, {"code": "c"}, clock())
                assert store.publish(job.job_id, 1, lambda: "cdd.json")
                told.append(store.transition(job.job_id, 1, JobState.HEAVY_PROFILES_READY, JobChange(), clock()))
                if len(told) % 20 == 0:
                    enough.set()
        except BaseException as error:
            trouble.append(error)
            enough.set()

    worker = threading.Thread(target=work)
    worker.start()
    for _ in range(3):
        assert enough.wait(30)
        server.kill()
        before = list(told)
        server.start()
        assert [store.get(record.job_id) for record in before] == before
        enough.clear()
    stopping.set()
    worker.join(30)
    assert trouble == []
    assert len(told) > 60
    assert [record.revision for record in told] == list(range(1, len(told) + 1)), "each job once, without gaps"
    assert store.published_revision(told[0].dataset_id) == len(told)
    assert len(store.list_jobs(limit=10_000)) == len(told)
    for record in told:
        events = store.events(record.job_id)
        assert [event.sequence for event in events] == [1, 2, 3, 4]
    feed = store.feed(0, limit=100_000)
    assert [event.cursor for event in feed] == list(range(1, store.feed_end() + 1))
    assert len(feed) == 4 * len(told)
    store.close()


# --- a writer that is killed ---

WRITER = """
import sys
from datetime import timedelta
from uuid import uuid4
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.redis_connections import RedisAddress
from airflow_provider_profiler.jobs.redis_store import RedisJobStore
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.store import (NewJob)

store = RedisJobStore(RedisAddress("127.0.0.1", int(sys.argv[1])), hold_seconds=0.3)
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


@pytest.mark.parametrize("with_server", [False, True], ids=["alone", "with its server"])
@pytest.mark.parametrize("lines", [1, 7, 42])
def test_what_a_killed_writer_was_told_is_there_and_the_store_goes_on(server, new_job, lines, with_server):
    template = new_job()
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(server.port), template.model_dump_json()], stdout=subprocess.PIPE, text=True
    )
    told = [process.stdout.readline().split() for _ in range(lines)]
    if with_server:
        server.kill()
    process.send_signal(signal.SIGKILL)
    told += [line.split() for line in process.stdout.read().splitlines() if line.count(" ") == 2]
    assert process.wait() == -signal.SIGKILL
    if with_server:
        server.start()
    store = RedisJobStore(RedisAddress("127.0.0.1", server.port), hold_seconds=0.3)
    last = {job_id: (int(revision), state) for job_id, revision, state in told}
    for job_id, (revision, state) in last.items():
        record = store.get(UUID(job_id))
        assert record.revision == revision
        assert ORDER.index(record.state.value) >= ORDER.index(state)
        sequences = [event.sequence for event in store.events(record.job_id)]
        assert sequences == list(range(1, len(sequences) + 1))
    done = [revision for revision, state in last.values() if state == "HEAVY_PROFILES_READY"]
    dataset = template.request.profile_specification.id
    assert (store.published_revision(dataset) or 0) >= max(done, default=0)
    assert store.submit(new_job()).record.revision == len(store.list_jobs(limit=10_000))
    feed = store.feed(0, limit=100_000)
    assert [event.cursor for event in feed] == list(range(1, store.feed_end() + 1))
    assert len(feed) == sum(len(store.events(record.job_id)) for record in store.list_jobs(limit=10_000))
    store.close()


# --- a connection that breaks after the server did what it was asked ---


class LossyConnection:
    """Passes everything on to a server, until it is told to swallow an answer and hang up."""

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.swallow = threading.Event()
        self.swallowed = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._server) as server, selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in ready.select():
                    found = key.fileobj.recv(1 << 16)
                    if key.fileobj is server and self.swallow.is_set():
                        self.swallow.clear()
                        self.swallowed += 1
                        return
                    if not found:
                        return
                    key.data.sendall(found)


@pytest.fixture
def lossy(redis_server):
    connection = LossyConnection(redis_server.port)
    yield connection
    connection.close()


CALLS = {
    "submit": lambda store, job, now: store.submit(job.model_copy(update={"job_id": uuid4()})).record.revision,
    "claim": lambda store, job, now: store.claim(job.job_id, "w2", now + LEASE, now + 2 * LEASE).attempt,
    "renew": lambda store, job, now: store.renew(job.job_id, 1, now, now + LEASE).attempt,
    "release": lambda store, job, now: store.release(job.job_id, 1).owner,
    "update": lambda store, job, now: store.update(job.job_id, 1, JobChange(cdd_revision_path="/a")).cdd_revision_path,
    "transition": lambda store, job, now: store.transition(job.job_id, 1, JobState.FAILED, JobChange(), now).state,
    "fail_lost": lambda store, job, now: store.fail_lost(job.job_id, 1, ABORT, now + LEASE).state,
    "request_abort": lambda store, job, now: store.request_abort(job.job_id, ABORT, now + LEASE).state,
    "mark_cleaned_up": lambda store, job, now: store.mark_cleaned_up(job.job_id, now),
    "tell": lambda store, job, now: tell(store, job.job_id, 1, EventKind.WARNING, {}, now),
    "publish": lambda store, job, now: store.publish(job.job_id, 1, lambda: "cdd.json"),
    "while_held": lambda store, job, now: store.while_held(job.job_id, 1, lambda: 42),
}
ANSWERS = {
    "submit": 2,
    "claim": 2,
    "renew": 1,
    "release": None,
    "update": "/a",
    "transition": JobState.FAILED,
    "fail_lost": JobState.FAILED,
    "request_abort": JobState.FAILED,
    "mark_cleaned_up": True,
    "tell": None,
    "publish": True,
    "while_held": 42,
}


@pytest.mark.parametrize("call", CALLS)
def test_a_change_whose_answer_was_lost_happens_once(lossy, redis_server, new_job, clock, call):
    direct = RedisJobStore(RedisAddress("127.0.0.1", redis_server.port))
    job = new_job()
    direct.submit(job)
    direct.claim(job.job_id, "w", clock(), clock() + LEASE)
    store = RedisJobStore(RedisAddress("127.0.0.1", lossy.port))
    # Scripts that the server knows and a connection that stands: the next answer is that of the change itself.
    with redis_server.client() as client:
        for script in (SCRIPTS | SECTION_SCRIPTS).values():
            client.script_load(script)
    assert store.get(job.job_id) is not None
    events = len(direct.events(job.job_id))
    lossy.swallow.set()
    assert CALLS[call](store, job, clock()) == ANSWERS[call]
    assert lossy.swallowed == 1
    assert len(direct.list_jobs()) == (2 if call == "submit" else 1)
    more = call in ("transition", "fail_lost", "request_abort", "mark_cleaned_up", "tell")
    assert len(direct.events(job.job_id)) == events + more
    assert direct.feed_end() == sum(len(direct.events(record.job_id)) for record in direct.list_jobs())
    if call == "publish":
        assert direct.published_revision(job.request.profile_specification.id) == 1
    with redis_server.client() as client:
        assert client.keys("profiler:hold:*") == []
    direct.close()
    store.close()
