"""The hook behind a page: it asks on behalf of somebody who waits for an answer."""

import functools
from dataclasses import replace

from airflow.sdk.exceptions import AirflowNotFoundException

from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.locating import locate
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.retrying import RetryPolicy

#: Once more after a moment: whoever looks at a page can look again.
_SOON = RetryPolicy(attempts=2, first_wait=0.2, longest_wait=0.5, longest_retry_after=1.0)
#: Seconds to connect, and to wait for an answer, at most: a page holds a thread of Airflow's API server.
_LONGEST = (3.0, 15.0)


class PageHook(ProfilerHook):
    """Reads connections as a server does, and gives up soon.

    :param profiler_conn_id: the connection, as the task had it.
    :param team: the team whose connections the task's DAG uses, where Airflow has teams.
    """

    def __init__(self, profiler_conn_id: str, team: str | None = None) -> None:
        super().__init__(profiler_conn_id, retry=_SOON)
        self.team = team

    @functools.cached_property
    def _remote(self) -> ServiceAddress | None:
        # Not by way of the task SDK, which knows of teams only what the task that asks belongs to.
        from airflow.models.connection import Connection  # noqa: PLC0415 - the API server alone

        try:
            connection = Connection.get_connection_from_secrets(self.profiler_conn_id, self.team)
        except AirflowNotFoundException:
            connection = None
        found = locate(self.profiler_conn_id, connection)
        if found is None:
            return None
        connect, read = (min(mine, theirs) for mine, theirs in zip(_LONGEST, found.timeout, strict=True))
        return replace(found, timeout=(connect, read))
