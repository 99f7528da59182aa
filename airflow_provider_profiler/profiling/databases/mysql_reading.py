"""Tables of MySQL and MariaDB as record batches: one stream a table, each in a consistent snapshot of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.databases.arriving import as_asked
from airflow_provider_profiler.profiling.databases.batches import bare_rows, batch_rows, regrouped
from airflow_provider_profiler.profiling.databases.identifiers import backquoted
from airflow_provider_profiler.profiling.databases.mysql_connection import MysqlSession, connected
from airflow_provider_profiler.profiling.databases.table_source import (
    TO_THE_END,
    DatabaseTable,
    ReadColumn,
    database_table,
    planned_table,
)
from airflow_provider_profiler.profiling.formats import MYSQL_TABLE
from airflow_provider_profiler.profiling.readers.reader import Batch, Partition, Source, Table, check_width
from airflow_provider_profiler.render.text import count_text

# Statements are put together of quoted names, of expressions of the catalogue, and of whole numbers.
# ruff: noqa: S608


class MysqlReader:
    """Reads tables through PyMySQL, unbuffered."""

    name = "mysql"
    media_types = frozenset({MYSQL_TABLE})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:  # noqa: ARG002
        """Plan one partition, and ask how many dates are none.

        :raises DatabaseFailure: when the server cannot be reached or does not let the account read.
        """
        table = database_table(source)
        table.check_reachable()
        check_width(len(table.table.columns), table.label)
        notes: tuple[str, ...] = ()
        if table.counts_moments and any(column.moment_limit for column in table.table.columns):
            with connected(table.access, table.limits) as session:
                notes = _no_dates(session, table)
        return (planned_table(table, self.name, (Partition(0, 0, TO_THE_END),), notes),)

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:  # noqa: ARG002
        """All rows.

        :raises DatabaseFailure: when the statement fails.
        """
        found = database_table(source)
        found.check_reachable()
        columns = [found.table.columns[position] for position in table.positions()]
        rows = batch_rows(found)
        with connected(found.access, found.limits) as session:
            session.begin()
            if not columns:
                count = session.rows(f"SELECT COUNT(*) FROM {_name(found)}", subject=found.label)[0][0]
                yield from bare_rows(int(count), rows)
                return
            asked = ", ".join(column.expression for column in columns)
            pieces = session.stream(f"SELECT {asked} FROM {_name(found)}", found.label)
            for batch in regrouped((_piece(piece, columns) for piece in pieces), rows):
                yield replace(batch, rows=as_asked(batch.rows, columns))


def _name(source: DatabaseTable) -> str:
    facts = source.table.facts
    return f"{backquoted(facts.schema_name)}.{backquoted(facts.name)}"


def _piece(rows: Sequence[tuple[str | bytes | None, ...]], columns: Sequence[ReadColumn]) -> pa.RecordBatch:
    """Rows as they were sent: columns of text or of bytes."""
    arrays = [
        pa.array(values, pa.large_binary() if pa.types.is_binary(column.kind) else pa.large_string())
        for values, column in zip(zip(*rows, strict=True), columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=[f"c{place}" for place in range(len(arrays))])


def _no_dates(session: MysqlSession, source: DatabaseTable) -> tuple[str, ...]:
    """What to say of dates with a day or a month of zero: they count as missing."""
    columns = [column for column in source.table.columns if column.moment_limit]
    counts = ", ".join(f"SUM(NOT ({column.moment_limit}))" for column in columns)
    found = session.rows(f"SELECT {counts} FROM {_name(source)}", subject=source.label)[0]
    return tuple(
        f"{count_text(int(count), 'value')} of the column {column.name!r} {'has' if int(count) == 1 else 'have'} a day "
        "or a month of zero: counted as missing"
        for column, count in zip(columns, found, strict=True)
        if count is not None and int(count)
    )
