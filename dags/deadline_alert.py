"""Tell people when a profile is not there in time, while there is still time to do something about it.

Two limits that mean different things: the DAG's ``deadline`` sends an alert and changes nothing, the operator's stops
the job and fails the task. The alert goes to the HTTP connection ``profiling_alerts``, as JSON with a sentence and what
is known of the job; it needs no worker, the triggerer sends it.
"""

from datetime import timedelta
from pathlib import Path

from airflow.sdk import DAG, AsyncCallback, DeadlineAlert, DeadlineReference

from airflow_provider_profiler.notifications.profile import ProfileNotifier
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

SAMPLE = Path(__file__).parent / "sample_data" / "island_ferries"

with DAG(
    "deadline_alert",
    schedule=None,
    params={"data": str(SAMPLE)},
    deadline=DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=30),
        callback=AsyncCallback(
            ProfileNotifier,
            kwargs={"http_conn_id": "profiling_alerts", "message": "Still no profile. {{ profile.text }}"},
        ),
    ),
):
    ProfileDatasetOperator(task_id="profile", path="{{ params.data }}", deferrable=True, deadline=timedelta(hours=2))
