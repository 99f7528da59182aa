"""Parquet: row groups are the partitions, and columns keep the types they have."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import PARQUET, stem_of
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Column,
    Partition,
    Source,
    Table,
    UnreadableFile,
)

#: Bytes of decoded values that one batch is meant to have: row groups can be larger than memory.
_BATCH_BYTES = 16 * 1024 * 1024
_LEAST_BATCH_ROWS = 1024
_MOST_BATCH_ROWS = 1024 * 1024
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
        names = unique_names(schema.names)
        return (
            Table(
                name=stem_of(source.path.rpartition("/")[2]),
                columns=tuple(
                    Column(name=name, original_name=field.name, physical_type=str(field.type), textual=False)
                    for name, field in zip(names, schema, strict=True)
                ),
                partitions=_bundles(sizes, execution.partition_bytes),
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
                metadata = [content.metadata.row_group(group) for group in groups]
                rows = sum(group.num_rows for group in metadata)
                size = sum(group.total_byte_size for group in metadata)
                batches = content.iter_batches(
                    batch_size=_batch_rows(rows, size), row_groups=list(groups), use_threads=False
                )
                done = read = 0
                for batch in batches:
                    if batch.num_columns != len(table.columns):
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


def _bundles(sizes: list[int], partition_bytes: int) -> tuple[Partition, ...]:
    """Neighbouring row groups together, as long as they stay within the size of a partition."""
    partitions: list[Partition] = []
    start = total = 0
    for group, size in enumerate(sizes):
        if group > start and total + size > partition_bytes:
            partitions.append(Partition(len(partitions), start, group))
            start, total = group, 0
        total += size
    if start < len(sizes):
        partitions.append(Partition(len(partitions), start, len(sizes)))
    return tuple(partitions)


def _batch_rows(rows: int, size: int) -> int:
    wanted = _BATCH_BYTES * rows // max(size, 1)
    return max(_LEAST_BATCH_ROWS, min(wanted, _MOST_BATCH_ROWS))


def _stored_size(group: pa.parquet.RowGroupMetaData) -> int:
    return sum(group.column(index).total_compressed_size for index in range(group.num_columns))


def _unreadable(source: Source, error: BaseException) -> UnreadableFile:
    return UnreadableFile(f"{source.path}: cannot be read as Parquet: {str(error).strip() or type(error).__name__}")
