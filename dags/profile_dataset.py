"""Profile a folder, the shortest DAG that is of use. Trigger it with ``{"data": "/path/to/folder"}`` for your own."""

from pathlib import Path

from airflow.sdk import DAG, task

from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

SAMPLE = Path(__file__).parent / "sample_data" / "island_ferries"

with DAG("profile_dataset", schedule=None, params={"data": str(SAMPLE)}):
    profile = ProfileDatasetOperator(task_id="profile", path="{{ params.data }}")

    @task
    def tell(cdd_path: str) -> None:
        """What the next task of a real DAG would begin with."""
        print(f"The CDD file is {cdd_path}")

    tell(profile.output)
