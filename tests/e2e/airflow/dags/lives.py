"""Tasks that are killed, retried and cleared; connection and dataset come with the run."""

from datetime import timedelta

from airflow.sdk import DAG, task

from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

PARAMS = {"conn": "profiler_default", "path": "sales"}
SOON = timedelta(seconds=1)

for name, deferrable, retries in (
    ("wait", False, 0),
    ("wait_retry", False, 1),
    ("deferrable", True, 0),
    ("deferrable_retry", True, 1),
):
    with DAG(f"life_{name}", schedule=None, params=PARAMS, max_active_runs=16):
        ProfileDatasetOperator(
            task_id="profile",
            path="{{ params.path }}",
            labels={"run": "{{ run_id }}"},
            deferrable=deferrable,
            poll_interval=1.0,
            retries=retries,
            retry_delay=SOON,
            profiler_conn_id="{{ params.conn }}",
        )

with DAG(
    "crowd",
    schedule=None,
    params=PARAMS | {"count": 2},
    max_active_tasks=4,
    # Airflow's scheduler fails a task that resumes before it has heard of the deferral; a new try takes the job up.
    default_args={"retries": 3, "retry_delay": SOON},
):

    @task
    def members(params: dict[str, int]) -> list[dict[str, str]]:
        """As many as are asked for."""
        return [{"member": str(number)} for number in range(params["count"])]

    ProfileDatasetOperator.partial(
        task_id="profile", path="{{ params.path }}", deferrable=True, profiler_conn_id="{{ params.conn }}"
    ).expand(labels=members())
