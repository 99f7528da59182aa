"""A service on the wire, with a token: submit, wait in both modes, clean up; and what becomes of a job that fails."""

from airflow.sdk import DAG

from airflow_provider_profiler.operators.clean_up import CleanUpProfileJobOperator
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor

CONN = "profiler_service"

with DAG("wire_sensors", schedule=None):
    submit = ProfileDatasetOperator(
        task_id="submit", path="sales", wait_for_completion=False, profiler_conn_id=CONN, labels={"run": "{{ run_id }}"}
    ).as_setup()
    job_id = "{{ ti.xcom_pull('submit') }}"
    poke = ProfileJobSensor(task_id="poke", job_id=job_id, target="light", profiler_conn_id=CONN, poke_interval=0.1)
    reschedule = ProfileJobSensor(
        task_id="reschedule", job_id=job_id, mode="reschedule", profiler_conn_id=CONN, poke_interval=0.1
    )
    clean_up = CleanUpProfileJobOperator(task_id="clean_up", job_id=job_id, profiler_conn_id=CONN)
    submit >> poke >> reschedule >> clean_up.as_teardown(setups=submit)

with DAG("wire_waiting", schedule=None):
    waiting = ProfileDatasetOperator(task_id="waiting", path="sales", profiler_conn_id=CONN, poll_interval=0.1)

with DAG("wire_failing", schedule=None):
    submit_broken = ProfileDatasetOperator(
        task_id="submit", path="broken", wait_for_completion=False, profiler_conn_id=CONN
    )
    sensor = ProfileJobSensor(
        task_id="sensor", job_id=submit_broken.output, target="heavy", profiler_conn_id=CONN, poke_interval=0.1
    )
    waiting_for_broken = ProfileDatasetOperator(
        task_id="waiting", path="broken", profiler_conn_id=CONN, poll_interval=0.1
    )
    after = ProfileDatasetOperator(task_id="after", path="sales", profiler_conn_id=CONN)
    [sensor, waiting_for_broken] >> after

with DAG("wire_wrong_token", schedule=None):
    ProfileDatasetOperator(task_id="refused", path="sales", profiler_conn_id="profiler_wrong_token")
