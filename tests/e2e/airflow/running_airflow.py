"""An Airflow of the tests' own: scheduler, triggerer, DAG processor and API server as processes that can be killed."""

import os
import re
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.airflow.airflow_home import airflow_environment
from tests.e2e.conftest import BINARIES, eventually, free_port
from tests.postgres_server import postgres_running

#: What ``airflow`` is called with, for each part; the API server first, as the others ask it.
PARTS = ("api-server", "scheduler", "dag-processor", "triggerer")
_HEALTH = ("scheduler", "dag_processor", "triggerer")
#: Seconds for what takes a few where nobody else wants the processors.
PATIENCE = 600.0
#: Seconds between two looks of one who waits: many do at a time, and each look costs the API server more than a task's
#: own words do.
LOOK = 1.0
_OVER = ("success", "failed")
#: Of these jobs and runs there is more than a page.
_PAGE = 100


@dataclass
class Airflow:
    """A running Airflow, driven through its REST API."""

    home: Path
    environment: dict[str, str]
    client: httpx.Client
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def log(self, part: str) -> str:
        """All that a part has written."""
        return self.log_file(part).read_text(errors="replace")

    def log_file(self, part: str) -> Path:
        return self.home / f"{part}.log"

    # Parts

    def start_part(
        self, part: str, command: Sequence[str] | None = None, extra: Mapping[str, str] | None = None
    ) -> None:
        """Start one.

        :param command: what ``airflow`` is called with; the part itself unless told otherwise.
        :param extra: to be added to the environment.
        """
        with self.log_file(part).open("ab") as output:
            self.processes[part] = subprocess.Popen(
                [str(BINARIES / "airflow"), *(command or [part])],
                env=self.environment | dict(extra or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop_part(self, part: str) -> None:
        """In good order: a part stops its own children, which a signal to the group would orphan."""
        process = self.processes.pop(part)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(20)

    def healthy(self) -> bool:
        for part, process in self.processes.items():
            assert process.poll() is None, f"{part} ended:\n{self.log(part)[-4000:]}"
        try:
            # The routes for workers are made when one is first asked for, which takes longer than all else here.
            self.client.get("/execution/health").raise_for_status()
            health = self.client.get("/api/v2/monitor/health").json()
        except (httpx.HTTPError, ValueError):
            return False
        return all(health.get(part, {}).get("status") == "healthy" for part in _HEALTH)

    def kill_worker(self, task: Mapping[str, Any]) -> None:
        """Kill the worker that a task runs on, and the task with it: nobody is left to say what became of it."""
        for number in _processes_of(task["id"]):
            os.kill(number, signal.SIGKILL)

    # Runs

    def unpause(self, dag_id: str) -> None:
        eventually(
            lambda: self.client.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False}).is_success,
            seconds=PATIENCE,
            what=f"the DAG {dag_id}",
            every=LOOK,
        )

    def run(self, dag_id: str, conf: dict[str, Any], *, seconds: float = PATIENCE) -> dict[str, Any]:
        """Run a DAG to its end and return the run."""
        return self.end(dag_id, self.start(dag_id, conf), seconds=seconds)

    def start(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Start a run and return its id."""
        self.unpause(dag_id)
        answer = self.client.post(f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf})
        answer.raise_for_status()
        run_id: str = answer.json()["dag_run_id"]
        return run_id

    def end(self, dag_id: str, run_id: str, *, seconds: float = PATIENCE) -> dict[str, Any]:
        """The run once it is over."""

        def ended() -> dict[str, Any] | None:
            run: dict[str, Any] = self.client.get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}").json()
            return run if run["state"] in _OVER else None

        return eventually(ended, seconds=seconds, what=f"the end of {dag_id}", every=LOOK)

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The runs of a DAG, whoever started them."""
        found: list[dict[str, Any]] = self.client.get(f"/api/v2/dags/{dag_id}/dagRuns").json()["dag_runs"]
        return found

    # Tasks

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found: list[dict[str, Any]] = []
        while True:
            answer = self.client.get(path, params={"limit": _PAGE, "offset": len(found)}).json()
            found += answer["task_instances"]
            if len(found) >= answer["total_entries"] or not answer["task_instances"]:
                return found

    def states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """The states of tasks that are not mapped."""
        return {task["task_id"]: task["state"] for task in self.tasks(dag_id, run_id) if task["map_index"] < 0}

    def task(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any]:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        found: dict[str, Any] = self.client.get(path).raise_for_status().json()
        return found

    def wait_for_task(
        self, dag_id: str, run_id: str, task_id: str, *states: str, try_number: int = 1, seconds: float = PATIENCE
    ) -> dict[str, Any]:
        """The task as soon as it is in one of the states."""

        def there() -> dict[str, Any] | None:
            task = self.task(dag_id, run_id, task_id)
            return task if task["state"] in states and task["try_number"] >= try_number else None

        what = f"{task_id} of {dag_id} in {' or '.join(states)}"
        return eventually(there, seconds=seconds, what=what, every=LOOK)

    def set_state(self, dag_id: str, run_id: str, task_id: str, state: str) -> None:
        """As a user does who ends a task."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        self.client.patch(path, json={"new_state": state}).raise_for_status()

    def clear(self, dag_id: str, run_id: str, task_id: str) -> None:
        """As a user does who wants a task to run again."""
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": [task_id],
            "only_failed": False,
            "reset_dag_runs": True,
        }
        self.client.post(f"/api/v2/dags/{dag_id}/clearTaskInstances", json=body).raise_for_status()

    def deferred(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run that wait in the triggerer at this moment."""
        waiting = [task for task in self.tasks(dag_id, run_id) if task["state"] == "deferred"]
        return [task for task in waiting if task["trigger"] and task["triggerer_job"]]

    def wait_deferred(self, dag_id: str, run_id: str, count: int, *, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """All of them, once there are so many and the scheduler has heard that their workers are done.

        It fails a task that resumes before, which on a busy machine may be seconds.
        """

        def all_there() -> list[dict[str, Any]] | None:
            found = self.deferred(dag_id, run_id)
            if len(found) != count:
                return None
            heard = self.heard(dag_id, run_id)
            keys = {(task["task_id"], str(task["try_number"]), str(task["map_index"])) for task in found}
            return found if keys <= heard else None

        # A look is the dearer the more tasks there are.
        every = max(LOOK, count / 20)
        return eventually(all_there, seconds=seconds, what=f"{count} deferred tasks of {dag_id}", every=every)

    def heard(self, dag_id: str, run_id: str) -> set[tuple[str, ...]]:
        """Task, try and map index of all whose workers' ends the scheduler has heard of, each as text."""
        key = rf"TaskInstanceKey\(dag_id='{dag_id}', task_id='([^']+)', run_id='{re.escape(run_id)}'"
        told = rf"executor event with state \w+ for task instance {key}, try_number=(\d+), map_index=(-?\d+)\)"
        return set(re.findall(told, self.log("scheduler")))

    def task_log(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1, *, try_number: int = 1) -> str:
        """What a try of a task wrote, its trigger included."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        parameters = {"map_index": map_index, "full_content": True}
        answer = self.client.get(path, params=parameters, headers={"Accept": "application/json"})
        answer.raise_for_status()
        return str(answer.json()["content"])

    def task_log_so_far(self, dag_id: str, run_id: str, task_id: str) -> str:
        """What all tries have written, from the files: asked again and again, the API server would be busy."""
        folder = self.home / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
        return "".join(file.read_text(errors="replace") for file in sorted(folder.glob("attempt=*.log*")))

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value", map_index: int = -1) -> Any:
        """A value that a task handed on."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self.client.get(path, params={"map_index": map_index})
        answer.raise_for_status()
        return answer.json()["value"]

    def xcom_or_none(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self.client.get(path)
        return answer.json()["value"] if answer.is_success else None

    # What DAGs need

    @contextmanager
    def connection(self, conn_id: str, host: str, password: str | None = None) -> Iterator[None]:
        """A connection that is there for as long as the block lasts."""
        body = {"connection_id": conn_id, "conn_type": "profiler", "host": host, "password": password}
        self.client.post("/api/v2/connections", json=body).raise_for_status()
        try:
            yield
        finally:
            self.client.delete(f"/api/v2/connections/{conn_id}").raise_for_status()

    def variable(self, key: str, value: str) -> None:
        self.client.post("/api/v2/variables", json={"key": key, "value": value}).raise_for_status()

    def command(self, *arguments: str, extra: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """Begin an ``airflow`` command on this Airflow's database."""
        return subprocess.Popen(
            [str(BINARIES / "airflow"), *arguments],
            env=self.environment | dict(extra or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def _processes_of(task_instance_id: str) -> Iterable[int]:
    """The worker that runs a task instance, which names it in its title, and all below it; parents first."""
    parents: dict[int, int] = {}
    workers: list[int] = []
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            title = (process / "cmdline").read_bytes()
            status = (process / "status").read_text()
        except OSError:
            continue
        number = int(process.name)
        parents[number] = int(status.split("PPid:")[1].split()[0])
        if b"LocalExecutor" in title and task_instance_id.encode() in title:
            workers.append(number)
    assert workers, f"no worker runs {task_instance_id}"
    found: list[int] = []
    while workers:
        found += workers
        workers = [child for child, parent in parents.items() if parent in workers and child not in found]
    return found


@contextmanager
def running_airflow(home: Path, embedded_home: Path) -> Iterator[Airflow]:
    """All parts, from when they are healthy to the end of the block.

    :param home: an empty folder.
    :param embedded_home: ``PROFILER_HOME`` of the tasks.
    """
    port = free_port()
    with (
        airflow_database() as database,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client,
    ):
        airflow = Airflow(home, airflow_environment(home, port, database, embedded_home), client)
        made = airflow.command("db", "migrate")
        printed, _ = made.communicate()
        assert made.returncode == 0, printed[-4000:]
        try:
            for part in PARTS:
                airflow.start_part(part)
            eventually(airflow.healthy, seconds=PATIENCE, what="a healthy Airflow")
            token = client.get("/auth/token").json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            yield airflow
        finally:
            for part in reversed(tuple(airflow.processes)):
                airflow.stop_part(part)


@contextmanager
def airflow_database() -> Iterator[str]:
    """The address of a database on a server of its own.

    With SQLite, two requests to the API server that write at the same time wait for each other until one is refused.
    """
    with postgres_running(connections=100) as server:
        password = secrets.token_hex(16)
        server.execute(f"CREATE ROLE airflow LOGIN PASSWORD '{password}'", "CREATE DATABASE airflow OWNER airflow")
        yield f"postgresql+psycopg2://airflow:{password}@{server.host}:{server.port}/airflow"


def all_of(looks: Sequence[Callable[[], bool]], *, what: str) -> None:
    """Return when each of them was true once."""
    left = list(looks)

    def none_left() -> bool:
        left[:] = [look for look in left if not look()]
        return not left

    eventually(none_left, seconds=PATIENCE, what=what, every=LOOK)
