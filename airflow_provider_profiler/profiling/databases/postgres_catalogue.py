"""What PostgreSQL says of a database: its tables and views, their columns, keys and comments, and how large they are.

All of it is asked in a few statements over the whole catalogue and put together here, so that no name and no option
becomes a part of a statement. TimescaleDB is a PostgreSQL with more in its catalogue.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from airflow_provider_profiler.contract.database import ColumnFacts, DatabaseFacts, ForeignKey, TableFacts, TableKind
from airflow_provider_profiler.contract.options import DatabaseOptions
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess, Limits
from airflow_provider_profiler.profiling.databases.choosing import takes_part
from airflow_provider_profiler.profiling.databases.failures import DatabaseFailure
from airflow_provider_profiler.profiling.databases.postgres_connection import PostgresSession, connected
from airflow_provider_profiler.profiling.databases.postgres_types import PostgresType, asked
from airflow_provider_profiler.profiling.databases.table_source import Catalogue, CatalogueTable, ReadColumn

#: From this version on ranges of pages are read without looking at the others.
_PAGES_SINCE = 140_000
_KINDS: dict[str, TableKind] = {
    "r": "table",
    "v": "view",
    "m": "materialized_view",
    "f": "foreign_table",
    "p": "partitioned_table",
}

# Statements are put together of constants alone.
# ruff: noqa: S608
_VERSION = (
    "current_setting('server_version'), pg_catalog.to_regclass('timescaledb_information.hypertables') IS NOT NULL"
)
_OURS = """n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname !~ '^(pg_toast|pg_temp_|_timescaledb_|timescaledb_)'"""
_SCHEMAS = f"""
    SELECT n.nspname::text FROM pg_catalog.pg_namespace n
    WHERE {_OURS} AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') ORDER BY n.nspname::text COLLATE "C"
"""
_TAKEN = f"""
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition AND {_OURS}
"""
_RELATIONS = f"""
    SELECT c.oid::int8, n.nspname::text, c.relname::text, c.relkind::text,
           CASE WHEN c.reltuples >= 0 THEN c.reltuples::float8::numeric::int8 END,
           coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), ''),
           pg_catalog.has_schema_privilege(n.oid, 'USAGE'), pg_catalog.has_table_privilege(c.oid, 'SELECT'),
           c.relispopulated, c.relhassubclass, pg_catalog.row_security_active(c.oid),
           coalesce((SELECT a.amname::text FROM pg_catalog.pg_am a WHERE a.oid = c.relam), '')
    {_TAKEN} ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"
"""
_COLUMNS = f"""
    SELECT a.attrelid::int8, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid::int8,
           a.atttypmod::int8, a.attnotnull, coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), ''), d.oid IS NOT NULL,
           coalesce(pg_catalog.col_description(a.attrelid, a.attnum), ''),
           pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')
    FROM pg_catalog.pg_attribute a
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN (SELECT c.oid {_TAKEN})
    ORDER BY a.attrelid, a.attnum
"""
_TYPES = """
    SELECT t.oid::int8, t.typname::text, n.nspname = 'pg_catalog', t.typtype::text, t.typcategory::text,
           t.typbasetype::int8, t.typtypmod::int8
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype <> 'c'
"""
_NAMES_OF = """(SELECT pg_catalog.json_agg(a.attname ORDER BY k.place)::text
    FROM pg_catalog.unnest({keys}) WITH ORDINALITY AS k(number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = {table} AND a.attnum = k.number)"""
_CONSTRAINTS = f"""
    SELECT o.conrelid::int8, o.conname::text, o.contype::text, {_NAMES_OF.format(keys="o.conkey", table="o.conrelid")},
           coalesce(fn.nspname::text, ''), coalesce(f.relname::text, ''),
           coalesce({_NAMES_OF.format(keys="o.confkey", table="o.confrelid")}, '[]')
    FROM pg_catalog.pg_constraint o
    LEFT JOIN pg_catalog.pg_class f ON f.oid = o.confrelid
    LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
    WHERE o.contype IN ('p', 'u', 'f') AND o.conrelid IN (SELECT c.oid {_TAKEN})
    ORDER BY o.conrelid, o.conname::text COLLATE "C"
"""
_PARTS = """
    WITH RECURSIVE tree(root, oid) AS (
        SELECT c.oid, c.oid FROM pg_catalog.pg_class c WHERE c.relhassubclass AND NOT c.relispartition
        UNION ALL SELECT t.root, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid)
    SELECT t.root::int8, count(*) - 1,
           CASE WHEN bool_and(c.reltuples >= 0 OR c.relkind = 'p') THEN
               sum(greatest(c.reltuples, 0)::float8)::numeric::int8 END,
           pg_catalog.json_agg(c.oid::int8)::text
    FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid GROUP BY t.root
"""
_SIZES = """
    SELECT c.oid::int8, pg_catalog.pg_table_size(c.oid), pg_catalog.pg_relation_size(c.oid)
    FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'm')
      AND c.relnamespace <> 'pg_catalog'::regnamespace AND c.relnamespace <> 'information_schema'::regnamespace
"""
_HYPERTABLES = """
    SELECT hypertable_schema::text, hypertable_name::text, num_chunks::int8 FROM timescaledb_information.hypertables
"""


def catalogue(access: DatabaseAccess, limits: Limits, options: DatabaseOptions) -> Catalogue:
    """Read the catalogue over one connection, in one snapshot.

    :raises DatabaseFailure: when the server cannot be reached or does not answer.
    """
    with connected(access, limits) as session:
        session.begin()
        found = _Found(session)
        session.run("COMMIT")
        sizes = found.sizes(session)
    tables = [found.table(row, sizes, options) for row in found.relations]
    taken = [table for table in tables if takes_part(table.facts, options)]
    notes = list(found.notes)
    if parts := sum(found.parts[row[0]][0] for row in found.relations if row[3] == "p" and row[0] in found.parts):
        notes.append(f"{parts} partitions are read with the tables that they are parts of")
    facts = DatabaseFacts(
        server=found.server,
        tables=tuple(table.facts for table in taken),
        left_out=len(tables) - len(taken),
        notes=tuple(notes),
    )
    return Catalogue(facts, tuple(taken))


def version(access: DatabaseAccess, limits: Limits) -> str:
    """The server's product and version.

    :raises DatabaseFailure: when it cannot be reached or does not answer.
    """
    with connected(access, limits) as session:
        return _product(*session.rows(f"SELECT {_VERSION}")[0])


def schemas(access: DatabaseAccess, limits: Limits) -> tuple[str, ...]:
    """The schemas that the account may use, the system's own apart, by name.

    :raises DatabaseFailure: when the server cannot be reached or does not answer.
    """
    with connected(access, limits) as session:
        return tuple(name for (name,) in session.rows(_SCHEMAS))


def _product(number: str, timescale: bool) -> str:
    return f"PostgreSQL {number.partition(' ')[0]}" + (" with TimescaleDB" if timescale else "")


class _Found:
    """The answers of the catalogue, by table."""

    def __init__(self, session: PostgresSession) -> None:
        number, self.page_bytes, release, timescale = session.rows(
            "SELECT current_setting('server_version_num')::int8, current_setting('block_size')::int8, " + _VERSION
        )[0]
        self.server = _product(release, timescale)
        self.in_pages = number >= _PAGES_SINCE
        self.notes: list[str] = []
        self.relations = session.rows(_RELATIONS)
        self.columns = _grouped(session.rows(_COLUMNS))
        self.constraints = _grouped(session.rows(_CONSTRAINTS))
        self.types = {row[0]: PostgresType(*row[1:]) for row in session.rows(_TYPES)}
        self.parts = {root: (count, rows, json.loads(members)) for root, count, rows, members in session.rows(_PARTS)}
        hypertables = session.rows(_HYPERTABLES) if timescale else []
        self.hypertables = {(schema, name): chunks for schema, name, chunks in hypertables}

    def sizes(self, session: PostgresSession) -> dict[int, tuple[int, int]]:
        """Bytes of each table, with and without what is stored apart for it.

        Sizes wait for tables that others hold: they are left out rather than waited for.
        """
        try:
            return {oid: (size, own) for oid, size, own in session.rows(_SIZES) if size is not None}
        except DatabaseFailure:
            self.notes.append("the tables' sizes are not known: one of them is locked by another session")
            return {}

    def table(
        self, row: tuple[Any, ...], sizes: dict[int, tuple[int, int]], options: DatabaseOptions
    ) -> CatalogueTable:
        """A table as the profile has it, and how it is read."""
        oid, schema, name, letter, rows, comment, usable, readable, populated, parent, _, method = row
        kind: TableKind = "hypertable" if (schema, name) in self.hypertables else _KINDS[letter]
        members = [oid]
        if parent and oid in self.parts:
            _, rows, members = self.parts[oid]
        known = [sizes[member][0] for member in members if member in sizes]
        columns = [_column(item, self.types) for item in self.columns[oid]]
        allowed = [column for column, item in zip(columns, self.columns[oid], strict=True) if item[9]]
        facts = TableFacts(
            schema_name=schema,
            name=name,
            kind=kind,
            columns=tuple(_column_facts(place, item) for place, item in enumerate(self.columns[oid])),
            row_estimate=None if kind == "view" or (kind == "foreign_table" and not rows) else rows,
            bytes=sum(known) if known else None,
            comment=comment,
            **_keys(self.constraints[oid]),
        )
        in_pages = self.in_pages and method == "heap" and kind in ("table", "materialized_view") and not parent
        unread = ""
        if not usable or not (allowed or (readable and not columns)):
            unread = "permission"
        elif not populated:
            unread = "is a materialized view that was never filled; REFRESH MATERIALIZED VIEW fills it"
        elif kind == "view" and not options.views:
            unread = "is a view, and the option databases.views is off"
        elif kind == "foreign_table" and not options.foreign_tables:
            unread = "lies on another server; the option databases.foreign_tables lets it be read"
        return CatalogueTable(
            facts=facts,
            columns=tuple(allowed),
            pages=sizes.get(oid, (0, 0))[1] // self.page_bytes if in_pages else 0,
            page_bytes=self.page_bytes,
            unread=unread,
            notes=tuple(_notes(self, row, columns, allowed)),
        )


def _notes(found: _Found, row: tuple[Any, ...], columns: list[ReadColumn], allowed: list[ReadColumn]) -> Iterable[str]:
    if len(allowed) < len(columns) and allowed:
        names = {column.name for column in allowed}
        left = ", ".join(repr(column.name) for column in columns if column.name not in names)
        yield f"the account may not read the columns {left}: they are left out"
    if row[10]:
        yield "row security is active: the account sees only the rows that the table's policies let it see"
    texts = [f"{name!r} ({kind})" for name, kind in _foreign(found, row[0])]
    if texts:
        yield f"columns of types without a counterpart here are read as text: {', '.join(texts)}"


def _foreign(found: _Found, oid: int) -> Iterable[tuple[str, str]]:
    for item in found.columns[oid]:
        if asked(item[1], item[3], item[4], found.types).note:
            yield item[1], item[2]


def _column(row: tuple[Any, ...], types: dict[int, PostgresType]) -> ReadColumn:
    _, name, shown, oid, modifier, required, _, _, comment, _ = row
    found = asked(name, oid, modifier, types)
    return ReadColumn(
        name=name,
        physical_type=shown,
        expression=found.expression,
        kind=found.kind,
        declared=found.declared,
        nullable=not required,
        comment=comment,
        moment_limit=found.limit,
    )


def _column_facts(place: int, row: tuple[Any, ...]) -> ColumnFacts:
    _, name, shown, _, _, required, default, has_default, comment, _ = row
    return ColumnFacts(
        name=name,
        position=place,
        type=shown,
        nullable=not required,
        default=default if has_default else None,
        comment=comment,
    )


def _keys(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """The keys of a table, as its facts hold them."""
    named = [(row[1], row[2], tuple(json.loads(row[3])), row) for row in rows]
    return {
        "primary_key": next((columns for _, kind, columns, _ in named if kind == "p"), ()),
        "unique_keys": tuple(columns for _, kind, columns, _ in named if kind == "u"),
        "foreign_keys": tuple(
            ForeignKey(
                name=name,
                columns=columns,
                target_schema=row[4],
                target_table=row[5],
                target_columns=tuple(json.loads(row[6])),
            )
            for name, kind, columns, row in named
            if kind == "f"
        ),
    }


def _grouped(rows: list[tuple[Any, ...]]) -> defaultdict[int, list[tuple[Any, ...]]]:
    groups: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups
