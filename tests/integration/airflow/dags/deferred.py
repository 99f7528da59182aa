"""Tasks that leave waiting to the triggerer; connection and datasets come with the run."""

from airflow.sdk import DAG

from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.sensors.cdd_profile import CddProfileSensor
from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor

CONN = "profiler_service"

with DAG("deferred_wire", schedule=None):
    profile = ProfileDatasetOperator(
        task_id="profile", path="sales", deferrable=True, profiler_conn_id="profiler_patient", poll_interval=0.2
    )
    light = ProfileDatasetOperator(
        task_id="light", path="sales", profile="light", deferrable=True, profiler_conn_id=CONN
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
