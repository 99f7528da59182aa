"""Rows from a server in batches of a fixed number of rows, whatever the pieces they arrive in."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from airflow_provider_profiler.profiling.databases.table_source import DatabaseTable
from airflow_provider_profiler.profiling.readers.reader import Batch

#: Bytes that a batch is meant to have, by the table's own estimate of its rows.
_BATCH_BYTES = 16 * 1024 * 1024
_FIRST_ROWS, _LEAST_ROWS, _MOST_ROWS = 1024, 256, 64 * 1024
#: Bytes at which a batch ends early, whatever was estimated.
_MOST_BYTES = 128 * 1024 * 1024


def batch_rows(source: DatabaseTable) -> int:
    """Rows of one batch: it depends on the table alone, never on the columns that are wanted of it."""
    rows, size = source.table.facts.row_estimate, source.table.facts.bytes
    if not rows or not size:
        return _MOST_ROWS
    return max(_LEAST_ROWS, min(_MOST_ROWS, _BATCH_BYTES * rows // size))


def regrouped(pieces: Iterable[pa.RecordBatch], rows: int) -> Iterator[Batch]:
    """The rows of all pieces in batches that grow to so many, the last one with what is left.

    The first batches are small: who wants the first rows alone must not wait for many.

    :param pieces: of one schema.
    """
    waiting: list[pa.RecordBatch] = []
    count = size = 0
    wanted = min(rows, _FIRST_ROWS)
    for piece in pieces:
        rest = piece
        while rest.num_rows:
            taken = rest.slice(0, wanted - count)
            rest = rest.slice(taken.num_rows)
            waiting.append(taken)
            count += taken.num_rows
            size += taken.nbytes
            if count >= wanted or size >= _MOST_BYTES:
                yield _joined(waiting, size)
                waiting, count, size = [], 0, 0
                wanted = min(rows, 4 * wanted)
    if waiting:
        yield _joined(waiting, size)


def bare_rows(count: int, rows: int) -> Iterator[Batch]:
    """So many rows without a column."""
    for start in range(0, count, rows):
        empty = pa.array([{}] * min(rows, count - start), pa.struct([]))
        yield Batch(pa.RecordBatch.from_struct_array(empty))


def _joined(pieces: list[pa.RecordBatch], size: int) -> Batch:
    return Batch(pieces[0] if len(pieces) == 1 else pa.concat_batches(pieces), bytes_read=size)
