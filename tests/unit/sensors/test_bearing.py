"""What a sensor bears from one look to the next, in poke and in reschedule mode; the sensor itself keeps nothing."""

import datetime
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException, AirflowSensorTimeout

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks.errors import ServiceFailed, UnexpectedAnswer
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.sensors.cdd_profile import CddProfileSensor
from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor

CDD = f"/cdd/{dataset_uuid('sales')}.json"
TRIES_OF_THE_HOOK = 5


@pytest.fixture(autouse=True)
def _impatient(impatient: None) -> None:
    pass


@pytest.fixture
def service(documented_service: Callable[..., Any], connect: Callable[..., str]) -> Any:
    service = documented_service(outcome="stuck")
    connect(service.base_url)
    return service


@pytest.fixture
def trouble(service: Any, documented: ModuleType) -> Callable[[], None]:
    """The next look fails, however often the hook tries."""

    def trouble() -> None:
        service.canned = [documented.Canned(503, {"detail": "away"})] * TRIES_OF_THE_HOOK

    return trouble


def submit() -> str:
    with ProfilerHook() as hook:
        return str(hook.trigger_profile(hook.specify("sales")).job_id)


def look(job_id: str, task: Any, **fields: Any) -> Any:
    """One look of a sensor that is made anew for it, as after a reschedule."""
    sensor = ProfileJobSensor(**{"task_id": "s", "job_id": job_id, "max_consecutive_failures": 3, **fields})
    return sensor.poke(task.context)


def test_looks_may_fail_and_a_good_one_begins_the_count_anew(service: Any, trouble: Any, sensor_task: Any) -> None:
    job_id = submit()
    for _ in range(3):
        for _ in range(2):
            trouble()
            assert not look(job_id, sensor_task)
        assert not look(job_id, sensor_task)
        assert sensor_task.stored == {}
    trouble()
    assert not look(job_id, sensor_task)
    trouble()
    assert not look(job_id, sensor_task)
    trouble()
    with pytest.raises(ServiceFailed) as caught:
        look(job_id, sensor_task)
    assert not isinstance(caught.value, AirflowFailException), "a retry may find the service well"


def test_a_retry_has_a_count_of_its_own(service: Any, trouble: Any, sensor_task: Any) -> None:
    job_id = submit()
    for _ in range(2):
        trouble()
        assert not look(job_id, sensor_task)
    sensor_task.try_number += 1
    for _ in range(2):
        trouble()
        assert not look(job_id, sensor_task)


def test_one_failure_is_too_many_where_that_is_asked_for(service: Any, trouble: Any, sensor_task: Any) -> None:
    job_id = submit()
    trouble()
    with pytest.raises(ServiceFailed):
        look(job_id, sensor_task, max_consecutive_failures=1)


def test_what_another_version_has_kept_counts_for_nothing(service: Any, trouble: Any, sensor_task: Any) -> None:
    job_id = submit()
    for kept in (3, {"try": 1, "count": "many"}, {"count": 9}, ["x"]):
        sensor_task.stored["profiler_failed_looks"] = kept
        trouble()
        assert not look(job_id, sensor_task)


def test_in_poke_mode_the_same_sensor_goes_on(service: Any, trouble: Any, sensor_task: Any) -> None:
    job_id = submit()
    service.jobs[job_id].ahead = ["starting", "heavy"]
    sensor = ProfileJobSensor(task_id="s", job_id=job_id, target="heavy", poke_interval=0, timeout=60)
    trouble()
    assert sensor.execute(sensor_task.context) == CDD


@pytest.mark.parametrize("make", [lambda **f: ProfileJobSensor(job_id=submit(), **f), None], ids=["job", "dataset"])
def test_rescheduled_the_time_out_counts_from_the_first_look_of_all(service: Any, sensor_task: Any, make: Any) -> None:
    make = make or (lambda **fields: CddProfileSensor(dataset_id="sales", **fields))
    fields = {"task_id": "s", "mode": "reschedule", "poke_interval": 30, "timeout": 600}
    sensor = make(**fields)
    before = dict(vars(sensor))
    with pytest.raises(AirflowRescheduleException) as caught:
        sensor.execute(sensor_task.context)
    again = (caught.value.reschedule_date - datetime.datetime.now(datetime.UTC)).total_seconds()
    assert 25 < again <= 30
    assert {name: value for name, value in vars(sensor).items() if name in before} == before
    sensor_task.first_look = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=585)
    with pytest.raises(AirflowRescheduleException):
        make(**fields).execute(sensor_task.context)
    sensor_task.first_look -= datetime.timedelta(seconds=16)
    with pytest.raises(AirflowSensorTimeout):
        make(**fields).execute(sensor_task.context)


@pytest.mark.parametrize("wrong", [0, -1])
def test_the_limit_is_checked_when_the_dag_is_read(wrong: int) -> None:
    with pytest.raises(ValueError, match="max_consecutive_failures"):
        CddProfileSensor(task_id="s", dataset_id="sales", max_consecutive_failures=wrong)


@pytest.mark.parametrize("fields", [{}, {"mode": "reschedule"}, {"deferrable": True}])
def test_a_state_of_a_later_service_is_never_success(
    service: Any, documented: ModuleType, sensor_task: Any, fields: dict[str, Any]
) -> None:
    job_id = submit()
    detail = {
        "job_id": job_id,
        "dataset_id": job_id,
        "revision": 1,
        "state": "PAUSED",
        "terminal": True,
        "target": "heavy",
    }
    links = dict.fromkeys(["self", "status", "profile", "model", "events", "cdd"], "/")
    service.canned = [documented.Canned(200, {**detail, "created": "2026-01-01T00:00:00Z", "links": links})]
    with pytest.raises(UnexpectedAnswer, match="wrong or missing: state"):
        look(job_id, sensor_task, **fields)
