"""The documented flow once more, with the jobs in Redis; and what the service tells of its Redis."""

import importlib.util
from functools import partial
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.messages import HealthReport
from airflow_provider_profiler.jobs.store import RunnerKind


def _documented_routes():
    path = Path(__file__).with_name("test_documented_routes.py")
    spec = importlib.util.spec_from_file_location("documented_routes_on_redis", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# What concerns SQLite alone, or several services apart from each other, stays out.
_routes = _documented_routes()
test_the_documented_flow = _routes.test_the_documented_flow
test_light_only_ends_with_light = _routes.test_light_only_ends_with_light
test_light_is_served_while_heavy_still_runs = _routes.test_light_is_served_while_heavy_still_runs
test_before_light_there_is_no_profile = _routes.test_before_light_there_is_no_profile
test_a_waiting_job_is_pending = _routes.test_a_waiting_job_is_pending
test_after_a_failure_light_is_still_served = _routes.test_after_a_failure_light_is_still_served
test_clean_up_of_unknown_and_repeated = _routes.test_clean_up_of_unknown_and_repeated
test_clean_up_stops_a_running_job = _routes.test_clean_up_stops_a_running_job
test_two_jobs_of_one_dataset_share_a_cdd_file = _routes.test_two_jobs_of_one_dataset_share_a_cdd_file_and_keep_their_own


@pytest.fixture
def start(start, redis_server):
    """Starts services on one Redis; they need no job store of their own."""
    return partial(start, redis_host="127.0.0.1", redis_port=redis_server.port)


def health(service) -> HealthReport:
    answer = service.http.get("/monitoring/health-check")
    assert answer.status_code == 200
    assert "127.0.0.1" not in answer.text, "everyone may read it"
    return HealthReport.model_validate(answer.json())


def test_a_durable_redis_is_healthy(service):
    report = health(service)
    assert (report.status, report.redis.status, report.redis.message) == ("healthy", "healthy", "Redis answers")
    assert report.ray.message == "not configured"
    assert report.store is None
    assert not service.settings.store_file.exists()


def test_services_share_their_jobs(start, documented_request):
    one, other = start(), start(run_jobs=False)
    job = one.submit(documented_request, **{"Idempotency-Key": "nightly"})
    assert one.wait(job) == "HEAVY_PROFILES_READY"
    assert other.status(job) == "HEAVY_PROFILES_READY"
    assert other.http.get(f"/profiler/profile/{job}").json() == one.http.get(f"/profiler/profile/{job}").json()
    assert one.submit(documented_request, **{"Idempotency-Key": "nightly"}) == job


def test_a_redis_that_could_lose_jobs_works_and_shows_as_degraded(start, redis_servers, documented_request):
    server = redis_servers(appendfsync="everysec")
    service = start(redis_port=server.port)
    assert service.wait(service.submit(documented_request)) == "HEAVY_PROFILES_READY"
    report = health(service)
    assert (report.status, report.redis.status) == ("degraded", "unhealthy")
    assert "set appendfsync to always" in report.redis.message
    with server.client() as client:
        client.config_set("appendfsync", "always")
    assert health(service).status == "healthy"


def test_a_redis_that_goes_and_comes_back(start, redis_servers, documented_request):
    server = redis_servers()
    service = start(redis_port=server.port)
    job = service.submit(documented_request, **{"Idempotency-Key": "nightly"})
    service.wait(job)
    server.kill()
    report = health(service)
    assert (report.status, report.redis.status, report.store) == ("degraded", "unhealthy", None)
    for probe in ("/", "/monitoring/ready"):
        assert service.http.get(probe).status_code == 200
    gone = service.http.get(f"/profiler/job_status/{job}")
    assert (gone.status_code, gone.headers["retry-after"]) == (503, "5")
    assert f"127.0.0.1:{server.port}" in gone.json()["detail"]
    server.start()
    assert health(service).status == "healthy"
    assert service.status(job) == "HEAVY_PROFILES_READY"
    assert service.submit(documented_request, **{"Idempotency-Key": "nightly"}) == job
    assert service.wait(service.submit(documented_request)) == "HEAVY_PROFILES_READY"


@pytest.mark.parametrize(("runner", "status"), [(RunnerKind.RAY, 200), (RunnerKind.INLINE, 503)])
def test_a_data_root_that_only_the_nodes_of_ray_see(start, documented_request, tmp_path, runner, status):
    service = start(runner=runner, data_root=str(tmp_path / "elsewhere"))
    answer = service.http.post("/profiler/trigger_profile", json=documented_request)
    assert answer.status_code == status, answer.text
