"""A database read by the workers of a cluster: all of them see the state that one session holds."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.ray_executor import RayExecutor

pytestmark = pytest.mark.timeout(180)


def test_workers_read_what_one_process_reads(cluster: Any, postgres: Any) -> None:
    name = postgres.create(
        "on_ray",
        "CREATE TABLE ports (code text PRIMARY KEY)",
        "CREATE TABLE trips AS SELECT g AS id, 'P' || g % 9 AS port FROM generate_series(1, 5000) g",
        "INSERT INTO ports VALUES ('P1'), ('P2')",
    )
    connector = {
        "type": "DatabaseConnection",
        "protocol": "postgresql",
        "engine": "PostgreSQL",
        "database_name": name,
        "host": postgres.host,
        "port": postgres.port,
    }
    url = f"postgresql://{postgres.host}:{postgres.port}/{name}"
    access = DatabaseAccess(
        "postgresql", url, postgres.host, postgres.port, name, postgres.username, SecretStr(postgres.password)
    )
    options = ProfileOptions.model_validate({"databases": {"tables_per_task": 1}})

    def profile(engine: ProfilingEngine) -> bytes:
        light = engine.light(
            ProfileSpecification.for_path("ferries", data_connectors=(connector,)),
            [],
            options,
            generated_at=datetime(2026, 1, 1, tzinfo=UTC),
            observer=NullObserver(),
            databases=[access],
        )
        return engine.heavy(light, observer=NullObserver()).to_document()

    document = profile(ProfilingEngine(RayExecutor()))
    assert b'"row_count": 5000' in document or b'"row_count":5000' in document
    assert document == profile(ProfilingEngine())
