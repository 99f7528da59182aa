"""Scenes that are played at the same time: each is a test of its own, and most of it is waiting."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.e2e.airflow.running_airflow import LOOK, PATIENCE, Airflow
from tests.e2e.airflow.stepped_service import Step, SteppedService
from tests.e2e.conftest import eventually


@dataclass(frozen=True)
class Stage:
    """What the scenes share, and what they all do on it."""

    airflow: Airflow
    service: SteppedService
    conn: str
    triggerer: threading.Lock = field(default_factory=threading.Lock)
    """Held by the scene that stops the triggerer, and by those that play with its help alone."""

    def begin(self, dag_id: str, path: str) -> "Life":
        """Start a run whose one task profiles a dataset."""
        return Life(self, dag_id, self.airflow.start(dag_id, {"conn": self.conn, "path": path}))


@dataclass(frozen=True)
class Life:
    """One task named ``profile``, from its first try to its last."""

    stage: Stage
    dag_id: str
    run_id: str

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs that this run has submitted, the first one first."""
        jobs = [
            job
            for job in self.stage.service.jobs(limit=1000)
            if (job["triggered_by"] or {}).get("run_id") == self.run_id
        ]
        return sorted(jobs, key=lambda job: job["created"])

    def job(self, number: int = 1) -> str:
        """The id of the first, second ... job, as soon as it is submitted."""

        def there() -> str | None:
            jobs = self.jobs()
            return jobs[number - 1]["job_id"] if len(jobs) >= number else None

        return eventually(there, seconds=PATIENCE, what=f"job {number} of {self.dag_id}", every=LOOK)

    def let(self, step: Step, job_id: str) -> None:
        self.stage.service.let(step, job_id)

    def wait_for(self, *states: str, try_number: int = 1) -> dict[str, Any]:
        """The task as soon as it is in one of these states."""
        return self.stage.airflow.wait_for_task(self.dag_id, self.run_id, "profile", *states, try_number=try_number)

    def wait_deferred(self) -> None:
        self.stage.airflow.wait_deferred(self.dag_id, self.run_id, 1)

    def set_state(self, state: str) -> None:
        self.stage.airflow.set_state(self.dag_id, self.run_id, "profile", state)

    def clear(self) -> None:
        self.stage.airflow.clear(self.dag_id, self.run_id, "profile")

    def end(self) -> str:
        """The state of the run at its end."""
        state: str = self.stage.airflow.end(self.dag_id, self.run_id)["state"]
        return state

    def xcom(self, key: str = "return_value") -> Any:
        return self.stage.airflow.xcom_or_none(self.dag_id, self.run_id, "profile", key)

    def log(self, try_number: int = 1) -> str:
        return self.stage.airflow.task_log(self.dag_id, self.run_id, "profile", try_number=try_number)

    def log_so_far(self) -> str:
        return self.stage.airflow.task_log_so_far(self.dag_id, self.run_id, "profile")

    def job_end(self, job_id: str) -> dict[str, Any]:
        """The job once it is over."""

        def over() -> dict[str, Any] | None:
            detail = self.stage.service.detail(job_id)
            return detail if detail["terminal"] else None

        return eventually(over, seconds=PATIENCE, what=f"the end of job {job_id}", every=LOOK)


Scene = Callable[[Stage], None]


@contextmanager
def played(scenes: dict[str, Scene], stage: Stage) -> Iterator[dict[str, "Future[None]"]]:
    """Play all scenes at once; their results raise what went wrong in them."""
    with ThreadPoolExecutor(len(scenes)) as pool:
        yield {name: pool.submit(scene, stage) for name, scene in scenes.items()}
