"""The service inside a process: on loopback, with a key of its own, the same contract."""

import json
import subprocess
import sys
import textwrap

import httpx
import jwt
import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ProfilerError
from airflow_provider_profiler.service.embedded import EmbeddedService


@pytest.fixture
def settings(tmp_path, data_root) -> Settings:
    return Settings(
        home=tmp_path / "home",
        data_root=str(data_root),
        # What is about servers elsewhere does not matter here.
        ray_address="ray://nowhere:10001",
        redis_host="nowhere",
        base_url="/prefix",
        status_dialect="object",
        enable_auth=False,
        auth_issuer="https://idp",
        auth_clients=("somebody",),
    )


def client_of(service: EmbeddedService) -> httpx.Client:
    headers = {"Authorization": f"Bearer {service.token()}"}
    return httpx.Client(base_url=service.base_url, headers=headers, trust_env=False, timeout=40)


def run(http: httpx.Client, body: dict) -> str:
    answer = http.post("/profiler/trigger_profile", json=body)
    assert answer.status_code == 200, answer.text
    job, after, states = answer.json()["job_id"], 0, []
    while not {"HEAVY_PROFILES_READY", "FAILED"} & set(states):
        events = http.get(f"/profiler/jobs/{job}/events", params={"after": after, "wait": 20}).json()["data"]
        assert events
        after = events[-1]["sequence"]
        states += [event["data"].get("state") for event in events]
    return job


def test_a_job_runs_and_is_still_known_afterwards(settings, documented_request):
    with EmbeddedService(settings, run_jobs=True) as service, client_of(service) as http:
        assert service.base_url.startswith("http://127.0.0.1:")
        job = run(http, documented_request)
        assert http.get(f"/profiler/job_status/{job}").json() == "HEAVY_PROFILES_READY"
        profile = http.get(f"/profiler/profile/{job}").json()
        assert profile["cdd_profile"]["path"].endswith(".json")
    with EmbeddedService(settings, run_jobs=False) as later, client_of(later) as http:
        assert http.get(f"/profiler/profile/{job}").json() == profile
        refused = http.post("/profiler/trigger_profile", json=documented_request)
        assert refused.status_code == 503
        assert http.post("/profiler/clean_up", json={"profile_job_id": job}).status_code == 200
        assert http.get(f"/profiler/profile/{job}").status_code == 410
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{later.base_url}/", trust_env=False)


def test_each_service_takes_its_own_tokens_alone(settings):
    with EmbeddedService(settings, run_jobs=False) as one, EmbeddedService(settings, run_jobs=False) as other:
        assert one.token() != other.token()
        assert jwt.decode(one.token(), options={"verify_signature": False})["client_id"] == "airflow"
        for token, status in ((one.token(), 200), (other.token(), 401), ("", 401)):
            headers = {"Authorization": f"Bearer {token}".strip()}
            answer = httpx.get(f"{one.base_url}/profiler/jobs", headers=headers, timeout=60, trust_env=False)
            assert answer.status_code == status


def test_an_unknown_job_says_where_it_was_looked_for(settings):
    with EmbeddedService(settings, run_jobs=False) as service, client_of(service) as http:
        detail = http.get("/profiler/job_status/5d0ad32c-8b8d-5b5e-9a38-6f0c2a2f1d7e").json()["detail"]
        assert "PROFILER_HOME" in detail
        assert str(settings.home) in detail


def test_a_home_that_cannot_be_used_is_told(settings, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ProfilerError, match="PROFILER_HOME"):
        EmbeddedService(settings.model_copy(update={"home": tmp_path / "file"}), run_jobs=False).start()


def test_looking_at_jobs_loads_no_engine_and_leaves_nothing_behind(settings):
    """In a process of its own: what is imported, and that a service that was not stopped does not keep it alive."""
    program = f"""
    import json, logging, sys, threading
    handlers = list(logging.getLogger().handlers)
    import httpx
    from airflow_provider_profiler.config.settings import Settings
    from airflow_provider_profiler.service.embedded import EmbeddedService
    service = EmbeddedService(Settings(home={str(settings.home)!r}), run_jobs=False).start()
    headers = {{"Authorization": "Bearer " + service.token()}}
    status = httpx.get(service.base_url + "/profiler/jobs", headers=headers, timeout=60, trust_env=False).status_code
    heavy = {{"pyarrow", "duckdb", "numpy", "pandas", "ray", "airflow", "airflow_provider_profiler.profiling.engine"}}
    assert list(logging.getLogger().handlers) == handlers
    print(json.dumps([status, sorted(heavy & set(sys.modules))]))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [200, []]
