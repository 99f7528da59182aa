"""Tables of PostgreSQL as record batches. Ranges of pages are the partitions, in one snapshot of the whole database."""

from collections.abc import Iterator
from dataclasses import replace

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.databases.arriving import as_asked, unnamed
from airflow_provider_profiler.profiling.databases.batches import bare_rows, batch_rows, regrouped
from airflow_provider_profiler.profiling.databases.identifiers import quoted
from airflow_provider_profiler.profiling.databases.postgres_connection import PostgresSession, connected
from airflow_provider_profiler.profiling.databases.table_source import (
    TO_THE_END,
    DatabaseTable,
    database_table,
    planned_table,
)
from airflow_provider_profiler.profiling.formats import POSTGRESQL_TABLE
from airflow_provider_profiler.profiling.readers.reader import Batch, Partition, Source, Table, check_width
from airflow_provider_profiler.render.text import count_text

# Statements are put together of quoted names, of expressions of the catalogue, and of whole numbers.
# ruff: noqa: S608


class PostgresReader:
    """Reads tables through ADBC, which hands rows on in Arrow's own form."""

    name = "postgresql"
    media_types = frozenset({POSTGRESQL_TABLE})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:  # noqa: ARG002
        """Plan ranges of pages, and ask whether the table holds moments that Arrow cannot.

        :raises DatabaseFailure: when the server cannot be reached or does not let the account read.
        """
        table = database_table(source)
        table.check_reachable()
        check_width(len(table.table.columns), table.label)
        notes: tuple[str, ...] = ()
        if table.counts_moments and any(column.moment_limit for column in table.table.columns):
            with connected(table.access, table.limits) as session:
                session.begin(table.snapshot)
                notes = _infinite(session, table)
        step = max(1, execution.partition_bytes // table.table.page_bytes)
        return (planned_table(table, self.name, _ranges(table.table.pages, step), notes),)

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows in some of the pages, or all rows of what has no pages of its own.

        :raises DatabaseFailure: when the statement fails.
        """
        found = database_table(source)
        found.check_reachable()
        columns = [found.table.columns[position] for position in table.positions()]
        rows = batch_rows(found)
        place = f"FROM {_name(found)}{_within(partition)}"
        with connected(found.access, found.limits) as session:
            session.begin(found.snapshot)
            if not columns:
                yield from bare_rows(_count(session, found, place), rows)
                return
            session.run("SET LOCAL max_parallel_workers_per_gather TO 0")
            asked = ", ".join(column.expression for column in columns)
            pieces = session.batches(f"SELECT {asked} {place}", found.label)
            for batch in regrouped(unnamed(pieces), rows):
                yield replace(batch, rows=as_asked(batch.rows, columns))


def _name(source: DatabaseTable) -> str:
    facts = source.table.facts
    return f"{quoted(facts.schema_name)}.{quoted(facts.name)}"


def _count(session: PostgresSession, source: DatabaseTable, place: str) -> int:
    return int(session.rows(f"SELECT count(*) {place}", source.label)[0][0])


def _within(partition: Partition) -> str:
    """The condition on the pages; from PostgreSQL 14 on the server reads those alone."""
    conditions = []
    if partition.start:
        conditions.append(f"ctid >= '({partition.start},0)'::tid")
    if partition.stop < TO_THE_END:
        conditions.append(f"ctid < '({partition.stop},0)'::tid")
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _ranges(pages: int, step: int) -> tuple[Partition, ...]:
    """Ranges of so many pages; the last one goes on to the end, wherever that is by the time it is read."""
    starts = list(range(0, max(pages, 1), step))
    stops = [*starts[1:], TO_THE_END]
    return tuple(Partition(index, *bounds) for index, bounds in enumerate(zip(starts, stops, strict=True)))


def _infinite(session: PostgresSession, source: DatabaseTable) -> tuple[str, ...]:
    """What to say of moments that are infinite or too far away: they count as missing."""
    columns = [column for column in source.table.columns if column.moment_limit]
    names = [quoted(column.name) for column in columns]
    place = f"FROM {_name(source)}"
    # An index answers for the extremes alone; only where these are beyond the limit are all rows looked at.
    extremes = ", ".join(f"pg_catalog.min({name}), pg_catalog.max({name})" for name in names)
    labels = ", ".join(f"l{number}, h{number}" for number in range(len(names)))
    beyond = " OR ".join(
        f"NOT ({column.moment_limit.replace(name, side)})"
        for number, (column, name) in enumerate(zip(columns, names, strict=True))
        for side in (f"l{number}", f"h{number}")
    )
    query = f"SELECT coalesce({beyond}, false) FROM (SELECT {extremes} {place}) AS e({labels})"
    if not session.rows(query, source.label)[0][0]:
        return ()
    counts = ", ".join(f"count(*) FILTER (WHERE NOT ({column.moment_limit}))" for column in columns)
    found = session.rows(f"SELECT {counts} {place}", source.label)[0]
    return tuple(
        f"{count_text(count, 'value')} of the column {column.name!r} {'is' if count == 1 else 'are'} infinite or too "
        "far away to be told, and counted as missing"
        for column, count in zip(columns, found, strict=True)
        if count
    )
