"""All tables of a database as they were at one moment, whichever connection reads them."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from airflow_provider_profiler.profiling.databases.failures import DatabaseFailure
from airflow_provider_profiler.profiling.databases.servers import SERVERS
from airflow_provider_profiler.profiling.databases.table_source import DatabaseTable
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.readers.reader import Source

log = logging.getLogger(__name__)


@contextmanager
def in_one_snapshot(sources: Sequence[Source]) -> Iterator[tuple[Source, ...]]:
    """The sources, those of databases with the snapshot that they share while the block lasts.

    Where a database cannot be reached any more, all its tables fail with that reason, and none tries again.
    """
    shared: dict[str, DatabaseTable] = {}
    with ExitStack() as snapshots:
        for source in sources:
            if not isinstance(source, DatabaseTable) or source.path in shared:
                continue
            try:
                server = SERVERS[source.access.product]
                name = snapshots.enter_context(server.exported(source.access, source.limits))
            except DatabaseFailure as failure:
                shared[source.path] = replace(source, failure=file_reason(failure, source.path))
            else:
                shared[source.path] = replace(source, snapshot=name)
        yield tuple(
            replace(source, snapshot=shared[source.path].snapshot, failure=shared[source.path].failure)
            if isinstance(source, DatabaseTable)
            else source
            for source in sources
        )
