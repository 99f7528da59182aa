"""DuckDB files: every table and view is a table, streamed as Arrow batches; large tables in ranges of row ids."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import DataType, Reading
from airflow_provider_profiler.profiling.databases.identifiers import quoted
from airflow_provider_profiler.profiling.formats import MEDIA_TYPES, stem_of
from airflow_provider_profiler.profiling.readers import duckdb_file
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.duckdb_file import (
    CatalogueTable,
    FailedStatement,
    bounded_time,
    catalogue,
    log_beside,
    open_duckdb,
    stream,
    told,
)
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Column,
    Partition,
    Source,
    Table,
    UnreadableFile,
    check_width,
)

#: Rows of one batch: DuckDB makes them of vectors of 2,048.
_BATCH_ROWS = 16_384
#: Rows that DuckDB stores together: ranges of row ids that end elsewhere would read some of them twice.
_GROUP_ROWS = 122_880
# What Arrow has no type for, or loses something of, comes as text.
_AS_TEXT = re.compile(r"\b(?:TIME WITH TIME ZONE|BIT|INTERVAL|UNION|GEOMETRY|VARIANT|BIGNUM|VARINT|TIME_NS)\b")
# Of 39 digits, of which decimals have 38.
_WIDE = re.compile(r"\bU?HUGEINT\b")


@dataclass(frozen=True)
class _Found:
    """A table that can be read."""

    table: CatalogueTable
    schema: pa.Schema
    rows: int
    last_row_id: int | None
    """None for views, which have no row ids."""

    @property
    def weight(self) -> int:
        """Cells: what a table takes of the file is not known, and about in proportion to them."""
        return self.rows * len(self.table.columns) + 1


class DuckdbReader:
    """Reads the files of DuckDB."""

    name = "duckdb"
    media_types = frozenset({MEDIA_TYPES["duckdb"]})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:  # noqa: ARG002
        """Read the catalogue, try every view, and plan ranges of row ids.

        A table that cannot be read is left out and told in the notes of the first one.

        :raises UnreadableFile: when it is no database, encrypted, damaged, or nothing in it can be read.
        """
        notes = []
        if log := log_beside(source):
            notes.append(f"the file {log} lies beside it; the changes that it holds are in the profile")
        found: list[_Found] = []
        problems: list[str] = []
        with open_duckdb(source) as connection:
            try:
                listed = catalogue(connection)
            except duckdb.Error as error:
                raise UnreadableFile(f"{source.path}: its catalogue is damaged: {told(error)}") from error
        several = len({table.schema for table in listed}) > 1
        for table in listed:
            try:
                # Each in a connection of its own: an error in damaged data makes one unusable.
                with open_duckdb(source) as connection:
                    found.append(_look_at(connection, table))
            except (FailedStatement, duckdb.Error, ValueError) as error:
                name = _shown(table, several=several)
                problems.append(f"the {table.kind} {name!r} cannot be read and was left out: {told(error)}")
        notes += problems
        if not found:
            if problems:
                raise UnreadableFile(f"{source.path}: {problems[0]}")
            name = stem_of(source.path.rpartition("/")[2])
            return (Table(name, (), (), Reading(reader=self.name), notes=(*notes, "the database holds no tables")),)
        tables = []
        weight = sum(item.weight for item in found)
        for item in found:
            check_width(len(item.table.columns), source.path)
            share = source.size * item.weight // weight
            tables.append(_table(item, _shown(item.table, several=several), share, execution.partition_bytes, notes))
            notes = []
        return tuple(tables)

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of a range of row ids, or of a whole view, in batches.

        :raises UnreadableFile: when they are damaged or cannot be computed.
        """
        ranged, rows, share = partition.place
        with open_duckdb(source) as connection:
            try:
                listed = catalogue(connection)
                several = len({item.schema for item in listed}) > 1
                stored = next(item for item in listed if _shown(item, several=several) == table.name)
                statement = _select(stored, table.positions())
                if ranged:
                    statement += f" WHERE rowid >= {partition.start} AND rowid < {partition.stop}"
                done = read = 0
                with bounded_time(connection, duckdb_file.MOST_SECONDS if table.kind == "view" else None):
                    for batch in stream(connection, statement, _BATCH_ROWS).batches:
                        done += batch.num_rows
                        total = share * min(done, rows) // max(rows, 1)
                        yield Batch(batch, bytes_read=total - read)
                        read = total
            except (FailedStatement, duckdb.Error, StopIteration) as error:
                message = f"{source.path}: the {table.kind} {table.name!r} cannot be read: {told(error)}"
                raise UnreadableFile(message) from error


def _look_at(connection: duckdb.DuckDBPyConnection, table: CatalogueTable) -> _Found:
    """What a table holds. All rows of a view are computed, since any of them may fail.

    :raises FailedStatement: when it cannot be read.
    :raises duckdb.Error: when it cannot be counted.
    """
    if not table.columns:
        raise ValueError("it has no columns")
    statement = _select(table, range(len(table.columns)))
    if table.kind == "table":
        counted = f"SELECT count(*), max(rowid) FROM {_full_name(table)}"  # noqa: S608 - the name is quoted
        rows, last = connection.execute(counted).fetchall()[0]
        return _Found(table, stream(connection, f"{statement} LIMIT 0", 1).schema, rows, last)
    with bounded_time(connection, duckdb_file.MOST_SECONDS):
        computed = stream(connection, statement, _BATCH_ROWS)
        return _Found(table, computed.schema, sum(batch.num_rows for batch in computed.batches), None)


def _select(table: CatalogueTable, positions: Sequence[int]) -> str:
    """A statement for some columns; what Arrow cannot take is computed into what it can."""
    if not positions:
        return f"SELECT 1 AS one FROM {_full_name(table)}"  # noqa: S608 - the name is quoted
    asked = []
    for position in positions:
        column = table.columns[position]
        name = quoted(column.name)
        if _AS_TEXT.search(column.type):
            name = f"CAST({name} AS VARCHAR)"
        elif _WIDE.search(column.type):
            name = f"CAST({name} AS {_WIDE.sub('DOUBLE', column.type)})"
        asked.append(f"{name} AS c{position}")
    return f"SELECT {', '.join(asked)} FROM {_full_name(table)}"  # noqa: S608 - names are quoted


def _table(found: _Found, name: str, share: int, partition_bytes: int, notes: Sequence[str]) -> Table:
    originals = [column.name for column in found.table.columns]
    names = unique_names(originals)
    by_original = dict(zip(originals, names, strict=True))
    return Table(
        name=name,
        kind=found.table.kind,
        description=found.table.comment,
        columns=tuple(
            Column(
                name=unique,
                original_name=column.name,
                physical_type=column.type,
                textual=False,
                arrow_type=str(field.type),
                declared=_declared(field.type),
                nullable=column.nullable if found.table.kind == "table" else None,
                description=column.comment,
            )
            for unique, column, field in zip(names, found.table.columns, found.schema, strict=True)
        ),
        partitions=_partitions(found, share, partition_bytes),
        reading=Reading(reader=DuckdbReader.name),
        notes=tuple(notes),
        key=tuple(by_original[column] for column in found.table.key),
        foreign_keys=found.table.foreign_keys,
    )


def _partitions(found: _Found, share: int, partition_bytes: int) -> tuple[Partition, ...]:
    """Ranges of whole groups of rows, of which each has about the size of a partition."""
    if not found.rows:
        return ()
    if found.last_row_id is None:
        return (Partition(0, 0, found.rows, place=(0, found.rows, share)),)
    groups = found.last_row_id // _GROUP_ROWS + 1
    number = max(1, min(-(-share // partition_bytes), groups))
    cuts = [groups * cut // number * _GROUP_ROWS for cut in range(number + 1)]
    sizes = [share * cut // number for cut in range(number + 1)]
    return tuple(
        Partition(
            index, cuts[index], cuts[index + 1], place=(1, -(-found.rows // number), sizes[index + 1] - sizes[index])
        )
        for index in range(number)
    )


def _full_name(table: CatalogueTable) -> str:
    return f"source.{quoted(table.schema)}.{quoted(table.name)}"


def _shown(table: CatalogueTable, *, several: bool) -> str:
    """A table's name, with its schema's where the database has several."""
    return f"{table.schema}.{table.name}" if several else table.name


def _declared(kind: pa.DataType) -> DataType:
    """What a type says of the values of a column that has none."""
    tests = (
        (pa.types.is_boolean, DataType.BOOLEAN),
        (pa.types.is_integer, DataType.INTEGER),
        (pa.types.is_floating, DataType.FLOAT),
        (pa.types.is_decimal, DataType.FLOAT),
        (pa.types.is_date, DataType.DATE),
        (pa.types.is_timestamp, DataType.DATE_TIME),
        (pa.types.is_time, DataType.TIME),
    )
    return next((found for test, found in tests if test(kind)), DataType.TEXT)
