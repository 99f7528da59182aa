"""Two hundred tasks that wait at once, and a service that goes away for a minute meanwhile."""

import time
from dataclasses import dataclass
from typing import Any

from tests.e2e.airflow.running_airflow import PATIENCE, Airflow
from tests.e2e.airflow.scenes import Life, Stage
from tests.e2e.airflow.stepped_service import Step, SteppedService
from tests.e2e.conftest import eventually

MANY = 200
MINUTE = 60.0
CONN = "profiler_crowd"


@dataclass(frozen=True)
class Crowd:
    """What was seen of it."""

    deferred: list[dict[str, Any]]
    """The mapped tasks, as they waited before the service went away."""
    jobs: list[dict[str, Any]]
    """Of the crowd, at the end."""
    states_during_outage: set[str]
    run: dict[str, Any]
    states: dict[int, str]
    waiting: Life
    """A task that waited on a worker all the while."""
    deferring: Life
    """One in the triggerer, beside the crowd."""
    triggerer_log: str
    """What it wrote from the crowd's first task to its last."""


def play(airflow: Airflow, service: SteppedService) -> Crowd:
    """Let the crowd gather, take the service away for a minute, bring it back, and see all to their ends."""
    before = len(airflow.log("triggerer"))
    stage = Stage(airflow, service, CONN)
    with airflow.connection(CONN, service.url):
        run_id = airflow.start("crowd", {"conn": CONN, "path": "sales", "count": MANY})
        waiting, deferring = stage.begin("life_wait", "stock"), stage.begin("life_deferrable", "ports")
        waiting.job()
        deferring.wait_deferred()
        deferred = airflow.wait_deferred("crowd", run_id, MANY, seconds=2 * PATIENCE)
        service.stop()
        gone = time.monotonic()
        eventually(lambda: "Looking again in" in deferring.log_so_far(), seconds=PATIENCE, what="a failed look")
        time.sleep(max(0.0, gone + MINUTE - time.monotonic()))
        during = {task["state"] for task in airflow.tasks("crowd", run_id) if task["task_id"] == "profile"}
        service.start()
        service.let(Step.END)
        run = airflow.end("crowd", run_id, seconds=2 * PATIENCE)
        for life in (waiting, deferring):
            life.end()
    return Crowd(
        deferred=deferred,
        jobs=[job for job in service.jobs(limit=1000) if "member" in job["labels"]],
        states_during_outage=during,
        run=run,
        states={task["map_index"]: task["state"] for task in airflow.tasks("crowd", run_id) if task["map_index"] >= 0},
        waiting=waiting,
        deferring=deferring,
        triggerer_log=airflow.log("triggerer")[before:],
    )
