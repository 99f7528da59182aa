"""Profile the tables of a database. Trigger it with where it is: ``{"database": "sales", "schemas": ["shop"]}``.

It needs a profiling service (connection ``profiler_default``) whose operator has named the server by host and port: the
credentials are there, and in no DAG. The defaults are those of docker-compose.yaml.
"""

from typing import Any

from airflow.sdk import DAG, Param, task

from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

with DAG(
    "database_profile",
    schedule=None,
    params={
        "protocol": Param("postgresql", enum=["postgresql", "timescaledb", "mysql", "mariadb", "sqlite", "duckdb"]),
        "host": "sample-database",
        "port": Param(5432, type="integer", minimum=1, maximum=65535),
        "database": "harbour",
        "schemas": Param([], type="array", items={"type": "string"}, description="Names or patterns; empty means all."),
    },
):

    @task
    def connector(params: dict[str, Any]) -> dict[str, Any]:
        """The documented description of where the data lies."""
        return {
            "data_connectors": [
                {
                    "type": "DatabaseConnection",
                    "protocol": params["protocol"],
                    "engine": params["protocol"],
                    "database_name": params["database"],
                    "host": params["host"],
                    "port": params["port"],
                }
            ]
        }

    @task
    def chosen(params: dict[str, Any]) -> dict[str, Any]:
        """Which tables, and how gently they are read."""
        databases = {"schemas": params["schemas"]} if params["schemas"] else {}
        return {"databases": {**databases, "statement_timeout_seconds": 900}}

    profile = ProfileDatasetOperator(
        task_id="profile",
        dataset_id="{{ params.host }}/{{ params.database }}",
        metadata=connector(),
        options=chosen(),
    )

    @task
    def tell(summary: dict[str, Any]) -> None:
        """How much there is."""
        print(f"{summary['record_sets']} tables, {summary['rows']} rows, {summary['columns']} columns")

    tell(profile.output["summary"])
