"""What Airflow's own pages show the reports of: a task, mapped ones, one that fails, and one without a service."""

from airflow.sdk import DAG

from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

PARAMS = {"conn": "profiler_default", "embedded": "embedded", "path": "/data/sales"}

with DAG("reports", schedule=None, params=PARAMS, max_active_tasks=8):
    ProfileDatasetOperator(task_id="profile", path="sales", profiler_conn_id="{{ params.conn }}")
    ProfileDatasetOperator.partial(task_id="each", profiler_conn_id="{{ params.conn }}").expand(
        path=["stock", "ports", "broken"]
    )
    ProfileDatasetOperator(task_id="embedded", path="{{ params.path }}", profiler_conn_id="{{ params.embedded }}")
