"""What a DAG author sees: states of tasks, XComs, and words in the log."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.identity import dataset_uuid

STATES = ["SUBMITTING", "STARTING", "LIGHT_PROFILE_READY", "HEAVY_PROFILES_READY"]


def test_embedded_from_a_path_to_a_consumer(runs: Any) -> None:
    assert runs.state("embedded_heavy") == "success"
    xcom = runs.xcom("embedded_heavy", "profile")
    path = Path(xcom["return_value"])
    assert path.name == f"{dataset_uuid('sales')}.json"
    assert path.is_file()
    assert UUID(xcom["job_id"])
    assert xcom["status"] == "HEAVY_PROFILES_READY"
    assert xcom["summary"]["rows"] == 3
    assert xcom["summary"]["files"] == 1
    assert Path(xcom["cdd_revision_path"]).is_file()
    assert xcom["cdd_revision_path"] != xcom["return_value"]
    assert not xcom.get("job_url"), "nothing listens there once the task is over"
    assert "files" in runs.xcom("embedded_heavy", "read")["return_value"]


def test_every_state_is_in_the_task_log(runs: Any) -> None:
    job_id = runs.xcom("embedded_heavy", "profile")["job_id"]
    told = [word for line in runs.log.splitlines() for word in STATES if f"Profiling job {job_id} is {word}" in line]
    assert told == STATES


def test_the_embedded_server_does_not_chatter_in_the_task_log(runs: Any) -> None:
    assert "application startup" not in runs.log


def test_embedded_submit_only_runs_to_the_end_and_others_see_the_job(runs: Any) -> None:
    assert runs.state("embedded_submit_only") == "success"
    xcom = runs.xcom("embedded_submit_only", "submit")
    assert xcom["return_value"] == xcom["job_id"]
    assert xcom["status"] == "LIGHT_PROFILE_READY"
    assert runs.state("embedded_submit_only", "clean_up") == "success"
    assert runs.log.count("so the task stays until the job has ended") == 3


def test_mapped_tasks_have_jobs_of_their_own(runs: Any) -> None:
    assert runs.state("embedded_mapped") == "success"
    jobs = [runs.xcom("embedded_mapped", f"submit[{index}]")["return_value"] for index in (0, 1)]
    assert jobs[0] != jobs[1]
    paths = [Path(runs.xcom("embedded_mapped", f"sensor[{index}]")["return_value"]).stem for index in (0, 1)]
    assert paths == [str(dataset_uuid("sales")), str(dataset_uuid("stock"))]


@pytest.mark.parametrize(("dag", "task"), [("embedded_failing", "profile"), ("wire_failing", "waiting")])
def test_a_failed_job_turns_the_task_red_with_its_reason(runs: Any, dag: str, task: str) -> None:
    assert runs.state(dag) == "failed"
    assert runs.state(dag, task) == "failed"
    xcom = runs.xcom(dag, task)
    assert xcom["status"] == "FAILED"
    assert "return_value" not in xcom
    assert f"Profiling job {xcom['job_id']} failed: all_failed" in runs.log


def test_a_failed_job_turns_the_sensor_red_and_stops_what_comes_after(runs: Any) -> None:
    assert runs.state("wire_failing", "submit") == "success"
    assert runs.state("wire_failing", "sensor") == "failed"
    assert runs.state("wire_failing", "after") == "upstream_failed"


def test_a_token_in_the_connection_opens_the_service(runs: Any, service: str) -> None:
    assert runs.state("wire_waiting") == "success"
    xcom = runs.xcom("wire_waiting", "waiting")
    assert Path(xcom["return_value"]).is_file()
    assert xcom["job_url"] == f"{service}/profiler/jobs/{xcom['job_id']}"


def test_sensors_in_both_modes_and_clean_up_as_teardown(runs: Any) -> None:
    assert runs.state("wire_sensors") == "success"
    assert {runs.state("wire_sensors", task) for task in ("submit", "poke", "reschedule", "clean_up")} == {"success"}
    assert "return_value" not in runs.xcom("wire_sensors", "poke"), "a light profile has no CDD file"
    assert Path(runs.xcom("wire_sensors", "reschedule")["return_value"]).is_file()


def test_a_wrong_token_is_told_as_such(runs: Any) -> None:
    assert runs.state("wire_wrong_token", "refused") == "failed"
    assert "TokenRefused" in runs.log


def test_no_token_is_in_any_log(runs: Any) -> None:
    for token in runs.tokens:
        assert token not in runs.log
        assert token.rsplit(".", 1)[-1] not in runs.log


def test_xcoms_are_small_and_hold_no_values_of_the_data(runs: Any) -> None:
    text = str(runs.by_dag)
    assert "Αθήνα" not in text
    assert "Volos" not in text
