"""The nightly DAG, whose tasks wait in the triggerer, and what a deferred task says when its wait ends badly."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from airflow_provider_profiler.contract.identity import dataset_uuid
from tests.e2e.airflow.running_airflow import Airflow
from tests.e2e.airflow.stepped_service import Step, SteppedService

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


def states(airflow: Airflow, dag_id: str, run_id: str) -> dict[tuple[str, int], str]:
    return {(task["task_id"], task["map_index"]): task["state"] for task in airflow.tasks(dag_id, run_id)}


def test_the_nightly_dag_profiles_every_dataset_on_its_own(airflow: Airflow, held: SteppedService) -> None:
    names = ["sales", "broken", "stock", "ports"]
    with airflow.connection("profiler_default", held.url):
        run_id = airflow.start("nightly_profiling", {"datasets": names})
        deferred = airflow.wait_deferred("nightly_profiling", run_id, 2 * len(names))
        assert {(task["task_id"], task["map_index"]) for task in deferred} == {
            (f"profile.{branch}", index) for branch in ("light", "heavy") for index in range(len(names))
        }
        assert all("ProfileJobTrigger" in task["trigger"]["classpath"] for task in deferred)
        held.let(Step.END)
        run = airflow.end("nightly_profiling", run_id, seconds=300)

    assert run["state"] == "failed", "a dataset without a profile must not go unseen"
    found = states(airflow, "nightly_profiling", run_id)
    assert {index: found["profile.heavy", index] for index in range(4)} == {
        0: "success",
        1: "failed",
        2: "success",
        3: "success",
    }
    assert {found["profile.clean_up", index] for index in range(4)} == {"success"}
    assert "all_failed" in airflow.task_log("nightly_profiling", run_id, "profile.heavy", 1)
    told = airflow.task_log("nightly_profiling", run_id, "collect")
    for index, name in enumerate(names):
        path = str(held.home / "cdd" / f"{dataset_uuid(name)}.json")
        if name == "broken":
            assert path not in told
            assert "Without a profile: broken" in told
            continue
        assert f"{name}: {path}" in told
        assert Path(path).is_file()
        fetched = airflow.xcom("nightly_profiling", run_id, "profile.fetch", map_index=index)
        assert (json.loads(fetched.replace("'", '"')) if isinstance(fetched, str) else fetched) == {
            "dataset": name,
            "cdd_path": path,
        }


def test_the_nightly_dag_over_all_real_datasets(airflow: Airflow, shared_data: Path, tmp_path: Path) -> None:
    service = SteppedService(tmp_path / "service", shared_data)
    names = sorted(folder.name for folder in shared_data.iterdir() if folder.is_dir())
    assert len(names) >= 7
    try:
        with airflow.connection("profiler_default", service.url):
            run_id = airflow.start("nightly_profiling", {"datasets": names})
            deferred = airflow.wait_deferred("nightly_profiling", run_id, 2 * len(names))
            assert {task["map_index"] for task in deferred} == set(range(len(names)))
            service.let(Step.END)
            run = airflow.end("nightly_profiling", run_id, seconds=400)
    finally:
        service.stop()

    assert run["state"] == "success"
    assert set(states(airflow, "nightly_profiling", run_id).values()) == {"success"}
    told = airflow.task_log("nightly_profiling", run_id, "collect")
    for index, name in enumerate(names):
        path = service.home / "cdd" / f"{dataset_uuid(name)}.json"
        assert f"{name}: {path}" in told
        assert airflow.xcom("nightly_profiling", run_id, "profile.heavy", map_index=index) == str(path)
        files = {file["source_file"] for file in json.loads(path.read_bytes())["files"]}
        root = shared_data / name
        # Files that are parts of one table are there each, and beside them the table of all.
        tables = {file for file in files if "*" in file}
        assert tables == ({"yellow_tripdata_sample_2019-*.csv"} if name == "nyc_taxi" else set())
        assert files - tables == {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


def test_each_failure_ends_the_task_in_words_for_dag_authors(
    airflow: Airflow, held: SteppedService, documented: ModuleType, documented_service: Callable[..., Any]
) -> None:
    stuck = {name: documented_service(outcome="stuck") for name in ("unknown", "not_json", "refused")}
    hosts = {name: service.base_url for name, service in stuck.items()} | {
        "job_failed": held.url,
        "unreachable": "http://127.0.0.1:9",
    }
    runs: dict[str, str] = {}
    with ExitStack() as connections:
        for name, host in hosts.items():
            connections.enter_context(airflow.connection(f"profiler_{name}", host, password="a-token-of-the-test"))
            path = "broken" if name == "job_failed" else "sales"
            runs[name] = airflow.start("deferred_one", {"conn": f"profiler_{name}", "path": path})
        for name in (*stuck, "job_failed"):
            airflow.wait_deferred("deferred_one", runs[name], 1)
        stuck["unknown"].status = lambda job_id: documented.Canned(200, "DONE")
        stuck["not_json"].status = lambda job_id: documented.Canned(200, raw=b"<html>a web page</html>")
        stuck["refused"].token = "another token"
        held.let(Step.END)
        for run_id in runs.values():
            assert airflow.end("deferred_one", run_id)["state"] == "failed"
        said = {name: airflow.task_log("deferred_one", run_id, "profile") for name, run_id in runs.items()}
    for name, words in {
        "unknown": "a job status that is not known: 'DONE'",
        "not_json": "something that is not JSON",
        "refused": "The bearer token in the connection's password was not accepted",
        "job_failed": "failed: all_failed",
        "unreachable": "the profiling service cannot be reached",
    }.items():
        assert words in said[name].replace("\\'", "'"), (name, said[name][-3000:])
        assert "a-token-of-the-test" not in said[name]
