"""Every way to wait for a job, side by side: what a run waits for comes with it."""

from datetime import timedelta

from airflow.sdk import DAG

from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor

#: ``jobs`` are those that the sensors of the same names wait for; the operators submit their own, of ``path``.
PARAMS = {"conn": "profiler_default", "path": "sales", "jobs": {}}
CONN = "{{ params.conn }}"


def operators(target: str) -> None:
    for deferrable in (False, True):
        ProfileDatasetOperator(
            task_id="deferrable" if deferrable else "wait",
            path="{{ params.path }}",
            profile=target,
            deferrable=deferrable,
            poll_interval=1.0,
            profiler_conn_id=CONN,
        )


def sensors(target: str) -> None:
    for way in ("poke", "reschedule", "deferrable"):
        ProfileJobSensor(
            task_id=f"{way}_sensor",
            job_id=f"{{{{ params.jobs.{way}_sensor }}}}",
            target=target,
            mode="reschedule" if way == "reschedule" else "poke",
            deferrable=way == "deferrable",
            poke_interval=8.0 if way == "reschedule" else 1.0,
            profiler_conn_id=CONN,
            # Airflow's scheduler fails a task that is queued again before it has heard of the end of its last look.
            # A job that failed is not looked at again: that is no error that a retry could mend.
            retries=20,
            retry_delay=timedelta(seconds=1),
        )


for target in ("light", "heavy"):
    with DAG(f"states_{target}", schedule=None, params=PARAMS, max_active_runs=16, max_active_tasks=16):
        operators(target)
        sensors(target)
    with DAG(f"states_{target}_sensors", schedule=None, params=PARAMS, max_active_runs=16, max_active_tasks=16):
        sensors(target)
