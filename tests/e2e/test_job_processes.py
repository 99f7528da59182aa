"""Jobs in processes beside the service: they come, work, die, are replaced, and go with it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import eventually
from tests.e2e.test_ray import children_of, client, request, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

ENDS = {"HEAVY_PROFILES_READY", "FAILED"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of a service with two processes, a short dataset and one that is never done."""
    data = tmp_path / "data"
    (data / "harbour").mkdir(parents=True)
    (data / "harbour" / "ports.csv").write_text("id,name\n1,Rhodes\n2,Kos\n", encoding="utf-8")
    (data / "ledger").mkdir()
    lines = "".join(f"{number},{number * 7 % 1000}\n" for number in range(500_000))
    (data / "ledger" / "entries.csv").write_text("number,amount\n" + lines * 24, encoding="utf-8")
    return {
        "PROFILER_HOME": str(tmp_path / "home"),
        "DATA_ROOT_PATH": str(data),
        "PROFILER_JOB_PROCESSES": "2",
        "PROFILER_MAX_RUNNING_JOBS": "2",
    }


def job_processes(served: Any) -> set[int]:
    """Two, once both are there; multiprocessing's own helper is none of them."""
    found = set()
    for number in children_of(served.process.pid):
        command = Path(f"/proc/{number}/cmdline")
        if command.exists() and b"spawn_main" in command.read_bytes():
            found.add(number)
    return found if len(found) == 2 else set()


def begin_long_job(api: Any) -> str:
    body = request("ledger", partition_bytes=64 * 1024, max_workers=1)
    job_id: str = api.post("/profiler/trigger_profile", json=body).raise_for_status().json()["job_id"]
    wait_for(api, job_id, {"LIGHT_PROFILE_READY"})
    return job_id


def test_jobs_run_beside_the_service_and_end_with_it(serve: Callable[..., Any], environment: dict[str, str]) -> None:
    served = serve(**environment)
    with client(served.base_url) as api:
        long = begin_long_job(api)
        # The other process takes what comes meanwhile.
        short = [api.post("/profiler/trigger_profile", json=request()).json()["job_id"] for _ in range(3)]
        for job_id in short:
            assert wait_for(api, job_id, ENDS)["state"] == "HEAVY_PROFILES_READY"
        assert api.get(f"/profiler/jobs/{long}").json()["state"] == "LIGHT_PROFILE_READY"
        assert api.get("/monitoring/health-check").json()["status"] == "healthy"
        api.post(f"/profiler/jobs/{long}/abort").raise_for_status()
        assert wait_for(api, long, ENDS)["reason"]["code"] == "aborted"
        left = begin_long_job(api)
        processes = eventually(lambda: job_processes(served), seconds=60, what="both processes")
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(60) == 0
    assert not [number for number in processes if Path(f"/proc/{number}").exists()]

    again = serve(**environment | {"PROFILER_JOB_PROCESSES": "0", "PROFILER_LEASE_SECONDS": "600"})
    with client(again.base_url) as api:
        eventually(
            lambda: api.get(f"/profiler/jobs/{left}").json()["attempt"] == 2, seconds=60, what="the next attempt"
        )


def test_processes_that_are_killed_are_made_again_and_their_jobs_go_on(
    serve: Callable[..., Any], environment: dict[str, str]
) -> None:
    served = serve(**environment, PROFILER_LEASE_SECONDS="10")
    with client(served.base_url) as api:
        long = begin_long_job(api)
        processes = eventually(lambda: job_processes(served), seconds=60, what="both processes")
        for number in processes:
            os.kill(number, signal.SIGKILL)
        report = eventually(
            lambda: (
                (told := api.get("/monitoring/health-check").json()).get("degraded")
                and told["jobs"]["message"].startswith("0 of 2 processes run jobs.")
                and told
            ),
            seconds=60,
            what="word of the trouble",
        )
        assert report["degraded"] == ["jobs"]
        short = api.post("/profiler/trigger_profile", json=request()).raise_for_status().json()["job_id"]
        assert wait_for(api, short, ENDS)["state"] == "HEAVY_PROFILES_READY"
        eventually(lambda: api.get(f"/profiler/jobs/{long}").json()["attempt"] == 2, seconds=60, what="a new attempt")
        eventually(
            lambda: api.get("/monitoring/health-check").json()["status"] == "healthy", seconds=60, what="good health"
        )
        assert processes.isdisjoint(eventually(lambda: job_processes(served), seconds=60, what="new processes"))
        api.post(f"/profiler/jobs/{long}/abort").raise_for_status()
        assert wait_for(api, long, ENDS)["reason"]["code"] == "aborted"


def test_processes_do_not_outlive_a_service_that_is_killed(
    serve: Callable[..., Any], environment: dict[str, str]
) -> None:
    first = serve(**environment, PROFILER_LEASE_SECONDS="600")
    with client(first.base_url) as api:
        long = begin_long_job(api)
        processes = eventually(lambda: job_processes(first), seconds=60, what="both processes")
    first.kill()
    eventually(
        lambda: not [number for number in processes if Path(f"/proc/{number}").exists()],
        seconds=60,
        what="the end of the processes",
    )
    # The job was given back: its lease would have kept it for ten minutes.
    second = serve(**environment)
    with client(second.base_url) as api:
        eventually(lambda: api.get(f"/profiler/jobs/{long}").json()["attempt"] == 2, seconds=60, what="a new attempt")
        api.post(f"/profiler/jobs/{long}/abort").raise_for_status()
        assert wait_for(api, long, ENDS)["reason"]["code"] == "aborted"
