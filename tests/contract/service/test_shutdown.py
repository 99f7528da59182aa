"""``serve`` as a process that is told to stop while a job runs and a request is on its way."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore

#: The service with an engine that works until it is told to stop, or (``deaf``) that does not hear of it.
PROGRAM = """
import sys, time
from functools import partial
from airflow_provider_profiler.config.settings import load_settings
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.jobs.supervisor import InlineSupervisor
from airflow_provider_profiler.service import app, server

class Engine:
    def light(self, *_, observer, **__):
        while True:
            if sys.argv[1] != "deaf":
                observer.check()
            time.sleep(0.01)

settings = load_settings()
supervise = lambda store, results: InlineSupervisor(store, results, Engine(), settings, RunnerKind.INLINE)
server.create_app = partial(app.create_app, supervise=supervise)
sys.exit(server.serve(settings))
"""


class Program:
    def __init__(self, process: subprocess.Popen[str], home: Path) -> None:
        self.process = process
        self.home = home
        self.log: list[str] = []
        self._more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        # Where the log is JSON, the address is told there and nowhere else.
        self.logged("Dataset profiler listens on")
        found = re.search(r"listens on (http://\S+)", "".join(self.log))
        assert found, self.log
        self.url = found[1]

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._more:
                self.log.append(line)
                self._more.notify_all()

    def logged(self, text: str) -> None:
        """Return once the log says so."""
        with self._more:
            assert self._more.wait_for(lambda: any(text in line for line in self.log), 60), self.log

    def running_job(self, request: dict[str, object]) -> UUID:
        answer = httpx.post(f"{self.url}/profiler/trigger_profile", json=request, timeout=60, trust_env=False)
        job_id = UUID(answer.json()["job_id"])
        self.logged(f"Attempt 1 of job {job_id} starts")
        return job_id

    def job(self, job_id: UUID):
        store = SqliteJobStore(self.home / "jobs.sqlite3")
        try:
            return store.get(job_id)
        finally:
            store.close()


@pytest.fixture
def begin(tmp_path: Path, data_root: Path) -> Iterator[Callable[..., Program]]:
    started: list[subprocess.Popen[str]] = []

    def start(kind: str, **environment: str) -> Program:
        given = {
            "PROFILER_HOME": str(tmp_path / "home"),
            "DATA_ROOT_PATH": str(data_root),
            "PROFILER_PORT": "0",
            "PROFILER_LOG_FORMAT": "json",
        }
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, kind],
            env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | given | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return Program(process, tmp_path / "home")

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_answers_are_finished_and_jobs_given_back(begin, documented_request):
    program = begin("hearing")
    job_id = program.running_job(documented_request)
    body = json.dumps(documented_request).encode()
    address = urlsplit(program.url)
    head = (
        f"POST /profiler/trigger_profile HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 100 Continue")  # the service is at it
        program.process.send_signal(signal.SIGTERM)
        program.logged("Waiting for connections to close")
        with pytest.raises(httpx.ConnectError):
            httpx.get(program.url, trust_env=False)
        connection.sendall(body)
        answer = b"".join(iter(partial(connection.recv, 1024), b"")).decode()
    assert answer.startswith("HTTP/1.1 200 OK")
    late = UUID(json.loads(answer.split("\r\n\r\n")[1])["job_id"])
    assert program.process.wait(60) == 0
    for record in (program.job(late), program.job(job_id)):
        assert (record.terminal, record.owner, record.lease_until) == (False, None, None)
    # Every line is JSON, the server's own too.
    program.logged("Finished server process")
    lines = [json.loads(line) for line in program.log]
    assert {"uvicorn.error", "airflow_provider_profiler.service.access"} <= {line["logger"] for line in lines}
    submissions = [line for line in lines if line.get("route") == "/profiler/trigger_profile"]
    assert [(line["method"], line["status"]) for line in submissions] == [("POST", 200)] * 2
    assert all(line["request_id"] for line in submissions)


def test_work_that_does_not_stop_is_not_waited_for(begin, documented_request):
    program = begin("deaf", PROFILER_SHUTDOWN_SECONDS="1")
    job_id = program.running_job(documented_request)
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(60) == 0
    record = program.job(job_id)
    assert (record.state, record.owner, record.lease_until) == (JobState.STARTING, None, None)


def test_a_second_signal_ends_it_at_once(begin, documented_request):
    program = begin("deaf", PROFILER_SHUTDOWN_SECONDS="3600")
    job_id = program.running_job(documented_request)
    program.process.send_signal(signal.SIGTERM)
    program.logged("Waiting for application shutdown")
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(60) == 128 + signal.SIGTERM
    # Nobody has given the job back: it is taken up when its lease has run out.
    assert program.job(job_id).owner is not None
