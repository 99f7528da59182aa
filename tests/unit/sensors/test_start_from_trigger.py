"""Sensors that begin in the triggerer, through what Airflow writes down of them and reads back."""

import asyncio
import datetime
from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from airflow.executors.workloads.task import TaskInstanceDTO
from airflow.jobs.triggerer_job_runner import TriggerRunner
from airflow.models.trigger import Trigger
from airflow.sdk import DAG, BaseOperator, task_group
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred
from airflow.sdk.execution_time.comms import GetXCom, MaskSecret, XComResult
from airflow.sdk.module_loading import import_string
from airflow.serialization.decoders import smart_decode_trigger_kwargs
from airflow.serialization.serialized_objects import DagSerialization

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.sensors.cdd_profile import CddProfileSensor
from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor

SALES = str(dataset_uuid("sales"))
NOW = datetime.datetime(2026, 2, 1, tzinfo=datetime.UTC)
CONTEXT: Any = {}


@pytest.fixture(autouse=True)
def _impatient(impatient: None) -> None:
    pass


def written(dag: DAG, task_id: str) -> Any:
    """The task as the scheduler sees it."""
    return DagSerialization.from_dict(DagSerialization.to_dict(dag)).get_task(task_id)


def trigger_of(dag: DAG, task_id: str) -> Any:
    """The trigger that the scheduler writes down, and a triggerer makes of it and renders."""
    args = written(dag, task_id).start_trigger_args
    kept = Trigger(classpath=args.trigger_cls, kwargs=args.trigger_kwargs).encrypted_kwargs
    kwargs = {name: smart_decode_trigger_kwargs(value) for name, value in Trigger._decrypt_kwargs(kept).items()}
    trigger = import_string(args.trigger_cls)(**kwargs)
    instance = TaskInstanceDTO(
        id=uuid4(),
        dag_version_id=uuid4(),
        dag_id=dag.dag_id,
        task_id=task_id,
        run_id="r",
        try_number=1,
        map_index=-1,
        pool_slots=1,
        queue="default",
        priority_weight=1,
    )
    dag_run = {
        "dag_id": dag.dag_id,
        "run_id": "r",
        "run_type": "manual",
        "state": "running",
        "run_after": NOW,
        "start_date": NOW,
        "consumed_asset_events": [],
        **dict.fromkeys(["end_date", "logical_date", "data_interval_start", "data_interval_end", "partition_key"]),
    }
    runtime = TriggerRunner.create_runtime_ti(instance, DagSerialization.to_dict(dag), dag_run)  # type: ignore[arg-type]
    trigger.task_instance = runtime
    trigger.render_template_fields(context=runtime.get_template_context())
    return trigger


def event_of(trigger: Any) -> Any:
    async def events() -> list[Any]:
        return [event.payload async for event in trigger.run()]

    (payload,) = asyncio.run(events())
    return payload


class Supervisor:
    """What a triggerer can ask for: single XComs, and no more of them."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.asked: list[tuple[str, str, str, int | None]] = []

    def send(self, message: Any) -> Any:
        if isinstance(message, MaskSecret):
            return None
        assert isinstance(message, GetXCom), message
        self.asked.append((message.dag_id, message.task_id, message.key, message.map_index))
        return XComResult(key=message.key, value=self.job_id)


def test_a_job_of_another_task_is_waited_for_without_a_worker(
    service_in_hand: Any, submit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submit()
    service_in_hand.move(job_id, "LIGHT_PROFILE_READY")
    with DAG("d", schedule=None) as dag:
        before = ProfileDatasetOperator(task_id="submit", path="sales", wait_for_completion=False)
        sensor = ProfileJobSensor(
            task_id="wait",
            job_id=before.output,
            target="light",
            start_from_trigger=True,
            timeout=77,
            heartbeat_timeout=9,
        )
    assert sensor.upstream_task_ids == {"submit"}
    task = written(dag, "wait")
    assert task.start_from_trigger is True
    assert task.start_trigger_args.timeout == datetime.timedelta(seconds=77)
    assert task.start_trigger_args.next_method == "execute_complete"
    supervisor = Supervisor(job_id)
    with monkeypatch.context() as patch:
        patch.setattr("airflow.sdk.execution_time.task_runner.SUPERVISOR_COMMS", supervisor, raising=False)
        trigger = trigger_of(dag, "wait")
    assert supervisor.asked == [("d", "submit", "return_value", -1)]
    assert (trigger.job_id, trigger.target, trigger.heartbeat_timeout) == (job_id, "light", 9.0)
    assert sensor.execute_complete(CONTEXT, event_of(trigger)) is None


def test_a_dataset_is_waited_for_without_a_worker(
    documented_service: Callable[..., Any], connect: Callable[..., str], documented: ModuleType
) -> None:
    service = documented_service()
    connect(service.base_url)
    told = {"dataset_id": SALES, "published_revision": 2, "cdd_profile_path": "/cdd/2", "finished": NOW.isoformat()}
    params = {"dataset": "sales", "since": "2026-01-01", "revision": 2}
    with DAG("d", schedule=None, params=params) as dag:
        sensor = CddProfileSensor(
            task_id="wait",
            dataset_id="{{ params.dataset }}",
            newer_than="{{ params.since }}",
            revision="{{ params.revision }}",
            start_from_trigger=True,
        )
    service.canned = [documented.Canned(200, told)]
    assert sensor.execute_complete(CONTEXT, event_of(trigger_of(dag, "wait"))) == "/cdd/2"
    assert service.paths() == [f"/profiler/datasets/{SALES}"]


@pytest.mark.parametrize(
    ("rendered", "told"),
    [
        ({"dataset_id": "{{ none }}"}, "No dataset_id was given"),
        ({"dataset_id": "sales", "newer_than": "{{ 'soon' }}"}, "not a moment"),
        ({"dataset_id": "sales", "revision": "{{ 0 }}"}, "whole numbers from 1"),
        ({"job_id": "{{ none }}"}, "Did the task that submits the job run"),
    ],
)
def test_what_templates_render_to_is_told_with_the_task(connect: Any, rendered: dict[str, Any], told: str) -> None:
    connect("http://127.0.0.1:9")
    kind: Any = ProfileJobSensor if "job_id" in rendered else CddProfileSensor
    with DAG("d", schedule=None) as dag:
        sensor = kind(task_id="wait", start_from_trigger=True, **rendered)
    with pytest.raises(AirflowFailException, match=f"Task 'wait': .*{told}"):
        sensor.execute_complete(CONTEXT, event_of(trigger_of(dag, "wait")))


def test_a_moment_is_written_down_too() -> None:
    with DAG("d", schedule=None) as dag:
        CddProfileSensor(task_id="wait", dataset_id=SALES, newer_than=NOW, start_from_trigger=True)
    trigger = trigger_of(dag, "wait")
    assert (trigger.newer_than, trigger.revision) == (NOW.isoformat(), None)


@pytest.mark.parametrize(
    "job_id", ["{{ ti.xcom_pull(task_ids='submit') }}", "{{ task_instance.xcom_pull('submit', key='job_id') }}"]
)
def test_what_a_triggerer_cannot_render_is_told_when_the_dag_is_read(job_id: str) -> None:
    with pytest.raises(ValueError, match="map_indexes=-1"):
        ProfileJobSensor(task_id="wait", job_id=job_id, start_from_trigger=True)
    fine = job_id.replace(") }}", ", map_indexes=-1) }}")
    assert ProfileJobSensor(task_id="wait", job_id=fine, start_from_trigger=True).start_trigger_args is not None
    assert ProfileJobSensor(task_id="wait", job_id=job_id, deferrable=True).start_trigger_args is None


def test_several_jobs_are_told_when_the_dag_is_read() -> None:
    with DAG("d", schedule=None):
        many = ProfileDatasetOperator.partial(task_id="submit", wait_for_completion=False).expand(path=["a", "b"])
        for number, several in enumerate((many.output, many.output.map(str))):
            with pytest.raises(ValueError, match="several XComs"):
                ProfileJobSensor(task_id=f"wait{number}", job_id=several, start_from_trigger=True)


def test_mapped_tasks_begin_on_a_worker_and_defer() -> None:
    with DAG("d", schedule=None) as dag:
        ProfileJobSensor.partial(task_id="mapped", start_from_trigger=True).expand(job_id=[SALES])

        @task_group
        def each(job_id: str) -> None:
            ProfileJobSensor(task_id="inner", job_id=job_id, start_from_trigger=True)

        each.expand(job_id=[SALES])
    for task_id in ("mapped", "each.inner"):
        assert written(dag, task_id).start_trigger_args is None, task_id
    inner: Any = dag.get_task("each.inner")
    assert (inner.start_from_trigger, inner.deferrable) == (False, True)


def test_on_a_worker_it_defers_like_any_other(service_in_hand: Any, submit: Any) -> None:
    sensor: BaseOperator = ProfileJobSensor(task_id="wait", job_id=submit(), start_from_trigger=True)
    with pytest.raises(TaskDeferred):
        sensor.execute(CONTEXT)
