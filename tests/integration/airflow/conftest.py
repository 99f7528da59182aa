"""DAG runs in an Airflow of their own: another process, a private home, a database that is thrown away."""

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest

from airflow_provider_profiler.config.settings import Settings

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[2] / "dags"
KEY = "a shared secret of the test that is long enough"


def bearer(key: str) -> str:
    claims = {"client_id": "airflow", "exp": datetime.now(UTC) + timedelta(minutes=30)}
    return jwt.encode(claims, key, algorithm="HS256")


@dataclass(frozen=True)
class Runs:
    """What became of the DAGs."""

    by_dag: dict[str, Any]
    log: str
    tokens: tuple[str, ...]
    lineage: tuple[dict[str, Any], ...]
    """The events that OpenLineage was sent."""

    def state(self, dag: str, task: str | None = None) -> str:
        found = self.by_dag[dag] if task is None else self.by_dag[dag]["tasks"][task]
        return str(found["state"]).rsplit(".", 1)[-1].lower()

    def xcom(self, dag: str, task: str) -> dict[str, Any]:
        found: dict[str, Any] = self.by_dag[dag]["tasks"][task]["xcom"]
        return found


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data").resolve()
    for name, city in (("sales", "Αθήνα"), ("stock", "Patras")):
        (root / name).mkdir()
        (root / name / f"{name}.csv").write_text(f"city,amount\n{city},1\nVolos,2\nVolos,2\n", encoding="utf-8")
    (root / "broken").mkdir()
    (root / "broken" / "broken.parquet").write_bytes(b"PAR1 this is no Parquet file")
    return root


@pytest.fixture(scope="session")
def service(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from airflow_provider_profiler.service.app import create_app
    from airflow_provider_profiler.service.listening import ThreadedServer

    settings = Settings(
        home=tmp_path_factory.mktemp("service"),
        data_root=str(data),
        enable_auth=True,
        auth_key=KEY,
        auth_algorithms=("HS256",),
    )
    server = ThreadedServer(create_app(settings))
    server.start()
    yield server.base_url
    server.stop()


class Patient:
    """A supervisor that runs a job only when its events were asked for a second time.

    The first time is the look that a task takes before it defers: so its job is certainly not over by then.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.asked: Counter[str] = Counter()

    def start(self) -> None: ...

    def check(self) -> None: ...

    def health(self) -> None: ...

    def wake(self, job_id: UUID | None = None) -> None: ...

    def stop(self, timeout: float) -> None:
        self.inner.stop(timeout)

    def hear(self, path: str) -> None:
        found = re.fullmatch(r"/profiler/jobs/([0-9a-f-]{36})/events", path)
        if found:
            self.asked[found.group(1)] += 1
            if self.asked[found.group(1)] == 2:
                threading.Thread(target=self.inner.run_one, args=(UUID(found.group(1)),)).start()


@pytest.fixture(scope="session")
def patient_service(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from airflow_provider_profiler.jobs.store import RunnerKind
    from airflow_provider_profiler.jobs.supervisor import InlineSupervisor
    from airflow_provider_profiler.profiling.engine import ProfilingEngine
    from airflow_provider_profiler.service.app import create_app
    from airflow_provider_profiler.service.listening import ThreadedServer

    settings = Settings(home=tmp_path_factory.mktemp("patient"), data_root=str(data))
    patients: list[Patient] = []

    def supervise(store: Any, results: Any) -> Patient:
        patients.append(Patient(InlineSupervisor(store, results, ProfilingEngine(), settings, RunnerKind.INLINE)))
        return patients[0]

    app = create_app(settings, supervise=supervise)

    class Hearing:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                patients[0].hear(scope["path"])
            await self.inner(scope, receive, send)

    app.add_middleware(Hearing)
    server = ThreadedServer(app)
    server.start()
    yield server.base_url
    server.stop()


@pytest.fixture(scope="session")
def runs(data: Path, service: str, patient_service: str, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    home = tmp_path_factory.mktemp("airflow")
    lineage = home / "lineage.jsonl"
    bundles = [
        {
            "name": name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": str(path)},
        }
        for name, path in (("tests", HERE / "dags"), ("examples", EXAMPLES))
    ]
    good, wrong = bearer(KEY), bearer("another secret that is long enough too")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PROFILER_", "DATA_ROOT"))
    } | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW_CONN_PROFILER_SERVICE": json.dumps({"conn_type": "profiler", "host": service, "password": good}),
        "AIRFLOW_CONN_PROFILER_PATIENT": json.dumps({"conn_type": "profiler", "host": patient_service}),
        "AIRFLOW_CONN_PROFILER_WRONG_TOKEN": json.dumps({"conn_type": "profiler", "host": service, "password": wrong}),
        "AIRFLOW__OPENLINEAGE__SELECTIVE_ENABLE": "True",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps({"type": "file", "log_file_path": str(lineage), "append": True}),
        "PROFILER_HOME": str(tmp_path_factory.mktemp("embedded")),
        # What must not count embedded.
        "RAY_ADDRESS": "ray://nowhere.invalid:10001",
        "REDIS_HOST": "nowhere.invalid",
    }
    names = [
        "embedded_heavy",
        "embedded_submit_only",
        "embedded_mapped",
        "embedded_failing",
        "wire_sensors",
        "wire_waiting",
        "wire_failing",
        "wire_wrong_token",
        "deferred_wire",
        "gate_wire",
    ]
    done = subprocess.run(
        [sys.executable, str(HERE / "run_dags.py"), json.dumps({"data": str(data)}), *names],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    log = done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("OUTCOME ")]
    assert done.returncode == 0, log[-8000:]
    assert lines, log[-8000:]
    events = tuple(json.loads(line) for line in lineage.read_text(encoding="utf-8").splitlines())
    return Runs(json.loads(lines[0].removeprefix("OUTCOME ")), log, (good, wrong), events)
