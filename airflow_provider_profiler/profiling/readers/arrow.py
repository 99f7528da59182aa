"""Arrow's own files, which Feather version 2 is another name of, and Arrow streams: columns keep the types they have.

Record batches of a file are the partitions. A stream has to be read from its beginning, so it is one partition.
"""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.ipc

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import ARROW_FILE, ARROW_STREAM, stem_of
from airflow_provider_profiler.profiling.readers.arrow_layout import (
    FEATHER_1,
    MAGIC,
    file_messages,
    stream_messages,
)
from airflow_provider_profiler.profiling.readers.bundling import bundles
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Partition,
    Source,
    Table,
    UnreadableFile,
    UnsupportedContent,
)
from airflow_provider_profiler.profiling.readers.typed_batches import pieces, typed_columns

_DAMAGE = (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError, TypeError, KeyError)
_OPTIONS = pa.ipc.IpcReadOptions(use_threads=False)


class ArrowReader:
    """Reads files and streams of Arrow's interprocess format through plain reads, and checks all values."""

    name = "arrow"
    media_types = frozenset({ARROW_FILE, ARROW_STREAM})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:  # noqa: ARG002
        """Read the schema and bundle small record batches up to the size of a partition.

        :raises UnreadableFile: when the file is cut short or damaged.
        :raises UnsupportedContent: for version 1 of Feather.
        :raises TooMuchData: when a record batch takes too much memory.
        """
        with source.open() as file:
            is_file = _is_file(file, source)
            look = file_messages if is_file else stream_messages
            batches = [message for message in look(file, source.size, source.path) if message.is_batch]
            content = _opened(file, source, is_file=is_file)
            try:
                columns = typed_columns(content.schema, source.path)
            except _DAMAGE as error:  # names that are not UTF-8
                raise _unreadable(source, error) from error
        partitions = (
            bundles([message.size for message in batches], execution.partition_bytes)
            if is_file
            else (Partition(0, 0, source.size),)
        )
        return (
            Table(
                name=stem_of(source.path.rpartition("/")[2]),
                columns=columns,
                partitions=partitions,
                reading=Reading(reader=self.name),
            ),
        )

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of some record batches in pieces of bounded size.

        :raises UnreadableFile: when one cannot be decoded, or holds what its types do not allow.
        """
        with source.open() as file:
            if _is_file(file, source):
                yield from self._of_file(file, source, table, partition)
            else:
                yield from self._of_stream(file, source, table)

    def _of_file(self, file: BinaryIO, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        messages = [item for item in file_messages(file, source.size, source.path) if item.is_batch]
        content = _opened(file, source, is_file=True)
        for number in range(partition.start, partition.stop):
            try:
                batch = content.get_batch(number)
            except _DAMAGE as error:
                raise _unreadable(source, error) from error
            yield from _batches(batch, messages[number].stop - messages[number].start, source, table)

    def _of_stream(self, file: BinaryIO, source: Source, table: Table) -> Iterator[Batch]:
        content = _opened(file, source, is_file=False)
        read = 0
        while True:
            try:
                batch = content.read_next_batch()
            except StopIteration:
                return
            except _DAMAGE as error:
                raise _unreadable(source, error) from error
            place = file.tell()
            yield from _batches(batch, place - read, source, table)
            read = place


def _is_file(file: BinaryIO, source: Source) -> bool:
    """Whether it is a file or a stream, by the first bytes."""
    file.seek(0)
    head = file.read(8)
    if head.startswith(FEATHER_1):
        raise UnsupportedContent(
            f"{source.path}: is Feather version 1, which is not read; write it with pyarrow.feather.write_feather, "
            "whose default is version 2"
        )
    if not head:
        raise UnreadableFile(f"{source.path}: is empty, which is neither an Arrow file nor a stream")
    return head.startswith(MAGIC)


def _opened(
    file: BinaryIO, source: Source, *, is_file: bool
) -> pa.ipc.RecordBatchFileReader | pa.ipc.RecordBatchStreamReader:
    try:
        file.seek(0)
        return (pa.ipc.open_file if is_file else pa.ipc.open_stream)(file, options=_OPTIONS)
    except _DAMAGE as error:
        raise _unreadable(source, error) from error


def _batches(batch: pa.RecordBatch, stored: int, source: Source, table: Table) -> Iterator[Batch]:
    """The rows of a record batch, which takes ``stored`` bytes of the file."""
    try:
        # Nothing else has looked at the values, and every function of Arrow trusts them.
        batch.validate(full=True)
    except _DAMAGE as error:
        raise _unreadable(source, error) from error
    if batch.num_columns != len(table.columns):
        raise UnreadableFile(f"{source.path}: a record batch has other columns than the schema says")
    done = read = 0
    for piece in pieces(batch):
        done += piece.num_rows
        share = stored * done // max(batch.num_rows, 1)
        yield Batch(piece, bytes_read=share - read)
        read = share


def _unreadable(source: Source, error: BaseException) -> UnreadableFile:
    return UnreadableFile(f"{source.path}: cannot be read as Arrow: {str(error).strip() or type(error).__name__}")
