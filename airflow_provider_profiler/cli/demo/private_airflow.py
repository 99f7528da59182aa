"""An Airflow that shares nothing with one that the user may have: own home, own ports, own settings."""

import os
import secrets
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any, Self

import requests
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from airflow_provider_profiler.cli.demo.session_process import SessionProcess
from airflow_provider_profiler.config.settings import environment_names
from airflow_provider_profiler.contract.errors import ServiceUnavailable

#: Seconds within which Airflow must be up; it takes 10 to 25 on a small machine.
START_PATIENCE = 300.0
#: Seconds within which Airflow must have parsed the DAGs once it is up.
PARSE_PATIENCE = 180.0
#: Times that Airflow is asked for one thing.
_TRIES = 4
_PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


def binary(name: str) -> str:
    """The path of a console script that is installed beside this Python."""
    return str(Path(sys.executable).parent / name)


def plain_environment() -> dict[str, str]:
    """The environment without any setting of Airflow's or ours, and with our console scripts first."""
    foreign = ("AIRFLOW", "PROFILER_", *environment_names().values())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"PATH": os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", "")))}


def airflow_environment(home: Path, dags: Path) -> dict[str, str]:
    """What every ``airflow`` command of the demo runs with.

    :param home: its ``AIRFLOW_HOME``.
    :param dags: folder of the DAGs.
    """
    return plain_environment() | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def fresh_home(home: Path) -> Path:
    """An empty folder for a private Airflow; what an earlier demo left there is removed."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return home


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class StandaloneAirflow:
    """``airflow standalone`` on free ports: API server, scheduler, DAG processor and triggerer; a context manager.

    :param home: an empty folder.
    :param dags: folder of the DAGs.
    :param extra: environment variables on top, such as connections.
    """

    def __init__(self, home: Path, dags: Path, extra: dict[str, str]) -> None:
        self.log = home / "airflow.log"
        self._port = free_port()
        self._url = f"http://127.0.0.1:{self._port}"
        environment = airflow_environment(home, dags) | self._own_settings() | extra
        # SIGINT to the parent, which stops its children; any other signal would orphan them.
        self._process = SessionProcess([binary("airflow"), "standalone"], environment, self.log, signal.SIGINT)
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        """Start it and wait until all its parts are healthy.

        :raises ServiceUnavailable: when it does not come up.
        """
        try:
            self._process.start()
            self._wait_until_healthy()
            token = self._get("/auth/token").json()["access_token"]
        except BaseException:
            self._process.stop()
            raise
        self._session.headers["Authorization"] = f"Bearer {token}"
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all its parts."""
        self._process.stop()

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Unpause a DAG and start a run of it.

        :return: the run's id.
        :raises ServiceUnavailable: when Airflow does not find the DAG.
        """
        patience = time.monotonic() + PARSE_PATIENCE
        path = f"{self._url}/api/v2/dags/{dag_id}"
        while not self._session.patch(path, json={"is_paused": False}, timeout=30).ok:
            if time.monotonic() > patience:
                raise ServiceUnavailable(f"Airflow does not find the DAG {dag_id}; its log: {self.log}")
            time.sleep(0.5)
        answer = self._session.post(f"{path}/dagRuns", json={"logical_date": None, "conf": conf}, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def state(self, dag_id: str, run_id: str) -> str:
        """The state of a run: queued, running, success or failed."""
        return str(self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}").json()["state"])

    def failed_tasks(self, dag_id: str, run_id: str) -> list[str]:
        """The tasks of a run that failed by themselves."""
        found = self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances").json()["task_instances"]
        return [item["task_id"] for item in found if item["state"] == "failed"]

    # On a machine with other work an answer may take longer than anybody should wait; asking again changes nothing.
    @retry(retry=retry_if_exception_type(requests.Timeout), stop=stop_after_attempt(_TRIES), reraise=True)
    def _get(self, path: str) -> requests.Response:
        answer = self._session.get(f"{self._url}{path}", timeout=30)
        answer.raise_for_status()
        return answer

    def _wait_until_healthy(self) -> None:
        patience = time.monotonic() + START_PATIENCE
        while not self._healthy():
            if not self._process.running or time.monotonic() > patience:
                raise ServiceUnavailable(f"Airflow did not start; its log: {self.log}")
            time.sleep(0.5)

    def _healthy(self) -> bool:
        try:
            health = self._get("/api/v2/monitor/health").json()
        except (requests.RequestException, ValueError):
            return False
        return all(health.get(part, {}).get("status") == "healthy" for part in _PARTS)

    def _own_settings(self) -> dict[str, str]:
        return {
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self._port),
            "AIRFLOW__API__BASE_URL": self._url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            # One process each, whether there is work for it or not.
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self._url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            # Unpausing a nightly DAG would also start last night's run.
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        }
