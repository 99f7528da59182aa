"""DuckDB files, opened so that they can be read and nothing else: no extension, no other file, no Python object."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from airflow_provider_profiler.contract.database import ForeignKey
from airflow_provider_profiler.profiling.readers.local_file import (
    check_opened_again,
    descriptors_of,
    local_file,
    path_of,
)
from airflow_provider_profiler.profiling.readers.reader import Source, UnreadableFile

#: Stands behind a checksum of the first block.
_MAGIC = b"DUCK"
_CATALOGUE = "source"
_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    # One thread delivers the rows in their order; views that have to keep more than this in memory fail.
    "threads": "1",
    "memory_limit": "512MB",
    "temp_directory": "",
}
#: A path of this machine: DuckDB names the file it reads, a temporary one for what lies in an archive.
_PATH = re.compile(r"""\s*(?:"/[^"]*"|'/[^']*'|(?<![\w/.:])/[\w.-]+/\S*)""")
#: Seconds after which a view is given up.
MOST_SECONDS = 60.0


@dataclass(frozen=True)
class CatalogueColumn:
    """A column as the catalogue describes it."""

    name: str
    type: str
    nullable: bool
    comment: str


@dataclass(frozen=True)
class CatalogueTable:
    """A table or view as the catalogue describes it."""

    schema: str
    name: str
    kind: str
    comment: str
    columns: tuple[CatalogueColumn, ...]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]


@contextmanager
def open_duckdb(source: Source) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads a file, and the write-ahead log beside it where there is one; it writes neither.

    :raises UnreadableFile: when it is no database, encrypted, damaged, or of a newer version.
    """
    log_beside(source)
    with local_file(source) as file:
        head = file.read(12)
        if head[8:12] != _MAGIC:
            raise UnreadableFile(f"{source.path}: is no DuckDB database: it begins with {head!r}")
        # In a database of its own: two connections to one file would share their settings.
        with closing(duckdb.connect(":memory:", config=dict(_SETTINGS))) as connection:
            before = descriptors_of(file)
            try:
                connection.execute(f"ATTACH '{path_of(file)}' AS {_CATALOGUE} (TYPE duckdb, READ_ONLY)")
                check_opened_again(file, before, source)
                connection.execute(f"USE {_CATALOGUE}")
                for setting in ("TimeZone = 'UTC'", "enable_external_access = false", "lock_configuration = true"):
                    connection.execute(f"SET {setting}")
            except duckdb.Error as error:
                raise UnreadableFile(f"{source.path}: cannot be read as a DuckDB database: {told(error)}") from error
            yield connection


def log_beside(source: Source) -> str | None:
    """The name of the write-ahead log that lies beside a file; None where there is none.

    :raises UnreadableFile: when it is a link, or nothing that could be read: DuckDB would follow it.
    """
    opener = getattr(source, "open_beside", None)
    if opener is None:
        return None
    name = source.path.rpartition("/")[2] + ".wal"
    try:
        opener(".wal").close()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableFile(
            f"{source.path}: its log {name} is a link or cannot be read, and is not followed"
        ) from error
    return name


def catalogue(connection: duckdb.DuckDBPyConnection) -> list[CatalogueTable]:
    """All tables and views, by schema and name.

    :raises duckdb.Error: when the catalogue cannot be read.
    """

    def asked(what: str, function: str) -> Sequence[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = connection.execute(
            f"SELECT {what} FROM {function}() WHERE database_name = '{_CATALOGUE}' "  # noqa: S608 - nothing from outside
            "AND schema_name NOT IN ('information_schema', 'pg_catalog')"
        ).fetchall()
        return found

    columns: dict[tuple[str, str], list[tuple[int, CatalogueColumn]]] = {}
    for schema, table, index, name, kind, nullable, comment in asked(
        "schema_name, table_name, column_index, column_name, data_type, is_nullable, comment", "duckdb_columns"
    ):
        column = CatalogueColumn(name, kind, bool(nullable), comment or "")
        columns.setdefault((schema, table), []).append((index, column))
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    references: dict[tuple[str, str], list[ForeignKey]] = {}
    for schema, table, kind, names, name, target, target_columns in asked(
        "schema_name, table_name, constraint_type, constraint_column_names, constraint_name, "
        "referenced_table, referenced_column_names",
        "duckdb_constraints",
    ):
        if kind == "PRIMARY KEY":
            keys[schema, table] = tuple(names)
        elif kind == "FOREIGN KEY":
            key = ForeignKey(
                name=name or "",
                columns=tuple(names),
                target_schema=schema,
                target_table=target,
                target_columns=tuple(target_columns),
            )
            references.setdefault((schema, table), []).append(key)
    found = [
        CatalogueTable(
            schema,
            name,
            kind,
            comment or "",
            tuple(column for _, column in sorted(columns.get((schema, name), []), key=lambda pair: pair[0])),
            keys.get((schema, name), ()),
            tuple(sorted(references.get((schema, name), []), key=lambda key: (key.name, key.columns))),
        )
        for kind, rows in (
            ("table", asked("schema_name, table_name, comment", "duckdb_tables")),
            ("view", asked("schema_name, view_name, comment", "duckdb_views")),
        )
        for schema, name, comment in rows
    ]
    return sorted(found, key=lambda table: (table.schema, table.name))


class FailedStatement(Exception):
    """Rows could not be read or computed. The message says why, in DuckDB's words."""


@dataclass(frozen=True)
class Stream:
    """The rows that a statement gives, as they are computed."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    """Raises :class:`FailedStatement`."""


def stream(connection: duckdb.DuckDBPyConnection, statement: str, rows: int) -> Stream:
    """Run a statement.

    :param rows: of one batch.
    :raises FailedStatement: when it cannot be run.
    """
    try:
        reader = connection.sql(statement).to_arrow_reader(rows)
    except (duckdb.Error, pa.ArrowException, MemoryError) as error:
        raise FailedStatement(_why(error)) from error

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for batch in reader:
                # DuckDB hands on what it finds in the file, text that is not UTF-8 too, and Arrow trusts it.
                batch.validate(full=True)
                yield batch
        except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
            raise FailedStatement(_why(error)) from error

    return Stream(reader.schema, batches())


@contextmanager
def bounded_time(connection: duckdb.DuckDBPyConnection, seconds: float | None) -> Iterator[None]:
    """Interrupt what a connection does when the time is over; None for no limit."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _why(error: Exception) -> str:
    if isinstance(error, duckdb.InterruptException) or str(error).startswith("INTERRUPT"):
        return f"it takes more than {MOST_SECONDS:g} seconds to compute"
    return told(error)


def told(error: Exception) -> str:
    """What DuckDB says of an error, in one line, without the statement and paths of this machine."""
    line = next(iter(str(error).splitlines()), "") or type(error).__name__
    return _PATH.sub("", line).replace(_CATALOGUE + ".", "")
