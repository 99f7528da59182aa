"""Databases profiled by the engine, over the servers of the suite."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from airflow_provider_profiler.contract.options import read_options
from airflow_provider_profiler.contract.profile import DatasetProfile, Distribution, Field, RecordSet
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess
from airflow_provider_profiler.profiling.engine import LightResult, ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class Databases:
    """Profiles databases of one server."""

    server: Any
    protocol: str
    product: Any

    def access(self, name: str, **changes: Any) -> DatabaseAccess:
        server = self.server
        fields = {
            "product": self.product,
            "url": f"{self.protocol}://{server.host}:{server.port}/{name}",
            "host": server.host,
            "port": server.port,
            "database": name,
            "username": server.username,
            "password": SecretStr(server.password),
        }
        return DatabaseAccess(**(fields | changes))

    def specification(self, name: str) -> ProfileSpecification:
        connector = {
            "type": "DatabaseConnection",
            "protocol": self.protocol,
            "engine": self.protocol,
            "database_name": name,
            "host": self.server.host,
            "port": self.server.port,
        }
        return ProfileSpecification.for_path("ferries", data_connectors=(connector,))

    def light(self, name: str, *, engine: ProfilingEngine | None = None, access: Any = None, **options) -> LightResult:
        return (engine or ProfilingEngine()).light(
            self.specification(name),
            [],
            read_options(options),
            generated_at=MOMENT,
            observer=NullObserver(),
            databases=[access or self.access(name)],
        )

    def heavy(self, name: str, *, engine: ProfilingEngine | None = None, access: Any = None, **options):
        engine = engine or ProfilingEngine()
        light = self.light(name, engine=engine, access=access, **options)
        return engine.heavy(light, observer=NullObserver())


@pytest.fixture(scope="session")
def on_postgres(postgres) -> Databases:
    return Databases(postgres, "postgresql", "postgresql")


@pytest.fixture(scope="session")
def on_mariadb(mariadb) -> Databases:
    return Databases(mariadb, "mariadb", "mysql")


def table(profile: DatasetProfile, name: str) -> RecordSet:
    return next(item for item in profile.record_sets if item.name == name)


def column(profile: DatasetProfile, table_name: str, name: str) -> Field:
    return next(field for field in table(profile, table_name).fields if field.original_name == name)


def only(profile: DatasetProfile) -> Distribution:
    (found,) = profile.distributions
    return found


def warnings(profile: DatasetProfile, code: str) -> list[str]:
    return [warning.message for warning in profile.warnings if warning.code == code]


@pytest.fixture
def look() -> Callable[..., Any]:
    """Finds a table, or a column of it."""
    return lambda profile, name, field=None: table(profile, name) if field is None else column(profile, name, field)


@pytest.fixture
def the_database() -> Callable[[DatasetProfile], Distribution]:
    return only


@pytest.fixture
def warned() -> Callable[[DatasetProfile, str], list[str]]:
    return warnings
