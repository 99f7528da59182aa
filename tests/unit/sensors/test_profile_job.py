"""The sensor, look by look, against a service that has the documented routes alone."""

from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks.errors import ServiceFailed
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor

CDD = f"/cdd/{dataset_uuid('sales')}.json"
CONTEXT: Any = {}


@pytest.fixture(autouse=True)
def _impatient(impatient: None) -> None:
    pass


@pytest.fixture(params=["documented", "lower", "object"])
def service(request: pytest.FixtureRequest, documented_service: Callable[..., Any], connect: Callable[..., str]) -> Any:
    service = documented_service(dialect=request.param)
    connect(service.base_url)
    return service


def submit(*, light: bool = False) -> str:
    with ProfilerHook() as hook:
        return str(hook.trigger_profile(hook.specify("sales"), light).job_id)


def outcome(sensor: ProfileJobSensor, most: int = 9) -> Any:
    """Look until it is done, at least twice, and give what came of it."""
    assert not sensor.poke(CONTEXT)
    for _ in range(most):
        found: Any = sensor.poke(CONTEXT)
        if found:
            return found.xcom_value
    raise AssertionError(f"not done after {most} looks")


def sensor(job_id: str, **fields: Any) -> ProfileJobSensor:
    return ProfileJobSensor(task_id="s", job_id=job_id, **fields)


def test_heavy_is_done_with_the_heavy_profile(service: Any) -> None:
    assert outcome(sensor(submit(), target="heavy")) == CDD


def test_light_is_done_with_the_light_profile(service: Any) -> None:
    assert outcome(sensor(submit(), target="light")) is None


def test_light_is_done_with_a_heavy_profile_too(service: Any) -> None:
    job_id = submit()
    outcome(sensor(job_id, target="heavy"))
    assert sensor(job_id, target="light").poke(CONTEXT)


def test_without_a_target_heavy_is_meant_and_said(service: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(sensor(submit())) == CDD
    assert "target='light'" in capsys.readouterr().out


def test_a_light_job_never_gets_a_heavy_profile_and_fails_at_once(service: Any) -> None:
    task = sensor(submit(light=True), target="heavy")
    with pytest.raises(AirflowFailException, match="light profile only"):
        outcome(task)
    assert len([path for path in service.paths() if "job_status" in path]) <= 8


def test_a_failed_job_fails_even_where_failures_are_to_be_silent(service: Any) -> None:
    service.outcome = "failed"
    task = sensor(submit(), silent_fail=True, poke_interval=0, timeout=60)
    with pytest.raises(AirflowFailException, match="failed"):
        outcome(task)


@pytest.mark.parametrize("word", ["DONE", "", None, 7, {"state": "heavy_profile_ready"}, ["HEAVY_PROFILES_READY"]])
def test_an_unknown_status_is_never_success(service: Any, documented: ModuleType, word: Any) -> None:
    job_id = submit()
    service.canned = [documented.Canned(404, {"detail": "Not Found"}), documented.Canned(200, word)]
    with pytest.raises(AirflowFailException, match="not known"):
        sensor(job_id).poke(CONTEXT)


def test_an_unknown_job_fails_at_once(service: Any) -> None:
    with pytest.raises(AirflowFailException, match="does not know the job"):
        sensor(str(uuid4())).poke(CONTEXT)


@pytest.mark.parametrize("job_id", ["", "None", "not-an-id"])
def test_a_template_that_found_nothing_is_told(service: Any, job_id: str) -> None:
    with pytest.raises(AirflowFailException, match="not the id of a profiling job"):
        sensor(job_id).poke(CONTEXT)
    assert service.requests == []


def test_a_cleaned_up_job_is_over(documented_service: Callable[..., Any], connect: Callable[..., str]) -> None:
    connect(documented_service(dialect="lower").base_url)
    job_id = submit()
    with ProfilerHook() as hook:
        hook.clean_up(job_id)
    with pytest.raises(AirflowFailException, match="cleaned up"):
        sensor(job_id).poke(CONTEXT)


def test_a_service_in_trouble_is_an_error_that_a_retry_may_mend(service: Any, documented: ModuleType) -> None:
    job_id = submit()
    service.canned = [documented.Canned(503, {"detail": "later"})] * 5
    with pytest.raises(ServiceFailed) as caught:
        sensor(job_id).poke(CONTEXT)
    assert not isinstance(caught.value, AirflowFailException)


def test_nothing_is_kept_between_two_looks(service: Any) -> None:
    task = sensor(submit(), mode="reschedule")
    task.log.info("the logger is made with its first line")
    before = dict(vars(task))
    task.poke(CONTEXT)
    assert vars(task) == before


def test_targets_are_checked_when_the_dag_is_read() -> None:
    with pytest.raises(ValueError, match="medium"):
        sensor("x", target="medium")
    assert set(ProfileJobSensor.template_fields) == {"job_id", "profiler_conn_id"}
