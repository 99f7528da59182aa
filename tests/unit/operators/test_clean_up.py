from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_profiler.operators.clean_up import CleanUpProfileJobOperator


@pytest.fixture
def service(documented_service: Callable[..., Any], connect: Callable[..., str]) -> Any:
    service = documented_service()
    connect(service.base_url)
    return service


def test_it_cleans_up(service: Any, fake_task: Any) -> None:
    CleanUpProfileJobOperator(task_id="t", job_id="x").execute(fake_task.context)
    (seen,) = service.requests
    assert (seen.method, seen.path, seen.body) == ("POST", "/profiler/clean_up", {"profile_job_id": "x"})


@pytest.mark.parametrize("job_id", [None, "", "None", " "])
def test_nothing_was_submitted(service: Any, fake_task: Any, job_id: str | None) -> None:
    CleanUpProfileJobOperator(task_id="t", job_id=job_id).execute(fake_task.context)
    assert service.requests == []


def test_it_can_be_a_teardown() -> None:
    from airflow.sdk import DAG

    with DAG("d", schedule=None):
        teardown = CleanUpProfileJobOperator(task_id="t", job_id="{{ ti.xcom_pull('s') }}").as_teardown()
    assert teardown.is_teardown
    assert CleanUpProfileJobOperator.template_fields == ("job_id", "profiler_conn_id")
