"""Asking the databases that the service is configured for, before one of them is profiled."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from airflow_provider_profiler.contract.connections import ConnectionReport, SchemaList, TableList
from airflow_provider_profiler.contract.errors import TooManyRequests
from airflow_provider_profiler.contract.specification import DatabaseConnection
from airflow_provider_profiler.jobs import catalogues
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import OpenBackend
from airflow_provider_profiler.service.body import JsonBody, parse_body
from airflow_provider_profiler.service.errors import BODY_ERRORS, ERROR_RESPONSES
from airflow_provider_profiler.service.openapi import json_body

T = TypeVar("T")

router = APIRouter(
    prefix="/profiler/connections",
    tags=["connections"],
    dependencies=[Depends(authenticated_client)],
    responses=ERROR_RESPONSES | BODY_ERRORS,
)

#: Databases that are asked at a time. They have threads of their own: a server that does not answer takes none away.
ASKED_AT_A_TIME = 4
#: Seconds after which one of them is free again, as long as a statement may take.
_BUSY_SECONDS = 15
_LARGEST = 2**31


class TableQuery(BaseModel):
    """Which tables are listed."""

    model_config = ConfigDict(extra="forbid")

    schema_name: str | None = Field(None, alias="schema", max_length=256, description="Only the tables of this schema")
    limit: int = Field(1000, ge=1, le=10_000, description="Tables in this answer at most")
    offset: int = Field(0, ge=0, le=_LARGEST, description="Tables to leave out before")


_BODY = json_body(DatabaseConnection)


@router.post("/test", openapi_extra=_BODY, summary="Test a connection")
async def test_connection(request: Request, backend: OpenBackend, body: JsonBody) -> ConnectionReport:
    """Whether the service gets into a database, and if not, why: the answer is 200 either way.

    The server must be one that the service is configured for; any other is refused and never contacted.
    """
    connector = await run_in_threadpool(parse_body, DatabaseConnection, body)
    return await _aside(request, partial(catalogues.connection_report, connector, backend.settings))


@router.post("/schemas", openapi_extra=_BODY, summary="List the schemas of a database")
async def list_schemas(request: Request, backend: OpenBackend, body: JsonBody) -> SchemaList:
    """The schemas that the service's account may use, the system's own apart; of MySQL, its databases."""
    connector = await run_in_threadpool(parse_body, DatabaseConnection, body)
    return await _aside(request, partial(catalogues.schemas, connector, backend.settings))


@router.post("/tables", openapi_extra=_BODY, summary="List the tables of a database")
async def list_tables(
    request: Request, backend: OpenBackend, body: JsonBody, query: Annotated[TableQuery, Query()]
) -> TableList:
    """The tables and views, as the database's catalogue has them; no row is read."""
    connector = await run_in_threadpool(parse_body, DatabaseConnection, body)
    listing = partial(
        catalogues.tables,
        connector,
        backend.settings,
        schema=query.schema_name,
        limit=query.limit,
        offset=query.offset,
    )
    return await _aside(request, listing)


async def _aside(request: Request, ask: Callable[[], T]) -> T:
    """Ask in a thread of those that are kept for it.

    :raises TooManyRequests: when all of them are busy: nobody waits behind servers that do not answer.
    """
    threads: CapacityLimiter = request.app.state.connection_threads
    if threads.borrowed_tokens >= threads.total_tokens:
        raise TooManyRequests(
            f"{ASKED_AT_A_TIME} databases are being asked at the moment, which is as many as may be; try again in a "
            "few seconds.",
            _BUSY_SECONDS,
        )
    return await to_thread.run_sync(ask, limiter=threads)
