"""One line for each request, with what a collector of logs filters by."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

LOGGER = "airflow_provider_profiler.service.access"
KEY = "a-shared-secret-of-more-than-32-bytes"


@pytest.fixture
def logged(start, caplog: pytest.LogCaptureFixture):
    service = start(enable_auth=True, auth_key=KEY, auth_algorithms=("HS256",), auth_clients=("nightly",))
    service.app.state.access_log = True
    caplog.set_level(logging.DEBUG, LOGGER)
    return service


def lines(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [record for record in caplog.records if record.name == LOGGER]


def test_the_line_of_a_request(logged, caplog):
    claims = {"client_id": "nightly", "exp": datetime.now(UTC) + timedelta(minutes=5)}
    token = jwt.encode(claims, KEY, algorithm="HS256")
    path = "/profiler/jobs/6a1f/events"
    headers = {"Authorization": f"Bearer {token}", "X-Request-ID": "r-1"}
    assert logged.http.get(path, params={"after": 7, "token": "hunter2"}, headers=headers).status_code == 404
    [line] = lines(caplog)
    assert line.levelno == logging.INFO
    fields = dict(line.fields)
    assert fields.pop("duration_ms") > 0
    assert fields == {"method": "GET", "route": "/profiler/jobs/{job_id}/events", "status": 404, "client": "nightly"}
    assert line.getMessage().startswith(f"GET {path} 404, ")
    assert line.getMessage().endswith(", client nightly")
    # What the test's own client and its server say of the same request are other loggers' lines, in one process here.
    assert "hunter2" not in repr(vars(line))
    assert token not in repr(vars(line))


def test_who_is_refused_has_a_line_without_a_client(logged, caplog):
    assert logged.http.get("/profiler/jobs").status_code == 401
    [line] = lines(caplog)
    assert line.fields["status"] == 401
    assert "client" not in line.fields


def test_probes_are_for_those_who_look_closely(logged, caplog):
    for path in ("/", "/monitoring/ready", "/monitoring/health-check", "/monitoring/metrics"):
        logged.http.get(path)
    assert {line.levelno for line in lines(caplog)} == {logging.DEBUG}


def test_the_log_of_another_program_is_left_alone(service, caplog):
    caplog.set_level(logging.DEBUG, LOGGER)
    service.http.get("/profiler/jobs")
    assert lines(caplog) == []
