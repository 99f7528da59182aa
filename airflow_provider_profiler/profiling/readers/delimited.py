"""Delimited text: CSV, TSV and their relatives. Every cell is read as text; its type is found over all rows later."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import CSV, TSV, stem_of
from airflow_provider_profiler.profiling.readers.arrow_rows import LARGEST_PARTITION, line_ends_in, parsed
from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.damaged_utf8 import found_damage, repaired, source_length
from airflow_provider_profiler.profiling.readers.dialect import Layout, TooWide, find_layout
from airflow_provider_profiler.profiling.readers.encoding import (
    UTF_8,
    TextEncoding,
    check_is_text,
    guessed_encodings,
    marked_encoding,
    told_encoding,
    unmarked_wide_encoding,
)
from airflow_provider_profiler.profiling.readers.partitioning import Planned, plan_partitions
from airflow_provider_profiler.profiling.readers.reader import (
    MOST_COLUMNS,
    Batch,
    ChangedWhileRead,
    Column,
    Partition,
    Source,
    Table,
    Undecodable,
    UnreadableFile,
    check_width,
)
from airflow_provider_profiler.profiling.readers.record_scan import EndlessLine, MeaninglessQuotes
from airflow_provider_profiler.profiling.readers.text_blocks import TextBlocks
from airflow_provider_profiler.profiling.readers.text_scan import EndlessRun
from airflow_provider_profiler.profiling.readers.validation import WrongEncoding

SAMPLE = 64 * 1024
_LARGEST_SAMPLE = 16 * 1024 * 1024
_FEW_RECORDS = 20
#: Up to so many columns partitions have the size that the options say, beyond it more in proportion.
_USUAL_COLUMNS = 256


class DelimitedReader:
    """Reads delimited text in any encoding and dialect; both are found out, or told by options, and recorded."""

    name = "delimited"
    media_types = frozenset({CSV, TSV})

    def tables(self, source: Source, reading: ReadingOptions, execution: ExecutionOptions) -> tuple[Table, ...]:
        """Find encoding and dialect and plan partitions that end with whole records, in one pass over the file.

        :raises UnreadableFile: for binary data, and bytes that are not of the encoding that was told.
        """
        with source.open() as file:
            head = file.read(SAMPLE)
            for encoding in _encodings(file, head, reading, source.path):
                try:
                    return (_Plan(source, file, encoding, reading, execution).table(),)
                except WrongEncoding as error:
                    problem = error
                except (EndlessRun, EndlessLine) as error:
                    raise UnreadableFile(f"{source.path}: {error}; that is no delimited text") from None
        raise UnreadableFile(
            f"{source.path}: the byte at offset {problem.offset} is not {problem.encoding}; "
            "correct the option reading.encoding, or leave it out to have it found"
        )

    def read(self, source: Source, table: Table, partition: Partition) -> Iterator[Batch]:
        """The rows of one partition as one batch of text columns; empty cells are null.

        :raises UnreadableFile: when Arrow cannot parse it.
        """
        length = partition.stop - partition.start
        if length > LARGEST_PARTITION:  # before it is read: it may not fit into memory either
            raise UnreadableFile(
                f"{source.path}: holds records that are longer together than 2 GiB, which no reader can take"
            )
        with source.open() as file:
            # Only the first partition knows how many lines stand before the data; the others count from their start.
            lines_before = line_ends_in(file.read(partition.start)) if partition.index == 0 else 0
            file.seek(partition.start)
            raw = file.read(length)
        if len(raw) != length:
            raise ChangedWhileRead(f"{source.path}: became shorter while it was read")
        encoding = table.reading.encoding or UTF_8
        if table.reading.undecodable_bytes:
            text = repaired(raw).text
        else:
            text = raw if encoding == UTF_8 else _transcode(raw, encoding, source.path)
        found = parsed(text, table, partition, source.path, lines_before)
        yield Batch(found.rows, length, found.rejected, found.lines, found.numbering)


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
        undecodable = self.encoding.undecodable or Undecodable()
        notes = [undecodable.told] if undecodable.bytes else []
        try:
            planned = self._planned(text, layout)
        except MeaninglessQuotes:
            layout = find_layout(text, complete=True, options=self.reading, quoting=False)
            planned = self._planned(text, layout)
            notes.append("quotes stand where no cell can begin or end in so many rows that they are read as characters")
        names = unique_names([name.strip() for name in layout.names])
        return Table(
            name=stem_of(self.source.path.rpartition("/")[2]),
            columns=tuple(
                Column(name=name, original_name=original, physical_type="text", textual=True)
                for name, original in zip(names, layout.names, strict=True)
            ),
            partitions=planned.partitions if names else (),
            reading=Reading(
                reader=DelimitedReader.name,
                encoding=self.encoding.name,
                byte_order_mark=self.encoding.mark > 0,
                dialect=layout.dialect.model_copy(update={"header_rows": max(layout.header_rows, 1)}),
                skipped_lines=layout.skipped_lines,
                comment_lines=layout.comment_lines + planned.comment_lines,
                footer_lines=planned.footer_lines,
                null_tokens=self.reading.null_tokens or (),
                mended_rows=planned.damaged_rows,
                undecodable_bytes=undecodable.bytes,
            ),
            notes=(*_notes(layout, planned), *notes),
            undecodable=undecodable,
        )

    def _layout(self) -> tuple[str, Layout]:
        """The beginning of the text, long enough to hold a few records, and what it tells."""
        size = SAMPLE
        while True:
            self.file.seek(self.encoding.mark)
            sample = self.file.read(size)
            complete = len(sample) < size
            text = _decode_prefix(sample, self.encoding, complete)
            try:
                layout = find_layout(text, complete=complete, options=self.reading, most_columns=MOST_COLUMNS)
            except TooWide as found:
                # Looked at as far as one that is not: the only record may be torn, and its width is told.
                if complete or found.records > 2 or size >= _LARGEST_SAMPLE:
                    check_width(found.columns, self.source.path)
                size *= 4
                continue
            # A few long lines of one cell each may be the titles of a table whose rows are longer than the sample.
            enough = _FEW_RECORDS if len(layout.names) < 2 else 2
            if complete or layout.records > enough or size >= _LARGEST_SAMPLE:
                if not complete and layout.dialect.header and layout.data_start >= len(text):
                    raise UnreadableFile(
                        f"{self.source.path}: its first line is longer than {_LARGEST_SAMPLE} bytes, "
                        "too long to name columns; set the option reading.header to false if it holds data"
                    )
                return text, layout
            size *= 4

    def _planned(self, text: str, layout: Layout) -> Planned:
        before = text[: layout.data_start]
        size = len(before.encode())
        if self.encoding.undecodable is not None:
            size_in_file = source_length(self.file, self.encoding.mark, size)
        else:
            size_in_file = len(before.encode(self.encoding.name))
        return plan_partitions(
            TextBlocks(self.file, self.encoding, self.source.path),
            layout.form,
            start=(size, self.encoding.mark + size_in_file),
            # A column of a few values costs about as much as one of many: wide tables are cut into larger parts.
            partition_bytes=self.execution.partition_bytes * max(_USUAL_COLUMNS, len(layout.names)) // _USUAL_COLUMNS,
            footer_lines=self.reading.footer_lines,
        )


def _notes(layout: Layout, planned: Planned) -> list[str]:
    """What a person should know about how the table was found."""
    notes = []
    if layout.skipped_lines:
        notes.append(_skipped(layout.skipped_lines, "before the table"))
    if comments := layout.comment_lines + planned.comment_lines:
        notes.append(_skipped(comments, f"of comments, which begin with {layout.dialect.comment},"))
    if planned.footer_lines:
        notes.append(_skipped(planned.footer_lines, "behind the last row"))
    if layout.header_rows > 1:
        notes.append(f"the names of the columns are joined from {layout.header_rows} rows")
    if layout.header_width != len(layout.names):
        notes.append(f"the header names {layout.header_width} columns, most rows have {len(layout.names)}")
    if planned.damaged_rows:
        notes.append(
            f"quotes stand where no cell can begin or end in {planned.damaged_rows} "
            f"row{'s' if planned.damaged_rows > 1 else ''}; what can still be read as {len(layout.names)} "
            f"cell{'s' if len(layout.names) > 1 else ''} was kept, the rest left out"
        )
    return notes


def _skipped(number: int, which: str) -> str:
    return f"{number} line {which} was skipped" if number == 1 else f"{number} lines {which} were skipped"


def _encodings(file: BinaryIO, head: bytes, reading: ReadingOptions, path: str) -> Iterator[TextEncoding]:
    """Encodings to try, in order; a later one is asked for only where the file is not of the earlier ones."""
    if reading.encoding is not None:
        certain: TextEncoding | None = told_encoding(reading.encoding, head)
    else:
        certain = marked_encoding(head) or unmarked_wide_encoding(head)
        if certain is None or certain.name == UTF_8:
            check_is_text(head, path)
    first = certain or TextEncoding(UTF_8)
    yield first
    if first.name != UTF_8:
        return
    damage = found_damage(file, first, reading.languages)
    if damage.undecodable is not None:
        yield replace(first, undecodable=damage.undecodable)
    if certain is None:
        yield from guessed_encodings(damage.sample, reading.languages)


def _decode_prefix(sample: bytes, encoding: TextEncoding, complete: bool) -> str:
    """Decode the beginning of a text; a character that is torn at its end is left out.

    :raises WrongEncoding: when it is not of the encoding.
    """
    if encoding.undecodable is not None:
        return repaired(sample, final=complete).text.decode()
    decoder = codecs.getincrementaldecoder(encoding.name)()
    try:
        return decoder.decode(sample, final=complete)
    except UnicodeDecodeError as error:
        raise WrongEncoding(encoding.name, encoding.mark + error.start) from None


def _transcode(raw: bytes, encoding: str, path: str) -> bytes:
    try:
        return raw.decode(encoding).encode(UTF_8)
    except UnicodeError as error:  # the whole file was checked when it was planned
        raise UnreadableFile(f"{path}: is not {encoding}: {getattr(error, 'reason', error)}") from None
