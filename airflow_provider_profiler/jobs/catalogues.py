"""Asking a configured database about itself, before anything of it is profiled."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.connections import (
    ConnectionReport,
    SchemaEntry,
    SchemaList,
    TableEntry,
    TableList,
)
from airflow_provider_profiler.contract.errors import ConnectionFailed, InvalidRequest, ServiceUnavailable
from airflow_provider_profiler.contract.options import DatabaseOptions
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.contract.specification import DatabaseConnection
from airflow_provider_profiler.jobs.databases import database_access
from airflow_provider_profiler.profiling.databases.access import FILE_PROTOCOLS, DatabaseAccess, Limits

if TYPE_CHECKING:
    from airflow_provider_profiler.profiling.databases.servers import Server

T = TypeVar("T")

#: Somebody waits for the answer: a server that takes longer is told as one that does not answer.
_LIMITS = Limits(statement_seconds=15.0, lock_seconds=5.0, connect_seconds=5.0)


def connection_report(connector: DatabaseConnection, settings: Settings) -> ConnectionReport:
    """Get into a database and out again.

    :raises InvalidRequest: when its server is not one that the service is configured for; it is not contacted then.
    :raises ServiceUnavailable: when the engine is not installed here.
    """
    access = _access(connector, settings)
    started = time.monotonic()
    server = _asked(access, lambda server: server.version(access, _LIMITS))
    took = round(time.monotonic() - started, 3)
    if isinstance(server, FileReason):
        return ConnectionReport(success=False, database=access.url, reason=server, seconds=took)
    return ConnectionReport(success=True, database=access.url, server=server, seconds=took)


def schemas(connector: DatabaseConnection, settings: Settings) -> SchemaList:
    """The schemas that the service's account may use.

    :raises InvalidRequest: when the server is not one that the service is configured for; it is not contacted then.
    :raises ConnectionFailed: when the database cannot be reached or does not answer, saying why.
    :raises ServiceUnavailable: when the engine is not installed here.
    """
    access = _access(connector, settings)
    names = _answer(_asked(access, lambda server: server.schemas(access, _LIMITS)))
    found = tuple(SchemaEntry(name=name) for name in names)
    return SchemaList(data=found, count=len(found), total=len(found))


def tables(
    connector: DatabaseConnection, settings: Settings, *, schema: str | None, limit: int, offset: int
) -> TableList:
    """The tables and views of a database, as its catalogue has them.

    :param schema: only those of this one; None for all schemas.
    :param limit: how many to tell, from ``offset`` on.
    :raises InvalidRequest: when the server is not one that the service is configured for; it is not contacted then.
    :raises ConnectionFailed: when the database cannot be reached or does not answer, saying why.
    :raises ServiceUnavailable: when the engine is not installed here.
    """
    access = _access(connector, settings)
    catalogue = _answer(_asked(access, lambda server: server.catalogue(access, _LIMITS, DatabaseOptions())))
    kept = [table for table in catalogue.tables if schema in (None, table.facts.schema_name)]
    page = tuple(
        TableEntry(
            schema_name=table.facts.schema_name,
            name=table.facts.name,
            kind=table.facts.kind,
            columns=len(table.facts.columns),
            row_estimate=table.facts.row_estimate,
            bytes=table.facts.bytes,
            comment=table.facts.comment,
            readable=not table.unread,
        )
        for table in kept[offset : offset + limit]
    )
    return TableList(data=page, count=len(page), total=len(kept))


def _access(connector: DatabaseConnection, settings: Settings) -> DatabaseAccess:
    if connector.protocol.lower() in FILE_PROTOCOLS:
        raise InvalidRequest(
            f"A {connector.protocol} database is a file under the data root, and no connection is made to it: submit "
            "it with dry_run to see whether it is found, or profile it."
        )
    return database_access(connector, settings)


def _asked(access: DatabaseAccess, ask: Callable[["Server"], T]) -> T | FileReason:
    """The server's answer, or why there is none."""
    try:
        # Here and not above: a service that only looks at jobs starts without the engine and its libraries.
        from airflow_provider_profiler.profiling.databases.servers import SERVERS  # noqa: PLC0415
        from airflow_provider_profiler.profiling.failures import file_reason  # noqa: PLC0415
    except ImportError as error:
        raise ServiceUnavailable(
            f"Databases cannot be asked from here: the engine is not installed ({error.name} is missing): "
            "pip install 'airflow-provider-profiler[embedded,databases]'."
        ) from error
    try:
        return ask(SERVERS[access.product])
    except Exception as error:
        return file_reason(error, access.url)


def _answer(found: T | FileReason) -> T:
    if isinstance(found, FileReason):
        if found.code is FileReasonCode.READER_NOT_INSTALLED:
            raise ServiceUnavailable(found.message)
        raise ConnectionFailed(found.message)
    return found
