"""What a SQLite file says of its tables: columns with their declared types, keys, references."""

import sqlite3
from dataclasses import dataclass

from airflow_provider_profiler.contract.database import ForeignKey
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.databases.identifiers import quoted

_ROW_IDS = ("rowid", "_rowid_", "oid")
#: What a declared type says, by what is in its name (https://www.sqlite.org/datatype3.html, 3.1, and usual names).
_DECLARED = (
    ("BOOL", DataType.BOOLEAN),
    ("DATETIME", DataType.DATE_TIME),
    ("TIMESTAMP", DataType.DATE_TIME),
    ("DATE", DataType.DATE),
    ("TIME", DataType.TIME),
    ("INT", DataType.INTEGER),
    ("REAL", DataType.FLOAT),
    ("FLOA", DataType.FLOAT),
    ("DOUB", DataType.FLOAT),
    ("DEC", DataType.FLOAT),
    ("NUM", DataType.FLOAT),
    ("CHAR", DataType.TEXT),
    ("CLOB", DataType.TEXT),
    ("TEXT", DataType.TEXT),
)


@dataclass(frozen=True)
class StoredColumn:
    """A column as it is declared."""

    name: str
    declared: str
    nullable: bool | None
    key_position: int
    """In the primary key, from 1; 0 for columns that are not in it."""

    @property
    def data_type(self) -> DataType | None:
        """What the declared type says; None where it says nothing."""
        upper = self.declared.upper()
        return next((found for word, found in _DECLARED if word in upper), None)


@dataclass(frozen=True)
class StoredTable:
    """A table or view."""

    name: str
    kind: str
    """``table``, ``view``, ``virtual`` or ``shadow``: the last two belong to extensions of SQLite."""
    has_row_ids: bool


def stored_tables(connection: sqlite3.Connection) -> list[StoredTable]:
    """All tables and views but SQLite's own, by name.

    :raises sqlite3.DatabaseError: when the schema is damaged.
    """
    listed = connection.execute("PRAGMA main.table_list").fetchall()
    return sorted(
        (
            StoredTable(name, kind, kind == "table" and not without_row_ids)
            for schema, name, kind, _, without_row_ids, _ in listed
            if schema == "main" and not name.lower().startswith("sqlite_")
        ),
        key=lambda table: table.name,
    )


def stored_columns(connection: sqlite3.Connection, table: StoredTable) -> list[StoredColumn]:
    """The columns of a table, computed ones too, but no hidden ones.

    :raises sqlite3.DatabaseError: when a view refers to what is not there.
    """
    found = connection.execute(f"PRAGMA main.table_xinfo({quoted(table.name)})").fetchall()
    is_row_id = sum(key > 0 for *_, key, _ in found) == 1 and table.has_row_ids
    return [
        StoredColumn(
            name=name,
            declared=declared or "",
            nullable=None
            if table.kind == "view"
            # Only in tables of row ids may a primary key be null, by an old mistake, if it is not the row id itself.
            else not (not_null or (key and (not table.has_row_ids or (is_row_id and declared.upper() == "INTEGER")))),
            key_position=key,
        )
        for _, name, declared, not_null, _, key, hidden in found
        if hidden != 1
    ]


def row_id_name(table: StoredTable, columns: list[StoredColumn]) -> str | None:
    """By which name a table's row ids are asked for; None where it has none, or columns have all the names."""
    taken = {column.name.lower() for column in columns}
    return next((name for name in _ROW_IDS if name not in taken), None) if table.has_row_ids else None


def primary_key(columns: list[StoredColumn]) -> tuple[str, ...]:
    """Names of the columns of the primary key, in its order."""
    ordered = sorted(columns, key=lambda column: column.key_position)
    return tuple(column.name for column in ordered if column.key_position)


def foreign_keys(connection: sqlite3.Connection, table: StoredTable) -> tuple[ForeignKey, ...]:
    """The declared references of a table.

    :raises sqlite3.DatabaseError: when the schema is damaged.
    """
    if table.kind != "table":
        return ()
    parts: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, _, target, column, target_column, *_ in connection.execute(
        f"PRAGMA main.foreign_key_list({quoted(table.name)})"
    ):
        parts.setdefault(number, []).append((target, column, target_column))
    found = []
    for number in sorted(parts):
        target = parts[number][0][0]
        target_columns = [column for _, _, column in parts[number]]
        if None in target_columns:  # then it is the primary key that is meant
            keyed = StoredTable(target, "table", has_row_ids=True)
            target_columns = list(primary_key(stored_columns(connection, keyed)))
        if len(target_columns) == len(parts[number]):
            found.append(
                ForeignKey(
                    name="",
                    columns=tuple(column for _, column, _ in parts[number]),
                    target_schema="",
                    target_table=target,
                    target_columns=tuple(column for column in target_columns if column is not None),
                )
            )
    return tuple(found)
