"""A file as its reader delivers it, before anything is made of its values: columns, rows, distinct texts."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.formats import CSV, PLAIN_TEXT, UNKNOWN
from airflow_provider_profiler.profiling.readers.reader import Reader, Source, Table, UnsupportedContent
from airflow_provider_profiler.profiling.readers.registry import entry_for, reader_named
from airflow_provider_profiler.profiling.statistics.nested import plain_values, render_json

_DIGEST_BYTES = 16
#: Digests that wait until they are merged, so that merging stays rarer than reading.
_LEAST_WAITING = 1 << 16


@dataclass(frozen=True)
class InspectedTable:
    """What was found of a table."""

    table: Table
    rows: int
    distinct: tuple[int, ...]
    """For each column how many different texts it holds, empty ones and nulls apart."""
    rejected: int
    """Rows that the reader could not take."""


def inspect_tables(source: Source, reading: ReadingOptions) -> Iterator[InspectedTable]:
    """Read all tables of a file. Text whose name does not say what it is is taken for delimited text.

    :param source: a file whose media type is known.
    :raises UnsupportedContent: when no reader takes it.
    :raises UnreadableFile: when it is not of its format.
    :raises ReaderNotInstalled: naming the extra.
    """
    media_type = CSV if source.media_type in (PLAIN_TEXT, UNKNOWN, "") else source.media_type
    entry = entry_for(media_type)
    if entry is None or not entry.tabular:
        raise UnsupportedContent(f"{source.path}: holds {media_type}, which no reader takes")
    reader = reader_named(entry.name)
    for table in reader.tables(source, reading, ExecutionOptions()):
        yield _inspected(source, reader, table)


def _inspected(source: Source, reader: Reader, table: Table) -> InspectedTable:
    counters = [DistinctTexts() for _ in table.columns]
    rows = rejected = 0
    for partition in table.partitions:
        for batch in reader.read(source, table, partition):
            rows += batch.rows.num_rows
            rejected += batch.rejected.count
            for counter, values in zip(counters, batch.rows.columns, strict=True):
                counter.add(values)
    return InspectedTable(table, rows, tuple(counter.count() for counter in counters), rejected)


@dataclass
class DistinctTexts:
    """Counts different texts by their 128-bit hashes: exact but for a chance of one in 10^18 at 10^10 texts."""

    _merged: pa.Array = field(default_factory=lambda: pa.array([], pa.binary(_DIGEST_BYTES)))
    _waiting: list[pa.Array] = field(default_factory=list)
    _waiting_count: int = 0

    def add(self, values: pa.Array) -> None:
        """Count the texts of some values: see :func:`texts_of`."""
        digests = [xxhash.xxh3_128_digest(text.encode()) for text in texts_of(values)]
        self._waiting.append(pa.array(digests, pa.binary(_DIGEST_BYTES)))
        self._waiting_count += len(digests)
        if self._waiting_count > max(_LEAST_WAITING, len(self._merged)):
            self._merge()

    def count(self) -> int:
        """How many there were."""
        self._merge()
        return len(self._merged)

    def _merge(self) -> None:
        self._merged = pc.unique(pa.concat_arrays([self._merged, *self._waiting]))
        self._waiting, self._waiting_count = [], 0


def texts_of(values: pa.Array) -> set[str]:
    """The different texts of values that are neither null nor empty.

    Bytes are written in hexadecimal, nested values as JSON, and all others as Arrow writes them.
    """
    values = plain_values(values)
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        return {value.hex() for value in pc.unique(values).to_pylist() if value}
    try:
        texts = set(pc.unique(values).cast(pa.string()).to_pylist())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # lists and structures
        texts = set(render_json(values).to_pylist())
    return texts - {None, ""}
