"""What every reader offers, and what it is given."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

import pyarrow as pa

from airflow_provider_profiler.contract.database import ForeignKey
from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import DataType, QualityExample, Reading
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering


class UnreadableFile(Exception):
    """The content is not what the format promises. The message names what was wrong and where."""


class UnsupportedContent(Exception):
    """The content is sound, but of a format that is not read in this place."""


class TooMuchData(Exception):
    """The content is larger than the options or a fixed limit allow. The message names the option or the limit."""


class ChangedWhileRead(Exception):
    """The file is not the one that was listed any more."""


#: Each column takes some ten KiB for its statistics, whatever is in it: a megabyte of commas is a million columns.
MOST_COLUMNS = 100_000


def check_width(columns: int, path: str) -> None:
    """Refuse a table that is too wide to be profiled in bounded memory.

    :raises TooMuchData: when it has more than ``MOST_COLUMNS`` columns.
    """
    if columns > MOST_COLUMNS:
        raise TooMuchData(f"{path}: has {columns} columns; tables of more than {MOST_COLUMNS} are not profiled")


class Source(Protocol):
    """A file of a dataset, opened safely however often it is needed."""

    @property
    def path(self) -> str:
        """The path relative to the dataset."""
        ...

    @property
    def size(self) -> int:
        """Bytes, as listed."""
        ...

    @property
    def media_type(self) -> str:
        """The MIME type found by discovery."""
        ...

    def open(self) -> BinaryIO:
        """Open for reading from the start, without following links.

        :raises ChangedWhileRead: when the file is not the one that was listed.
        :raises OSError: when it cannot be opened.
        """
        ...

    def check_unchanged(self) -> None:
        """Compare the file with what was listed.

        :raises ChangedWhileRead: when it was replaced or written since.
        """
        ...


@dataclass(frozen=True)
class Column:
    """A column of a table as its reader delivers it."""

    name: str
    """Unique within the table."""
    original_name: str
    physical_type: str
    textual: bool
    """The values arrive as text although they may mean numbers or dates: their type is to be inferred."""
    keys: tuple[str, ...] = ()
    """Of a JSON document: the keys that lead to the values from a row of the table."""
    arrow_type: str = ""
    """The Arrow type of the values, where ``physical_type`` is the source's own word for it."""
    declared: DataType | None = None
    """What the source declares the values to be: it holds where there is none that would tell."""
    nullable: bool | None = None
    """Whether the source allows missing values; None where it does not say."""
    description: str = ""
    """What the source says of it."""

    @property
    def values_type(self) -> str:
        """``text``, ``json`` or an Arrow type: what the values are to those who compare them."""
        return self.arrow_type or self.physical_type


@dataclass(frozen=True)
class Partition:
    """One unit of work: bytes [start, stop) of a text file, or row groups [start, stop) of a Parquet file."""

    index: int
    start: int
    stop: int
    pieces: tuple["Partition", ...] = ()
    """Parts of a compressed stream, in bytes of its content: they are read one after another."""
    damaged: bytes = b""
    """Where rows of a delimited text have quotes that make no sense: see :mod:`.spans`."""
    skipped: bytes = b""
    """Where it has comments or a footer."""
    shard: int = 0
    """Which of the files it is a part of, where a table is made of several."""
    place: tuple[int, ...] = ()
    """Where else to look, in numbers whose meaning is the reader's own affair: the sheet of a workbook."""


@dataclass(frozen=True)
class Rejected:
    """Rows that the reader could not take. Lines count from 1 where the reader knows them."""

    count: int = 0
    examples: tuple[tuple[int | None, str], ...] = ()


@dataclass(frozen=True)
class Undecodable:
    """Bytes of a text that are none of its encoding."""

    bytes: int = 0
    lines: int = 0
    """That hold them."""
    examples: tuple[QualityExample, ...] = ()
    """The first of these lines, as far as they stand around the first such byte."""

    @property
    def told(self) -> str:
        """What a person should know about it; empty where there is nothing."""
        if not self.bytes:
            return ""
        if self.bytes == 1:
            return "1 byte is not UTF-8, as the others are, and was read as U+FFFD"
        lines = "1 line" if self.lines == 1 else f"{self.lines:,} lines"
        return f"{self.bytes:,} bytes in {lines} are not UTF-8, as the others are, and were read as U+FFFD"


@dataclass(frozen=True)
class Batch:
    """Some rows of a partition: Arrow columns in the table's order, and the rows rejected beside them."""

    rows: pa.RecordBatch
    bytes_read: int = 0
    rejected: Rejected = field(default_factory=Rejected)
    """Lines of its examples count from the start of the partition (the first partition: of the file)."""
    lines: int = 0
    """Lines of the file that end in these rows, the last one where the file does, if the reader counts them: later
    lines follow from it."""
    numbering: Numbering = field(default_factory=Numbering)
    """From the places of the rows, which count from 1, to the numbers by which people know them: the lines of the file
    in which they begin where the reader counts lines, else what it counts in their stead. They count as rejected rows
    do. As it is, it says that the rows stand one behind the other."""


@dataclass(frozen=True)
class Table:
    """A table found in a source, and the plan by which it is read. The plan depends on the content alone."""

    name: str
    columns: tuple[Column, ...]
    partitions: tuple[Partition, ...]
    reading: Reading
    notes: tuple[str, ...] = ()
    """What a person should know about how the table was found."""
    only: tuple[int, ...] | None = None
    """Positions of the columns that are wanted, ascending; None for all of them."""
    kind: str = "table"
    """What it is at its source: ``table``, ``view``, ``sheet`` or another word of it."""
    description: str = ""
    """What the source says of it."""
    key: tuple[str, ...] = ()
    """Names of the columns whose values together tell every row, where the source declares them."""
    foreign_keys: tuple[ForeignKey, ...] = ()
    """Declared references to tables of the same source, by the names that these have there."""
    undecodable: Undecodable = Undecodable()
    """What is damaged in the text that it was read from."""

    @property
    def wanted(self) -> tuple[Column, ...]:
        """The columns that are wanted, in the table's order."""
        return self.columns if self.only is None else tuple(self.columns[position] for position in self.only)

    def positions(self) -> tuple[int, ...]:
        """Positions of the columns that are wanted."""
        return tuple(range(len(self.columns))) if self.only is None else self.only


class Reader(Protocol):
    """Reads one format."""

    name: str
    media_types: frozenset[str]

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:
        """Look at the source and plan its reading.

        :raises UnreadableFile: when the content is not of the format.
        """
        ...

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of one partition, in order, with all columns of the table or with those alone that are wanted.

        How the rows are cut into batches must not depend on which columns are wanted.

        :raises UnreadableFile: when the content turns out not to be of the format.
        """
        ...
