"""Real processes for the end-to-end tests: an Airflow with scheduler and triggerer, and the service."""

import json
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(sys.executable).parent
FOREIGN = (
    "AIRFLOW",
    "PROFILER_",
    "DATA_ROOT",
    "RAY_",
    "REDIS_",
    "MOUNT_POINT",
    "CDD_PROFILE",
    "ENABLE_AUTH",
    "BASE_URL",
)
PARTS = ("scheduler", "dag_processor", "triggerer")

T = TypeVar("T")


# Where the tests run in the background of a shell SIGINT is ignored, and would be by all that they start: Airflow and
# the demo could not be stopped.
signal.signal(signal.SIGINT, signal.default_int_handler)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | {"PATH": os.pathsep.join((str(BINARIES), kept.get("PATH", "")))}


def eventually(look: Callable[[], T | None], *, seconds: float, what: str) -> T:
    """What ``look`` finds, as soon as it finds something."""
    patience = time.monotonic() + seconds
    while time.monotonic() < patience:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come within {seconds:g} s")


@dataclass
class Served:
    """A ``dataset-profiler serve`` process."""

    process: "subprocess.Popen[str]"
    base_url: str
    lines: list[str] = field(default_factory=list)

    def kill(self) -> None:
        """The hard way."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Starts services on free ports; stops those that still run."""
    started: list[subprocess.Popen[str]] = []

    def start(**environment: str) -> Served:
        process = subprocess.Popen(
            [str(BINARIES / "dataset-profiler"), "serve", "--port", "0"],
            env=clean_environment() | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if found := re.search(r"http://[\d.]+:\d+", line):
                # The pipe must go on being read: a full one would stop the service.
                threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True).start()
                return Served(process, found.group(0), lines)
        raise AssertionError("the service did not start:\n" + "".join(lines))

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@dataclass(frozen=True)
class Airflow:
    """An Airflow with scheduler, triggerer, DAG processor and API server."""

    client: httpx.Client
    log: Path

    def run(self, dag_id: str, conf: dict[str, Any], *, seconds: float = 180) -> dict[str, Any]:
        """Run a DAG to its end and return the run."""
        return self.end(dag_id, self.start(dag_id, conf), seconds=seconds)

    def start(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Start a run and return its id."""
        eventually(
            lambda: self.client.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False}).is_success,
            seconds=60,
            what=f"the DAG {dag_id}",
        )
        answer = self.client.post(f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf})
        answer.raise_for_status()
        run_id: str = answer.json()["dag_run_id"]
        return run_id

    def end(self, dag_id: str, run_id: str, *, seconds: float = 180) -> dict[str, Any]:
        """The run once it is over."""

        def ended() -> dict[str, Any] | None:
            run: dict[str, Any] = self.client.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}").json()
            return run if run["state"] in ("success", "failed") else None

        return eventually(ended, seconds=seconds, what=f"the end of {dag_id}")

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found: list[dict[str, Any]] = self.client.get(path, params={"limit": 100}).json()["task_instances"]
        return found

    def deferred(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run that wait in the triggerer at this moment."""
        waiting = [task for task in self.tasks(dag_id, run_id) if task["state"] == "deferred"]
        return [task for task in waiting if task["trigger"] and task["triggerer_job"]]

    def task_log(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> str:
        """What the first try of a task wrote, its trigger included."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/1"
        parameters = {"map_index": map_index, "full_content": True}
        answer = self.client.get(path, params=parameters, headers={"Accept": "application/json"})
        answer.raise_for_status()
        return str(answer.json()["content"])

    @contextmanager
    def connection(self, conn_id: str, host: str, password: str | None = None) -> Iterator[None]:
        """A connection that is there for as long as the block lasts."""
        body = {"connection_id": conn_id, "conn_type": "profiler", "host": host, "password": password}
        self.client.post("/api/v2/connections", json=body).raise_for_status()
        try:
            yield
        finally:
            self.client.delete(f"/api/v2/connections/{conn_id}").raise_for_status()

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value", map_index: int = -1) -> Any:
        """A value that a task handed on."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self.client.get(path, params={"map_index": map_index})
        answer.raise_for_status()
        return answer.json()["value"]


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """``airflow standalone`` with the DAGs of the integration tests, under a home of its own."""
    home = tmp_path_factory.mktemp("airflow")
    port, log = free_port(), home / "standalone.log"
    bundles = [
        {
            "name": name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(path)},
        }
        for name, path in (("tests", ROOT / "tests" / "integration" / "airflow" / "dags"), ("examples", ROOT / "dags"))
    ]
    environment = clean_environment() | {
        "AIRFLOW_HOME": str(home),
        "PROFILER_HOME": str(tmp_path_factory.mktemp("embedded")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
        # Above what starting processes take from each other on a small machine, with no trigger running at all.
        "AIRFLOW__TRIGGERER__BLOCKED_MAIN_THREAD_WARNING_THRESHOLD": "1.0",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "2",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "2",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(BINARIES / "airflow"), "standalone"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:

            def healthy() -> bool:
                assert process.poll() is None, log.read_text(errors="replace")[-4000:]
                try:
                    health = client.get("/api/v2/monitor/health").json()
                except (httpx.HTTPError, ValueError):
                    return False
                return all(health.get(part, {}).get("status") == "healthy" for part in PARTS)

            eventually(healthy, seconds=300, what="a healthy Airflow")
            token = client.get("/auth/token").json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            yield Airflow(client, log)
    finally:
        if process.poll() is None:
            # To the parent alone: it stops its children itself, and a signal to the group would orphan them.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise


@pytest.fixture(scope="session")
def harbour_rows() -> int:
    """Rows of ``harbour``."""
    return 1_500_000


@pytest.fixture
def harbour(tmp_path: Path, harbour_rows: int) -> Path:
    """A dataset that takes some seconds to profile."""
    folder = tmp_path / "data" / "harbour"
    folder.mkdir(parents=True)
    numbers = random.Random(5)
    lines = [
        f"{numbers.randrange(10**9)},{numbers.random():.9f},berth {numbers.randrange(10**6)}\n" for _ in range(1000)
    ]
    with (folder / "calls.csv").open("w", encoding="utf-8") as file:
        file.write("ship,draught,berth\n")
        for _ in range(harbour_rows // 1000):
            file.writelines(lines)
    return folder
