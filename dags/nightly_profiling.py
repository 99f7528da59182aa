"""Profile many datasets every night, each on its own: one that fails does not stop the others.

Which datasets: the run's ``datasets``, else the Airflow Variable ``profiler_datasets`` (a JSON list of paths), else the
sample. Nothing waits on a worker: sensors leave that to the triggerer.
"""

import datetime
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Param, Variable, task, task_group
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_profiler.operators.clean_up import CleanUpProfileJobOperator
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.sensors.profile_job import ProfileJobSensor

SAMPLE = Path(__file__).parent / "sample_data" / "island_ferries"

with DAG(
    "nightly_profiling",
    schedule="0 2 * * *",
    start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    catchup=False,
    # Safe to repeat: a new try takes up the job of the one before.
    default_args={"retries": 2, "retry_delay": datetime.timedelta(seconds=10)},
    params={"datasets": Param(None, type=["null", "array"], items={"type": "string"})},
):

    @task
    def datasets(params: dict[str, Any]) -> list[str]:
        """The paths of the datasets to profile."""
        return params["datasets"] or Variable.get("profiler_datasets", default=[str(SAMPLE)], deserialize_json=True)

    @task
    def count_files(job_id: str) -> int:
        """The light branch: files are known long before their content is."""
        from airflow_provider_profiler.hooks.profiler import ProfilerHook

        with ProfilerHook() as hook:
            light = hook.profile(job_id).moma_profile_light
        files = len(light.get("distribution", []))
        print(f"{files} files and file sets")
        return files

    @task
    def fetch(job_id: str, dataset: str, cdd_path: str) -> dict[str, str]:
        """The heavy branch: read the profile, hand on where the CDD file lies."""
        from airflow_provider_profiler.hooks.profiler import ProfilerHook

        with ProfilerHook() as hook:
            heavy = hook.profile(job_id).moma_profile_heavy
        print(f"{dataset}: {len(heavy.get('recordSet', []))} tables")
        return {"dataset": dataset, "cdd_path": cdd_path}

    @task_group
    def profile(dataset: str) -> Any:
        """All that is done for one dataset."""
        submit = ProfileDatasetOperator(task_id="submit", path=dataset, wait_for_completion=False)
        light = ProfileJobSensor(task_id="light", job_id=submit.output, target="light", deferrable=True)
        heavy = ProfileJobSensor(task_id="heavy", job_id=submit.output, target="heavy", deferrable=True)
        counted, fetched = count_files(submit.output), fetch(submit.output, dataset, heavy.output)
        clean_up = CleanUpProfileJobOperator(task_id="clean_up", job_id=submit.output)
        light >> counted
        [counted, fetched] >> clean_up.as_teardown(setups=submit)
        return fetched

    @task(trigger_rule="all_done")
    def collect(wanted: list[str], profiled: Any) -> list[str]:
        """Tell where the CDD files lie, and turn red where one is missing."""
        # Airflow hands on the bare value of a single mapped task, and None where no task brought one.
        found = [profiled] if isinstance(profiled, dict) else profiled or []
        paths = {item["dataset"]: item["cdd_path"] for item in found}
        for dataset, path in paths.items():
            print(f"{dataset}: {path}")
        if missing := [dataset for dataset in wanted if dataset not in paths]:
            raise AirflowFailException(f"Without a profile: {', '.join(missing)}. Their own tasks say why.")
        return list(paths.values())

    names = datasets()
    collect(names, profile.expand(dataset=names))
