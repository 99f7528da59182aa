"""Tasks that leave waiting to the triggerer; connection and datasets come with the run."""

from datetime import timedelta

from airflow.sdk import DAG, task

from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.sensors.cdd_profile import CddProfileSensor
from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor

CONN = "profiler_service"

with DAG("deferred_wire", schedule=None):
    profile = ProfileDatasetOperator(
        task_id="profile", path="sales", deferrable=True, profiler_conn_id="profiler_patient", poll_interval=0.2
    )
    light = ProfileDatasetOperator(
        task_id="light", path="sales", only_light_profile=True, deferrable=True, profiler_conn_id=CONN
    )
    submit = ProfileDatasetOperator(task_id="submit", path="stock", wait_for_completion=False, profiler_conn_id=CONN)
    sensor = ProfileJobSensor(
        task_id="sensor", job_id=submit.output, deferrable=True, profiler_conn_id=CONN, poke_interval=0.1
    )
    cdd = CddProfileSensor(
        task_id="cdd",
        dataset_id="stock",
        newer_than="{{ dag_run.start_date }}",
        revision=1,
        deferrable=True,
        profiler_conn_id=CONN,
        poke_interval=0.1,
    )
    # A test run runs its tasks one at a time, in no promised order: what waits for a profile comes after its job.
    submit >> cdd
    broken = ProfileDatasetOperator(task_id="broken", path="broken", deferrable=True, profiler_conn_id=CONN)

with DAG("deferred_one", schedule=None, params={"conn": CONN, "path": "sales"}, max_active_runs=16):
    ProfileDatasetOperator(
        task_id="profile",
        path="{{ params.path }}",
        deferrable=True,
        poll_interval=1.0,
        profiler_conn_id="{{ params.conn }}",
    )

# Airflow's scheduler fails a task that resumes before it has heard of the deferral; a new try takes the job up again.
RETRIES = {"retries": 3, "retry_delay": timedelta(seconds=1)}

with DAG("deferred_many", schedule=None, params={"count": 2}, max_active_tasks=4, default_args=RETRIES):

    @task
    def copies(params: dict[str, int]) -> list[dict[str, str]]:
        """As many datasets as are asked for."""
        return [{"copy": str(number)} for number in range(params["count"])]

    ProfileDatasetOperator.partial(task_id="profile", path="sales", deferrable=True, profiler_conn_id=CONN).expand(
        labels=copies()
    )
