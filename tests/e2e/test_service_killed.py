"""The service may be killed at any time: its jobs are taken up again, and nothing half-written is ever served."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.specification import ProfileSpecification

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

KEY = "a shared secret of the test that is long enough"


def client(base_url: str) -> httpx.Client:
    token = jwt.encode({"client_id": "airflow", "exp": datetime.now(UTC) + timedelta(hours=1)}, KEY, algorithm="HS256")
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=base_url, headers=headers, timeout=60, trust_env=False)


def wait_for(api: httpx.Client, job_id: str, states: set[str], *, seconds: float = 120) -> dict[str, Any]:
    """The job's detail as soon as it is in one of the states, by its events: none is missed, nothing is polled."""
    seen, patience = 0, datetime.now(UTC) + timedelta(seconds=seconds)
    while datetime.now(UTC) < patience:
        events = api.get(f"/profiler/jobs/{job_id}/events", params={"after": seen, "wait": 10}).json()["data"]
        seen = max([seen, *(event["sequence"] for event in events)])
        if any(event["kind"] == "state" and event["data"]["state"] in states for event in events):
            detail: dict[str, Any] = api.get(f"/profiler/jobs/{job_id}").json()
            return detail
    raise AssertionError(f"none of {states} within {seconds:g} s")


def test_a_killed_service_takes_its_job_up_again(
    serve: Callable[..., Any], harbour: Path, harbour_rows: int, tmp_path: Path
) -> None:
    environment = {
        "PROFILER_HOME": str(tmp_path / "home"),
        "DATA_ROOT_PATH": str(harbour.parent),
        "PROFILER_LEASE_SECONDS": "10",
        "ENABLE_AUTH": "true",
        "PROFILER_AUTH_KEY": KEY,
        "PROFILER_AUTH_ALGORITHMS": "HS256",
        "PROFILER_HOST": "127.0.0.1",
    }
    request = {
        "profile_specification": ProfileSpecification.for_path("harbour").model_dump(mode="json"),
        "options": {"execution": {"partition_bytes": 1024 * 1024, "max_workers": 1}},
    }
    first = serve(**environment)
    with client(first.base_url) as api:
        assert httpx.get(f"{first.base_url}/profiler/jobs", timeout=60, trust_env=False).status_code == 401
        answer = api.post("/profiler/trigger_profile", json=request, headers={"Idempotency-Key": "night-1"})
        job_id = answer.json()["job_id"]
        wait_for(api, job_id, {"LIGHT_PROFILE_READY"})
        first.kill()

    second = serve(**environment)
    with client(second.base_url) as api:
        assert api.get(f"/profiler/job_status/{job_id}").json() == "LIGHT_PROFILE_READY"
        light = api.get(f"/profiler/profile/{job_id}").json()
        assert light["moma_profile_light"]["distribution"]
        assert light["moma_profile_heavy"] == light["cdd_profile"] == {}

        detail = wait_for(api, job_id, {"HEAVY_PROFILES_READY", "FAILED"})
        assert detail["state"] == "HEAVY_PROFILES_READY", detail["reason"]
        assert detail["attempt"] == 2
        assert detail["summary"]["rows"] == harbour_rows
        path = api.get(f"/profiler/cdd_profile_path/{dataset_uuid('harbour')}").json()["cdd_profile_path"]
        assert Path(path).is_file()

        again = api.post("/profiler/trigger_profile", json=request, headers={"Idempotency-Key": "night-1"})
        assert again.json()["job_id"] == job_id
