"""The service beside Ray: killed and started again it finds its jobs, and with RAY_ADDRESS=local it needs nothing."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_profiler.contract.specification import ProfileSpecification
from tests.e2e.conftest import eventually
from tests.ray_nodes import add_node

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two nodes on this machine."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        from ray.cluster_utils import Cluster

        cluster = Cluster()
        try:
            add_node(cluster, num_cpus=1, include_dashboard=False)
            add_node(cluster, num_cpus=1)
            yield cluster
        finally:
            cluster.shutdown()
            signal.signal(signal.SIGINT, before)


def request(path: str = "harbour", **execution: Any) -> dict[str, Any]:
    specification = ProfileSpecification.for_path(path).model_dump(mode="json")
    return {"profile_specification": specification, "options": {"execution": execution}}


def client(base_url: str) -> httpx.Client:
    return httpx.Client(base_url=base_url, timeout=60, trust_env=False)


def wait_for(api: httpx.Client, job_id: str, states: set[str], *, seconds: float = 150) -> dict[str, Any]:
    seen, patience = 0, time.monotonic() + seconds
    while time.monotonic() < patience:
        events = api.get(f"/profiler/jobs/{job_id}/events", params={"after": seen, "wait": 10}).json()["data"]
        seen = max([seen, *(event["sequence"] for event in events)])
        if any(event["kind"] == "state" and event["data"]["state"] in states for event in events):
            detail: dict[str, Any] = api.get(f"/profiler/jobs/{job_id}").json()
            return detail
    raise AssertionError(f"none of {states} within {seconds:g} s")


def test_jobs_go_on_without_the_service(
    cluster: Any, serve: Callable[..., Any], harbour: Path, harbour_rows: int, tmp_path: Path
) -> None:
    environment = {
        "PROFILER_HOME": str(tmp_path / "home"),
        "DATA_ROOT_PATH": str(harbour.parent),
        "RAY_ADDRESS": cluster.address,
        "PROFILER_RAY_CONNECT_SECONDS": "120",
    }
    first = serve(**environment)
    with client(first.base_url) as api:
        body = request(partition_bytes=256 * 1024)
        job_id = api.post("/profiler/trigger_profile", json=body).json()["job_id"]
        wait_for(api, job_id, {"LIGHT_PROFILE_READY"})
        first.kill()

    second = serve(**environment)
    with client(second.base_url) as api:
        assert api.get(f"/profiler/runner_status/{job_id}").json() in ("in_progress", "completed")
        detail = wait_for(api, job_id, {"HEAVY_PROFILES_READY", "FAILED"})
        assert detail["state"] == "HEAVY_PROFILES_READY", detail["reason"]
        assert detail["attempt"] == 1, "nobody took it over: it never stopped"
        assert detail["summary"]["rows"] == harbour_rows
        assert api.get(f"/profiler/runner_status/{job_id}").json() == "completed"

        # An abort reaches the actor.
        job_id = api.post("/profiler/trigger_profile", json=body).json()["job_id"]
        wait_for(api, job_id, {"LIGHT_PROFILE_READY"})
        api.post(f"/profiler/jobs/{job_id}/abort").raise_for_status()
        detail = wait_for(api, job_id, {"FAILED", "HEAVY_PROFILES_READY"})
        assert detail["reason"]["code"] == "aborted"

    import ray

    ray.init(address=cluster.address, namespace="tests", log_to_driver=False)
    try:
        eventually(lambda: ray.available_resources().get("CPU") == 2, seconds=60, what="two processors without work")
    finally:
        ray.shutdown()
    eventually(
        lambda: not list((tmp_path / "home" / "scratch").iterdir()), seconds=60, what="an end of temporary files"
    )


def supervisors() -> set[int]:
    """The processes of those that answer; one that has just ended does not."""
    import ray
    from ray.exceptions import RayError
    from ray.util import list_named_actors

    asked, answered = [], set()
    for item in list_named_actors(all_namespaces=True):
        if item["namespace"] == "profiler":
            with suppress(ValueError):
                asked.append(ray.get_actor(item["name"], namespace="profiler").process_id.remote())
    for answer in ray.wait(asked, num_returns=len(asked), timeout=20)[0] if asked else ():
        with suppress(RayError):
            answered.add(ray.get(answer))
    return answered


def test_supervisors_are_made_again_when_the_service_that_made_them_is_gone(
    cluster: Any, serve: Callable[..., Any], tmp_path: Path
) -> None:
    import ray

    (tmp_path / "data" / "harbour").mkdir(parents=True)
    # Of more bytes than a supervisor reads itself: it is the tasks that are to go on.
    (tmp_path / "data" / "harbour" / "ports.csv").write_text("id,name\n" + "1,Rhodes\n2,Kos\n" * 10_000, "utf-8")
    (tmp_path / "data" / "ledger").mkdir()
    (tmp_path / "data" / "ledger" / "entries.csv").write_text(
        "number,amount\n" + "".join(f"{number},{number * 7 % 1000}\n" for number in range(500_000)) * 24,
        encoding="utf-8",
    )
    # More work than the supervisors need to be made again, on no more disk.
    for number in range(3):
        os.link(tmp_path / "data" / "ledger" / "entries.csv", tmp_path / "data" / "ledger" / f"entries_{number}.csv")
    environment = {
        "PROFILER_HOME": str(tmp_path / "home"),
        "DATA_ROOT_PATH": str(tmp_path / "data"),
        "RAY_ADDRESS": cluster.address,
        "PROFILER_RAY_CONNECT_SECONDS": "120",
    }

    def profile(served: Any) -> dict[str, Any]:
        with client(served.base_url) as api:
            submitted = api.post("/profiler/trigger_profile", json=request()).raise_for_status().json()
            return wait_for(api, submitted["job_id"], {"HEAVY_PROFILES_READY", "FAILED"})

    first = serve(**environment)
    ray.init(address=cluster.address, namespace="tests", log_to_driver=False)
    try:
        assert profile(first)["state"] == "HEAVY_PROFILES_READY"
        before = eventually(lambda: len(found := supervisors()) == 2 and found, seconds=120, what="two supervisors")
        with client(first.base_url) as api:
            long = api.post(
                "/profiler/trigger_profile", json=request("ledger", partition_bytes=64 * 1024, max_workers=1)
            ).json()["job_id"]
            wait_for(api, long, {"LIGHT_PROFILE_READY"})
        first.kill()

        second = serve(**environment)
        assert profile(second)["state"] == "HEAVY_PROFILES_READY", "whoever made them, they go on"
        eventually(
            lambda: len(found := supervisors()) == 3 and len(found - before) == 2 and found,
            seconds=150,
            what="two new supervisors, and the one that is not idle",
        )
        with client(second.base_url) as api:
            assert profile(second)["state"] == "HEAVY_PROFILES_READY"
            detail = api.get(f"/profiler/jobs/{long}").json()
            assert (detail["state"], detail["attempt"]) == ("LIGHT_PROFILE_READY", 1), "it is finished where it runs"
            api.post(f"/profiler/jobs/{long}/abort").raise_for_status()
            assert wait_for(api, long, {"FAILED"})["reason"]["code"] == "aborted"
        eventually(
            lambda: len(found := supervisors()) == 2 and before.isdisjoint(found), seconds=60, what="an end of the old"
        )
    finally:
        ray.shutdown()


def children_of(process_id: int) -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(line.split()[0]): int(line.split()[1]) for line in listed.splitlines()}
    found: set[int] = set()
    grown = {process_id}
    while grown:
        grown = {child for child, parent in parents.items() if parent in grown} - found
        found |= grown
    return found


def test_a_private_cluster_comes_and_goes_with_the_service(
    serve: Callable[..., Any], harbour: Path, tmp_path: Path
) -> None:
    served = serve(
        PROFILER_HOME=str(tmp_path / "home"),
        DATA_ROOT_PATH=str(harbour.parent),
        RAY_ADDRESS="local",
        PROFILER_LEASE_SECONDS="600",
    )
    with client(served.base_url) as api:
        job_id = api.post("/profiler/trigger_profile", json=request()).json()["job_id"]
        detail = wait_for(api, job_id, {"HEAVY_PROFILES_READY", "FAILED"})
        assert detail["state"] == "HEAVY_PROFILES_READY", detail["reason"]
        waiting = api.post("/profiler/trigger_profile", json=request(partition_bytes=256 * 1024)).json()["job_id"]
        wait_for(api, waiting, {"LIGHT_PROFILE_READY"})
    processes = children_of(served.process.pid)
    assert len(processes) > 3
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(60) == 0
    patience = time.monotonic() + 60
    while left := {number for number in processes if Path(f"/proc/{number}").exists()}:
        assert time.monotonic() < patience, f"{left} outlive the service"
        time.sleep(0.1)

    # The job was given back: its lease would have kept it for ten minutes.
    again = serve(
        PROFILER_HOME=str(tmp_path / "home"), DATA_ROOT_PATH=str(harbour.parent), RAY_ADDRESS="local",
        PROFILER_LEASE_SECONDS="600",
    )  # fmt: skip
    with client(again.base_url) as api:
        detail = wait_for(api, waiting, {"HEAVY_PROFILES_READY", "FAILED"})
        assert (detail["state"], detail["attempt"]) == ("HEAVY_PROFILES_READY", 2)
