"""A shard whose rows get columns from its path, and whose columns have the types of the whole table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

import pyarrow as pa

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.reader import Batch, Column, Partition, Source, Table
from airflow_provider_profiler.profiling.readers.registry import reader_named

#: The reader's name, as tasks carry it.
KEYED = "keyed"
#: The physical type of columns whose values stand in the paths of the files.
KEY_TYPE = "path"


def key_columns(own: Sequence[Column], keys: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a table that stand in the paths of its files.

    :param own: those that stand in the files; the names of others differ from theirs.
    :param keys: as the paths call them.
    """
    names = unique_names([*(column.name for column in own), *keys])[len(own) :]
    return tuple(
        Column(name, key, KEY_TYPE, textual=True, arrow_type="text") for name, key in zip(names, keys, strict=True)
    )


@dataclass(frozen=True)
class KeyedSource:
    """A file, how it is read by itself, and what its path says of all its rows."""

    file: Source
    reader: str
    columns: tuple[Column, ...]
    """Of the file itself."""
    values: tuple[str | None, ...]
    """Of the columns behind them."""

    @property
    def path(self) -> str:
        """The file's."""
        return self.file.path

    @property
    def size(self) -> int:
        """The file's."""
        return self.file.size

    @property
    def media_type(self) -> str:
        """The file's."""
        return self.file.media_type

    def open(self) -> BinaryIO:
        """Open the file."""
        return self.file.open()

    def check_unchanged(self) -> None:
        """Compare the file with what was listed."""
        self.file.check_unchanged()


class KeyedReader:
    """Lets the file's own reader read it, and puts the columns from its path behind."""

    name = KEYED
    media_types = frozenset[str]()

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:
        """No file is planned as a shard: what it is is known when all are."""
        raise NotImplementedError

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of one partition with the wanted columns, those from the path included."""
        if not isinstance(source, KeyedSource):
            raise TypeError(f"{source.path} is no shard")
        width = len(source.columns)
        wanted = table.positions()
        own = tuple(position for position in wanted if position < width)
        values = [source.values[position - width] for position in wanted if position >= width]
        inner = replace(table, columns=source.columns, only=own if len(own) < width else None)
        for batch in reader_named(source.reader).read(source.file, inner, partition):
            rows = batch.rows
            if inner.only is not None and rows.num_columns != len(own):  # readers may deliver all of them
                rows = rows.select(list(own))
            yield replace(batch, rows=_with_values(rows, values)) if values else replace(batch, rows=rows)


def _with_values(rows: pa.RecordBatch, values: list[str | None]) -> pa.RecordBatch:
    count = rows.num_rows
    added = [pa.repeat(pa.scalar(value, pa.string()), count) for value in values]
    columns = [*rows.columns, *added]
    fields = [*rows.schema, *(pa.field(f"key{place}", pa.string()) for place in range(len(added)))]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))
