"""A gate behind a profile over the wire: checked, fetched, listed, and told to OpenLineage."""

from airflow.providers.openlineage.utils.selective_enable import enable_lineage
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from airflow_provider_profiler.operators.check_profile import CheckProfileOperator
from airflow_provider_profiler.operators.fetch_profile import FetchProfileOperator
from airflow_provider_profiler.operators.list_datasets import ListDatasetsOperator
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

CONN = "profiler_service"
RULES = [
    {"rule": "completeness", "columns": ["city", "amount"]},
    {"rule": "range", "columns": "amount", "at_most": 1, "name": "few"},
]

with DAG("gate_wire", schedule=None, params={"data": ""}) as dag:
    profile = ProfileDatasetOperator(task_id="profile", path="sales", profiler_conn_id=CONN)
    check = CheckProfileOperator(
        task_id="check",
        job_id="{{ ti.xcom_pull('profile', key='job_id') }}",
        rules=RULES,
        on_failure="branch",
        if_passed="publish",
        if_failed="fetch",
        profiler_conn_id=CONN,
    )
    fetch = FetchProfileOperator(
        task_id="fetch", dataset_id="sales", target="{{ params.data }}-fetched/", profiler_conn_id=CONN
    )
    known = ListDatasetsOperator(task_id="known", pattern="sales", returns="revisions", profiler_conn_id=CONN)
    each = CheckProfileOperator.partial(
        task_id="each", rules=RULES, on_failure="warn", profiler_conn_id=CONN
    ).expand_kwargs(known.output)
    profile >> check >> [EmptyOperator(task_id="publish"), fetch]
    fetch >> known
    fails = CheckProfileOperator(task_id="fails", dataset_id="sales", rules=RULES, retries=2, profiler_conn_id=CONN)
    each >> fails

enable_lineage(dag)
