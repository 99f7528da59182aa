"""A table of a database as a source: tasks carry it, readers open a connection by it."""

import io
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa

from airflow_provider_profiler.contract.database import DatabaseFacts, TableFacts
from airflow_provider_profiler.contract.profile import DataType, Reading
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.databases.access import DatabaseAccess, Limits
from airflow_provider_profiler.profiling.databases.failures import DatabaseFailure
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.reader import Column, Partition, Source, Table

#: The end of a partition that goes on to the end of its table; no table has so many pages or rows.
TO_THE_END = 2**63 - 1


@dataclass(frozen=True)
class ReadColumn:
    """A column as it is asked for, and what arrives."""

    name: str
    physical_type: str
    """The database's own name of the type."""
    expression: str
    """What stands for it in a SELECT, quoted."""
    kind: pa.DataType
    """What its values are in Arrow."""
    declared: DataType = DataType.TEXT
    nullable: bool = True
    comment: str = ""
    moment_limit: str = ""
    """A condition that holds for moments that Arrow can hold; empty where all can."""


@dataclass(frozen=True)
class CatalogueTable:
    """A table as a catalogue has it, and how its rows are read."""

    facts: TableFacts
    columns: tuple[ReadColumn, ...] = ()
    """Those that the account may read."""
    pages: int = 0
    """Pages of the server's own size whose ranges can be read apart; 0 where that cannot be done."""
    page_bytes: int = 8192
    unread: str = ""
    """Why its rows are not read; empty where they are."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """What a database says of itself."""

    facts: DatabaseFacts
    tables: tuple[CatalogueTable, ...]


@dataclass(frozen=True)
class DatabaseTable:
    """Implements :class:`~airflow_provider_profiler.profiling.readers.reader.Source`; picklable."""

    access: DatabaseAccess
    table: CatalogueTable
    media_type: str
    limits: Limits
    counts_moments: bool = True
    """Whether it is worth a look at all rows to tell how many moments Arrow cannot hold."""
    together: int | None = None
    """Tables that share a task of a cluster at most."""
    snapshot: str | None = None
    """Which state of the database is read; None: the one at the moment of reading."""
    failure: FileReason | None = None
    """Why nothing of the database can be read."""

    @property
    def path(self) -> str:
        """The database that the table is in, as the profile calls it."""
        return self.access.url

    @property
    def name(self) -> str:
        """Schema and name."""
        facts = self.table.facts
        return f"{facts.schema_name}.{facts.name}" if facts.schema_name else facts.name

    @property
    def label(self) -> str:
        """Names the table in messages."""
        return f"{self.path}: {self.name}"

    @property
    def size(self) -> int:
        """Bytes, as the database estimates them."""
        return self.table.facts.bytes or 0

    def open(self) -> BinaryIO:
        """There are no bytes to read: rows come from a server.

        :raises io.UnsupportedOperation: always.
        """
        raise io.UnsupportedOperation("a table of a database is not read as bytes")

    def check_unchanged(self) -> None:
        """A snapshot does not change."""

    def check_reachable(self) -> None:
        """Tell early what was found out about the whole database.

        :raises DatabaseFailure: when nothing of it can be read.
        """
        if self.failure is not None:
            raise DatabaseFailure(self.failure.code, self.failure.message)


def database_table(source: Source) -> DatabaseTable:
    """The source as the table of a database.

    :raises TypeError: when it is something else.
    """
    if not isinstance(source, DatabaseTable):
        raise TypeError(f"{source.path} is no table of a database")
    return source


def planned_table(
    source: DatabaseTable, reader: str, partitions: tuple[Partition, ...], notes: tuple[str, ...] = ()
) -> Table:
    """The table as the engine reads it.

    :param reader: the name of the reader.
    :param notes: beside those of the catalogue.
    """
    facts, columns = source.table.facts, source.table.columns
    names = unique_names([column.name for column in columns])
    by_name = dict(zip((column.name for column in columns), names, strict=True))
    key = tuple(by_name.get(name, "") for name in facts.primary_key)
    return Table(
        name=source.name,
        columns=tuple(
            Column(
                name=name,
                original_name=column.name,
                physical_type=column.physical_type,
                textual=False,
                arrow_type=str(column.kind),
                declared=column.declared,
                nullable=column.nullable,
                description=column.comment,
            )
            for name, column in zip(names, columns, strict=True)
        ),
        partitions=partitions,
        reading=Reading(reader=reader),
        notes=tuple(f"{source.name}: {note}" for note in (*source.table.notes, *notes)),
        kind=facts.kind,
        description=facts.comment,
        key=key if all(key) else (),
        foreign_keys=facts.foreign_keys,
    )
