"""ORC: stripes are the partitions, and columns keep the types they have."""

from collections.abc import Iterator

import pyarrow as pa

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import ORC, stem_of
from airflow_provider_profiler.profiling.readers.bundling import bundles
from airflow_provider_profiler.profiling.readers.orc_stream import Decoded, decoded
from airflow_provider_profiler.profiling.readers.orc_tail import Stripe, Tail, read_tail
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Column,
    Partition,
    Source,
    Table,
    TooMuchData,
    UnreadableFile,
)
from airflow_provider_profiler.profiling.readers.typed_batches import BATCH_BYTES, pieces, typed_columns

#: Bytes of decoded values up to which a stripe is read whole; files with larger ones are read in batches, one after
#: the other, for Arrow has no batches of one stripe.
_LARGEST_STRIPE = 256 * 1024 * 1024
# What Arrow raises of damaged content: its own exceptions, and UnicodeDecodeError of names.
_DAMAGE = (pa.ArrowException, ValueError, OverflowError, MemoryError)


class OrcReader:
    """Reads ORC in processes of its own: a damaged file may end the process that decodes it."""

    name = "orc"
    media_types = frozenset({ORC})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:  # noqa: ARG002
        """Read the tail and bundle small stripes up to the size of a partition.

        :raises UnreadableFile: when it is cut short or damaged.
        :raises TooMuchData: when a stripe takes too much memory and cannot be read in parts.
        """
        with decoded(source) as content:
            tail = _tail(content, source)
            columns = _columns(content.schema, source)
        if _streamed(content.schema, tail):
            _check_names(content.schema, source.path)
            partitions: tuple[Partition, ...] = (Partition(0, 0, len(tail.stripes)),)
        else:
            partitions = bundles([stripe.size for stripe in tail.stripes], execution.partition_bytes)
        return (
            Table(
                name=stem_of(source.path.rpartition("/")[2]),
                columns=columns,
                partitions=partitions,
                reading=Reading(reader=self.name),
            ),
        )

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of some stripes in batches of bounded size.

        :raises UnreadableFile: when a stripe cannot be decoded.
        """
        with decoded(source, stripes=(partition.start, partition.stop)) as content:
            tail = _tail(content, source)
            if not _streamed(content.schema, tail):
                yield from _rows(source, table, tail.stripes[partition.start : partition.stop], content)
                return
        with decoded(source, rows=max(1, int(BATCH_BYTES / max(1.0, _decoded_bytes(content.schema, tail))))) as content:
            yield from _rows(source, table, tail.stripes, content)


def _rows(source: Source, table: Table, stripes: tuple[Stripe, ...], content: Decoded) -> Iterator[Batch]:
    rows, size = sum(stripe.rows for stripe in stripes), sum(stripe.size for stripe in stripes)
    done = read = 0
    try:
        for batch in content.batches:
            batch.validate(full=True)
            if batch.num_columns != len(table.columns):
                raise UnreadableFile(f"{source.path}: a stripe has other columns than the tail says")
            for piece in pieces(batch):
                done += piece.num_rows
                stored = size * done // max(rows, 1)
                yield Batch(piece, bytes_read=stored - read)
                read = stored
    except _DAMAGE as error:
        raise _unreadable(source, error) from error
    if done != rows:
        raise UnreadableFile(f"{source.path}: holds {done} rows where its tail says {rows}")


def _tail(content: Decoded, source: Source) -> Tail:
    tail = read_tail(content.tail, source.path)
    if (content.stripes, content.rows) != (len(tail.stripes), sum(stripe.rows for stripe in tail.stripes)):
        raise UnreadableFile(f"{source.path}: its tail contradicts itself over the number of rows")
    return tail


def _columns(schema: pa.Schema, source: Source) -> tuple[Column, ...]:
    try:
        return typed_columns(schema, source.path)
    except _DAMAGE as error:  # names that are not UTF-8
        raise _unreadable(source, error) from error


def _decoded_bytes(schema: pa.Schema, tail: Tail) -> float:
    """Bytes of a row of all columns, on the average over the file."""
    rows = max(1, sum(stripe.rows for stripe in tail.stripes))
    return sum(_leaves(field.type) for field in schema) * 8 + tail.text_bytes / rows


def _leaves(kind: pa.DataType) -> int:
    return max(1, sum(_leaves(kind.field(index).type) for index in range(kind.num_fields)))


def _streamed(schema: pa.Schema, tail: Tail) -> bool:
    """Whether a stripe may be too large to be read whole."""
    largest = max((stripe.rows for stripe in tail.stripes), default=0)
    return largest * _decoded_bytes(schema, tail) > _LARGEST_STRIPE


def _check_names(schema: pa.Schema, path: str) -> None:
    # Arrow's reader of data sets takes columns by name, and a name with a dot for a path.
    if len(set(schema.names)) < len(schema.names) or any("." in name for name in schema.names):
        raise TooMuchData(
            f"{path}: has stripes of more than {_LARGEST_STRIPE // 1024 // 1024} MiB once they are decoded, and names "
            "that keep them from being read in parts; write it with smaller stripes, or without dots in names"
        )


def _unreadable(source: Source, error: BaseException) -> UnreadableFile:
    return UnreadableFile(f"{source.path}: cannot be read as ORC: {str(error).strip() or type(error).__name__}")
