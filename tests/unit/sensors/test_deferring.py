"""Sensors that leave waiting to the triggerer."""

import asyncio
import datetime
from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskDeferred
from airflow.sdk.serde import deserialize, serialize

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks.errors import ServiceFailed, UnexpectedAnswer
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.sensors.cdd_profile import CddProfileSensor
from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor
from airflow_provider_profiler.triggers.outcome import Outcome

SALES = str(dataset_uuid("sales"))
CDD = f"/cdd/{SALES}.json"
CONTEXT: Any = {}


@pytest.fixture(autouse=True)
def _impatient(impatient: None) -> None:
    pass


@pytest.fixture(params=["documented", "object"])
def service(request: pytest.FixtureRequest, documented_service: Callable[..., Any], connect: Callable[..., str]) -> Any:
    service = documented_service(dialect=request.param)
    connect(service.base_url)
    return service


def submit(*, light: bool = False) -> str:
    with ProfilerHook() as hook:
        return str(hook.trigger_profile(hook.specify("sales"), light).job_id)


def sensor(job_id: str, **fields: Any) -> ProfileJobSensor:
    return ProfileJobSensor(**{"task_id": "s", "job_id": job_id, "deferrable": True, "poke_interval": 0.01, **fields})


def deferral(task: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(CONTEXT)
    return caught.value


def go_on(task: Any, deferred: TaskDeferred) -> Any:
    async def event() -> Any:
        return [event.payload async for event in deferred.trigger.run()]

    (payload,) = asyncio.run(event())
    return task.resume_execution(deferred.method_name, {"event": deserialize(serialize(payload))}, CONTEXT)


@pytest.mark.parametrize("target", ["heavy", None])
def test_it_returns_the_cdd_path(service: Any, target: str | None) -> None:
    task = sensor(submit(), target=target, timeout=77)
    deferred = deferral(task)
    assert deferred.timeout == datetime.timedelta(seconds=77)
    assert deferred.trigger.stop_on_kill is False, "the job is not the sensor's to stop"
    assert go_on(task, deferred) == CDD


def test_a_light_profile_has_no_path(service: Any) -> None:
    task = sensor(submit(light=True), target="light")
    assert go_on(task, deferral(task)) is None


def test_a_job_that_is_over_needs_no_triggerer(service: Any) -> None:
    job_id = submit()
    service.jobs[job_id].state, service.jobs[job_id].ahead = "heavy", []
    assert sensor(job_id, target="heavy").execute(CONTEXT) == CDD


def test_a_light_job_never_gets_a_heavy_profile(service: Any) -> None:
    task = sensor(submit(light=True), target="heavy")
    with pytest.raises(AirflowFailException, match="light profile only"):
        go_on(task, deferral(task))


def test_a_failed_job_fails_for_good_or_skips(service: Any) -> None:
    service.outcome = "failed"
    task = sensor(submit())
    with pytest.raises(AirflowFailException, match="failed"):
        go_on(task, deferral(task))
    soft = sensor(submit(), soft_fail=True)
    with pytest.raises(AirflowSkipException):
        go_on(soft, deferral(soft))


def test_an_unknown_job_fails_at_once(service: Any) -> None:
    with pytest.raises(AirflowFailException, match="does not know the job"):
        sensor(str(uuid4())).execute(CONTEXT)


def test_an_unknown_status_is_never_success(service: Any, documented: ModuleType) -> None:
    task = sensor(submit())
    deferred = deferral(task)
    service.status = lambda job_id: documented.Canned(200, "DONE")
    with pytest.raises(AirflowFailException, match="not known"):
        go_on(task, deferred)


def test_trouble_at_the_first_look_is_the_triggers_to_bear(service: Any, documented: ModuleType) -> None:
    task = sensor(submit())
    service.canned = [documented.Canned(503, {})] * 5
    assert go_on(task, deferral(task)) == CDD


def test_an_event_of_somebody_else_is_never_success() -> None:
    with pytest.raises(UnexpectedAnswer):
        sensor(str(uuid4())).execute_complete(CONTEXT, {"status": "ok"})


# -- the sensor of a dataset --------------------------------------------------------------------------------------


def cdd(**fields: Any) -> CddProfileSensor:
    return CddProfileSensor(**{"task_id": "s", "dataset_id": "sales", "poke_interval": 0.01, **fields})


def told(documented: ModuleType, revision: int | None, finished: str | None) -> Any:
    body = {"dataset_id": SALES, "published_revision": revision, "finished": finished, "cdd_profile_path": CDD}
    return documented.Canned(200, body)


@pytest.mark.parametrize("mode", ["poke", "reschedule"])
def test_a_path_is_enough(service: Any, mode: str) -> None:
    task = cdd(mode=mode)
    assert not task.poke(CONTEXT)
    submit()
    next(iter(service.jobs.values())).state = "heavy"
    found: Any = task.poke(CONTEXT)
    assert found.xcom_value == CDD
    assert f"/profiler/cdd_profile_path/{SALES}" in service.paths()


def test_deferred_it_returns_the_path_too(service: Any) -> None:
    task = cdd(deferrable=True)
    deferred = deferral(task)
    submit()
    next(iter(service.jobs.values())).state = "heavy"
    assert go_on(task, deferred) == CDD


@pytest.mark.parametrize(
    ("wanted", "revision", "finished", "done"),
    [
        ({"revision": 2}, 1, "2026-01-01T00:00:00Z", False),
        ({"revision": "2"}, 2, None, True),
        ({"revision": 2}, 7, None, True),
        ({"revision": 1}, None, None, False),
        ({"newer_than": "2026-01-01 00:00:00"}, 1, "2026-01-01T00:00:00Z", False),
        ({"newer_than": "2026-01-01T02:00:00+02:00"}, 1, "2026-01-01T00:00:01Z", True),
        ({"newer_than": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)}, 1, None, False),
        ({"newer_than": "2025-01-01", "revision": 2}, 1, "2026-01-01T00:00:00Z", False),
        ({"newer_than": "", "revision": "None"}, 1, None, None),
    ],
)
def test_age_and_revision(
    service: Any, documented: ModuleType, wanted: Any, revision: int | None, finished: str | None, done: bool | None
) -> None:
    service.canned = [told(documented, revision, finished)]
    found: Any = cdd(**wanted).poke(CONTEXT)
    assert bool(found) is (done if done is not None else True)
    asked = "cdd_profile_path" if done is None else "datasets"
    assert service.paths() == [f"/profiler/{asked}/{SALES}"]


@pytest.mark.parametrize("wanted", [{"revision": 1}, {"newer_than": "2026-01-01"}])
def test_a_service_that_cannot_tell_says_so(service: Any, wanted: Any) -> None:
    with pytest.raises(AirflowFailException, match="documented routes alone"):
        cdd(**wanted).poke(CONTEXT)
    with pytest.raises(AirflowFailException, match="documented routes alone"):
        cdd(deferrable=True, silent_fail=True, **wanted).execute(CONTEXT)


@pytest.mark.parametrize(
    "wrong", [{"dataset_id": ""}, {"dataset_id": "None"}, {"newer_than": "soon"}, {"revision": 0}, {"revision": "x"}]
)
def test_wrong_arguments_fail_at_once(service: Any, wrong: Any) -> None:
    with pytest.raises(AirflowFailException, match="'s'"):
        cdd(**wrong).poke(CONTEXT)
    assert service.requests == []


def test_a_service_in_trouble_is_an_error_that_a_retry_may_mend(service: Any, documented: ModuleType) -> None:
    service.canned = [documented.Canned(503, {"detail": "later"})] * 5
    with pytest.raises(ServiceFailed) as caught:
        cdd().poke(CONTEXT)
    assert not isinstance(caught.value, AirflowFailException)


def test_an_outcome_without_a_path_is_no_success() -> None:
    with pytest.raises(Exception, match="no CDD path"):
        cdd().execute_complete(CONTEXT, Outcome().payload())


def test_templates() -> None:
    task = cdd(dataset_id="{{ d }}", newer_than="{{ n }}", revision="{{ r }}")
    context: Any = {"d": "sales", "n": "2026-01-01T00:00:00+00:00", "r": 3}
    task.render_template_fields(context)
    waiting = task.trigger()
    assert (waiting.dataset_id, waiting.newer_than, waiting.revision) == (SALES, "2026-01-01T00:00:00+00:00", 3)
