"""The operator against a service that has the documented routes alone: what holds there holds everywhere."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.types import TaskInstanceKey

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.hooks.errors import (
    ProfileDeadlineExceeded,
    ProfileJobFailed,
    RequestRefused,
    ServiceUnreachable,
    UnknownStatusAnswer,
)
from airflow_provider_profiler.links.profile_job import ProfileJobLink
from airflow_provider_profiler.links.profile_report import ProfileReportLink
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

SALES = str(dataset_uuid("sales"))


@pytest.fixture
def service(documented_service: Callable[..., Any], connect: Callable[..., str]) -> Any:
    service = documented_service()
    connect(service.base_url)
    return service


def operator(**fields: Any) -> ProfileDatasetOperator:
    return ProfileDatasetOperator(**{"task_id": "t", "path": "sales", "poll_interval": 0.01, **fields})


def submissions(service: Any) -> list[Any]:
    return [seen for seen in service.requests if seen.path == "/profiler/trigger_profile"]


def keys(service: Any) -> list[str]:
    return [seen.headers["Idempotency-Key"] for seen in submissions(service)]


def test_it_waits_and_returns_the_cdd_path(service: Any, fake_task: Any) -> None:
    assert operator().execute(fake_task.context) == f"/cdd/{SALES}.json"
    (job_id,) = service.jobs
    assert fake_task.xcom == {
        "job_id": job_id,
        "job_url": f"{service.base_url}/profiler/job_status/{job_id}",
        "status": "HEAVY_PROFILES_READY",
        "summary": None,
        "cdd_revision_path": None,
    }


def test_people_know_the_job_before_it_is_waited_for(service: Any, fake_task: Any) -> None:
    states = {}

    def remember(key: str) -> None:
        (job,) = service.jobs.values()
        states[key] = job.state

    fake_task.on_push = remember
    operator().execute(fake_task.context)
    assert states["job_id"] == "submitting"
    assert states["job_url"] in ("submitting", "starting")
    assert states["status"] == "heavy"


def test_a_light_profile_has_no_cdd_path(service: Any, fake_task: Any) -> None:
    assert operator(profile="light").execute(fake_task.context) is None
    assert fake_task.xcom["status"] == "LIGHT_PROFILE_READY"


def test_submit_only_returns_the_job_id_and_does_not_wait(service: Any, fake_task: Any) -> None:
    service.outcome = "stuck"
    task = operator(wait_for_completion=False)
    assert task.execute(fake_task.context) == next(iter(service.jobs))
    assert "status" not in fake_task.xcom
    task.on_kill()
    assert "/profiler/clean_up" not in service.paths(), "a job that was handed over is not this task's to stop"


def test_a_failed_job_fails_the_task(service: Any, fake_task: Any) -> None:
    service.outcome = "failed"
    with pytest.raises(ProfileJobFailed, match=r"failed.*log"):
        operator().execute(fake_task.context)
    assert fake_task.xcom["status"] == "FAILED"


@pytest.mark.parametrize("word", ["DONE", "", None, 7, {"state": "FAILED"}, ["HEAVY_PROFILES_READY"]])
def test_an_unknown_status_fails_the_task(service: Any, fake_task: Any, documented: ModuleType, word: Any) -> None:
    fake_task.on_push = lambda key: key == "job_url" and service.canned.extend([documented.Canned(200, word)] * 9)
    with pytest.raises(UnknownStatusAnswer):
        operator().execute(fake_task.context)


def test_a_retry_takes_the_running_job_up(service: Any, fake_task: Any, documented: ModuleType) -> None:
    # The first try dies while it waits: on the wire nothing is told of that.
    fake_task.on_push = lambda key: (_ for _ in ()).throw(RuntimeError("the worker died")) if key == "job_url" else None
    with pytest.raises(RuntimeError):
        operator().execute(fake_task.context)
    fake_task.on_push, fake_task.try_number = None, 2
    assert operator().execute(fake_task.context) == f"/cdd/{SALES}.json"
    assert len(submissions(service)) == 1
    assert fake_task.xcom["job_id"] == next(iter(service.jobs))


def test_a_retry_after_success_does_not_run_the_job_again(service: Any, fake_task: Any) -> None:
    operator().execute(fake_task.context)
    operator().execute(fake_task.context)
    assert len(submissions(service)) == 1


def test_a_retry_after_a_failed_job_submits_under_a_new_key(service: Any, fake_task: Any) -> None:
    service.outcome = "failed"
    with pytest.raises(ProfileJobFailed):
        operator().execute(fake_task.context)
    service.outcome = "heavy"
    operator().execute(fake_task.context)
    assert len(set(keys(service))) == 2


def test_a_retry_after_the_service_forgot_the_job_submits_under_a_new_key(service: Any, fake_task: Any) -> None:
    operator().execute(fake_task.context)
    service.jobs.clear()
    operator().execute(fake_task.context)
    assert len(set(keys(service))) == 2


def test_a_clear_runs_the_job_again(service: Any, fake_task: Any) -> None:
    operator().execute(fake_task.context)
    fake_task.max_tries = 4
    operator().execute(fake_task.context)
    assert len(set(keys(service))) == 2


def test_another_request_is_another_job(service: Any, fake_task: Any) -> None:
    operator().execute(fake_task.context)
    operator(options={"statistics": {"top_values": 3}}).execute(fake_task.context)
    assert len(set(keys(service))) == 2


def test_a_lost_answer_is_asked_for_under_the_same_key(service: Any, fake_task: Any, documented: ModuleType) -> None:
    service.canned = [documented.Canned(500, {"detail": "x"})] * 5
    with pytest.raises(Exception, match="500"):
        operator().execute(fake_task.context)
    operator().execute(fake_task.context)
    assert len(keys(service)) == 6
    assert len(set(keys(service))) == 1


def test_mapped_tasks_and_other_runs_have_keys_of_their_own(service: Any, fake_task: Any) -> None:
    for index in (0, 1):
        fake_task.map_index, fake_task.stored = index, {}
        operator(wait_for_completion=False).execute(fake_task.context)
    assert len(set(keys(service))) == 2


def test_the_service_is_told_where_the_job_comes_from(service: Any, fake_task: Any) -> None:
    operator(wait_for_completion=False, labels={"team": "x"}).execute(fake_task.context)
    body = submissions(service)[0].body
    assert body["triggered_by"] == {
        "origin": "airflow",
        "dag_id": "d",
        "run_id": "r",
        "task_id": "t",
        "try_number": 1,
    }
    assert body["labels"] == {"team": "x"}


def test_on_kill_stops_the_job_with_one_request_and_needs_nothing_of_airflow(
    service: Any, fake_task: Any, connect: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    task = operator()
    killed_at = []

    def kill(line: str, *rest: object) -> None:
        if "STARTING" in line and not killed_at:
            connect("nowhere.invalid")  # whoever asks Airflow for the connection now gets this
            killed_at.append(len(service.requests))
            task.on_kill()

    monkeypatch.setattr(type(task.log), "info", lambda self, line, *rest: kill(line % rest), raising=False)
    task.execute(fake_task.context)
    (index,) = killed_at
    assert service.requests[index].path == "/profiler/clean_up"
    task.on_kill()
    assert service.paths().count("/profiler/clean_up") == 1


def test_a_kill_before_anything_began_is_borne() -> None:
    operator().on_kill()


def test_a_deadline_stops_the_job(service: Any, fake_task: Any) -> None:
    service.outcome = "stuck"
    with pytest.raises(ProfileDeadlineExceeded, match="told to stop"):
        operator(deadline=0.05).execute(fake_task.context)
    assert next(iter(service.jobs.values())).cleaned_up


def test_a_whole_specification_is_sent_as_it_is(service: Any, fake_task: Any) -> None:
    specification = ProfileSpecification.for_path("sales", description="what we sold", extra_field="kept")
    operator(path=None, specification=specification, wait_for_completion=False).execute(fake_task.context)
    body = submissions(service)[0].body["profile_specification"]
    assert body["description"] == "what we sold"
    assert body["extra_field"] == "kept"


def test_a_path_and_metadata_make_a_specification(service: Any, fake_task: Any) -> None:
    operator(dataset_id="europe", metadata={"description": "y", "keywords": ["k"]}).execute(fake_task.context)
    body = submissions(service)[0].body["profile_specification"]
    assert body["id"] == str(dataset_uuid("europe"))
    assert body["data_connectors"][0]["dataset_id"] == "sales"
    assert (body["description"], body["keywords"]) == ("y", ["k"])


@pytest.mark.parametrize(
    "fields",
    [
        {"path": None},
        {"path": ""},
        {"specification": {"id": SALES}},
        {"path": None, "specification": {"id": SALES}},
        {"path": None, "specification": "{'id': 'rendered to text'}"},
        {"path": None, "specification": {"id": SALES}, "metadata": {"name": "x"}},
        {"path": "../sales"},
        {"path": "/data/sales"},
        {"metadata": {"keywords": "not a list"}},
        {"options": {"speed": "fast"}},
        {"priority": 1000},
    ],
)
def test_wrong_arguments_fail_at_once_and_nothing_is_sent(service: Any, fake_task: Any, fields: Any) -> None:
    with pytest.raises(RequestRefused) as caught:
        operator(**fields).execute(fake_task.context)
    assert isinstance(caught.value, AirflowFailException)
    assert service.requests == []


def test_a_service_that_is_not_there(
    connect: Callable[..., str], fake_task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect("http://127.0.0.1:9")
    with pytest.raises(ServiceUnreachable):
        operator().execute(fake_task.context)


def test_templates_and_how_the_page_shows_them() -> None:
    fields = set(ProfileDatasetOperator.template_fields)
    assert fields >= {"specification", "path", "dataset_id", "metadata", "options", "labels", "profiler_conn_id"}
    assert set(ProfileDatasetOperator.template_fields_renderers) <= fields
    task = operator(path="{{ params.p }}", metadata={"name": "{{ params.p }}"})
    task.render_template_fields({"params": {"p": "rendered"}})  # type: ignore[typeddict-item]
    assert task.path == "rendered"
    assert task.metadata == {"name": "rendered"}


def test_the_button_leads_to_the_job() -> None:
    link = ProfileJobLink()
    task = operator()
    key: Any = None
    assert link.xcom_key == "job_url"
    assert link.get_link(task, ti_key=key) == ""
    task.job_url = "http://x/profiler/jobs/1"
    assert link.get_link(task, ti_key=key) == "http://x/profiler/jobs/1"


def test_the_button_leads_to_the_report() -> None:
    link = ProfileReportLink()
    task = operator()
    key: Any = TaskInstanceKey("nightly", "t", "scheduled__2026-03-01T00:00:00+00:00", 1, 3)
    assert link.xcom_key == "report_url"
    assert link.get_link(task, ti_key=key) == "", "nothing was submitted"
    task.job_id, task.job_url = "1", "http://x/profiler/jobs/profiler/jobs/1"
    assert link.get_link(task, ti_key=key) == "http://x/profiler/jobs/profiler/report/1"
    task.job_url = "http://x/profiler/job_status/1"
    assert link.get_link(task, ti_key=key) == "", "a service with the documented routes alone has no reports"
    task.job_url = None
    own = "dataset-profiles/dags/nightly/runs/scheduled__2026-03-01T00%3A00%3A00%2B00%3A00/tasks/t/3"
    assert link.get_link(task, ti_key=key) == own, "embedded, the page within Airflow"
