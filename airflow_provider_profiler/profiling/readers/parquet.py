"""Parquet: row groups are the partitions, and columns keep the types they have."""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import PARQUET, stem_of
from airflow_provider_profiler.profiling.readers.bundling import bundles
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.parquet_chunks import check_chunks
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Column,
    Partition,
    Source,
    Table,
    UnreadableFile,
    check_width,
)

#: Bytes of decoded values that one batch is meant to have: row groups can be larger than memory.
_BATCH_BYTES = 32 * 1024 * 1024
_LEAST_BATCH_ROWS = 1024
_MOST_BATCH_ROWS = 1024 * 1024
#: Bytes that the values of one batch may take at worst, where its row group's size says nothing of what is decoded.
_MOST_BATCH_BYTES = 256 * 1024 * 1024
#: Bytes of a decoded value; those of texts and bytes are found out, and fixed-length ones are told by the schema.
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 8}
_PROBE_ROWS = 256
# What Arrow raises of damaged files: its own exceptions, and OSError for thrift and for ends that come too soon.
_DAMAGE = (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError)


class ParquetReader:
    """Reads Parquet through plain reads: a file that is cut short while it is mapped would kill the process."""

    name = "parquet"
    media_types = frozenset({PARQUET})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:  # noqa: ARG002
        """Read the footer and bundle small row groups up to the size of a partition.

        :raises UnreadableFile: when it is cut short, encrypted or damaged.
        """
        with source.open() as file:
            try:
                content = pa.parquet.ParquetFile(file, memory_map=False)
                schema = content.schema_arrow
                sizes = [content.metadata.row_group(index).total_byte_size for index in range(content.num_row_groups)]
            except _DAMAGE as error:
                raise _unreadable(source, error) from error
        check_width(content.metadata.num_columns, source.path)
        names = unique_names(schema.names)
        return (
            Table(
                name=stem_of(source.path.rpartition("/")[2]),
                columns=tuple(
                    Column(name=name, original_name=field.name, physical_type=str(field.type), textual=False)
                    for name, field in zip(names, schema, strict=True)
                ),
                partitions=bundles(sizes, execution.partition_bytes),
                reading=Reading(reader=self.name),
            ),
        )

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of some row groups in batches of bounded size.

        :raises UnreadableFile: when a page cannot be decoded.
        """
        with source.open() as file:
            try:
                content = pa.parquet.ParquetFile(file, memory_map=False, pre_buffer=False)
                groups = range(partition.start, partition.stop)
                check_chunks(content.metadata, groups, source.size)
                metadata = [content.metadata.row_group(group) for group in groups]
                rows = sum(group.num_rows for group in metadata)
                size = sum(group.total_byte_size for group in metadata)
                paths = _paths(content, table)
                columns = content.metadata.num_columns if paths is None else len(paths)
                batch_rows = min(_batch_rows(rows, size, columns), _rows_that_fit(file, content, groups))
                batches = content.iter_batches(
                    batch_size=batch_rows, row_groups=list(groups), columns=paths, use_threads=False
                )
                done = read = 0
                for batch in batches:
                    if batch.num_columns != (len(table.columns) if paths is None else len(paths)):
                        raise UnreadableFile(f"{source.path}: a row group has other columns than the footer says")
                    done += batch.num_rows
                    # The size on disk, spread over the rows, so that progress adds up to the file.
                    stored = sum(_stored_size(group) for group in metadata) * done // max(rows, 1)
                    yield Batch(batch, bytes_read=stored - read)
                    read = stored
            except _DAMAGE as error:
                raise _unreadable(source, error) from error
        if done != rows:
            raise UnreadableFile(f"{source.path}: holds {done} rows where its footer says {rows}")


def _paths(content: pa.parquet.ParquetFile, table: Table) -> list[str] | None:
    """The names by which Arrow reads the wanted columns alone; None to read all of them.

    Arrow takes a name for the beginning of a path too: names that may mean several columns are not used.
    """
    names = content.schema_arrow.names
    if table.only is None or len(names) != len(table.columns):
        return None
    if len(set(names)) < len(names) or any("." in name for name in names):
        return None
    return [names[position] for position in table.only]


def _batch_rows(rows: int, size: int, columns: int) -> int:
    # Values that repeat take less in the file than decoded, where hardly any takes less than eight bytes.
    wanted = _BATCH_BYTES * rows // max(size, rows * columns * 8, 1)
    return max(_LEAST_BATCH_ROWS, min(wanted, _MOST_BATCH_ROWS))


def _rows_that_fit(file: BinaryIO, content: pa.parquet.ParquetFile, groups: range) -> int:
    """The most rows of a batch that surely fit into memory, whatever stands in the dictionaries of the columns.

    A value that repeats is stored once: a row group of a few bytes can hold a text of a megabyte a million times.
    """
    widest = max((_widest_row(file, content, group) for group in groups), default=0.0)
    return max(1, int(_MOST_BATCH_BYTES / widest)) if widest else _MOST_BATCH_ROWS


def _widest_row(file: BinaryIO, content: pa.parquet.ParquetFile, group: int) -> float:
    """Bytes of a row of a row group if each of its texts were the longest of its column's dictionary."""
    metadata = content.metadata.row_group(group)
    columns = [metadata.column(index) for index in range(metadata.num_columns)]
    texts = [column.path_in_schema for column in columns if column.physical_type == "BYTE_ARRAY"]
    longest = _longest_texts(file, content, group, texts) if texts else []
    if len(longest) != len(texts):  # a name that stands twice: each may be the one with the longest
        longest = [max(longest, default=0)] * len(texts)
    lengths = iter(longest)
    total = 0.0
    for index, column in enumerate(columns):
        if column.physical_type == "BYTE_ARRAY":
            width = next(lengths)
        else:
            width = _WIDTHS.get(column.physical_type) or content.schema.column(index).length or 0
        total += width * column.num_values / max(metadata.num_rows, 1)
    return total


def _longest_texts(file: BinaryIO, content: pa.parquet.ParquetFile, group: int, paths: list[str]) -> list[int]:
    """The length of the longest text of each column's dictionary, in the order of the columns.

    A dictionary stands before the first value of its column: it is whole as soon as there is any.
    """
    encoded = pa.parquet.ParquetFile(file, metadata=content.metadata, read_dictionary=paths, pre_buffer=False)
    lengths: list[int] = []
    for batch in encoded.iter_batches(batch_size=_PROBE_ROWS, row_groups=[group], columns=paths, use_threads=False):
        texts = [leaf for column in batch.columns for leaf in _leaves(column)]
        found = [pc.max(pc.binary_length(text)).as_py() for text in texts]
        lengths = [max(old, new or 0) for old, new in zip(lengths or [0] * len(found), found, strict=True)]
        if None not in found:
            break
    return lengths


def _leaves(values: pa.Array) -> list[pa.Array]:
    """The texts that a column holds at any depth; for encoded ones their dictionary."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return [values.dictionary]
    if pa.types.is_map(kind):
        return _leaves(values.keys) + _leaves(values.items)
    if pa.types.is_struct(kind):
        return [leaf for index in range(kind.num_fields) for leaf in _leaves(values.field(index))]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _leaves(values.values)
    if pa.types.is_binary(kind) or pa.types.is_string(kind) or pa.types.is_large_binary(kind):
        return [values]
    return [values] if pa.types.is_large_string(kind) else []


def _stored_size(group: pa.parquet.RowGroupMetaData) -> int:
    return sum(group.column(index).total_compressed_size for index in range(group.num_columns))


def _unreadable(source: Source, error: BaseException) -> UnreadableFile:
    return UnreadableFile(f"{source.path}: cannot be read as Parquet: {str(error).strip() or type(error).__name__}")
