"""How a delimited text is written: delimiter, quotes, where the table stands. Found by votes over a sample."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import Dialect
from airflow_provider_profiler.profiling.readers.header import joined_header, votes_for_header
from airflow_provider_profiler.profiling.readers.row_form import RowForm, column_forms
from airflow_provider_profiler.profiling.readers.splitting import Record, records_of, split_records
from airflow_provider_profiler.profiling.readers.surroundings import (
    comment_mark,
    is_short_table,
    leading_comments,
    preamble_length,
    rows_up_to_footer,
)

#: In the order in which equally good ones win: commas stand in numbers and prose, tabs hardly ever do.
DELIMITERS = ("\t", "|", ";", ",")
#: Looked for where none of the others makes a table.
_RARE_DELIMITERS = ("\x1f", "\x01", "^", "~")
_LINES_THAT_VOTE = 1000
#: Rows behind a damaged one that tell nothing about others, and the fewest that have to be left to tell.
_FAR_FROM_DAMAGE = 30
_FEWEST_ROWS = 4
_DEFAULTS = ReadingOptions()
LineEnding = Literal["lf", "crlf", "cr", "mixed", "none"]
_LINE_END = re.compile(r"\r\n|\r|\n")
#: What is written for spreadsheets before a table, so that they know its delimiter.
_SEPARATOR_LINE = re.compile(r'"?sep=([!-/:-@\[-`{-~\t\x01-\x1f ])"?[,;|\t]*(?:\r\n|\r|\n)', re.IGNORECASE)


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


def find_layout(text: str, *, complete: bool, options: ReadingOptions = _DEFAULTS, quoting: bool = True) -> Layout:
    """Find out how a delimited text is written.

    :param text: the beginning of the text.
    :param complete: whether that is all of it; otherwise its last record is not looked at.
    :param options: what the user tells wins over what is found.
    :param quoting: False where quotes are known to be parts of values.
    """
    skipped = _behind_lines(text, options.skip_lines) if options.skip_lines else 0
    if options.skip_lines is None and (told := _SEPARATOR_LINE.match(text)):
        skipped = told.end()
        if options.delimiter is None:
            options = options.model_copy(update={"delimiter": told.group(1)})
    mark, behind_comments, comments = _comments_at_start(text[skipped:], options.comment)
    begin = skipped + behind_comments
    body_text = text[begin:]
    reading = _elected(body_text, complete, options, quoting)
    if mark and options.comment is None and _names_columns(text[skipped:begin], reading, mark):
        # What begins like a comment is the header, and stands right before the rows.
        begin = skipped + _behind_lines(text[skipped:begin], _lines(text[skipped:begin]) - 1)
        comments -= 1
        mark = mark if comments else None
        reading = _Reading(text[begin:], reading.delimiter, reading.quote, reading.escape, complete)
    found_mark = comment_mark(reading.records, reading.width) if options.comment is None else None
    return _layout(text, begin, reading, mark=mark or found_mark, comments=comments, options=options)


def _layout(
    text: str, begin: int, reading: "_Reading", *, mark: str | None, comments: int, options: ReadingOptions
) -> Layout:
    """The layout of a text whose delimiter is known.

    :param begin: offset behind the comments at its start.
    :param comments: how many those are.
    """
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
    width = reading.width if _share(fit_reading) > 0.5 else _usual_width(widths, default=len(first))
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
        skipped_lines=max(0, _lines(text[:start]) - comments),
        comment_lines=comments,
        header_rows=header_rows,
        header_width=len(first) if has_header else width,
        records=len(records),
        agreement=fitting / len(cells) if cells else 0.0,
        form=RowForm.of(
            dialect, width, form.columns if width == form.width else (), comments_told=bool(options.comment)
        ),
    )


class _Reading:
    """The sample read with one delimiter."""

    def __init__(self, text: str, delimiter: str, quote: str | None, escape: str | None, complete: bool) -> None:
        self.text = text if complete else _whole_lines(text)
        self.delimiter = delimiter
        self.quote = quote
        self.escape = escape
        self.complete = complete
        self.records: Sequence[Record] = ()
        self.sound_records: Sequence[Record] = ()
        """What they are if none is damaged."""
        self.records, self.width = self._read()
        preamble = preamble_length(self.records, self.width)
        filled = [record for record in self.records if not record.is_blank]
        body = rows_up_to_footer([record for record in self.records[preamble:] if not record.is_blank], self.width)
        self.share = _share([len(record.cells) == self.width for record in body])
        self.in_header_line = bool(body) and len(body[0].cells) > 1
        self.in_first_line = bool(filled) and len(filled[0].cells) > 1
        self.rows = len(body)
        self.is_regular = self.rows >= 2 and (self.share >= 0.9 or is_short_table(body, self.width))
        """So few rows have another width that this is a table even below titles."""

    def form(
        self, *, width: int, comment: str | None = None, comments_told: bool = False, sample: Sequence[Record] = ()
    ) -> RowForm:
        """What rows of this reading look like.

        :param sample: rows from which that is to be found out.
        """
        marks = f"{self.delimiter}{self.quote or ''}\r\n"
        columns = column_forms([row.cells for row in sample], [row.enclosed for row in sample], width, marks)
        return RowForm.of(self.dialect(comment=comment), width, columns, comments_told=comments_told)

    def dialect(self, *, header: bool = True, comment: str | None = None) -> Dialect:
        """The dialect of this reading."""
        return Dialect(
            delimiter=self.delimiter,
            quote=self.quote,
            escape=self.escape,
            header=header,
            line_ending=_line_ending(self.text, self.records),
            comment=comment,
        )

    def _read(self) -> tuple[Sequence[Record], int]:
        """The records, and how many cells most of them have.

        Where stray quotes may have swallowed lines, lines that make sense by themselves vote too.
        """
        self.records = self.sound_records = split_records(self.text, self.delimiter, self.quote, self.escape)
        width = _usual_width_above_one(self.records)
        if not self.quote or self.quote not in self.text:
            return self.records, width
        records = records_of(self.text, self.form(width=width), complete=self.complete, known=self.records)
        other = self._width_of_lines()
        if other is None or other == width or _agreement((records, width)) == 1:
            return records, width
        others = records_of(self.text, self.form(width=other), complete=self.complete)
        return max((records, width), (others, other), key=_agreement)

    def _width_of_lines(self) -> int | None:
        """The width of most lines that make sense without the others; None where none does."""
        widths = []
        for line in _LINE_END.split(self.text)[:_LINES_THAT_VOTE]:
            quotes = line.count(self.quote or "\0")
            if line and quotes % 2 == 0:
                widths += [len(record.cells) for record in split_records(line, self.delimiter, self.quote, self.escape)]
        return _most_common([width for width in widths if width > 1], default=1) if widths else None


def _elected(text: str, complete: bool, options: ReadingOptions, quoting: bool) -> _Reading:
    """The reading whose rows agree best on their number of cells; a delimiter absent from the header line loses."""
    escape = (options.escape or None) if options.escape is not None else _escape(text) if quoting else None

    def reading(delimiter: str) -> _Reading:
        quote = (options.quote or None) if options.quote is not None else _quote(text, delimiter)
        found = _Reading(text, delimiter, quote if quoting else None, escape, complete)
        if quoting and options.quote is None and quote == "'" and found.share < 1:
            # Apostrophes at both ends of a row are no quotes where without them the rows are like the header.
            other = _Reading(text, delimiter, '"', escape, complete)
            return other if other.share > found.share else found
        if quoting and options.escape is None and escape is None and found.share < 1 and f"\\{delimiter}" in text:
            # Delimiters within cells are escaped where that makes the rows alike.
            other = _Reading(text, delimiter, quote, "\\", complete)
            return other if other.share > found.share else found
        return found

    if options.delimiter is not None:
        return reading(options.delimiter)
    # Of marks that are not in the text at all, each gives one and the same reading.
    for marks, enough, fewest in ((DELIMITERS, 0.5, 0), (_RARE_DELIMITERS, 1.0, 3)):
        readings = [reading(mark) for mark in marks if mark in text]
        able = [one for one in readings if one.in_header_line and one.width > 1 and one.share >= enough]
        able = [one for one in able if one.rows >= fewest]
        by_first_line = [one for one in able if one.in_first_line]
        able = by_first_line or [one for one in able if one.is_regular]
        if able:
            # Tenths of a share: one ragged row in a hundred does not make a delimiter worse than a rarer one.
            return max(able, key=lambda one: (round(one.share, 1), -marks.index(one.delimiter)))
    # One column: the delimiter is one that stands nowhere, so that no line is split.
    return reading(next((mark for mark in (",", *DELIMITERS) if mark not in text), "\x1f"))


def _comments_at_start(text: str, told: str | None) -> tuple[str | None, int, int]:
    """What comments begin with, the offset behind those at the start of a text, and how many they are."""
    if told is None:
        return leading_comments(text)
    return (told, *leading_comments(text, (told,))[1:]) if told else (None, 0, 0)


def _names_columns(comments: str, reading: _Reading, mark: str) -> bool:
    """Whether the last of the comments before a table is its header."""
    last = [line for line in _LINE_END.split(comments) if line][-1]
    rows = [record.cells for record in reading.records if not record.is_blank]
    cells = split_records(last, reading.delimiter, reading.quote, reading.escape)[0].cells
    if not rows or len(cells) != reading.width or last[len(mark) :].startswith(" ") > (reading.width > 1):
        return False
    return not votes_for_header(rows[0], rows[1:]) and votes_for_header(cells, rows)


def _undamaged(records: Sequence[Record]) -> Sequence[Record]:
    """Records without damaged ones and those that follow them, which may be pieces of one; all where few are left."""
    far = _FAR_FROM_DAMAGE
    kept = []
    for record in records:
        far = 0 if record.damaged else far + 1
        if far > _FAR_FROM_DAMAGE:
            kept.append(record)
    return kept if len(kept) >= _FEWEST_ROWS else records


def _share(fitting: Sequence[bool]) -> float:
    """Share of records that fit; others that follow each other count less: they may be pieces of one."""
    if not fitting:
        return 0.0
    others = 0.0
    for before, fits in pairwise((True, *fitting)):
        others += 0.0 if fits else 1.0 if before else 0.25
    return sum(fitting) / (sum(fitting) + others)


def _agreement(read: tuple[Sequence[Record], int]) -> float:
    records, width = read
    return sum(len(record.cells) == width for record in records) / max(len(records), 1)


def _whole_lines(text: str) -> str:
    """A torn text without its last line, where it has others."""
    end = max(text.rfind("\n"), text.rfind("\r", 0, -1))
    return text[: end + 1] if end >= 0 else text


def _lines(text: str) -> int:
    return len(_LINE_END.findall(text))


def _behind_lines(text: str, lines: int) -> int:
    """The offset behind so many lines, or the end of the text."""
    stop = 0
    for _ in range(lines):
        found = _LINE_END.search(text, stop)
        if found is None:
            return len(text)
        stop = found.end()
    return stop


def _usual_width(widths: Sequence[int], *, default: int) -> int:
    """The width of most rows; the header's where the rows have no majority of their own."""
    usual = _most_common(widths, default=default)
    return usual if widths.count(usual) > len(widths) / 2 else default


def _usual_width_above_one(records: Sequence[Record]) -> int:
    return _most_common([width for record in records if (width := len(record.cells)) > 1], default=1)


def _most_common(values: Sequence[int], *, default: int) -> int:
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value)) if counts else default


def _quote(text: str, delimiter: str) -> str:
    """The double quote, unless cells are enclosed in single quotes and none in double ones."""
    mark = re.escape(delimiter)
    if "'" not in text or re.search(rf'(?:^|{mark}) *"', text, re.MULTILINE):
        return '"'
    enclosed = re.findall(rf"(?:^|{mark})'([^'\r\n]*)'(?={mark}|[\r\n]|\Z)", text, re.MULTILINE)
    # What stands between two apostrophes that are cells themselves is a delimiter.
    telling = sum(any(map(str.isalnum, cell)) for cell in enclosed)
    return "'" if telling >= max(2, (_lines(text) + 1) / 2) else '"'


def _escape(text: str) -> str | None:
    """The backslash, where quotes inside cells are escaped by it and never doubled."""
    inside = len(re.findall(r'\\"(?![,;|\t\r\n]|\Z)', text))
    doubled = len(re.findall(r'[^,;|\t\r\n"]""[^,;|\t\r\n"]', text))
    return "\\" if inside >= 2 and not doubled else None


def _line_ending(text: str, records: Sequence[Record]) -> LineEnding:
    """How records end: line ends inside quoted cells do not count."""
    ends: set[LineEnding] = set()
    for record in records[:1000]:
        tail = text[max(0, record.stop - 2) : record.stop]
        if tail == "\r\n":
            ends.add("crlf")
        elif tail.endswith("\n"):
            ends.add("lf")
        elif tail.endswith("\r"):
            ends.add("cr")
    return "none" if not ends else ends.pop() if len(ends) == 1 else "mixed"
