"""The floor: what reading and parsing alone costs with bounded memory. Nothing that parses with Arrow can be faster.

CSV is cut at line ends into chunks of about 16 MB, Parquet into row groups, and into columns where it has fewer groups
than there are workers. The chunks are parsed with types found in the first mebibyte, counted, and thrown away. Inputs
have no line ends within quotes, so a cut needs no care for them here.
"""

import multiprocessing
from dataclasses import dataclass
from io import BytesIO
from multiprocessing.pool import Pool, ThreadPool
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from benchmarks.contenders.contender import Outcome
from benchmarks.facts import TableFacts

CHUNK_BYTES = 16_000_000
_HEAD_BYTES = 1 << 20
_BATCH_ROWS = 262_144


@dataclass(frozen=True)
class Chunk:
    """Lines of a CSV file: the bytes from ``start`` to ``stop``."""

    file: str
    start: int
    stop: int
    schema: pa.Schema


@dataclass(frozen=True)
class Share:
    """Row groups of a Parquet file, and some of its columns; ``counts`` where its rows count as the table's."""

    file: str
    groups: tuple[int, ...]
    columns: tuple[str, ...]
    counts: bool


class _ParseOnly:
    """What threads and processes have in common."""

    _pool: Pool
    _workers: int

    def profile(self, file: Path) -> Outcome:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        if file.suffix == ".parquet":
            return Outcome(sum(self._pool.map(rows_of_share, parquet_shares(file, self._workers), chunksize=1)))
        return Outcome(sum(self._pool.map(rows_of_chunk, csv_chunks(file), chunksize=1)))

    def facts(self, result: Any) -> TableFacts:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        return TableFacts(result)

    def stop(self) -> None:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        self._pool.close()
        self._pool.join()


class Threads(_ParseOnly):
    """On threads of the process."""

    def start(self, workers: int) -> None:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        pa.set_cpu_count(1)
        self._workers = workers
        self._pool = ThreadPool(workers)


class Processes(_ParseOnly):
    """In processes of their own, started before the clock runs."""

    def start(self, workers: int) -> None:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        context = multiprocessing.get_context("spawn")
        all_there = context.Barrier(workers + 1)
        self._workers = workers
        self._pool = context.Pool(workers, _begin, (all_there,))
        all_there.wait()


def csv_chunks(file: Path, chunk_bytes: int = CHUNK_BYTES) -> list[Chunk]:
    """The lines after the header, cut into chunks."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
        if len(head) < size:
            head = head[: head.rindex(b"\n") + 1]
        schema = pyarrow.csv.read_csv(BytesIO(head), pyarrow.csv.ReadOptions(use_threads=False)).schema
        start = head.index(b"\n") + 1
        chunks = []
        while start < size:
            stream.seek(min(start + chunk_bytes, size))
            stream.readline()
            stop = stream.tell()
            chunks.append(Chunk(str(file), start, stop, schema))
            start = stop
    return chunks


def rows_of_chunk(chunk: Chunk) -> int:
    """Parse a chunk, with types of its own where a value does not have that of the first mebibyte."""
    with Path(chunk.file).open("rb", buffering=0) as stream:
        stream.seek(chunk.start)
        buffer = pa.allocate_buffer(chunk.stop - chunk.start)
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view):
            filled += stream.readinto(view[filled:])
    read = pyarrow.csv.ReadOptions(use_threads=False, block_size=len(view) + 1, column_names=chunk.schema.names)
    types = pyarrow.csv.ConvertOptions(column_types=chunk.schema, strings_can_be_null=True)
    try:
        table = pyarrow.csv.read_csv(pa.BufferReader(buffer), read, convert_options=types)
    except pa.ArrowInvalid:
        table = pyarrow.csv.read_csv(pa.BufferReader(buffer), read)
    rows: int = table.num_rows
    return rows


def parquet_shares(file: Path, workers: int) -> list[Share]:
    """The row groups, each a share; split by columns where they are fewer than the workers."""
    parquet = pyarrow.parquet.ParquetFile(file)
    groups, columns = parquet.num_row_groups, tuple(parquet.schema_arrow.names)
    parts = 1 if groups >= workers else workers
    return [
        Share(str(file), (group,), columns[part::parts], part == 0)
        for group in range(groups)
        for part in range(min(parts, len(columns)))
    ]


def rows_of_share(share: Share) -> int:
    """Read a share in batches."""
    parquet = pyarrow.parquet.ParquetFile(share.file)
    batches = parquet.iter_batches(
        batch_size=_BATCH_ROWS, row_groups=list(share.groups), columns=list(share.columns), use_threads=False
    )
    rows = sum(batch.num_rows for batch in batches)
    return rows if share.counts else 0


def _begin(all_there: Barrier) -> None:
    pa.set_cpu_count(1)
    all_there.wait()
