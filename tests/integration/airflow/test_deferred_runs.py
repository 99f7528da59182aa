"""Tasks that defer, in a DAG run without a triggerer: Airflow runs their triggers in place."""

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.contract.identity import dataset_uuid


def test_a_deferred_operator_ends_like_one_that_waited(runs: Any, patient_service: str) -> None:
    assert runs.state("deferred_wire", "profile") == "success"
    xcom = runs.xcom("deferred_wire", "profile")
    assert Path(xcom["return_value"]).name == f"{dataset_uuid('sales')}.json"
    assert xcom["status"] == "HEAVY_PROFILES_READY"
    assert xcom["summary"]["rows"] == 3
    assert Path(xcom["cdd_revision_path"]).is_file()
    url = f"{patient_service}/profiler/jobs/{xcom['job_id']}"
    assert xcom["job_url"] == url, "the button still works after the wait"
    assert f"Profiling job {xcom['job_id']} goes on; the task waits in the triggerer." in runs.log


def test_a_light_job_is_not_worth_deferring(runs: Any) -> None:
    xcom = runs.xcom("deferred_wire", "light")
    assert xcom["status"] == "LIGHT_PROFILE_READY"
    assert "return_value" not in xcom
    assert f"Profiling job {xcom['job_id']} goes on; the task waits" not in runs.log


@pytest.mark.parametrize("task", ["sensor", "cdd"])
def test_deferred_sensors_return_the_cdd_path(runs: Any, task: str) -> None:
    assert runs.state("deferred_wire", task) == "success"
    path = Path(runs.xcom("deferred_wire", task)["return_value"])
    assert path.name == f"{dataset_uuid('stock')}.json"
    assert path.is_file()


def test_the_reason_of_a_failure_survives_the_deferral(runs: Any) -> None:
    assert runs.state("deferred_wire", "broken") == "failed"
    xcom = runs.xcom("deferred_wire", "broken")
    assert xcom["status"] == "FAILED"
    assert f"Profiling job {xcom['job_id']} failed: all_failed" in runs.log
