"""How a delimited text is written: delimiter, quotes, where the table stands. Found by votes over a sample."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import Dialect
from airflow_provider_profiler.profiling.readers.dialect_election import (
    LINE_END,
    Trial,
    elected,
    line_ends,
    most_common,
    share_of,
    width_beyond,
)
from airflow_provider_profiler.profiling.readers.header import joined_header, votes_for_header
from airflow_provider_profiler.profiling.readers.row_form import RowForm
from airflow_provider_profiler.profiling.readers.splitting import Record, records_of, split_records
from airflow_provider_profiler.profiling.readers.surroundings import (
    comment_mark,
    leading_comments,
    preamble_length,
)
from airflow_provider_profiler.profiling.stopping import check_wanted

#: Rows behind a damaged one that tell nothing about others, and the fewest that have to be left to tell.
_FAR_FROM_DAMAGE = 30
_FEWEST_ROWS = 4
_DEFAULTS = ReadingOptions()
#: What is written for spreadsheets before a table, so that they know its delimiter.
_SEPARATOR_LINE = re.compile(r'"?sep=([!-/:-@\[-`{-~\t\x01-\x1f ])"?[,;|\t]*(?:\r\n|\r|\n)', re.IGNORECASE)


class TooWide(Exception):
    """The table has more columns than are wanted."""

    def __init__(self, columns: int, records: int) -> None:
        """Tell how many.

        :param columns: cells of each record; the last one may be torn where it is the only one.
        :param records: that were looked at.
        """
        super().__init__(f"{columns} columns")
        self.columns = columns
        self.records = records


@dataclass(frozen=True)
class Layout:
    """What was found out about a delimited text."""

    dialect: Dialect
    names: tuple[str, ...]
    """The header's cells, one a column; empty texts where there is no header."""
    data_start: int
    """Offset in characters of the first record behind the header."""
    skipped_lines: int
    comment_lines: int
    """Comments before the first record."""
    header_rows: int
    header_width: int
    """Cells that the header has; the rows may have fewer or more."""
    records: int
    """Whole records that were looked at."""
    agreement: float
    """Share of the records that have as many cells as most."""
    form: RowForm
    """What rows look like."""


def find_layout(
    text: str,
    *,
    complete: bool,
    options: ReadingOptions = _DEFAULTS,
    quoting: bool = True,
    most_columns: int | None = None,
) -> Layout:
    """Find out how a delimited text is written.

    :param text: the beginning of the text.
    :param complete: whether that is all of it; otherwise its last record is not looked at.
    :param options: what the user tells wins over what is found.
    :param quoting: False where quotes are known to be parts of values.
    :param most_columns: of a table that is wanted; None: of any.
    :raises TooWide: when all of its records have too many cells, before any of them is split.
    """
    skipped = _behind_lines(text, options.skip_lines) if options.skip_lines else 0
    if options.skip_lines is None and (told := _SEPARATOR_LINE.match(text)):
        skipped = told.end()
        if options.delimiter is None:
            options = options.model_copy(update={"delimiter": told.group(1)})
    mark, behind_comments, comments = _comments_at_start(text[skipped:], options.comment)
    begin = skipped + behind_comments
    body_text = text[begin:]
    if most_columns is not None:
        wide = width_beyond(body_text, complete, options, most=most_columns)
        if wide is not None:
            raise TooWide(*wide)
    reading = elected(body_text, complete, options, quoting)
    if mark and options.comment is None and _names_columns(text[skipped:begin], reading, mark):
        # What begins like a comment is the header, and stands right before the rows.
        begin = skipped + _behind_lines(text[skipped:begin], line_ends(text[skipped:begin]) - 1)
        comments -= 1
        mark = mark if comments else None
        reading = Trial(text[begin:], reading.delimiter, reading.quote, reading.escape, complete)
    found_mark = comment_mark(reading.records, reading.width) if options.comment is None else None
    return _layout(text, begin, reading, mark=mark or found_mark, comments=comments, options=options)


def _layout(
    text: str, begin: int, reading: Trial, *, mark: str | None, comments: int, options: ReadingOptions
) -> Layout:
    """The layout of a text whose delimiter is known.

    :param begin: offset behind the comments at its start.
    :param comments: how many those are.
    """
    check_wanted()
    told_lines = options.skip_lines is not None
    preamble = 0 if told_lines else preamble_length(reading.records, reading.width)
    first_rows = [record for record in reading.records[preamble:] if not record.is_blank]
    form = reading.form(
        width=reading.width,
        comment=mark,
        comments_told=bool(options.comment),
        sample=_undamaged(first_rows[1:]),
    )
    records = records_of(reading.text, form, complete=reading.complete, known=reading.sound_records)
    preamble = 0 if told_lines else preamble_length(records, reading.width)
    start = begin + (records[preamble - 1].stop if preamble else 0)
    rows = [record for record in records[preamble:] if not record.is_blank]
    cells = [record.cells for record in rows]
    first = cells[0] if cells else ()
    joined = joined_header([row for row in cells if len(row) == len(first)]) if options.header is None else None
    if joined is not None and len(cells[1]) != len(first):
        joined = None
    has_header = bool(cells) and (votes_for_header(first, cells[1:]) if options.header is None else options.header)
    has_header = has_header or joined is not None
    header_rows = 2 if joined else int(has_header)
    widths = [len(row.cells) for row in rows[header_rows:] if not row.damaged]
    fit_reading = [width == reading.width for width in widths]
    # Pieces of a few broken rows may be more than all sound ones.
    width = reading.width if share_of(fit_reading) > 0.5 else _usual_width(widths, default=len(first))
    names = tuple((first[index] if has_header and index < len(first) else "") for index in range(width))
    if joined is not None and len(joined) == width:
        names = joined
    data_start = begin + rows[header_rows - 1].stop if header_rows else start
    comments += sum(form.is_comment(line.encode()) for line in text[begin:data_start].splitlines())
    fitting = sum(len(row) == width for row in cells)
    dialect = reading.dialect(header=has_header, comment=mark)
    return Layout(
        dialect=dialect,
        names=names,
        data_start=data_start,
        skipped_lines=max(0, line_ends(text[:start]) - comments),
        comment_lines=comments,
        header_rows=header_rows,
        header_width=len(first) if has_header else width,
        records=len(records),
        agreement=fitting / len(cells) if cells else 0.0,
        form=RowForm.of(
            dialect, width, form.columns if width == form.width else (), comments_told=bool(options.comment)
        ),
    )


def _comments_at_start(text: str, told: str | None) -> tuple[str | None, int, int]:
    """What comments begin with, the offset behind those at the start of a text, and how many they are."""
    if told is None:
        return leading_comments(text)
    return (told, *leading_comments(text, (told,))[1:]) if told else (None, 0, 0)


def _names_columns(comments: str, reading: Trial, mark: str) -> bool:
    """Whether the last of the comments before a table is its header."""
    last = [line for line in LINE_END.split(comments) if line][-1]
    rows = [record.cells for record in reading.records if not record.is_blank]
    cells = split_records(last, reading.delimiter, reading.quote, reading.escape)[0].cells
    if not rows or len(cells) != reading.width or last[len(mark) :].startswith(" ") > (reading.width > 1):
        return False
    return not votes_for_header(rows[0], rows[1:]) and votes_for_header(cells, rows)


def _behind_lines(text: str, lines: int) -> int:
    """The offset behind so many lines, or the end of the text."""
    stop = 0
    for _ in range(lines):
        found = LINE_END.search(text, stop)
        if found is None:
            return len(text)
        stop = found.end()
    return stop


def _undamaged(records: Sequence[Record]) -> Sequence[Record]:
    """Records without damaged ones and those that follow them, which may be pieces of one; all where few are left."""
    far = _FAR_FROM_DAMAGE
    kept = []
    for record in records:
        far = 0 if record.damaged else far + 1
        if far > _FAR_FROM_DAMAGE:
            kept.append(record)
    return kept if len(kept) >= _FEWEST_ROWS else records


def _usual_width(widths: Sequence[int], *, default: int) -> int:
    """The width of most rows; the header's where the rows have no majority of their own."""
    usual = most_common(widths, default=default)
    return usual if widths.count(usual) > len(widths) / 2 else default
