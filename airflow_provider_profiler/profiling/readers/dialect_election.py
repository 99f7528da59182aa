"""Electing how a delimited text is to be read: every delimiter makes a reading of it, and the best table wins."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.contract.profile import Dialect
from airflow_provider_profiler.profiling.readers.row_form import RowForm, column_forms
from airflow_provider_profiler.profiling.readers.splitting import Record, records_of, split_records
from airflow_provider_profiler.profiling.readers.surroundings import (
    is_short_table,
    preamble_length,
    rows_up_to_footer,
)
from airflow_provider_profiler.profiling.stopping import check_wanted

#: In the order in which equally good ones win: commas stand in numbers and prose, tabs hardly ever do.
DELIMITERS = ("\t", "|", ";", ",")
#: Looked for where none of the others makes a table.
_RARE_DELIMITERS = ("\x1f", "\x01", "^", "~")
_LINES_THAT_VOTE = 1000
LineEnding = Literal["lf", "crlf", "cr", "mixed", "none"]
#: What ends a line.
LINE_END = re.compile(r"\r\n|\r|\n")


class Trial:
    """The sample read with one delimiter."""

    def __init__(self, text: str, delimiter: str, quote: str | None, escape: str | None, complete: bool) -> None:
        check_wanted()
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
        self.share = share_of([len(record.cells) == self.width for record in body])
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
        if _agreement((records, width)) == 1:
            return records, width
        other = self._width_of_lines()
        if other is None or other == width:
            return records, width
        others = records_of(self.text, self.form(width=other), complete=self.complete)
        return max((records, width), (others, other), key=_agreement)

    def _width_of_lines(self) -> int | None:
        """The width of most lines that make sense without the others; None where none does."""
        widths = []
        for line in LINE_END.split(self.text)[:_LINES_THAT_VOTE]:
            quotes = line.count(self.quote or "\0")
            if line and not quotes and not self.escape:
                widths.append(line.count(self.delimiter) + 1)
            elif line and quotes % 2 == 0:
                widths += [len(record.cells) for record in split_records(line, self.delimiter, self.quote, self.escape)]
        return most_common([width for width in widths if width > 1], default=1) if widths else None


def elected(text: str, complete: bool, options: ReadingOptions, quoting: bool) -> Trial:
    """The reading whose rows agree best on their number of cells; a delimiter absent from the header line loses."""
    escape = (options.escape or None) if options.escape is not None else _escape(text) if quoting else None

    def reading(delimiter: str) -> Trial:
        quote = (options.quote or None) if options.quote is not None else _quote(text, delimiter)
        found = Trial(text, delimiter, quote if quoting else None, escape, complete)
        if quoting and options.quote is None and quote == "'" and found.share < 1:
            # Apostrophes at both ends of a row are no quotes where without them the rows are like the header.
            other = Trial(text, delimiter, '"', escape, complete)
            return other if other.share > found.share else found
        if quoting and options.escape is None and escape is None and found.share < 1 and f"\\{delimiter}" in text:
            # Delimiters within cells are escaped where that makes the rows alike.
            other = Trial(text, delimiter, quote, "\\", complete)
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


def width_beyond(text: str, complete: bool, options: ReadingOptions, *, most: int) -> tuple[int, int] | None:
    """The width of a table whose every record has more cells than any table may, and how many records that were.

    Splitting such records takes minutes; counting their delimiters tells the same where all of them are alike, nothing
    in them is escaped, and every delimiter that may be elected cuts them into too many. None otherwise: an election has
    to tell. A width of less than the whole record is told where the text holds but the beginning of one.

    :param most: cells of the widest record that a table may have.
    """
    marks = (options.delimiter,) if options.delimiter is not None else DELIMITERS
    if all(text.count(mark) < most for mark in marks) or "\\" in text or options.escape:
        return None
    whole = text if complete else _whole_lines(text)
    torn = not complete and LINE_END.search(whole) is None
    lines = [line for line in LINE_END.split(whole) if line]
    widths = []
    # What is absent from the first line loses against what is not.
    for mark in (mark for mark in marks if lines and mark in lines[0]):
        quote = (options.quote or None) if options.quote is not None else _quote(text, mark)
        widths.append(_common_width(lines, mark, quote, torn=torn))
    # Of equally good ones the first is elected.
    return (widths[0], len(lines)) if widths and min(widths) > most else None


def _common_width(lines: Sequence[str], delimiter: str, quote: str | None, *, torn: bool) -> int:
    """How many cells each line has; 0 where they differ, or where quotes do not enclose whole cells of one line."""
    width = 0
    for line in lines:
        check_wanted()
        pieces = line.split(quote) if quote else [line]
        outside = pieces[::2]
        closed = len(pieces) % 2 == 1
        # What stands before an opening quote and behind a closing one; nothing does within a doubled quote.
        before, behind = outside[: len(pieces) // 2], outside[1:]
        cells = sum(piece.count(delimiter) for piece in outside) + 1
        if (
            not (closed or torn)
            or not all(piece.endswith(delimiter) for piece in before if piece)
            or not all(piece.startswith(delimiter) for piece in behind if piece)
            or width not in (0, cells)
        ):
            return 0
        width = cells
    return width


def line_ends(text: str) -> int:
    """How many lines end in a text."""
    return len(LINE_END.findall(text))


def _whole_lines(text: str) -> str:
    """A torn text without its last line, where it has others."""
    end = max(text.rfind("\n"), text.rfind("\r", 0, -1))
    return text[: end + 1] if end >= 0 else text


def share_of(fitting: Sequence[bool]) -> float:
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


def _usual_width_above_one(records: Sequence[Record]) -> int:
    return most_common([width for record in records if (width := len(record.cells)) > 1], default=1)


def most_common(values: Sequence[int], *, default: int) -> int:
    """The most frequent value, the largest of several."""
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
    return "'" if telling >= max(2, (line_ends(text) + 1) / 2) else '"'


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
