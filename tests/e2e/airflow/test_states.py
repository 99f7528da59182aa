"""Every state of a job, seen by every way to wait for it, over the wire and embedded."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.jobs.store import RunnerKind
from tests.e2e.airflow.running_airflow import Airflow, all_of
from tests.e2e.airflow.stepped_service import Step, SteppedService

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

OPERATORS = ("wait", "deferrable")
SENSORS = ("poke_sensor", "reschedule_sensor", "deferrable_sensor")
#: By where jobs run, what waits for them in the triggerer. An embedded operator is what runs its job: it stays.
DEFERRING = {"wire": {"deferrable", "deferrable_sensor"}, "embedded": {"deferrable_sensor"}}


@dataclass(frozen=True)
class End:
    """How a job may end."""

    target: str
    dataset: str
    states: tuple[str, ...]
    """All that it passes."""


_HEAVY = ("SUBMITTING", "STARTING", "LIGHT_PROFILE_READY")
ENDS = {
    "heavy": End("heavy", "sales", (*_HEAVY, "HEAVY_PROFILES_READY")),
    "light": End("light", "stock", ("SUBMITTING", "STARTING", "LIGHT_PROFILE_READY")),
    "failed": End("heavy", "broken", (*_HEAVY, "FAILED")),
}


@dataclass
class Waiting:
    """One run of a DAG in which tasks wait in every way, for jobs that all end in the same way."""

    airflow: Airflow
    end: End
    dag_id: str
    run_id: str
    jobs: dict[str, str]
    """Those that the sensors wait for."""
    deferred: set[str] = field(default_factory=set)
    """The tasks that were in the triggerer while the jobs were held."""
    states: dict[str, str] = field(default_factory=dict)

    def log(self, task: str) -> str:
        return self.airflow.task_log_so_far(self.dag_id, self.run_id, task)

    def told(self, task: str) -> list[str]:
        """The states that a task tells of its job, each once, in their order."""
        return list(dict.fromkeys(re.findall(r"Profiling job [0-9a-f-]{36} is ([A-Z_]+)", self.log(task))))

    def finish(self) -> None:
        self.airflow.end(self.dag_id, self.run_id)
        self.states = self.airflow.states(self.dag_id, self.run_id)

    def xcom(self, task: str, key: str = "return_value") -> Any:
        return self.airflow.xcom_or_none(self.dag_id, self.run_id, task, key)


def begin(airflow: Airflow, end: End, service: SteppedService, conn: str, path: str) -> Waiting:
    jobs = {sensor: service.submit(end.dataset, light=end.target == "light") for sensor in SENSORS}
    dag_id = f"states_{end.target}"
    return Waiting(airflow, end, dag_id, airflow.start(dag_id, {"conn": conn, "path": path, "jobs": jobs}), jobs)


def begin_over(airflow: Airflow, waiting: Waiting, conn: str) -> Waiting:
    """A run in which sensors wait for the jobs of another one, which are over."""
    dag_id = f"{waiting.dag_id}_sensors"
    run_id = airflow.start(dag_id, {"conn": conn, "jobs": waiting.jobs})
    return Waiting(airflow, waiting.end, dag_id, run_id, waiting.jobs)


Runs = dict[str, dict[str, Waiting]]
"""By where jobs run, then by how they end."""


@pytest.fixture(scope="module")
def runs(airflow: Airflow, stepped: Callable[..., SteppedService], embedded_home: Path, data: Path) -> Iterator[Runs]:
    """All runs, over. Jobs went on to a state only when all tasks that could had told of the one before."""
    wire, at_once = stepped(), stepped(step=Step.END)
    # As jobs are that run inside another task; the call that submits such a job starts it as well.
    embedded = stepped(embedded_home, step=Step.STARTING, runner=RunnerKind.EMBEDDED)
    runs: Runs = {}
    with ExitStack() as connections:
        for conn, host in (("states_wire", wire.url), ("states_over", at_once.url), ("states_embedded", "embedded")):
            connections.enter_context(airflow.connection(conn, host))
        runs["wire"] = {name: begin(airflow, end, wire, "states_wire", end.dataset) for name, end in ENDS.items()}
        runs["embedded"] = {
            name: begin(airflow, end, embedded, "states_embedded", str(data / end.dataset))
            for name, end in ENDS.items()
        }
        for step in (Step.SUBMITTING, Step.STARTING, Step.LIGHT_PROFILE_READY):
            wire.let(step)
            embedded.let(step)
            waiting_in = [("wire", (*OPERATORS, *SENSORS))]
            if step is not Step.SUBMITTING:
                waiting_in.append(("embedded", SENSORS))
            looks = [
                lambda run=run, task=task, step=step: step.name in run.told(task)
                for where, tasks in waiting_in
                for run in runs[where].values()
                if step.name in run.end.states[:-1]
                for task in tasks
            ]
            all_of(looks, what=f"a word of {step.name} from every task")
            if step is Step.STARTING:
                # A task that tells of its first look leaves its worker after that.
                for where, deferring in DEFERRING.items():
                    for run in runs[where].values():
                        found = airflow.wait_deferred(run.dag_id, run.run_id, len(deferring))
                        run.deferred = {task["task_id"] for task in found}
        wire.let(Step.END)
        embedded.let(Step.END)
        # What is over before anybody looks: jobs that end at once, and those of the other runs once more.
        runs["wire, over"] = {
            name: begin(airflow, end, at_once, "states_over", end.dataset) for name, end in ENDS.items()
        }
        runs["embedded, over"] = {}
        for name, run in runs["embedded"].items():
            run.finish()
            runs["embedded, over"][name] = begin_over(airflow, run, "states_embedded")
        for by_end in runs.values():
            for run in by_end.values():
                run.finish()
        yield runs


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("where", ["wire", "embedded", "wire, over", "embedded, over"])
def test_the_end_of_a_job_is_the_end_of_the_task(runs: Runs, where: str, end: str) -> None:
    run = runs[where][end]
    expected = "failed" if end == "failed" else "success"
    assert run.states == dict.fromkeys(run.states, expected)
    assert set(run.states) == {*SENSORS, *(() if where == "embedded, over" else OPERATORS)}
    for task in run.states:
        path = run.xcom(task)
        if end != "heavy":
            assert path is None, task
        else:
            assert Path(path).name == f"{dataset_uuid(run.end.dataset)}.json", task
            assert Path(path).is_file()
        if end == "failed":
            assert "failed: all_failed" in run.log(task), task
    for task in set(OPERATORS) & set(run.states):
        assert run.xcom(task, "status") == run.end.states[-1]


@pytest.mark.parametrize("end", ENDS)
def test_every_state_is_told_in_its_order_by_what_waits(runs: Runs, end: str) -> None:
    for task in (*OPERATORS, *SENSORS):
        told = runs["wire"][end].told(task)
        # A sensor that looks a last time tells of the job's end in other words.
        assert told[: len(told)] == list(ENDS[end].states)[: len(told)], task
        assert len(told) >= len(ENDS[end].states) - 1, task
    for task in OPERATORS:
        assert runs["embedded"][end].told(task) == list(ENDS[end].states), task


@pytest.mark.parametrize("end", ENDS)
def test_only_what_can_wait_in_the_triggerer_does(runs: Runs, end: str) -> None:
    for where, deferring in DEFERRING.items():
        assert runs[where][end].deferred == deferring, where
    for where in ("wire, over", "embedded, over"):
        run = runs[where][end]
        assert not [task for task in run.states if "DEFERRED" in run.log(task)], "nothing is left to wait for"
