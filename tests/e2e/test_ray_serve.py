"""The service as a Ray Serve application, on a cluster of the test's own."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_profiler.contract.specification import ProfileSpecification
from tests.e2e.conftest import BINARIES, clean_environment, eventually, free_port
from tests.e2e.ray_cluster import ray_nodes, token_environment

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """``serve run`` with a file as the guide has it; the base URL."""
    (tmp_path / "data" / "harbour").mkdir(parents=True)
    # Of more bytes than a supervisor reads itself: a task is to run as well.
    (tmp_path / "data" / "harbour" / "ports.csv").write_text("id,name\n" + "001,Σύρος\n002,Νάξος\n" * 5_000, "utf-8")
    port = free_port()
    config = {
        "proxy_location": "HeadOnly",
        "http_options": {"host": "127.0.0.1", "port": port},
        "applications": [
            {
                "name": "profiler",
                "route_prefix": "/",
                "import_path": "airflow_provider_profiler.service.ray_serve:application",
                "args": {"data_root": str(tmp_path / "data")},
            }
        ],
    }
    (tmp_path / "serve.yaml").write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    environment = token_environment() | {"PROFILER_HOME": str(tmp_path / "home")}
    with ray_nodes(environment) as nodes:
        nodes.start_head("--num-cpus=2", "--include-dashboard=false")
        with (tmp_path / "serve.log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *(str(BINARIES / "serve"), "run", "--address", f"{nodes.host}:{nodes.gcs}"),
                    str(tmp_path / "serve.yaml"),
                ],
                env=clean_environment() | environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            url = f"http://127.0.0.1:{port}"

            def ready() -> bool:
                assert process.poll() is None, (tmp_path / "serve.log").read_text("utf-8")[-4000:]
                try:
                    return httpx.get(f"{url}/monitoring/ready", trust_env=False, timeout=10).is_success
                except httpx.HTTPError:
                    return False

            eventually(ready, seconds=240, what="the application")
            yield url
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait(20)


def test_a_job_through_serve(served: str) -> None:
    body = {"profile_specification": ProfileSpecification.for_path("harbour").model_dump(mode="json")}
    with httpx.Client(base_url=served, timeout=60, trust_env=False) as api:

        def submitted() -> str | None:
            answer = api.post("/profiler/trigger_profile", json=body)
            assert answer.status_code in (200, 503), answer.text  # until the cluster is connected
            return answer.json().get("job_id")

        job_id = eventually(submitted, seconds=240, what="the connection with the cluster")
        seen = 0
        while not (detail := api.get(f"/profiler/jobs/{job_id}").json())["terminal"]:
            events = api.get(f"/profiler/jobs/{job_id}/events", params={"after": seen, "wait": 20}).json()["data"]
            seen = max([seen, *(event["sequence"] for event in events)])
        assert detail["state"] == "HEAVY_PROFILES_READY", detail["reason"]
        assert detail["summary"]["rows"] == 10_000
        assert api.get("/profiler/jobs/none").json() == {"detail": "Job 'none' is not known here."}

        def healthy() -> dict[str, Any] | None:
            health: dict[str, Any] = api.get("/monitoring/health-check").json()
            return health if health["status"] == "healthy" else None

        assert "1 of 1 supervisors" in eventually(healthy, seconds=240, what="a healthy pool")["ray"]["message"]
        assert 'profiler_dependency_up{dependency="ray"} 1.0' in api.get("/monitoring/metrics").text
