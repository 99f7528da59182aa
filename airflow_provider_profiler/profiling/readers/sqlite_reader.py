"""SQLite files, GeoPackages among them: every table and view is a table, read in ranges of row ids."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from airflow_provider_profiler.contract.database import ForeignKey
from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.databases.identifiers import quoted
from airflow_provider_profiler.profiling.formats import MEDIA_TYPES, stem_of
from airflow_provider_profiler.profiling.readers import sqlite_file
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Column,
    Partition,
    Source,
    Table,
    TooMuchData,
    UnreadableFile,
    check_width,
)
from airflow_provider_profiler.profiling.readers.sqlite_catalogue import (
    StoredColumn,
    StoredTable,
    foreign_keys,
    primary_key,
    row_id_name,
    stored_columns,
    stored_tables,
)
from airflow_provider_profiler.profiling.readers.sqlite_file import (
    Budget,
    Limit,
    full_name,
    log_beside,
    open_sqlite,
    stoppable,
)
from airflow_provider_profiler.profiling.readers.sqlite_values import Stored, column_of, size_of_values, stored_values
from airflow_provider_profiler.profiling.stopping import check_wanted

#: Bytes of texts and blobs, and cells, of which one batch is made.
_BATCH_BYTES = 8 * 1024 * 1024
_BATCH_CELLS = 512 * 1024
_DECLARED_NOTHING = "any"


@dataclass(frozen=True)
class _Found:
    """A table that can be read."""

    table: StoredTable
    columns: tuple[StoredColumn, ...]
    stored: Stored
    row_id: str | None
    span: tuple[int, int] | None
    """The least and the greatest row id."""
    foreign_keys: tuple[ForeignKey, ...]

    @property
    def weight(self) -> int:
        """Cells: what a table takes of the file is not known, and about in proportion to them."""
        return self.stored.rows * len(self.columns) + 1


class SqliteReader:
    """Reads SQLite with the library that comes with Python."""

    name = "sqlite"
    media_types = frozenset({MEDIA_TYPES["sqlite"], MEDIA_TYPES["gpkg"]})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:  # noqa: ARG002
        """Look at every row of every table and view for what its columns hold, and plan ranges of row ids.

        A table that cannot be read is left out and told in the notes of the first one.

        :raises UnreadableFile: when it is no database, encrypted, cut short, or nothing in it can be read.
        """
        notes = []
        if log := log_beside(source):
            notes.append(f"the file {log} lies beside it; changes that only it holds are not in the profile")
        found: list[_Found] = []
        problems: list[str] = []
        budget = Budget()
        with open_sqlite(source) as connection:
            connection.text_factory = _name
            try:
                listed = stored_tables(connection)
            except sqlite_file.DAMAGE as error:
                raise UnreadableFile(f"{source.path}: its schema is damaged: {_why(error)}") from error
            left_out = {"virtual": [], "shadow": []}  # type: dict[str, list[str]]
            for table in listed:
                if table.kind in left_out:
                    left_out[table.kind].append(table.name)
                    continue
                try:
                    found.append(_look_at(connection, table, budget))
                except (sqlite3.Error, ValueError, OverflowError, MemoryError) as error:
                    check_wanted()
                    problems.append(f"the {table.kind} {table.name!r} cannot be read and was left out: {_why(error)}")
        notes += _notes(left_out) + problems
        if not found:
            return (_nothing(source, problems, notes),)
        tables = []
        weight = sum(item.weight for item in found)
        for item in found:
            check_width(len(item.columns), source.path)
            tables.append(_table(item, source.size * item.weight // weight, execution.partition_bytes, notes))
            notes = []
        return tuple(tables)

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of a range of row ids, or of a whole view, in batches of bounded size.

        :raises UnreadableFile: when a page is damaged.
        :raises TooMuchData: when a value is larger than memory allows.
        """
        ranged, rows, share = partition.place
        types = [pa.type_for_alias(column.arrow_type) for column in table.columns]
        wanted = table.positions()
        with open_sqlite(source) as connection:
            connection.text_factory = bytes
            try:
                done = read = 0
                for values in _chunks(connection, table, types, partition, ranged=bool(ranged)):
                    columns = list(zip(*values, strict=True))[:-1]
                    done += len(values)
                    total = share * min(done, rows) // max(rows, 1)
                    arrays = [column_of(columns[place], types[position]) for place, position in enumerate(wanted)]
                    yield Batch(_batch(arrays, len(values)), bytes_read=total - read)
                    read = total
            except (*sqlite_file.DAMAGE, pa.ArrowException, OverflowError) as error:
                check_wanted()
                message = f"{source.path}: the {table.kind} {table.name!r} cannot be read: {_why(error)}"
                if isinstance(error, sqlite3.DataError):
                    raise TooMuchData(message) from error
                raise UnreadableFile(message) from error


def _chunks(
    connection: sqlite3.Connection, table: Table, types: Sequence[pa.DataType], partition: Partition, *, ranged: bool
) -> Iterator[list[tuple[Any, ...]]]:
    """Rows with the wanted columns and, behind them, the size of each row's texts and blobs."""
    stored = [StoredColumn(column.original_name, "", None, 0) for column in table.columns]
    classes = ["blob" if kind == pa.binary() else "text" if kind == pa.string() else "integer" for kind in types]
    names = [f"t.{quoted(stored[position].name)}" for position in table.positions()]
    asked = ", ".join([*names, size_of_values(list(zip(stored, classes, strict=True)))])
    statement = f"SELECT {asked} FROM {full_name(table.name)} AS t"  # noqa: S608 - names are quoted
    parameters: tuple[int, ...] = ()
    limit = Limit(connection, sqlite_file.MOST_STEPS) if table.kind == "view" else None
    if limit is None:
        row_id = row_id_name(StoredTable("", "table", has_row_ids=ranged), stored)
        if row_id is not None:
            statement += f" WHERE t.{row_id} BETWEEN ? AND ? ORDER BY t.{row_id}"
            parameters = (partition.start, partition.stop - 1)
    most = max(1, _BATCH_CELLS // max(len(stored), 1))
    chunk: list[tuple[Any, ...]] = []
    size = 0
    for row in connection.execute(statement, parameters):
        chunk.append(row)
        size += row[-1]
        if size >= _BATCH_BYTES or len(chunk) >= most:
            if limit is not None:
                limit.pause()
            yield chunk
            chunk, size = [], 0
            if limit is not None:
                limit.resume()
    if chunk:
        yield chunk


def _look_at(connection: sqlite3.Connection, table: StoredTable, budget: Budget) -> _Found:
    """What a table holds.

    :raises sqlite3.Error: when it cannot be read.
    """
    columns = stored_columns(connection, table)
    if not columns:
        raise ValueError("it has no columns")
    with budget.limited(connection) if table.kind == "view" else stoppable(connection):
        stored = stored_values(connection, table.name, columns)
        row_id = row_id_name(table, columns)
        span = None
        if row_id is not None and stored.rows:
            least, most = connection.execute(
                f"SELECT min({row_id}), max({row_id}) FROM {full_name(table.name)}"  # noqa: S608 - the name is quoted
            ).fetchone()
            span = (least, most)
    return _Found(table, tuple(columns), stored, row_id, span, foreign_keys(connection, table))


def _table(found: _Found, share: int, partition_bytes: int, notes: Sequence[str]) -> Table:
    names = unique_names([column.name for column in found.columns])
    by_original = dict(zip((column.name for column in found.columns), names, strict=True))
    return Table(
        name=found.table.name,
        kind=found.table.kind,
        columns=tuple(
            Column(
                name=name,
                original_name=column.name,
                physical_type=column.declared or kind or _DECLARED_NOTHING,
                textual=pa.types.is_string(arrow),
                arrow_type=str(arrow),
                declared=column.data_type,
                nullable=column.nullable,
            )
            for name, column, kind, arrow in zip(
                names, found.columns, found.stored.classes, found.stored.types, strict=True
            )
        ),
        partitions=_partitions(found, share, partition_bytes),
        reading=Reading(reader=SqliteReader.name),
        notes=tuple(notes),
        key=tuple(by_original[name] for name in primary_key(list(found.columns))),
        foreign_keys=found.foreign_keys,
    )


def _partitions(found: _Found, share: int, partition_bytes: int) -> tuple[Partition, ...]:
    """Equal ranges of row ids, so many that each has about the size of a partition if they are spread evenly."""
    rows = found.stored.rows
    if not rows:
        return ()
    if found.span is None:
        return (Partition(0, 0, rows, place=(0, rows, share)),)
    first, last = found.span
    number = max(1, min(-(-share // partition_bytes), rows, last - first + 1))
    cuts = [first + (last - first + 1) * cut // number for cut in range(number + 1)]
    sizes = [share * cut // number for cut in range(number + 1)]
    return tuple(
        Partition(index, cuts[index], cuts[index + 1], place=(1, -(-rows // number), sizes[index + 1] - sizes[index]))
        for index in range(number)
    )


def _batch(arrays: Sequence[pa.Array], rows: int) -> pa.RecordBatch:
    if not arrays:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))
    schema = pa.schema([pa.field(f"c{index}", array.type) for index, array in enumerate(arrays)])
    return pa.RecordBatch.from_arrays(list(arrays), schema=schema)


def _nothing(source: Source, problems: Sequence[str], notes: Sequence[str]) -> Table:
    """A table without columns, which stands for a database without any.

    :raises UnreadableFile: when that is because none can be read.
    """
    if problems:
        raise UnreadableFile(f"{source.path}: {problems[0]}")
    name = stem_of(source.path.rpartition("/")[2])
    return Table(name, (), (), Reading(reader=SqliteReader.name), notes=(*notes, "the database holds no tables"))


def _notes(left_out: dict[str, list[str]]) -> list[str]:
    notes = []
    if names := left_out["virtual"]:
        notes.append(f"{_named(names)} computed by an extension of SQLite (virtual) and left out")
    if names := left_out["shadow"]:
        notes.append(f"{_named(names)} part of a virtual one and left out")
    return notes


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:5])) + (" and others" if len(names) > 5 else "")
    return f"the table {shown} is" if len(names) == 1 else f"{len(names)} tables ({shown}) are"


def _why(error: Exception) -> str:
    if isinstance(error, sqlite3.OperationalError) and "interrupted" in str(error):
        return f"it takes more than {sqlite_file.MOST_STEPS} steps or {sqlite_file.MOST_SECONDS:g} seconds to compute"
    return sqlite_file.told(error)


def _name(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
