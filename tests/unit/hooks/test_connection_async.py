"""Where a trigger's hook finds its connection."""

import asyncio
from typing import Any

import pytest
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time.comms import ConnectionResult, ErrorResponse, GetConnection
from airflow.sdk.execution_time.supervisor import set_supervisor_comms

from airflow_provider_profiler.hooks.errors import ConnectionNotUsable, ServiceUnreachable
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.triggers.profile_job import ONCE


class BlockingComms:
    """As ``airflow dags test`` gives them to the triggers that it runs: nothing can be asked of them in a loop."""

    def __init__(self, **connections: str) -> None:
        self.connections = connections

    def send(self, message: Any) -> Any:
        if not isinstance(message, GetConnection):
            return None
        if message.conn_id not in self.connections:
            return ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND)
        nothing = dict.fromkeys(("schema", "login", "password", "port", "extra"))
        host = self.connections[message.conn_id]
        return ConnectionResult(conn_id=message.conn_id, conn_type="profiler", host=host, **nothing)


def ask(conn_id: str) -> None:
    async def asked() -> None:
        async with ProfilerAsyncHook(conn_id, retry=ONCE) as hook:
            await hook.job_events("00000000-0000-0000-0000-000000000000")

    with set_supervisor_comms(BlockingComms(tried="http://127.0.0.1:9")):
        asyncio.run(asked())


def test_a_connection_is_found_where_airflow_looks_by_blocking_alone() -> None:
    with pytest.raises(ServiceUnreachable, match=r"127\.0\.0\.1:9"):
        ask("tried")


def test_one_that_is_not_there_is_named() -> None:
    with pytest.raises(ConnectionNotUsable, match="There is no Airflow connection 'away'"):
        ask("away")
