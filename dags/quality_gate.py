"""Profile a dataset, hold rules against the profile, and let people decide where it does not pass.

What passes goes on by itself. Otherwise the run waits under *Required Actions* until somebody approves or rejects.
Trigger it with ``{"data": "/path/to/folder", "rules": [...]}`` for your own; docs/quality-gates.md lists the rules.
"""

from datetime import timedelta
from pathlib import Path

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Param, task

from airflow_provider_profiler.operators.check_profile import CheckProfileOperator
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

SAMPLE = Path(__file__).parent / "sample_data" / "island_ferries"
RULES = [
    {"rule": "row_count", "tables": "departures", "at_least": 1},
    {"rule": "uniqueness", "tables": "ports", "columns": "port_id"},
    {"rule": "completeness", "columns": ["port_id", "vessel"]},
    {"rule": "range", "tables": "departures", "columns": "fare", "at_least": 0},
    # Of these more than half are missing: the sample does not pass without somebody's word.
    {"rule": "completeness", "columns": "remarks", "max_missing": "50 %"},
]

with DAG(
    "quality_gate",
    schedule=None,
    params={"data": str(SAMPLE), "rules": Param(RULES, type="array")},
):
    profile = ProfileDatasetOperator(task_id="profile", path="{{ params.data }}")
    check = CheckProfileOperator(
        task_id="check",
        job_id="{{ ti.xcom_pull('profile', key='job_id') }}",
        rules="{{ params.rules | tojson }}",
        on_failure="branch",
        if_passed="publish",
        if_failed="approve",
    )
    approve = ApprovalOperator(
        task_id="approve",
        subject="{{ params.data }} does not pass. Use it all the same?",
        body="{% for result in ti.xcom_pull('check')['results'] %}\n"
        "- **{{ result['outcome'] }}** {{ result['rule'] }}: {{ result['message'] }}{% endfor %}",
        response_timeout=timedelta(days=1),
    )

    @task(trigger_rule="none_failed_min_one_success")
    def publish(cdd_path: str) -> str:
        """What may happen only to data that passed, or that somebody has looked at."""
        print(f"{cdd_path} may be used")
        return cdd_path

    published = publish(profile.output)
    profile >> check >> [approve, published]
    approve >> published
