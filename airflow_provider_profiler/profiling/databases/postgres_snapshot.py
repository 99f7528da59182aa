"""One state of a PostgreSQL database that every connection sees, held by a session that outlasts the reading."""

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_profiler.profiling.databases.access import DatabaseAccess, Limits
from airflow_provider_profiler.profiling.databases.failures import DatabaseFailure
from airflow_provider_profiler.profiling.databases.postgres_connection import connected


@contextmanager
def exported(access: DatabaseAccess, limits: Limits) -> Iterator[str | None]:
    """The name of a snapshot that other sessions may take; None where the server gives none away.

    :raises DatabaseFailure: when the server cannot be reached.
    """
    with connected(access, limits) as session:
        session.begin()
        try:
            name = str(session.rows("SELECT pg_catalog.pg_export_snapshot()")[0][0])
        except DatabaseFailure:  # as on a standby
            yield None
            return
        yield name
