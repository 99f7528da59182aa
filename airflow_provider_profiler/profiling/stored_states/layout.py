"""How ``states.bin`` is laid out: a head, the tables' states one after another, a description, and a tail.

===========  ====================================================================================================
head         16 bytes: :data:`MAGIC`, the version as a 32-bit number, four zero bytes
states       of each table what belongs to it as a whole, then its columns one by one, as their own codecs write them
description  canonical JSON (UTF-8): the profile without its tables, and of each table where its states lie
tail         64 bytes: place and length of the description, its SHA-256, the file's length, :data:`MAGIC` again
===========  ====================================================================================================

Numbers are unsigned and little-endian. The tail holds all that is needed to read the rest, so that a file is written
in one go, and a column is in memory for no longer than it takes to write or read it. Nothing in the file runs when it
is read.
"""

import hashlib
import struct
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from airflow_provider_profiler.contract.database import ForeignKey
from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.model import Model, canonical_json
from airflow_provider_profiler.contract.profile import DatasetProfile, DataType, QualityExample, Reading, RowSelection
from airflow_provider_profiler.profiling.readers.reader import Column, Table, Undecodable

MAGIC = b"DPSTATES"
#: Raised with every change of this layout; the states themselves carry versions of their own.
VERSION = 2
HEAD = struct.Struct("<8sII")
TAIL = struct.Struct("<QQ32sQ8s")

_Length = Annotated[int, Field(ge=0, lt=2**63)]
_Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class UnusableStates(InvalidRequest, ValueError):
    """A file is not what it should be: cut short, damaged, of another program or of another version."""


class StoredColumn(Model):
    """A column as its reader delivered it."""

    name: str
    original_name: str
    physical_type: str
    textual: bool
    keys: tuple[str, ...] = ()
    arrow_type: str = ""
    declared: DataType | None = None
    nullable: bool | None = None
    description: str = ""


class StoredFile(Model):
    """One of the files that a table is made of."""

    path: str
    """The distribution's in the profile."""
    lines: _Length
    """Numbers of the table's rows that are of this file."""


class StoredDamage(Model):
    """Bytes of the files that are none of their encoding."""

    bytes: _Length
    lines: _Length
    examples: tuple[QualityExample, ...] = ()


class StoredTable(Model):
    """A table, and where its states lie."""

    path: str
    """The distribution's path in the profile."""
    name: str
    """What the table is called in its source."""
    columns: tuple[StoredColumn, ...]
    reading: Reading
    kind: str = "table"
    description: str = ""
    key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    selection: RowSelection | None = None
    """How the rows were chosen; None where all were asked for."""
    files: tuple[StoredFile, ...] = ()
    """Where it is made of several: in the order of their rows."""
    damage: StoredDamage | None = None
    rows: _Length
    offset: _Length
    lengths: tuple[_Length, ...]
    """Bytes of the part of the table itself and of each column, one after another from ``offset`` on."""
    sha256: _Digest
    """Of all these bytes."""

    def as_read(self) -> Table:
        """The table as its reader described it, but for its partitions."""
        columns = tuple(
            Column(
                name=column.name,
                original_name=column.original_name,
                physical_type=column.physical_type,
                textual=column.textual,
                keys=column.keys,
                arrow_type=column.arrow_type,
                declared=column.declared,
                nullable=column.nullable,
                description=column.description,
            )
            for column in self.columns
        )
        return Table(
            name=self.name,
            columns=columns,
            partitions=(),
            reading=self.reading,
            kind=self.kind,
            description=self.description,
            key=self.key,
            foreign_keys=self.foreign_keys,
            undecodable=Undecodable()
            if self.damage is None
            else Undecodable(self.damage.bytes, self.damage.lines, self.damage.examples),
        )


class Description(Model):
    """What the states are of."""

    profile: DatasetProfile
    """The heavy profile without its record sets, which follow from the states."""
    tables: tuple[StoredTable, ...]
    content_sha256: _Digest
    """See :func:`content_hash`."""


def _told_of(columns: Sequence[StoredColumn]) -> list[dict[str, Any]]:
    # What a column does not tell is left out: what was hashed before there was more to tell keeps its hash.
    return [column.model_dump(mode="json", exclude_defaults=True) for column in columns]


def content_hash(tables: Sequence[StoredTable]) -> str:
    """SHA-256 (hex) of what was remembered: equal wherever and whenever equal data was profiled in the same way.

    It covers each table's path, name, columns and states, and neither the moment nor the program's version. All of it
    is bytes in a fixed form, so that no version of a library that took part changes it.
    """
    listed = [[table.path, table.name, _told_of(table.columns), table.sha256] for table in tables]
    return hashlib.sha256(canonical_json([VERSION, listed])).hexdigest()
