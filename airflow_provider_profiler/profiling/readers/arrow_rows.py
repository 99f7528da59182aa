"""Parsing whole records with Arrow: every cell is text, rows of another width are set aside and located."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.csv

from airflow_provider_profiler.contract.profile import Dialect
from airflow_provider_profiler.profiling.readers.encoding import UTF_8
from airflow_provider_profiler.profiling.readers.mended_text import mended_text
from airflow_provider_profiler.profiling.readers.reader import Partition, Rejected, Table, UnreadableFile
from airflow_provider_profiler.profiling.readers.row_form import RowForm
from airflow_provider_profiler.profiling.readers.row_lines import row_lines
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering

#: Arrow counts the bytes of a block with 32 bits.
LARGEST_PARTITION = 2**31 - 1
_REJECTED_EXAMPLES = 5
_COUNTED = 256 * 1024
_LINE_FEED = ord("\n")
_REJECTED_CHARACTERS = 200


@dataclass(frozen=True)
class Parsed:
    """What a partition holds."""

    rows: pa.RecordBatch
    rejected: Rejected
    lines: int
    """Of the file up to the partition's end, as far as they are counted."""
    numbering: Numbering
    """The line of each row."""


def parsed(text: bytes, table: Table, partition: Partition, path: str, lines_before: int) -> Parsed:
    """The rows of a partition, those that could not be taken, and where both stand.

    :param text: the partition in UTF-8.
    :param path: the file's path, for messages.
    :param lines_before: lines of the file before the partition, as far as they are counted.
    :raises UnreadableFile: when Arrow cannot parse it.
    """
    dialect = table.reading.dialect
    if dialect is None:
        raise ValueError(f"{path}: a delimited table without a dialect")
    mended = mended_text(text, partition, RowForm.of(dialect, len(table.columns)))
    rows, set_aside, first = _parse(mended.text, table, path)
    found = [*_places(text, first), *mended.rejected]
    found.sort(key=lambda row: len(text) if row[0] is None else row[0])
    examples = tuple(
        (
            None if place is None else lines_before + line_ends_in(text[:place]) + 1,
            line[: 4 * _REJECTED_CHARACTERS].decode(UTF_8, "ignore")[:_REJECTED_CHARACTERS],
        )
        for place, line in found[:_REJECTED_EXAMPLES]
    )
    ends = line_ends_in(text)
    unterminated = bool(text) and not text.endswith((b"\n", b"\r"))
    return Parsed(
        rows,
        Rejected(len(set_aside) + len(mended.rejected), examples),
        lines_before + ends + unterminated,
        row_lines(text, mended, dialect, rows=rows.num_rows, set_aside=set_aside, lines=(lines_before, ends)),
    )


def line_ends_in(text: bytes) -> int:
    """Line ends in a text, whatever they are; one of CR LF counts once."""
    data = np.frombuffer(text, np.uint8)
    # In parts that fit the processor's cache: several times as fast as counting bytes one line after the other.
    ends = sum(int(np.count_nonzero(data[at : at + _COUNTED] == _LINE_FEED)) for at in range(0, len(data), _COUNTED))
    # Carriage returns of their own are rare: look for them only where there are not just CR LF or none.
    returns = text.count(b"\r") if b"\r" in text else 0
    return ends + (returns - text.count(b"\r\n") if returns else 0)


def _parse(text: bytes, table: Table, path: str) -> tuple[pa.RecordBatch, Sequence[int], list[pa.csv.InvalidRow]]:
    """Parse whole records with Arrow: the rows, which records are of another width, and the first of these."""
    rejected = array("q")
    first: list[pa.csv.InvalidRow] = []

    def set_aside(row: pa.csv.InvalidRow) -> str:
        rejected.append(row.number)
        # One of them is a hundred times as large as a short row: all would not fit where the partition does.
        if len(first) < _REJECTED_EXAMPLES:
            first.append(row)
        return "skip"

    dialect = cast(Dialect, table.reading.dialect)
    # Arrow gets names of its own: those of the table need not be what it takes for a name.
    names = [f"c{index}" for index in range(len(table.columns))]
    if len(text) > LARGEST_PARTITION:
        raise UnreadableFile(f"{path}: holds records that are longer together than 2 GiB, which no reader can take")
    if not (text[:_COUNTED].strip(b"\r\n") or text.strip(b"\r\n")):  # which Arrow takes for an error
        wanted = names if table.only is None else [names[index] for index in table.only]
        schema = pa.schema([pa.field(name, pa.string()) for name in wanted])
        return pa.RecordBatch.from_pylist([], schema=schema), rejected, []
    try:
        rows = pa.csv.read_csv(
            pa.BufferReader(text),
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=max(len(text), 1), column_names=names),
            parse_options=pa.csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                double_quote=dialect.quote is not None,
                escape_char=dialect.escape or False,
                newlines_in_values=True,
                invalid_row_handler=set_aside,
            ),
            convert_options=pa.csv.ConvertOptions(
                # Rows are counted by a column; none at all would mean all of them.
                include_columns=None if table.only is None else [names[index] for index in table.only or (0,)],
                column_types=dict.fromkeys(names, pa.string()),
                null_values=["", *table.reading.null_tokens],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowException as error:
        raise UnreadableFile(f"{path}: cannot be parsed as delimited text: {error}") from error
    batches = rows.combine_chunks().to_batches()
    batch = batches[0] if batches else pa.RecordBatch.from_pylist([], schema=rows.schema)
    return batch if table.only is None else batch.select(range(len(table.only))), rejected, first


def _is_whole_line(text: bytes, start: int, stop: int) -> bool:
    return (not start or text[start - 1] in b"\r\n") and (stop == len(text) or text[stop] in b"\r\n")


def _places(text: bytes, rows: list[pa.csv.InvalidRow]) -> list[tuple[int | None, bytes]]:
    """Where rows that were set aside begin, and their texts."""
    places: list[tuple[int | None, bytes]] = []
    position = 0
    for row in rows:
        line = row.text.encode(UTF_8)
        found = text.find(line, position)
        while found >= 0 and not _is_whole_line(text, found, found + len(line)):
            found = text.find(line, found + 1)
        places.append((None if found < 0 else found, line))
        if found >= 0:
            position = found + len(line)
    return places
