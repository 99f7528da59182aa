"""MySQL and MariaDB give no snapshot away: each connection sees the state at its own beginning."""

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_profiler.profiling.databases.access import DatabaseAccess, Limits


@contextmanager
def exported(access: DatabaseAccess, limits: Limits) -> Iterator[str | None]:  # noqa: ARG001
    """Nothing that could be shared, and so no connection either."""
    yield None
