"""The example DAGs in a real Airflow, with what their text says that they need."""

import json
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.contract.identity import dataset_uuid
from tests.e2e.airflow.running_airflow import PATIENCE, Airflow
from tests.e2e.airflow.stepped_service import Step, SteppedService
from tests.e2e.conftest import ROOT, eventually, free_port

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

SAMPLE = ROOT / "dags" / "sample_data" / "island_ferries"


@pytest.fixture(scope="module")
def begun(airflow: Airflow) -> dict[str, str]:
    """The runs that need nothing but themselves, all at once: their jobs run embedded."""
    airflow.unpause("catalogue_ferries")
    confs: dict[str, dict[str, Any]] = {
        "quality_gate": {},
        "profile_ferries": {},
        "profile_dataset": {},
        "cdd_consumer": {"dataset_id": "island_ferries"},
    }
    return {dag_id: airflow.start(dag_id, conf) for dag_id, conf in confs.items()}


def test_airflow_reads_all_of_them(airflow: Airflow) -> None:
    def read() -> bool:
        dags = airflow.client.get("/api/v2/dags", params={"limit": 100}).raise_for_status().json()["dags"]
        files = {Path(dag["fileloc"]).name for dag in dags if dag["bundle_name"] == "examples"}
        return files == {path.name for path in (ROOT / "dags").glob("*.py")}

    eventually(read, seconds=PATIENCE, what="every file")
    assert airflow.client.get("/api/v2/importErrors").raise_for_status().json()["import_errors"] == []


def test_the_shortest_one(airflow: Airflow, begun: dict[str, str]) -> None:
    assert airflow.end("profile_dataset", begun["profile_dataset"])["state"] == "success"
    path = airflow.xcom("profile_dataset", begun["profile_dataset"], "profile")
    assert Path(path).name == f"{dataset_uuid('island_ferries')}.json"


def test_a_profile_starts_whoever_is_scheduled_on_it(airflow: Airflow, begun: dict[str, str]) -> None:
    assert airflow.end("profile_ferries", begun["profile_ferries"])["state"] == "success"

    def started() -> dict[str, Any] | None:
        runs = [run for run in airflow.runs("catalogue_ferries") if run["state"] in ("success", "failed")]
        return runs[0] if runs else None

    run = eventually(started, seconds=PATIENCE, what="the run for the profile")
    assert (run["state"], run["run_type"]) == ("success", "asset_triggered")
    (entry,) = airflow.xcom("catalogue_ferries", run["dag_run_id"], "catalogue")
    summary = airflow.xcom("profile_ferries", begun["profile_ferries"], "profile", "summary")
    assert (entry["rows"], entry["columns"]) == (summary["rows"], summary["columns"])
    assert entry["schema"] == summary["schema_hash"]
    assert "departures.csv" in entry["files"]


def test_a_consumer_finds_the_profile_by_a_sensor(airflow: Airflow, begun: dict[str, str]) -> None:
    assert airflow.end("cdd_consumer", begun["cdd_consumer"])["state"] == "success"
    assert "departures.csv" in airflow.xcom("cdd_consumer", begun["cdd_consumer"], "read")["files"]


def test_what_does_not_pass_the_gate_waits_for_a_person(airflow: Airflow, begun: dict[str, str]) -> None:
    run_id = begun["quality_gate"]
    airflow.wait_for_task("quality_gate", run_id, "approve", "awaiting_input", "deferred")
    # It fails a task that is queued again before it has heard that the worker of the first try is done.
    heard = ("approve", "1", "-1")
    eventually(lambda: heard in airflow.heard("quality_gate", run_id), seconds=PATIENCE, what="the scheduler's word")
    assert airflow.states("quality_gate", run_id)["publish"] is None
    path = f"/api/v2/dags/quality_gate/dagRuns/{run_id}/taskInstances/approve/-1/hitlDetails"
    asked = airflow.client.get(path).raise_for_status().json()
    assert "completeness" in asked["body"]
    airflow.client.patch(path, json={"chosen_options": ["Approve"], "params_input": {}}).raise_for_status()
    assert airflow.end("quality_gate", run_id)["state"] == "success"
    assert airflow.states("quality_gate", run_id)["publish"] == "success"
    assert Path(airflow.xcom("quality_gate", run_id, "publish")).is_file()


def test_what_passes_the_gate_goes_on_by_itself(airflow: Airflow) -> None:
    rules = [{"rule": "row_count", "tables": "departures", "at_least": 1}]
    run = airflow.run("quality_gate", {"rules": rules})
    assert run["state"] == "success"
    assert airflow.states("quality_gate", run["dag_run_id"]) == {
        "profile": "success",
        "check": "success",
        "approve": "skipped",
        "publish": "success",
    }


def test_the_tables_of_a_database(airflow: Airflow, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "harbour.db") as database:
        database.execute("CREATE TABLE calls (ship TEXT, draught REAL)")
        database.executemany("INSERT INTO calls VALUES (?, ?)", [("Aurora", 5.5), ("Thalassa", 6.25), ("Meltemi", 4.0)])
    service = SteppedService(tmp_path / "home", tmp_path, step=Step.END)
    try:
        with airflow.connection("profiler_default", service.url):
            conf = {"protocol": "sqlite", "database": "harbour.db", "host": "localhost"}
            run = airflow.run("database_profile", conf)
    finally:
        service.stop()
    assert run["state"] == "success"
    assert "1 tables, 3 rows, 2 columns" in airflow.task_log("database_profile", run["dag_run_id"], "tell")


def test_a_late_profile_is_told(airflow: Airflow, held: SteppedService, webhook_receivers: Callable[..., Any]) -> None:
    receiver = webhook_receivers()
    with airflow.connection("profiler_default", held.url):
        body = {"connection_id": "profiling_alerts", "conn_type": "http", "host": receiver.url}
        airflow.client.post("/api/v2/connections", json=body).raise_for_status()
        # Alerts are sent by the triggerer: this one not before there is a job to tell of, however late that comes.
        airflow.stop_part("triggerer")
        # The same file as in dags/, but with seconds in place of its half hour.
        run_id = airflow.start("deadline_alert_soon", {"data": "sales"})
        eventually(held.jobs, seconds=PATIENCE, what="the job")
        airflow.start_part("triggerer")
        received = eventually(lambda: receiver.got and receiver.got[0], seconds=PATIENCE, what="the alert")
        (job,) = held.jobs()
        airflow.wait_deferred("deadline_alert_soon", run_id, 1)
        held.let(Step.END)
        assert airflow.end("deadline_alert_soon", run_id)["state"] == "success", "an alert changes nothing"
    told = json.loads(received.body)
    assert told["text"].startswith("Still no profile.")
    assert told["profile"]["job_id"] == job["job_id"]


def runs(process_id: int) -> bool:
    """Whether a process is there, and is more than an entry that nobody has collected."""
    try:
        return bool(Path(f"/proc/{process_id}/cmdline").read_bytes())
    except OSError:
        return False


@pytest.fixture
def on_ray(airflow: Airflow, serve: Callable[..., Any], tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A service that waits for a cluster, and the port on which it expects one."""
    port = free_port()
    served = serve(
        PROFILER_HOME=str(tmp_path / "home"),
        DATA_ROOT_PATH=str(SAMPLE.parent),
        RAY_ADDRESS=f"127.0.0.1:{port}",
        PROFILER_RAY_CONNECT_SECONDS="60",
        # The cluster is started by a task, and asks for the token that is in its environment.
        **{name: value for name, value in airflow.environment.items() if name.startswith("RAY_")},
    )
    yield served.base_url, port


def test_a_cluster_for_one_run(airflow: Airflow, on_ray: tuple[str, int]) -> None:
    url, port = on_ray
    with airflow.connection("profiler_default", url):
        run_id = airflow.start("ray_cluster", {"port": port})
        try:
            state = airflow.end("ray_cluster", run_id)["state"]
        finally:
            head = airflow.xcom_or_none("ray_cluster", run_id, "start_cluster")
            if head and runs(head):
                os.kill(head, signal.SIGTERM)
    assert state == "success", airflow.states("ray_cluster", run_id)
    assert airflow.states("ray_cluster", run_id)["stop_cluster"] == "success"
    assert Path(airflow.xcom("ray_cluster", run_id, "profile", map_index=0)).is_file()
    eventually(lambda: not runs(head), seconds=PATIENCE, what="the cluster's end")
