"""How many requests a client may send, and that nobody else's count for it."""

import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest

SECRET = "a shared secret of more than 32 bytes: " + "s" * 32
JOBS = "/profiler/jobs"
HEADERS = ("x-rate-limit-user-limit", "x-rate-limit-user-remaining", "x-rate-limit-user-reset")


@pytest.fixture
def fixed_clock(monkeypatch):
    """A minute that does not end while a test runs."""
    now = time.time()
    clock = type("Clock", (), {"time": staticmethod(lambda: now)})
    monkeypatch.setattr("limits.aio.storage.memory.time", clock)
    monkeypatch.setattr("airflow_provider_profiler.service.rate_limits.time", clock)
    return now


def bearer(client="airflow", key=SECRET):
    claims = {"client_id": client, "exp": datetime.now(UTC) + timedelta(minutes=5)}
    return {"Authorization": f"Bearer {jwt.encode(claims, key, algorithm='HS256')}"}


def test_without_a_limit_nothing_is_counted(standing):
    assert not set(HEADERS) & set(standing.http.get(JOBS).headers)


def test_one_too_many(start, fixed_clock):
    service = start(run_jobs=False, requests_per_minute=3)
    for left in (2, 1, 0):
        answer = service.http.get(JOBS)
        assert answer.status_code == 200
        assert [answer.headers[name] for name in HEADERS[:2]] == ["3", str(left)]
        assert int(answer.headers[HEADERS[2]]) == pytest.approx((fixed_clock + 60) * 1000, abs=1)
    for path in (JOBS, "/profiler/datasets", "/openapi.json", "/profiler/jobs?limit=nonsense"):
        refused = service.http.get(path)
        assert refused.status_code == 429
        assert "3 requests in a minute" in refused.json()["detail"]
        assert refused.headers["retry-after"] == refused.headers["x-retry-after"] == "60"
        assert refused.headers[HEADERS[1]] == "0"
    for path in ("/", "/monitoring/ready", "/monitoring/health-check", "/monitoring/metrics"):
        probe = service.http.get(path)
        assert probe.status_code == 200
        assert not set(HEADERS) & set(probe.headers)


def test_each_client_has_its_own(start, fixed_clock):
    service = start(run_jobs=False, enable_auth=True, auth_key=SECRET, auth_clients=("a", "b"), requests_per_minute=2)
    assert [service.http.get(JOBS, headers=bearer("a")).status_code for _ in range(3)] == [200, 200, 429]
    assert service.http.get(JOBS, headers=bearer("b")).status_code == 200


def test_whoever_does_not_verify_is_counted_by_address_and_costs_nobody_else(start, fixed_clock):
    service = start(run_jobs=False, enable_auth=True, auth_key=SECRET, requests_per_minute=2)
    forged = bearer(key="another secret of more than 32 bytes, forged")
    assert [service.http.get(JOBS, headers=forged).status_code for _ in range(2)] == [401, 401]
    assert service.http.get(JOBS, headers=bearer("nobody")).status_code == 429
    assert service.http.get(JOBS).status_code == 429
    assert service.http.get(JOBS, headers=bearer()).status_code == 200


def test_all_clients_together(start, fixed_clock):
    clients = ("a", "b")
    service = start(
        run_jobs=False,
        enable_auth=True,
        auth_key=SECRET,
        auth_clients=clients,
        requests_per_minute=2,
        requests_per_minute_together=3,
    )
    forged = bearer(key="another secret of more than 32 bytes, forged")
    assert [service.http.get(JOBS, headers=forged).status_code for _ in range(3)] == [401, 401, 429]
    first = service.http.get(JOBS, headers=bearer("a"))
    names = [name.replace("user", "workspace") for name in HEADERS]
    assert [first.headers[name] for name in names[:2]] == ["3", "2"]
    assert int(first.headers[names[2]]) == pytest.approx((fixed_clock + 60) * 1000, abs=1)
    assert first.headers[HEADERS[1]] == "1"
    # One that is refused for its own number takes nothing from the others.
    assert [service.http.get(JOBS, headers=bearer("a")).status_code for _ in range(2)] == [200, 429]
    assert service.http.get(JOBS, headers=bearer("b")).status_code == 200
    refused = service.http.get(JOBS, headers=bearer("b"))
    assert refused.status_code == 429
    assert "3 requests of all clients together in a minute" in refused.json()["detail"]
    assert refused.headers[names[1]] == "0"


def test_the_limit_of_all_stands_alone(start, fixed_clock):
    service = start(run_jobs=False, requests_per_minute_together=1)
    first, second = (service.http.get(JOBS) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 429)
    assert not set(HEADERS) & set(first.headers)


def test_services_count_together_in_redis(start, redis_server):
    where = {"redis_host": "127.0.0.1", "redis_port": redis_server.port, "requests_per_minute": 3}
    services = [start(run_jobs=False, **where) for _ in range(2)]
    # The minute begins with the first of them.
    assert [services[n % 2].http.get(JOBS).status_code for n in range(5)] == [200, 200, 200, 429, 429]
    with redis_server.client() as client:
        keys = client.keys()
    assert any("limits" in key for key in keys)
    assert all(key.startswith("profiler:") for key in keys)


def test_where_nobody_can_count_the_request_is_answered(start, redis_servers):
    server = redis_servers()
    service = start(run_jobs=False, redis_host="127.0.0.1", redis_port=server.port, requests_per_minute=1)
    server.kill()
    answers = [service.http.get("/openapi.json").status_code for _ in range(2)]
    assert answers == [200, 200]
