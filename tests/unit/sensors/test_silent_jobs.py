"""Jobs whose worker is not heard of any more, seen by the sensor and by its trigger."""

import asyncio
import datetime
from typing import Any
from uuid import UUID

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskDeferred

from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor


@pytest.fixture(autouse=True)
def _impatient(impatient: None) -> None:
    pass


def sensor(job_id: str, **fields: Any) -> ProfileJobSensor:
    return ProfileJobSensor(**{"task_id": "s", "job_id": job_id, "heartbeat_timeout": 60, "poke_interval": 0, **fields})


def deferral(task: Any, context: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(context)
    return caught.value


def test_a_silent_job_fails_the_sensor_for_good(service_in_hand: Any, submit: Any, sensor_task: Any) -> None:
    job_id = submit()
    service_in_hand.take(job_id, silent=3600)
    told = r"is STARTING, but its worker was last heard of 3[56]\d\d s ago"
    for fields in ({}, {"mode": "reschedule"}, {"silent_fail": True}, {"deferrable": True}):
        with pytest.raises(AirflowFailException, match=told):
            sensor(job_id, **fields).execute(sensor_task.context)
    with pytest.raises(AirflowSkipException):
        sensor(job_id, soft_fail=True).execute(sensor_task.context)
    waiting = datetime.timedelta(hours=2)
    assert not sensor(job_id, heartbeat_timeout=waiting).poke(sensor_task.context)
    assert not sensor(job_id, heartbeat_timeout=None).poke(sensor_task.context)


def test_a_job_in_the_queue_has_no_worker_to_be_heard_of(service_in_hand: Any, submit: Any, sensor_task: Any) -> None:
    job_id = submit()
    assert not sensor(job_id, heartbeat_timeout=0.001).poke(sensor_task.context)
    service_in_hand.take(job_id, silent=3600)
    service_in_hand.store.release(UUID(job_id), 1)
    assert not sensor(job_id).poke(sensor_task.context), "given back: it waits again"


def test_the_trigger_sees_it_as_well(service_in_hand: Any, submit: Any, sensor_task: Any) -> None:
    job_id = submit()
    task = sensor(job_id, deferrable=True)
    deferred = deferral(task, sensor_task.context)
    service_in_hand.take(job_id, silent=3600)

    async def event() -> Any:
        return [event.payload async for event in deferred.trigger.run()]

    (payload,) = asyncio.run(event())
    with pytest.raises(AirflowFailException, match="last heard of"):
        task.resume_execution(deferred.method_name, {"event": payload}, sensor_task.context)


@pytest.mark.parametrize("wrong", [0, -5, datetime.timedelta(0)])
def test_the_limit_is_checked_when_the_dag_is_read(wrong: Any) -> None:
    with pytest.raises(ValueError, match="heartbeat_timeout"):
        sensor("x", heartbeat_timeout=wrong)
