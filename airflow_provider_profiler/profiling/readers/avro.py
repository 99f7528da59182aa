"""Avro: blocks of records are bundled into partitions, and columns get the types that the schema means."""

import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

import fastavro
import pyarrow as pa

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import AVRO, stem_of
from airflow_provider_profiler.profiling.readers.avro_container import (
    DAMAGE,
    Header,
    blocks,
    container,
    read_header,
    said,
    unpacked,
)
from airflow_provider_profiler.profiling.readers.avro_types import AvroType, Compiler, plain_schema
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    Column,
    Partition,
    Source,
    Table,
    UnreadableFile,
    check_width,
)

#: Bytes of unpacked records that are one batch: as objects of Python they take many times that.
_BATCH_BYTES = 4 * 1024 * 1024
_BATCH_CELLS = 1024 * 1024
_ONLY = "value"


class AvroReader:
    """Reads Avro's container files. Records within records stay nested values, as in Parquet."""

    name = "avro"
    media_types = frozenset({AVRO})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:  # noqa: ARG002
        """Read the schema, and go from block to block without unpacking them.

        :raises UnreadableFile: when the file is damaged or cut short.
        :raises UnsupportedContent: when its codec is not known, or a record holds itself.
        :raises TooMuchData: when a block or the schema is too large.
        """
        with source.open() as file:
            header = read_header(file, source.path)
            columns = _columns(header, source.path)
            check_width(len(columns), source.path)
            partitions: list[Partition] = []
            start = stop = header.size
            for block in blocks(file, header, start, source.size, source.path):
                stop = block.stop
                if stop - start >= execution.partition_bytes:
                    partitions.append(Partition(len(partitions), start, stop))
                    start = stop
            if start < stop:
                partitions.append(Partition(len(partitions), start, stop))
        names = unique_names([name for name, _ in columns])
        return (
            Table(
                name=stem_of(source.path.rpartition("/")[2]),
                columns=tuple(
                    Column(
                        name=name,
                        original_name=original,
                        physical_type=kind.name or str(kind.arrow),
                        textual=kind.textual,
                        arrow_type="text" if kind.textual else str(kind.arrow) if kind.name else "",
                        nullable=kind.nullable,
                    )
                    for name, (original, kind) in zip(names, columns, strict=True)
                ),
                partitions=tuple(partitions),
                reading=Reading(reader=self.name),
            ),
        )

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The records of some blocks in batches of bounded size.

        :raises UnreadableFile: when a block cannot be unpacked or does not hold what the schema says.
        :raises TooMuchData: when its content is too large.
        """
        path = source.path
        with source.open() as file:
            header = read_header(file, path)
            columns = _columns(header, path)
            read = partition.start
            waiting: list[tuple[int, bytes]] = []
            size = 0
            for block in blocks(file, header, partition.start, partition.stop, path):
                content = unpacked(file, header, block, path)
                waiting.append((block.records, content))
                size += len(content)
                if size >= _BATCH_BYTES or block.stop == partition.stop:
                    yield from _batches(header, waiting, columns, table, (block.stop - read, path))
                    read, size = block.stop, 0
                    waiting.clear()


def _columns(header: Header, path: str) -> list[tuple[str, AvroType]]:
    """Name and type of each column; a file whose records are plain values has one."""
    compiler = Compiler(path)
    try:
        fastavro.parse_schema(plain_schema(header.schema))
        if _is_record(header):
            return compiler.members(header.schema)
        return [(_ONLY, compiler.compile(header.schema))]
    except DAMAGE as error:
        raise UnreadableFile(f"{path}: its Avro schema makes no sense: {said(error)}") from error


def _is_record(header: Header) -> bool:
    return isinstance(header.schema, dict) and header.schema.get("type") in ("record", "error")


def _batches(
    header: Header,
    waiting: list[tuple[int, bytes]],
    columns: list[tuple[str, AvroType]],
    table: Table,
    where: tuple[int, str],
) -> Iterator[Batch]:
    """The records of some blocks.

    :param where: bytes of the file that they take, and the file's path.
    """
    stored, path = where
    total = sum(records for records, _ in waiting)
    content = sum(len(data) for _, data in waiting)
    rows = min(_BATCH_BYTES * total // max(content, 1), _BATCH_CELLS // max(len(columns), 1))
    record = _is_record(header)
    done = read = 0
    file = container(plain_schema(header.schema), waiting)
    for values in _records(file, max(rows, 1), path):
        try:
            arrays = [
                kind.build([value[name] for value in values] if record else values)
                for name, kind in (columns[position] for position in table.positions())
            ]
            batch = _rows(arrays, len(values))
            # Arrow takes any number for a time of day, and what comes later relies on its being one.
            batch.validate(full=True)
        except (pa.ArrowException, *DAMAGE) as error:
            raise UnreadableFile(f"{path}: a record does not hold what the schema says: {said(error)}") from error
        done += len(values)
        share = stored * done // max(total, 1)
        yield Batch(batch, bytes_read=share - read)
        read = share
    if done != total:
        raise UnreadableFile(f"{path}: holds {done} records where its blocks claim {total}")


def _records(file: io.BytesIO, rows: int, path: str) -> Iterator[list[Any]]:
    """The records in lists of so many."""
    try:
        records = iter(fastavro.reader(file))
        while values := list(islice(records, rows)):
            yield values
    except DAMAGE as error:
        raise UnreadableFile(f"{path}: a record is not what the schema says: {said(error)}") from error


def _rows(arrays: list[pa.Array], count: int) -> pa.RecordBatch:
    # Arrow gets names of its own: those of the table need not be what it takes for a name.
    schema = pa.schema([pa.field(f"c{index}", array.type) for index, array in enumerate(arrays)])
    if not arrays:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * count, pa.struct([])))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
