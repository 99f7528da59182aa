"""What MySQL or MariaDB says of a database: its tables and views, their columns, keys and comments, and their sizes."""

from collections import defaultdict
from typing import Any

from airflow_provider_profiler.contract.database import ColumnFacts, DatabaseFacts, ForeignKey, TableFacts, TableKind
from airflow_provider_profiler.contract.options import DatabaseOptions
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess, Limits
from airflow_provider_profiler.profiling.databases.choosing import takes_part
from airflow_provider_profiler.profiling.databases.mysql_connection import MysqlSession, connected
from airflow_provider_profiler.profiling.databases.mysql_types import asked
from airflow_provider_profiler.profiling.databases.table_source import Catalogue, CatalogueTable, ReadColumn

_KINDS: dict[str, TableKind] = {"BASE TABLE": "table", "SYSTEM VERSIONED": "table", "VIEW": "view"}
#: Whose tables do not change within a transaction that reads.
_TRANSACTIONAL = frozenset({"INNODB", "ROCKSDB", ""})

_SCHEMAS = """
    SELECT schema_name FROM information_schema.schemata
    WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY BINARY schema_name
"""
_TABLES = """
    SELECT table_name, table_type, COALESCE(engine, ''), table_rows, data_length, table_comment
    FROM information_schema.tables WHERE table_schema = %s ORDER BY BINARY table_name
"""
_COLUMNS = """
    SELECT table_name, column_name, data_type, column_type, is_nullable, column_default, column_comment, privileges
    FROM information_schema.columns WHERE table_schema = %s ORDER BY BINARY table_name, ordinal_position
"""
_KEYS = """
    SELECT k.table_name, k.constraint_name, c.constraint_type, k.column_name, k.referenced_table_schema,
           k.referenced_table_name, k.referenced_column_name
    FROM information_schema.key_column_usage k JOIN information_schema.table_constraints c
      ON c.constraint_schema = k.constraint_schema AND c.constraint_name = k.constraint_name
     AND c.table_schema = k.table_schema AND c.table_name = k.table_name
    WHERE k.table_schema = %s ORDER BY BINARY k.table_name, BINARY k.constraint_name, k.ordinal_position
"""


def catalogue(access: DatabaseAccess, limits: Limits, options: DatabaseOptions) -> Catalogue:
    """Read the catalogue over one connection.

    :raises DatabaseFailure: when the server cannot be reached or does not answer.
    """
    with connected(access, limits) as session:
        rows = session.rows(_TABLES, [access.database])
        columns = _by_table(session.rows(_COLUMNS, [access.database]))
        keys = _by_table(session.rows(_KEYS, [access.database]))
        server = _server(session)
    known = [row for row in rows if row[1] in _KINDS]
    tables = [_table(access.database, row, columns[row[0]], keys[row[0]], options) for row in known]
    taken = tuple(table for table in tables if takes_part(table.facts, options))
    notes = []
    if taken:
        notes.append("each table is read as it was at one moment, but not all of them at the same one")
    if len(known) < len(rows):
        notes.append(f"{len(rows) - len(known)} sequences and other things that hold no rows are not listed")
    facts = DatabaseFacts(
        server=server,
        tables=tuple(table.facts for table in taken),
        left_out=len(tables) - len(taken),
        notes=tuple(notes),
    )
    return Catalogue(facts, taken)


def version(access: DatabaseAccess, limits: Limits) -> str:
    """The server's product and version.

    :raises DatabaseFailure: when it cannot be reached or does not answer.
    """
    with connected(access, limits) as session:
        return _server(session)


def schemas(access: DatabaseAccess, limits: Limits) -> tuple[str, ...]:
    """The databases that the account sees, the system's own apart, by name: to MySQL they are schemas.

    :raises DatabaseFailure: when the server cannot be reached or does not answer.
    """
    with connected(access, limits) as session:
        return tuple(name for (name,) in session.rows(_SCHEMAS))


def _server(session: MysqlSession) -> str:
    version = session.version.removeprefix("5.5.5-")  # which MariaDB says first, for old clients
    number = version.partition("-")[0]
    return f"{'MariaDB' if session.is_mariadb else 'MySQL'} {number}"


def _table(
    database: str,
    row: tuple[Any, ...],
    columns: list[tuple[Any, ...]],
    keys: list[tuple[Any, ...]],
    options: DatabaseOptions,
) -> CatalogueTable:
    name, table_type, engine, rows, size, comment = row
    kind = _KINDS[table_type]
    allowed = [item for item in columns if "select" in str(item[7]).lower()]
    unread = ""
    if not allowed:
        unread = "permission"
    elif kind == "view" and not options.views:
        unread = "is a view, and the option databases.views is off"
    facts = TableFacts(
        schema_name=database,
        name=name,
        kind=kind,
        columns=tuple(_column_facts(place, item) for place, item in enumerate(columns)),
        row_estimate=None if rows is None or kind == "view" else int(rows),
        bytes=None if size is None or kind == "view" else int(size),
        comment="" if kind == "view" and comment == "VIEW" else comment or "",
        **_keys(keys),
    )
    notes = []
    if len(allowed) < len(columns) and allowed:
        left = ", ".join(repr(item[1]) for item in columns if item not in allowed)
        notes.append(f"the account may not read the columns {left}: they are left out")
    texts = [f"{item[1]!r} ({item[3]})" for item in allowed if asked(item[1], item[2], item[3]).note]
    if texts:
        notes.append(f"columns of types without a counterpart here are read as text: {', '.join(texts)}")
    if kind == "table" and engine.upper() not in _TRANSACTIONAL:
        notes.append(f"its storage engine {engine} knows no snapshots: what is written meanwhile may be read in part")
    return CatalogueTable(facts, tuple(_column(item) for item in allowed), unread=unread, notes=tuple(notes))


def _column(row: tuple[Any, ...]) -> ReadColumn:
    _, name, data_type, column_type, nullable, _, comment, _ = row
    found = asked(name, data_type, column_type)
    return ReadColumn(
        name=name,
        physical_type=column_type,
        expression=found.expression,
        kind=found.kind,
        declared=found.declared,
        nullable=nullable == "YES",
        comment=comment or "",
        moment_limit=found.limit,
    )


def _column_facts(place: int, row: tuple[Any, ...]) -> ColumnFacts:
    _, name, _, column_type, nullable, default, comment, _ = row
    return ColumnFacts(
        name=name,
        position=place,
        type=column_type,
        nullable=nullable == "YES",
        default=None if default == "NULL" else default,  # which MariaDB writes where there is none
        comment=comment or "",
    )


def _keys(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """The keys of a table, as its facts hold them."""
    by_name: defaultdict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        by_name[row[1], row[2]].append(row)
    columns = {key: tuple(row[3] for row in parts) for key, parts in by_name.items()}
    return {
        "primary_key": next((names for (_, kind), names in columns.items() if kind == "PRIMARY KEY"), ()),
        "unique_keys": tuple(names for (_, kind), names in columns.items() if kind == "UNIQUE"),
        "foreign_keys": tuple(
            ForeignKey(
                name=name,
                columns=columns[name, kind],
                target_schema=parts[0][4],
                target_table=parts[0][5],
                target_columns=tuple(row[6] for row in parts),
            )
            for (name, kind), parts in by_name.items()
            if kind == "FOREIGN KEY"
        ),
    }


def _by_table(rows: list[tuple[Any, ...]]) -> defaultdict[str, list[tuple[Any, ...]]]:
    groups: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups
