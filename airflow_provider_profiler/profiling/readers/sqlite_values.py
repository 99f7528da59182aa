"""The values of a SQLite table: any column may hold any of SQLite's classes of values, whatever is declared."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from airflow_provider_profiler.profiling.databases.identifiers import quoted
from airflow_provider_profiler.profiling.readers.sqlite_catalogue import StoredColumn
from airflow_provider_profiler.profiling.readers.sqlite_file import full_name

#: Columns that one statement asks about: SQLite's own limit on a result is 2,000.
_COLUMNS_AT_A_TIME = 400
#: A double holds every whole number up to here.
_LARGEST_EXACT = 2**53
_ARROW = {"integer": pa.int64(), "real": pa.float64(), "text": pa.string(), "blob": pa.binary()}


@dataclass(frozen=True)
class Stored:
    """What the rows of a table hold."""

    rows: int
    types: tuple[pa.DataType, ...]
    """For each column the type that holds all its values; texts where they are of several classes."""
    classes: tuple[str, ...]
    """For each column the class of all its values: ``integer``, ``real``, ``text``, ``blob``, ``mixed``, or ``""``."""


def stored_values(connection: sqlite3.Connection, table: str, columns: Sequence[StoredColumn]) -> Stored:
    """Look at every row of a table.

    :raises sqlite3.Error: when a row cannot be read or computed.
    """
    rows = 0
    types: list[pa.DataType] = []
    classes: list[str] = []
    for start in range(0, len(columns), _COLUMNS_AT_A_TIME):
        part = columns[start : start + _COLUMNS_AT_A_TIME]
        asked = ", ".join(
            f"{extreme}(CASE WHEN t.{name} IS NOT NULL THEN typeof(t.{name}) END)"
            for name in (quoted(column.name) for column in part)
            for extreme in ("min", "max")
        )
        rows, *found = connection.execute(f"SELECT count(*), {asked} FROM {full_name(table)} AS t").fetchone()  # noqa: S608
        for column, least, most in zip(part, found[::2], found[1::2], strict=True):
            kind = _text(least) if least == most else "mixed"
            types.append(_type(connection, table, column, kind, {_text(least), _text(most)}))
            classes.append("real" if kind == "mixed" and types[-1] == pa.float64() else kind)
    return Stored(rows, tuple(types), tuple(classes))


def _type(
    connection: sqlite3.Connection, table: str, column: StoredColumn, kind: str, extremes: set[str]
) -> pa.DataType:
    name = f"t.{quoted(column.name)}"

    def none_is(condition: str) -> bool:
        statement = f"SELECT NOT EXISTS (SELECT 1 FROM {full_name(table)} AS t WHERE {condition})"  # noqa: S608
        return bool(connection.execute(statement).fetchone()[0])

    if kind == "integer" and "BOOL" in column.declared.upper() and none_is(f"{name} NOT IN (0, 1)"):
        return pa.bool_()
    # By their names integers come before reals, and nothing between them but null.
    beyond = f"typeof({name}) = 'integer' AND {name} NOT BETWEEN -{_LARGEST_EXACT} AND {_LARGEST_EXACT}"
    if extremes == {"integer", "real"} and none_is(beyond):
        return pa.float64()
    return _ARROW.get(kind, pa.string())


def column_of(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """The values of a column.

    :param values: as SQLite delivers them, texts as bytes of UTF-8.
    """
    if pa.types.is_boolean(kind):
        return pa.array([None if value is None else bool(value) for value in values], kind)
    if not pa.types.is_string(kind):
        return pa.array(values, kind)
    try:
        return pa.array(values, pa.binary()).cast(kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # bytes that are not UTF-8, or values of several classes
        return pa.array([None if value is None else _text(value) for value in values], kind)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return "" if value is None else str(value)


def size_of_values(columns: Sequence[tuple[StoredColumn, str]]) -> str:
    """An expression for the bytes that the texts and blobs of a row take.

    :param columns: each with the class of its values.
    """
    # A text's own length ends at its first NUL.
    named = [(f"t.{quoted(column.name)}", kind) for column, kind in columns if kind not in ("integer", "real", "")]
    parts = [f"coalesce(length({name if kind == 'blob' else f'CAST({name} AS BLOB)'}), 0)" for name, kind in named]
    while len(parts) > 1:  # in pairs: expressions may be a thousand levels deep
        parts = [f"({' + '.join(parts[place : place + 2])})" for place in range(0, len(parts), 2)]
    return parts[0] if parts else "0"
