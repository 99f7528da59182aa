"""A cluster that asks for a token, reached by every form of address, with Redis as the job store."""

import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_profiler.contract.specification import ProfileSpecification
from tests.e2e.conftest import BINARIES, clean_environment, eventually, free_port

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class StartedRay:
    """What ``ray start`` left running."""

    environment: dict[str, str]
    addresses: dict[str, str]


@pytest.fixture(scope="module")
def started_ray() -> Iterator[StartedRay]:
    gcs, client_port = free_port(), free_port()
    # Not pytest's own folder: the sockets in it have paths of 107 bytes at most.
    folder = tempfile.mkdtemp(prefix="ray-")
    environment = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    command = [
        str(BINARIES / "ray"),
        "start",
        "--head",
        f"--port={gcs}",
        f"--ray-client-server-port={client_port}",
        "--num-cpus=2",
        "--include-dashboard=false",
        "--min-worker-port=20000",
        "--max-worker-port=20999",
        f"--temp-dir={folder}",
        "--block",
    ]
    process = subprocess.Popen(
        command,
        env=clean_environment() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    seen: list[str] = []
    for line in process.stdout:
        seen.append(line)
        if "Ray runtime started" in line:
            break
    assert process.poll() is None, "".join(seen)
    host = socket.gethostbyname(socket.gethostname())
    yield StartedRay(environment, {"port": f"{host}:{gcs}", "client": f"ray://127.0.0.1:{client_port}"})
    process.terminate()
    process.wait(60)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("form", ["port", "client"])
def test_a_job_by_every_form_of_address(
    form: str, started_ray: StartedRay, serve: Callable[..., Any], durable_redis: Any, tmp_path: Path
) -> None:
    (tmp_path / "data" / "harbour").mkdir(parents=True)
    # Of more bytes than a supervisor reads itself: a task is to run as well.
    (tmp_path / "data" / "harbour" / "ports.csv").write_text("id,name\n" + "001,Σύρος\n002,Νάξος\n" * 5_000, "utf-8")
    served = serve(
        PROFILER_HOME=str(tmp_path / "home"),
        DATA_ROOT_PATH=str(tmp_path / "data"),
        RAY_ADDRESS=started_ray.addresses[form],
        REDIS_HOST="127.0.0.1",
        REDIS_PORT=str(durable_redis.port),
        # What a cluster that has just been started takes on a small machine is not what this is about.
        PROFILER_RAY_CONNECT_SECONDS="120",
        **started_ray.environment,
    )
    body = {"profile_specification": ProfileSpecification.for_path("harbour").model_dump(mode="json")}
    with httpx.Client(base_url=served.base_url, timeout=60, trust_env=False) as api:

        def submitted() -> str | None:
            answer = api.post("/profiler/trigger_profile", json=body)
            # A busy cluster may not let the first connection in: it is made again.
            assert answer.status_code in (200, 503), answer.text
            return answer.json().get("job_id")

        job_id = eventually(submitted, seconds=240, what="the connection with the cluster")
        seen = 0
        while not (detail := api.get(f"/profiler/jobs/{job_id}").json())["terminal"]:
            events = api.get(f"/profiler/jobs/{job_id}/events", params={"after": seen, "wait": 20}).json()["data"]
            seen = max([seen, *(event["sequence"] for event in events)])
        assert detail["state"] == "HEAVY_PROFILES_READY", detail["reason"]
        assert detail["summary"]["rows"] == 10_000
        assert api.get(f"/profiler/runner_status/{job_id}").json() == "completed"

        def started() -> dict[str, Any] | None:
            # Supervisors of an earlier service may have run the job before this one has started its own.
            health: dict[str, Any] = api.get("/monitoring/health-check").json()
            return None if "being started" in health["ray"]["message"] else health

        health = eventually(started, seconds=240, what="the supervisors' start")
        assert health["ray"]["status"] == health["redis"]["status"] == "healthy", health
