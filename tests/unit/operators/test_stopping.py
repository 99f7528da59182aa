"""The one short request that stops a job."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.operators.stopping import JobStop

JOB = "11111111-1111-1111-1111-111111111111"


@pytest.fixture
def service(documented_service: Callable[..., Any]) -> Any:
    return documented_service()


@pytest.fixture
def stop() -> JobStop:
    return JobStop(logging.getLogger("test"))


@pytest.mark.parametrize(
    ("knows_abort", "paths"),
    [
        (None, [f"/profiler/jobs/{JOB}/abort", "/profiler/clean_up"]),
        (False, ["/profiler/clean_up"]),
        (True, [f"/profiler/jobs/{JOB}/abort"]),
    ],
)
def test_it_aborts_and_cleans_up_only_where_there_is_no_abort(
    service: Any, stop: JobStop, knows_abort: bool | None, paths: list[str]
) -> None:
    stop.aim(ServiceAddress(service.base_url), JOB, knows_abort=knows_abort)
    assert stop.now() is (knows_abort is not True)
    assert service.paths() == paths


def test_a_job_is_stopped_once(service: Any, stop: JobStop) -> None:
    stop.aim(ServiceAddress(service.base_url), JOB, knows_abort=False)
    assert stop.now()
    stop.aim(ServiceAddress(service.base_url), JOB, knows_abort=False)
    assert not stop.now()
    assert service.paths() == ["/profiler/clean_up"]


def test_a_kill_that_came_first_stops_the_job_when_it_is_known(service: Any, stop: JobStop) -> None:
    assert not stop.now()
    assert stop.asked
    stop.aim(ServiceAddress(service.base_url), JOB, knows_abort=False)
    assert service.paths() == ["/profiler/clean_up"]


def test_a_job_that_is_not_the_tasks_any_more_is_let_be(service: Any, stop: JobStop) -> None:
    stop.aim(ServiceAddress(service.base_url), JOB)
    stop.lift()
    assert not stop.now()
    assert service.paths() == []


def test_a_service_that_is_gone_is_borne_and_told(stop: JobStop, caplog: pytest.LogCaptureFixture) -> None:
    stop.aim(ServiceAddress("http://127.0.0.1:9"), JOB)
    assert not stop.now()
    assert f"{JOB} could not be stopped" in caplog.text
