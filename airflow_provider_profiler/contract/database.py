"""What a database says of itself: schemas, tables, columns and keys, before a row is read."""

from typing import Literal

from airflow_provider_profiler.contract.model import Model

TableKind = Literal["table", "view", "materialized_view", "foreign_table", "partitioned_table", "hypertable"]


class ColumnFacts(Model):
    """A column as the catalogue of the database describes it."""

    name: str
    position: int
    type: str
    """The database's own name of the type, with its parameters: ``numeric(10,2)``."""
    nullable: bool = True
    default: str | None = None
    comment: str = ""


class ForeignKey(Model):
    """Columns whose values are those of columns of another table, in the same order."""

    name: str
    columns: tuple[str, ...]
    target_schema: str
    target_table: str
    target_columns: tuple[str, ...]


class TableFacts(Model):
    """A table or view."""

    schema_name: str
    name: str
    kind: TableKind = "table"
    columns: tuple[ColumnFacts, ...] = ()
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    row_estimate: int | None = None
    """As the database's statistics have it; None where it keeps none."""
    bytes: int | None = None
    comment: str = ""


class DatabaseFacts(Model):
    """A database: its server, and its tables by schema and name."""

    server: str
    """Product and version, such as ``PostgreSQL 16.2``."""
    tables: tuple[TableFacts, ...] = ()
    left_out: int = 0
    """Tables that the options exclude."""
    notes: tuple[str, ...] = ()
