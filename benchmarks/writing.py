"""Blocks of a table into a file, never more than a few of them in memory."""

import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet

#: Rows of a row group, where a file has several.
GROUP_ROWS = 1_000_000


def write_csv(blocks: Iterable[pa.Table], file: Path) -> None:
    """Write a comma-separated file, quoted where needed.

    :param blocks: at least one; all have the columns of the first.
    """
    first, all_blocks = _peeked(blocks)
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    with pyarrow.csv.CSVWriter(str(file), first.schema, write_options=options) as writer:
        for block in all_blocks:
            writer.write_table(block)


def write_parquet(blocks: Iterable[pa.Table], file: Path) -> None:
    """Write a Parquet file of row groups of :data:`GROUP_ROWS` rows, compressed with Snappy.

    :param blocks: at least one; all have the columns of the first.
    """
    first, all_blocks = _peeked(blocks)
    with pyarrow.parquet.ParquetWriter(file, first.schema, compression="snappy") as writer:
        for group in _groups(all_blocks):
            writer.write_table(group, row_group_size=GROUP_ROWS)


def write_parquet_one_group(blocks: Iterable[pa.Table], file: Path) -> None:
    """Write a Parquet file of one single row group.

    A row group is written column after column, so that all of its rows have to be there at once: they are put into a
    file that is mapped, and the system drops its pages where it needs the memory.

    :param blocks: at least one; all have the columns of the first.
    """
    first, all_blocks = _peeked(blocks)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".arrow") as rows:
        with pyarrow.ipc.new_file(rows.name, first.schema) as writer:
            for block in all_blocks:
                writer.write_table(block)
        with pa.memory_map(rows.name) as mapped:
            table = pyarrow.ipc.open_file(mapped).read_all()
            pyarrow.parquet.write_table(table, file, compression="snappy", row_group_size=table.num_rows)
            del table


def _peeked(blocks: Iterable[pa.Table]) -> tuple[pa.Table, Iterator[pa.Table]]:
    iterator = iter(blocks)
    first = next(iterator)
    return first, chain([first], iterator)


def _groups(blocks: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of the blocks, cut anew into groups."""
    waiting: list[pa.Table] = []
    rows = 0
    for block in blocks:
        waiting.append(block)
        rows += block.num_rows
        while rows >= GROUP_ROWS:
            table = pa.concat_tables(waiting)
            yield table.slice(0, GROUP_ROWS)
            waiting = [table.slice(GROUP_ROWS)]
            rows -= GROUP_ROWS
    if rows:
        yield pa.concat_tables(waiting)
