"""Which module speaks with which server. They are imported when a database is first asked for: drivers are an extra."""

import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from airflow_provider_profiler.contract.options import DatabaseOptions
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess, Limits, Product
from airflow_provider_profiler.profiling.databases.table_source import Catalogue
from airflow_provider_profiler.profiling.formats import MYSQL_TABLE, POSTGRESQL_TABLE
from airflow_provider_profiler.profiling.readers.registry import ReaderNotInstalled

_ROOM = "airflow_provider_profiler.profiling.databases"


@dataclass(frozen=True)
class Server:
    """What is known of a kind of server before its driver is there."""

    media_type: str
    """Of its tables: names their reader."""
    catalogue_module: str
    snapshot_module: str

    def catalogue(self, access: DatabaseAccess, limits: Limits, options: DatabaseOptions) -> Catalogue:
        """Read the catalogue of a database.

        :raises DatabaseFailure: when the server cannot be reached or does not answer.
        :raises ReaderNotInstalled: when its driver is missing.
        """
        read: Callable[..., Catalogue] = _loaded(self.catalogue_module, "catalogue")
        return read(access, limits, options)

    def version(self, access: DatabaseAccess, limits: Limits) -> str:
        """Get into a database, and ask nothing of it but its product and version.

        :raises DatabaseFailure: when the server cannot be reached or does not answer.
        :raises ReaderNotInstalled: when its driver is missing.
        """
        ask: Callable[..., str] = _loaded(self.catalogue_module, "version")
        return ask(access, limits)

    def schemas(self, access: DatabaseAccess, limits: Limits) -> tuple[str, ...]:
        """The schemas that the account may use, the system's own apart, by name.

        :raises DatabaseFailure: when the server cannot be reached or does not answer.
        :raises ReaderNotInstalled: when its driver is missing.
        """
        ask: Callable[..., tuple[str, ...]] = _loaded(self.catalogue_module, "schemas")
        return ask(access, limits)

    def exported(self, access: DatabaseAccess, limits: Limits) -> AbstractContextManager[str | None]:
        """A state of the database that other connections can share while the block lasts; None where none can.

        :raises DatabaseFailure: when the server cannot be reached.
        """
        export: Callable[..., AbstractContextManager[str | None]] = _loaded(self.snapshot_module, "exported")
        return export(access, limits)


SERVERS: dict[Product, Server] = {
    "postgresql": Server(POSTGRESQL_TABLE, "postgres_catalogue", "postgres_snapshot"),
    "mysql": Server(MYSQL_TABLE, "mysql_catalogue", "mysql_snapshot"),
}


def _loaded(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(f"{_ROOM}.{module}"), name)
    except ImportError as error:
        raise ReaderNotInstalled(
            f"reading it needs the library {error.name!r}, which is not installed: "
            "pip install 'airflow-provider-profiler[databases]'"
        ) from error
