"""Tasks in processes of their own, as a scheduler runs them: what one submits, another finds."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


def test_embedded_jobs_are_found_by_the_tasks_that_follow(airflow: Any, tmp_path: Path) -> None:
    for name in ("sales", "stock"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.csv").write_text("city,amount\nΑθήνα,1\nVolos,2\n", encoding="utf-8")

    run = airflow.run("embedded_mapped", {"data": str(tmp_path)})

    assert run["state"] == "success"
    run_id = run["dag_run_id"]
    jobs = [airflow.xcom("embedded_mapped", run_id, "submit", map_index=index) for index in (0, 1)]
    assert jobs[0] != jobs[1]
    paths = [Path(airflow.xcom("embedded_mapped", run_id, "sensor", map_index=index)) for index in (0, 1)]
    assert all(path.is_file() for path in paths)


def test_clean_up_runs_as_a_teardown(airflow: Any, tmp_path: Path) -> None:
    (tmp_path / "sales").mkdir()
    (tmp_path / "sales" / "sales.csv").write_text("city,amount\nVolos,2\n", encoding="utf-8")

    run = airflow.run("embedded_submit_only", {"data": str(tmp_path)})

    states = {task["task_id"]: task["state"] for task in airflow.tasks("embedded_submit_only", run["dag_run_id"])}
    assert states == {"submit": "success", "sensor": "success", "clean_up": "success"}


def test_a_failed_job_is_a_failed_task(airflow: Any, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "broken.parquet").write_bytes(b"PAR1 this is no Parquet file")

    run = airflow.run("embedded_failing", {"data": str(tmp_path)})

    assert run["state"] == "failed"
    assert airflow.xcom("embedded_failing", run["dag_run_id"], "profile", "status") == "FAILED"
