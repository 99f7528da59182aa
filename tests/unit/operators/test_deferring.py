"""When the operator hands waiting over to the triggerer, with what, and how it goes on afterwards."""

import asyncio
import datetime
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from airflow.sdk.serde import deserialize, serialize

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.hooks.errors import (
    ProfileDeadlineExceeded,
    ProfileJobFailed,
    ServiceUnreachable,
    UnexpectedAnswer,
)
from airflow_provider_profiler.operators import profile_run
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.triggers.outcome import Outcome

SALES = str(dataset_uuid("sales"))
CDD = f"/cdd/{SALES}.json"


@pytest.fixture
def service(documented_service: Callable[..., Any], connect: Callable[..., str]) -> Any:
    service = documented_service()
    connect(service.base_url)
    return service


def operator(**fields: Any) -> ProfileDatasetOperator:
    return ProfileDatasetOperator(
        **{"task_id": "t", "path": "sales", "poll_interval": 0.01, "deferrable": True, **fields}
    )


def deferral(task: ProfileDatasetOperator, airflow: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(airflow.context)
    return caught.value


def go_on(deferred: TaskDeferred, airflow: Any, task: ProfileDatasetOperator | None = None) -> Any:
    """Run the trigger, and the task again in a process that knows nothing but what was written down."""

    async def event() -> Any:
        return [event.payload async for event in deferred.trigger.run()]

    (payload,) = asyncio.run(event())
    kwargs: Any = deserialize(serialize({"event": payload}))
    assert deferred.method_name == "execute_complete"
    assert not deferred.kwargs, "not every way of resuming a task keeps them"
    return (task or operator()).execute_complete(airflow.context, **kwargs)


def submissions(service: Any) -> int:
    return service.paths().count("/profiler/trigger_profile")


def test_it_defers_and_goes_on(service: Any, fake_task: Any) -> None:
    deferred = deferral(operator(), fake_task)
    (job_id,) = service.jobs
    assert fake_task.xcom == {"job_id": job_id, "job_url": f"{service.base_url}/profiler/job_status/{job_id}"}
    _, kwargs = deferred.trigger.serialize()
    assert kwargs == {
        "job_id": job_id,
        "profiler_conn_id": "profiler_default",
        "target": "heavy",
        "poll_interval": 0.01,
        "deadline_at": None,
        "stop_on_kill": True,
        "job_url": fake_task.xcom["job_url"],
        "dataset_id": SALES,
        "log_after": 0,
        "log_lines_left": 200,
    }
    resumed = operator()
    asked = len(service.requests)
    assert go_on(deferred, fake_task, resumed) == CDD
    assert len(service.requests) > asked
    assert fake_task.xcom["status"] == "HEAVY_PROFILES_READY"
    assert resumed.job_url == fake_task.xcom["job_url"], "Airflow writes the link again when the task ends"


def test_what_the_trigger_saw_is_not_asked_for_again(service: Any, fake_task: Any) -> None:
    job_id = "11111111-1111-1111-1111-111111111111"
    event = Outcome(
        job_id, "http://x", SALES, "HEAVY_PROFILES_READY", CDD, cdd_revision_path="/r/1", summary={"files": 1}
    ).payload()
    assert operator().execute_complete(fake_task.context, event) == CDD
    assert fake_task.xcom == {
        "status": "HEAVY_PROFILES_READY",
        "summary": {"files": 1},
        "cdd_revision_path": "/r/1",
    }
    assert service.requests == []


def test_a_path_that_the_trigger_did_not_get_is_asked_for(service: Any, fake_task: Any) -> None:
    deferred = deferral(operator(), fake_task)
    go_on(deferred, fake_task)
    event = Outcome(fake_task.xcom["job_id"], dataset_id=SALES, state="HEAVY_PROFILES_READY").payload()
    assert operator().execute_complete(fake_task.context, event) == CDD


def test_a_failed_job_fails_the_task_with_its_reason(service: Any, fake_task: Any) -> None:
    service.outcome = "failed"
    deferred = deferral(operator(), fake_task)
    with pytest.raises(ProfileJobFailed, match=r"failed.*See http"):
        go_on(deferred, fake_task)
    assert fake_task.xcom["status"] == "FAILED"


@pytest.mark.parametrize("event", [None, {}, {"state": "HEAVY_PROFILES_READY"}])
def test_an_event_of_somebody_else_is_never_success(fake_task: Any, event: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        operator().execute_complete(fake_task.context, event)


def test_a_job_that_is_over_needs_no_triggerer(service: Any, fake_task: Any) -> None:
    go_on(deferral(operator(), fake_task), fake_task)
    assert operator().execute(fake_task.context) == CDD, "a retry after success"
    assert submissions(service) == 1


def test_a_light_job_and_a_submission_do_not_defer(service: Any, fake_task: Any) -> None:
    assert operator(profile="light").execute(fake_task.context) is None
    assert fake_task.xcom["status"] == "LIGHT_PROFILE_READY"
    fake_task.stored.clear()
    service.outcome = "stuck"
    assert operator(wait_for_completion=False).execute(fake_task.context) in service.jobs


def test_a_light_job_that_takes_long_defers(service: Any, fake_task: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_run, "LIGHT_GRACE", 0.05)
    service.outcome = "stuck"
    deferred = deferral(operator(profile="light"), fake_task)
    assert deferred.trigger.target == "light"
    (job,) = service.jobs.values()
    job.state, job.ahead = "light", []
    assert go_on(deferred, fake_task, operator(profile="light")) is None


def test_an_embedded_job_never_defers(fake_task: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "home"))
    (tmp_path / "sales").mkdir()
    (tmp_path / "sales" / "sales.csv").write_text("city,amount\nVolos,2\n", encoding="utf-8")
    path = operator(path=f"{tmp_path}/sales").execute(fake_task.context)
    assert path is not None
    assert Path(path).is_file()


def test_a_retry_takes_the_deferred_job_up_and_tells_it_again(service: Any, fake_task: Any) -> None:
    deferral(operator(), fake_task)
    (job_id,) = service.jobs
    service.jobs[job_id].state, service.jobs[job_id].ahead = "submitting", ["starting", "light", "heavy"]
    fake_task.xcom.clear()
    fake_task.try_number = 2
    deferred = deferral(operator(), fake_task)
    assert deferred.trigger.job_id == fake_task.xcom["job_id"] == job_id
    assert go_on(deferred, fake_task) == CDD
    assert submissions(service) == 1


def test_a_retry_after_a_failed_job_and_a_clear_submit_again(service: Any, fake_task: Any) -> None:
    service.outcome = "failed"
    with pytest.raises(ProfileJobFailed):
        go_on(deferral(operator(), fake_task), fake_task)
    service.outcome = "heavy"
    second = deferral(operator(), fake_task)
    fake_task.max_tries += 2
    third = deferral(operator(), fake_task)
    assert len({second.trigger.job_id, third.trigger.job_id, *service.jobs}) == 3
    assert submissions(service) == 3


def test_the_deadline_travels_as_a_moment(service: Any, fake_task: Any) -> None:
    service.outcome = "stuck"
    before = time.time()
    deferred = deferral(operator(deadline=datetime.timedelta(hours=1)), fake_task)
    assert before + 3600 <= deferred.trigger.deadline_at <= time.time() + 3600
    deferred.trigger.deadline_at = time.time() + 0.05
    with pytest.raises(ProfileDeadlineExceeded, match="told to stop"):
        go_on(deferred, fake_task)
    assert next(iter(service.jobs.values())).cleaned_up


def test_trouble_at_the_first_look_is_the_triggers_to_bear(
    service: Any, fake_task: Any, documented: ModuleType
) -> None:
    fake_task.on_push = lambda key: (
        service.canned.extend([documented.Canned(503, {})] * 5) if key == "job_url" else None
    )
    assert go_on(deferral(operator(), fake_task), fake_task) == CDD


@pytest.mark.parametrize("fields", [{"poll_interval": "often"}, {"poll_interval": object()}])
def test_what_cannot_be_handed_over_is_found_out_before_a_job_is_submitted(
    service: Any, fake_task: Any, fields: Any
) -> None:
    with pytest.raises((TypeError, ValueError)):
        operator(**fields).execute(fake_task.context)
    assert submissions(service) == 0


def test_a_service_that_is_away_at_the_submission_fails_the_task(connect: Callable[..., str], fake_task: Any) -> None:
    connect("http://127.0.0.1:9")
    with pytest.raises(ServiceUnreachable):
        operator().execute(fake_task.context)
