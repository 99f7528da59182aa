"""One line for each request, with what a collector of logs filters by."""

import logging
import socket
import threading
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
    assert logged.http.get(path, params={"after": 7, "token": "hunter2"}, headers=headers).status_code == 422
    [line] = lines(caplog)
    assert line.levelno == logging.INFO
    fields = dict(line.fields)
    assert fields.pop("duration_ms") > 0
    assert fields == {"method": "GET", "route": "/profiler/jobs/{job_id}/events", "status": 422, "client": "nightly"}
    assert line.getMessage().startswith(f"GET {path} 422, ")
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


class Told(logging.Handler):
    """Tells when there is a line."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.told.set()


def test_a_client_that_hangs_up_during_its_upload_is_no_failure_of_the_service(logged, caplog):
    claims = {"client_id": "nightly", "exp": datetime.now(UTC) + timedelta(minutes=5)}
    bearer = jwt.encode(claims, KEY, algorithm="HS256")
    handler = Told()
    logging.getLogger(LOGGER).addHandler(handler)
    try:
        with socket.create_connection((logged.http.base_url.host, logged.http.base_url.port)) as client:
            client.sendall(
                b"POST /profiler/trigger_profile HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 100000\r\nAuthorization: Bearer " + bearer.encode() + b"\r\n\r\n{"
            )
        assert handler.told.wait(20)
    finally:
        logging.getLogger(LOGGER).removeHandler(handler)
    metrics = logged.http.get("/monitoring/metrics").text
    counted = [line for line in metrics.splitlines() if line.startswith("profiler_http_requests_total{")]
    assert [line for line in counted if 'route="/profiler/trigger_profile"' in line and 'status="499"' in line]
    assert not [line for line in counted if 'status="500"' in line]
    line = lines(caplog)[0]
    assert (line.levelno, line.fields["status"], line.exc_info) == (logging.INFO, 499, None)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
