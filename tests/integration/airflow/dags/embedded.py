"""Without any connection: everything runs inside the tasks."""

from airflow.sdk import DAG, task

from airflow_provider_profiler.operators.clean_up import CleanUpProfileJobOperator
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor

with DAG("embedded_heavy", schedule=None, params={"data": ""}):
    profile = ProfileDatasetOperator(
        task_id="profile", path="{{ params.data }}/sales", metadata={"description": "run {{ run_id }}"}
    )

    @task
    def read(cdd_path: str) -> list[str]:
        """A consumer that begins where the CDD file lies."""
        import json
        from pathlib import Path

        return sorted(json.loads(Path(cdd_path).read_text(encoding="utf-8")))

    read(profile.output)

with DAG("embedded_submit_only", schedule=None, params={"data": ""}):
    submit = ProfileDatasetOperator(
        task_id="submit", path="{{ params.data }}/sales", profile="light", wait_for_completion=False
    ).as_setup()
    sensor = ProfileJobSensor(task_id="sensor", job_id=submit.output, poke_interval=0.1)
    clean_up = CleanUpProfileJobOperator(task_id="clean_up", job_id=submit.output).as_teardown(setups=submit)
    submit >> sensor >> clean_up

with DAG("embedded_mapped", schedule=None, params={"data": ""}):

    @task
    def folders(params: dict[str, str] | None = None) -> list[str]:
        """What is to be profiled is known only when the DAG runs."""
        assert params is not None
        return [f"{params['data']}/sales", f"{params['data']}/stock"]

    submitted = ProfileDatasetOperator.partial(task_id="submit", wait_for_completion=False).expand(path=folders())
    ProfileJobSensor.partial(task_id="sensor", poke_interval=0.1).expand(job_id=submitted.output)

with DAG("embedded_failing", schedule=None, params={"data": ""}):
    ProfileDatasetOperator(task_id="profile", path="{{ params.data }}/broken")
