"""Tables that lie in memory already: their columns keep the types they have."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import ARROW_TABLE
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.layouts import known_layout
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Column,
    Partition,
    Source,
    Table,
    check_width,
)


@dataclass(frozen=True)
class TableSource:
    """A table in memory as a source. It has no bytes of its own, and nobody else changes it."""

    path: str
    """What the table is called."""
    content: pa.Table
    media_type: str = ARROW_TABLE

    @property
    def size(self) -> int:
        """Bytes that the values take."""
        return int(self.content.nbytes)

    def open(self) -> BinaryIO:
        """There are no bytes to read: the content is a table.

        :raises io.UnsupportedOperation: always.
        """
        raise io.UnsupportedOperation("a table in memory is not read as bytes")

    def check_unchanged(self) -> None:
        """Tables of Arrow do not change."""


class MemoryReader:
    """Cuts a table in memory into partitions of rows, without copying more than one of them at a time."""

    name = "memory"
    media_types = frozenset({ARROW_TABLE})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:  # noqa: ARG002
        """Plan partitions of equally many rows.

        :raises TooMuchData: when the table is too wide.
        """
        content = _content(source)
        check_width(content.num_columns, source.path)
        names = unique_names(content.schema.names)
        rows = max(1, content.num_rows * execution.partition_bytes // max(source.size, 1))
        starts = range(0, content.num_rows, rows)
        return (
            Table(
                name=source.path,
                columns=tuple(
                    Column(name, field.name, str(field.type), textual=_is_text(field.type))
                    for name, field in zip(names, content.schema, strict=True)
                ),
                partitions=tuple(
                    Partition(index, start, min(start + rows, content.num_rows)) for index, start in enumerate(starts)
                ),
                reading=Reading(reader=self.name),
            ),
        )

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows [start, stop) as one batch of the wanted columns."""
        content = _content(source)
        rows = content.slice(partition.start, partition.stop - partition.start)
        share = source.size * partition.stop // content.num_rows - source.size * partition.start // content.num_rows
        # Arrow gets names of its own: two columns of the table may have the same one.
        columns = [known_layout(_one_array(rows.column(position))) for position in table.positions()]
        schema = pa.schema([pa.field(f"c{index}", column.type) for index, column in enumerate(columns)])
        if not columns:
            empty = pa.array([{}] * rows.num_rows, pa.struct([]))
            yield Batch(pa.RecordBatch.from_struct_array(empty), share)
            return
        yield Batch(pa.RecordBatch.from_arrays(columns, schema=schema), share)


def _content(source: Source) -> pa.Table:
    if not isinstance(source, TableSource):
        raise TypeError(f"{source.path} is no table in memory")
    return source.content


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    found = column.combine_chunks()
    # Arrow keeps chunks where one array could not address all their bytes.
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found
