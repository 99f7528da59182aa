"""What can be asked of a configured database before it is profiled: whether it answers, its schemas, its tables."""

from typing import Annotated

from pydantic import Field

from airflow_provider_profiler.contract.database import TableKind
from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.reasons import FileReason


class ConnectionReport(Model):
    """``POST /profiler/connections/test``: whether the service gets into the database, and if not, why."""

    success: bool
    database: str
    """What a profile would call it: protocol, host, port and name."""
    server: str | None = None
    """Product and version, such as ``PostgreSQL 16.2``."""
    reason: FileReason | None = None
    seconds: Annotated[float, Field(ge=0)] = 0.0
    """How long it took."""


class SchemaEntry(Model):
    """A schema that the service's account may use, the system's own apart."""

    name: str


class SchemaList(Model):
    """``POST /profiler/connections/schemas``, by name."""

    data: tuple[SchemaEntry, ...]
    count: int
    total: int


class TableEntry(Model):
    """A table or view, as the database's catalogue has it."""

    schema_name: str
    name: str
    kind: TableKind
    columns: int
    row_estimate: int | None = None
    bytes: int | None = None
    comment: str = ""
    readable: bool = True
    """Whether a job would read its rows."""


class TableList(Model):
    """``POST /profiler/connections/tables``, by schema and name; ``count`` of this answer, ``total`` of all."""

    data: tuple[TableEntry, ...]
    count: int
    total: int
