"""A cluster of two nodes on this machine, one processor each, and services that use it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_profiler.config.ray_environment import prepare_ray_environment
from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.listening import ThreadedServer
from tests.ray_nodes import add_node

EPOCH = "1767225600"
FINAL = {"HEAVY_PROFILES_READY", "FAILED"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """The cluster; the test's own process is connected to it."""
    with pytest.MonkeyPatch.context() as patch:
        # The nodes' processes inherit it, and with it every document that is written there.
        patch.setenv("SOURCE_DATE_EPOCH", EPOCH)
        for name in [name for name in os.environ if name.startswith(("RAY_", "PROFILER_", "REDIS_"))]:
            patch.delenv(name)
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        prepare_ray_environment()
        # A test run in a shell's background ignores the signal, the nodes would too, and tasks could not be cancelled.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        import ray
        from ray.cluster_utils import Cluster

        cluster = Cluster()
        try:
            add_node(cluster, num_cpus=1, include_dashboard=False)
            add_node(cluster, num_cpus=1)
            ray.init(address=cluster.address, namespace="tests", log_to_driver=False)
            yield cluster
        finally:
            ray.shutdown()
            cluster.shutdown()
            signal.signal(signal.SIGINT, before)


class Api:
    """A service on the cluster, and what a client of it does."""

    def __init__(self, http: httpx.Client, settings: Settings) -> None:
        self.http = http
        self.settings = settings

    def submit(self, path: str, **options: Any) -> str:
        specification = ProfileSpecification.for_path(path).model_dump(mode="json")
        body = {"profile_specification": specification, "options": options}
        answer = self.http.post("/profiler/trigger_profile", json=body)
        assert answer.status_code == 200, answer.text
        job_id: str = answer.json()["job_id"]
        return job_id

    def wait(self, job_id: str, states: set[str], *, seconds: float = 240) -> dict[str, Any]:
        """The job's detail once it has been in one of the states, by its events."""
        seen, patience = 0, time.monotonic() + seconds
        while time.monotonic() < patience:
            answer = self.http.get(f"/profiler/jobs/{job_id}/events", params={"after": seen, "wait": 10})
            for event in answer.json()["data"]:
                seen = event["sequence"]
                if event["kind"] == "state" and event["data"]["state"] in states:
                    detail: dict[str, Any] = self.http.get(f"/profiler/jobs/{job_id}").json()
                    return detail
        raise AssertionError(f"none of {states} within {seconds:g} s: {self.http.get(f'/profiler/jobs/{job_id}').text}")


@pytest.fixture
def serve(cluster: Any, tmp_path: Path) -> Iterator[Callable[..., Api]]:
    """Starts services on the cluster, each with the job store under the test's own folder."""
    with ExitStack() as running:

        def start(**given: Any) -> Api:
            (tmp_path / "data").mkdir(exist_ok=True)
            defaults = {
                "home": tmp_path / "home",
                "data_root": str(tmp_path / "data"),
                "ray_address": cluster.address,
                "ray_connect_seconds": 60.0,
            }
            settings = Settings(**{**defaults, **given})
            server = ThreadedServer(create_app(settings))
            server.start()
            running.callback(server.stop)
            http = running.enter_context(httpx.Client(base_url=server.base_url, timeout=40, trust_env=False))
            return Api(http, settings)

        yield start
