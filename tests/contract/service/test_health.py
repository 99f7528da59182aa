"""Which dependency is not well, and since when."""

from datetime import UTC, datetime

from airflow_provider_profiler.contract.messages import HealthReport
from airflow_provider_profiler.jobs.ray_supervisor import RaySupervisor
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.service.backend import Backend

PATH = "/monitoring/health-check"


def report(service) -> HealthReport:
    answer = service.http.get(PATH)
    assert answer.status_code == 200
    return HealthReport.model_validate(answer.json())


def test_a_dependency_is_named_with_its_beginning_until_it_is_back(start, redis_servers):
    server = redis_servers()
    service = start(redis_host="127.0.0.1", redis_port=server.port)
    assert report(service).degraded is None
    before = datetime.now(UTC)
    server.kill()
    first, second = report(service), report(service)
    assert first.degraded == second.degraded == ("redis",)
    assert first.redis.since is not None
    assert before <= first.redis.since <= datetime.now(UTC)
    assert second.redis.since == first.redis.since
    assert (first.ray.status, first.ray.since) == ("healthy", None)
    server.start()
    assert service.http.get(PATH).json() == {
        "status": "healthy",
        "redis": {"status": "healthy", "message": "Redis answers"},
        "ray": {"status": "healthy", "message": "not configured"},
    }
    server.kill()
    again = report(service).redis.since
    assert again is not None
    assert again > first.redis.since


def test_the_cluster_is_told_apart_from_the_store(service):
    # A supervisor that never connected knows since when it does not.
    before = datetime.now(UTC)
    supervisor = RaySupervisor(service.settings.model_copy(update={"ray_address": "127.0.0.1:1"}))
    backend: Backend = service.app.state.backend
    own = backend.supervisor, backend.runner
    backend.supervisor, backend.runner = supervisor, RunnerKind.RAY
    try:
        found = report(service)
    finally:
        backend.supervisor, backend.runner = own
    assert (found.status, found.degraded, found.store) == ("degraded", ("ray",), None)
    assert found.ray.since is not None
    assert before <= found.ray.since


def test_sqlite_is_told_as_the_store(service):
    service.settings.store_file.unlink()
    found = report(service)
    assert (found.degraded, found.redis.status) == (("store",), "healthy")
    assert found.store is not None
    assert found.store.since is not None
