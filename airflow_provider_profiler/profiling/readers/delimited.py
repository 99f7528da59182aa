"""Delimited text: CSV, TSV and their relatives. Every cell is read as text; its type is found over all rows later."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import CSV, TSV, stem_of
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.dialect import Layout, find_layout
from airflow_provider_profiler.profiling.readers.encoding import (
    UTF_8,
    TextEncoding,
    check_is_text,
    guessed_encodings,
    marked_encoding,
    told_encoding,
    unmarked_wide_encoding,
)
from airflow_provider_profiler.profiling.readers.reader import (
    Batch,
    ChangedWhileRead,
    Column,
    Partition,
    Rejected,
    Source,
    Table,
    UnreadableFile,
    check_width,
)
from airflow_provider_profiler.profiling.readers.record_cuts import Cuts, EndlessRun, blocks, cut_records
from airflow_provider_profiler.profiling.readers.validation import WrongEncoding, validated

SAMPLE = 64 * 1024
_LARGEST_SAMPLE = 16 * 1024 * 1024
_REJECTED_EXAMPLES = 5
_REJECTED_CHARACTERS = 200
# Arrow counts the bytes of a block with 32 bits.
_LARGEST_PARTITION = 2**31 - 1


class DelimitedReader:
    """Reads delimited text in any encoding and dialect; both are found out, or told by options, and recorded."""

    name = "delimited"
    media_types = frozenset({CSV, TSV})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:
        """Find encoding and dialect and plan partitions that end with whole records, in one pass over the file.

        :raises UnreadableFile: for binary data, bytes that are not of the encoding, and a quote that never closes.
        """
        with source.open() as file:
            head = file.read(SAMPLE)
            for encoding in _encodings(file, head, reading, source.path):
                try:
                    return (_Plan(source, file, encoding, reading, execution).table(),)
                except WrongEncoding as error:
                    problem = error
        raise UnreadableFile(
            f"{source.path}: the byte at offset {problem.offset} is not {problem.encoding}; "
            "correct the option reading.encoding, or leave it out to have it found"
        )

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of one partition as one batch of text columns; empty cells are null.

        :raises UnreadableFile: when Arrow cannot parse it.
        """
        length = partition.stop - partition.start
        if length > _LARGEST_PARTITION:  # before it is read: it may not fit into memory either
            raise UnreadableFile(_too_long(source.path))
        with source.open() as file:
            # Only the first partition knows how many lines stand before the data; the others count from their start.
            lines_before = _line_ends(file.read(partition.start)) if partition.index == 0 else 0
            file.seek(partition.start)
            raw = file.read(length)
        if len(raw) != length:
            raise ChangedWhileRead(f"{source.path}: became shorter while it was read")
        encoding = table.reading.encoding or UTF_8
        chunk = raw if encoding == UTF_8 else _transcode(raw, encoding, source.path)
        rows, count, first = _parse(chunk, table, source.path)
        lines = lines_before + _line_ends(chunk)
        yield Batch(rows, length, Rejected(count, _located(chunk, first, lines_before)), lines)


@dataclass(frozen=True)
class _Plan:
    """Plans the reading of one file in one encoding."""

    source: Source
    file: BinaryIO
    encoding: TextEncoding
    reading: ReadingOptions
    execution: ExecutionOptions

    def table(self) -> Table:
        """The file's table.

        :raises WrongEncoding: when the file is not of the encoding.
        """
        text, layout = self._layout()
        check_width(len(layout.names), self.source.path)
        cuts, layout = self._cuts(text, layout)
        names = unique_names([name.strip() for name in layout.names])
        notes = []
        if layout.skipped_lines:
            notes.append(f"{layout.skipped_lines} lines before the table were skipped")
        if layout.header_width != len(names):
            notes.append(f"the header names {layout.header_width} columns, most rows have {len(names)}")
        return Table(
            name=stem_of(self.source.path.rpartition("/")[2]),
            columns=tuple(
                Column(name=name, original_name=original, physical_type="text", textual=True)
                for name, original in zip(names, layout.names, strict=True)
            ),
            partitions=tuple(Partition(index, *cut) for index, cut in enumerate(cuts.partitions)) if names else (),
            reading=Reading(
                reader=DelimitedReader.name,
                encoding=self.encoding.name,
                byte_order_mark=self.encoding.mark > 0,
                dialect=layout.dialect,
                skipped_lines=layout.skipped_lines,
            ),
            notes=tuple(notes),
        )

    def _layout(self) -> tuple[str, Layout]:
        """The beginning of the text, long enough to hold a few records, and what it tells."""
        size = SAMPLE
        while True:
            self.file.seek(self.encoding.mark)
            sample = self.file.read(size)
            complete = len(sample) < size
            text = _decode_prefix(sample, self.encoding, complete)
            layout = find_layout(text, complete=complete, delimiter=self.reading.delimiter, header=self.reading.header)
            if complete or layout.records > 2 or size >= _LARGEST_SAMPLE:
                if not complete and layout.dialect.header and layout.data_start >= len(text):
                    raise UnreadableFile(
                        f"{self.source.path}: its first line is longer than {_LARGEST_SAMPLE} bytes, "
                        "too long to name columns; set the option reading.header to false if it holds data"
                    )
                return text, layout
            size *= 4

    def _cuts(self, text: str, layout: Layout) -> tuple[Cuts, Layout]:
        """The partitions, and the layout they hold for: without quotes where those make no sense."""
        start = self.encoding.mark + len(text[: layout.data_start].encode(self.encoding.name))
        cuts = self._scan(layout, start)
        if cuts.unclosed_quote is None:
            return cuts, layout
        quote = layout.dialect.quote or ""
        mark = re.escape(quote)
        if re.search(rf"{mark}[^{mark}\r\n]*{mark}(?:{re.escape(layout.dialect.delimiter)}|[\r\n]|\Z)", text):
            self.file.seek(0)
            line = _line_ends(self.file.read(cuts.unclosed_quote)) + 1
            raise UnreadableFile(
                f"{self.source.path}: a cell is opened with {quote} in line {line} and never closed; close or double it"
            )
        # No cell of the sample is enclosed in quotes: the one that stands open is part of a value.
        plain = layout.dialect.model_copy(update={"quote": None})
        layout = find_layout(text, complete=True, delimiter=plain.delimiter, header=plain.header, quoting=False)
        start = self.encoding.mark + len(text[: layout.data_start].encode(self.encoding.name))
        return self._scan(layout, start), layout

    def _scan(self, layout: Layout, start: int) -> Cuts:
        self.file.seek(self.encoding.mark)
        content = validated(blocks(self.file), self.encoding, self.source.path)
        try:
            return cut_records(
                _without_first(content, start - self.encoding.mark),
                start=start,
                unit_type=self.encoding.unit_type,
                dialect=layout.dialect,
                partition_bytes=self.execution.partition_bytes,
                splittable=self.encoding.is_stateless,
            )
        except EndlessRun as error:
            raise UnreadableFile(f"{self.source.path}: {error}; that is no delimited text") from None


def _encodings(file: BinaryIO, head: bytes, reading: ReadingOptions, path: str) -> Iterator[TextEncoding]:
    """Encodings to try, in order; a later one is asked for only where the file is not of the earlier ones."""
    if reading.encoding is not None:
        yield told_encoding(reading.encoding, head)
        return
    certain = marked_encoding(head) or unmarked_wide_encoding(head)
    if certain is None or certain.name == UTF_8:
        check_is_text(head, path)
    yield certain or TextEncoding(UTF_8)
    if certain is None:
        yield from guessed_encodings(_telling_sample(file))


def _telling_sample(file: BinaryIO) -> bytes:
    """The first bytes of a file and some around the first ones that are not UTF-8."""
    file.seek(0)
    sample = file.read(SAMPLE)
    offset = len(sample)
    decoder = codecs.getincrementaldecoder(UTF_8)()
    try:
        decoder.decode(sample)
        while block := file.read(SAMPLE):
            decoder.decode(block)
            offset += len(block)
        return sample
    except UnicodeDecodeError:
        if offset == len(sample) and file.tell() <= SAMPLE:
            return sample
        file.seek(offset)
        # Whole lines of plain ASCII tell nothing about the encoding of the others.
        lines = file.read(SAMPLE).splitlines(keepends=True)
        return b"".join(line for line in lines if not line.isascii())


def _decode_prefix(sample: bytes, encoding: TextEncoding, complete: bool) -> str:
    """Decode the beginning of a text; a character that is torn at its end is left out.

    :raises WrongEncoding: when it is not of the encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding.name)()
    try:
        return decoder.decode(sample, final=complete)
    except UnicodeDecodeError as error:
        raise WrongEncoding(encoding.name, encoding.mark + error.start) from None


def _without_first(content: Iterator[bytes], length: int) -> Iterator[bytes]:
    """The content from ``length`` bytes on; what is before is validated all the same."""
    for block in content:
        if length < len(block):
            yield block[length:] if length else block
        length = max(0, length - len(block))


def _transcode(raw: bytes, encoding: str, path: str) -> bytes:
    try:
        return raw.decode(encoding).encode(UTF_8)
    except UnicodeError as error:  # the whole file was checked when it was planned
        raise UnreadableFile(
            f"{path}: is not {encoding}: {error.reason if hasattr(error, 'reason') else error}"
        ) from None


def _parse(chunk: bytes, table: Table, path: str) -> tuple[pa.RecordBatch, int, list[pa.csv.InvalidRow]]:
    """Parse whole records with Arrow; rows of another width are counted, and the first of them returned."""
    rejected = 0
    first: list[pa.csv.InvalidRow] = []

    def set_aside(row: pa.csv.InvalidRow) -> str:
        nonlocal rejected
        rejected += 1
        # One of them is a hundred times as large as a short row: all would not fit where the partition does.
        if len(first) < _REJECTED_EXAMPLES:
            first.append(row)
        return "skip"

    dialect = table.reading.dialect
    if dialect is None:
        raise ValueError(f"{path}: a delimited table without a dialect")
    # Arrow gets names of its own: those of the table need not be what it takes for a name.
    names = [f"c{index}" for index in range(len(table.columns))]
    if len(chunk) > _LARGEST_PARTITION:
        raise UnreadableFile(_too_long(path))
    try:
        rows = pa.csv.read_csv(
            pa.BufferReader(chunk),
            read_options=pa.csv.ReadOptions(use_threads=False, block_size=max(len(chunk), 1), column_names=names),
            parse_options=pa.csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                double_quote=dialect.quote is not None,
                escape_char=dialect.escape or False,
                newlines_in_values=True,
                invalid_row_handler=set_aside,
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowException as error:
        raise UnreadableFile(f"{path}: cannot be parsed as delimited text: {error}") from error
    batches = rows.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=rows.schema), rejected, first


def _located(chunk: bytes, rows: list[pa.csv.InvalidRow], lines_before: int) -> tuple[tuple[int | None, str], ...]:
    """The texts of rejected rows with the lines in which they begin."""
    examples: list[tuple[int | None, str]] = []
    position = 0
    for row in rows:
        text = row.text.encode(UTF_8)
        found = chunk.find(text, position)
        while found > 0 and chunk[found - 1] not in b"\r\n":
            found = chunk.find(text, found + 1)
        line = None
        if found >= 0:
            line = lines_before + _line_ends(chunk[:found]) + 1
            position = found + len(text)
        examples.append((line, row.text[:_REJECTED_CHARACTERS]))
    return tuple(examples)


def _too_long(path: str) -> str:
    return f"{path}: holds records that are longer together than 2 GiB, which no reader can take"


def _line_ends(text: bytes) -> int:
    """Line ends in a text, whatever they are; one of CR LF counts once."""
    ends = text.count(b"\n")
    # Carriage returns of their own are rare: look for them only where there are not just CR LF or none.
    returns = text.count(b"\r") if b"\r" in text else 0
    return ends + (returns - text.count(b"\r\n") if returns else 0)
