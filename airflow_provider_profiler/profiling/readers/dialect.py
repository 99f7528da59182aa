"""How a delimited text is written: delimiter, quotes, where the header stands. Found by votes over a sample."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from airflow_provider_profiler.contract.profile import Dialect

#: In the order in which equally good ones win: commas stand in numbers and prose, tabs hardly ever do.
DELIMITERS = ("\t", "|", ";", ",")
_MOST_PREAMBLE = 20
_LONGEST_DATA = 64
LineEnding = Literal["lf", "crlf", "cr", "mixed", "none"]
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Record:
    """One record of a text: its cells, and where it ends."""

    cells: tuple[str, ...]
    stop: int
    """Offset in characters behind the record's line end."""
    quoted: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether the line holds nothing at all."""
        return self.cells == ("",) and not self.quoted


@dataclass(frozen=True)
class Layout:
    """What was found out about a delimited text."""

    dialect: Dialect
    names: tuple[str, ...]
    """The header's cells, one a column; empty texts where there is no header."""
    data_start: int
    """Offset in characters of the first record behind the header."""
    skipped_lines: int
    header_width: int
    """Cells that the header has; the rows may have fewer or more."""
    records: int
    """Whole records that were looked at."""
    agreement: float
    """Share of the records that have as many cells as most."""


def split_records(text: str, delimiter: str, quote: str | None, escape: str | None = None) -> list[Record]:
    """Cut a text into records and cells, the way Arrow's parser does.

    A quote opens a quoted cell only as the first character of the cell; what stands behind the closing quote is
    taken as it is. A record that the text does not end is the last one.
    """
    end = re.escape(delimiter) + r"\r\n"
    escaped = re.escape(escape) if escape else ""
    inner = rf"{escaped}." if escape else ""
    # Nothing is given back once it is taken: where an escape ends the text, a cell that could be cut up in any way
    # would be, and that takes exponential time.
    plain = rf"(?:[^{end}{escaped}]|{inner})*+" if escape else rf"[^{end}]*+"
    if quote:
        mark = re.escape(quote)
        content = "|".join(filter(None, (rf"[^{mark}{escaped}]++", rf"{mark}{mark}", inner)))
        pattern = rf"(?:{mark}((?:{content})*+)(?:{mark}({plain})|\Z)|({plain}))({re.escape(delimiter)}|\r\n|\r|\n|\Z)"
    else:
        pattern = rf"()()({plain})({re.escape(delimiter)}|\r\n|\r|\n|\Z)"
    cell_pattern = re.compile(pattern, re.DOTALL)
    records: list[Record] = []
    cells: list[str] = []
    quoted = False
    position = 0
    while position < len(text) or cells:
        match = cell_pattern.match(text, position)
        if match is None:  # an escape at the very end of the text
            cells.append(text[position:])
            records.append(Record(tuple(cells), len(text), quoted))
            break
        inside, behind, bare, terminator = match.groups()
        if inside is not None and quote:
            inside = inside.replace(quote * 2, quote)
            cells.append(_unescape(inside, escape) + _unescape(behind or "", escape))
            quoted = True
        else:
            cells.append(_unescape(bare, escape))
        position = match.end()
        if terminator != delimiter:
            records.append(Record(tuple(cells), position, quoted))
            cells, quoted = [], False
            if not terminator:
                break
    return records


def find_layout(
    text: str,
    *,
    complete: bool,
    delimiter: str | None = None,
    header: bool | None = None,
    quoting: bool = True,
) -> Layout:
    """Find out how a delimited text is written.

    :param text: the beginning of the text.
    :param complete: whether that is all of it; otherwise its last record is not looked at.
    :param delimiter: told by the user.
    :param header: told by the user: whether the first line names the columns.
    :param quoting: False where quotes are known to be parts of values.
    """
    escape = _escape(text)
    candidates = [delimiter] if delimiter else list(DELIMITERS)
    readings = [
        _Reading(text, candidate, _quote(text, candidate) if quoting else None, escape, complete)
        for candidate in candidates
    ]
    reading = readings[0] if delimiter else _elect(readings, text, escape, complete)
    records, skipped = reading.records, reading.preamble
    body = [record.cells for record in records[skipped:] if not record.is_blank]
    start = records[skipped - 1].stop if skipped else 0
    first = body[0] if body else ()
    has_header = votes_for_header(first, body[1:]) if header is None else header
    has_header = has_header and bool(body)
    rows = body[1:] if has_header else body
    width = _usual_width(rows, default=len(first))
    names = tuple((first[index] if has_header and index < len(first) else "") for index in range(width))
    data_start = records[skipped].stop if has_header and skipped < len(records) else start
    return Layout(
        dialect=Dialect(
            delimiter=reading.delimiter,
            quote=reading.quote,
            escape=escape,
            header=has_header,
            line_ending=_line_ending(text, records),
        ),
        names=names,
        data_start=data_start,
        skipped_lines=len(_LINE_END.findall(text, 0, start)),
        header_width=len(first) if has_header else width,
        records=len(records),
        agreement=reading.share,
    )


class _Reading:
    """The sample read with one delimiter."""

    def __init__(self, text: str, delimiter: str, quote: str | None, escape: str | None, complete: bool) -> None:
        self.delimiter = delimiter
        self.quote = quote
        self.records = split_records(text, delimiter, quote, escape)
        if not complete and len(self.records) > 1:
            self.records.pop()
        widths = [len(record.cells) for record in self.records if not record.is_blank]
        self.width = _most_common([width for width in widths if width > 1], default=1)
        self.preamble = self._preamble_length()
        body = [record for record in self.records[self.preamble :] if not record.is_blank]
        self.share = sum(len(record.cells) == self.width for record in body) / len(body) if body else 0.0
        self.in_header_line = bool(body) and len(body[0].cells) > 1
        leading = [record for record in self.records if not record.is_blank][:1]
        self.in_first_line = bool(leading) and len(leading[0].cells) > 1
        self.rows = len(body)

    def _preamble_length(self) -> int:
        """Records before the table: blank lines, and titles (one cell alone where the table has three or more)."""
        length = 0
        for index, record in enumerate(self.records[: _MOST_PREAMBLE + 1]):
            filled = sum(bool(cell.strip()) for cell in record.cells)
            is_title = filled <= 1 and (self.width >= 3 or (self.width == 2 and len(record.cells) == 1))
            if not record.is_blank and not is_title:
                return index if self._worth_skipping(index) else length
            if record.is_blank and length == index:
                length = index + 1  # blank lines at the very start are never data
        return length

    def _worth_skipping(self, index: int) -> bool:
        """Whether what follows titles is a table: a mistake here would drop rows."""
        body = [record for record in self.records[index:] if not record.is_blank]
        fitting = sum(len(record.cells) == self.width for record in body)
        separated = any(record.is_blank or not any(record.cells) for record in self.records[:index])
        return len(body) >= 2 and fitting >= 0.9 * len(body) and (self.width >= 3 or separated)


def _elect(readings: list[_Reading], text: str, escape: str | None, complete: bool) -> _Reading:
    """The reading whose rows agree best on their number of cells; a delimiter absent from the header line loses."""
    able = [reading for reading in readings if reading.in_header_line and reading.width > 1 and reading.share >= 0.5]
    by_first_line = [reading for reading in able if reading.in_first_line]
    able = by_first_line or [reading for reading in able if reading.share >= 0.9 and reading.rows >= 2]
    if able:
        # Tenths of a share: one ragged row in a hundred does not make a delimiter worse than a rarer one.
        return max(able, key=lambda reading: (round(reading.share, 1), -DELIMITERS.index(reading.delimiter)))
    # One column: the delimiter is one that stands nowhere, so that no line is split.
    free = next((mark for mark in (",", *DELIMITERS) if mark not in text), "\x1f")
    return _Reading(text, free, _quote(text, free), escape, complete)


def votes_for_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a first row names the columns, by votes of the columns.

    A cell that is no number or date above values that are votes for a header; a cell that is one, or that occurs
    again among its column's values, votes against. Without any vote, distinct texts are names.
    """
    cells = [cell.strip() for cell in first]
    filled = [cell for cell in cells if cell]
    if not filled:
        return False
    named_by_years = _are_years(cells)
    votes = 0
    for index, cell in enumerate(cells):
        values = [row[index].strip() for row in rows if index < len(row) and row[index].strip()]
        if not cell or not values:
            continue
        data_like = sum(is_data(value) for value in values) >= 0.8 * len(values)
        if is_data(cell) and not named_by_years:
            votes -= data_like
        elif data_like:
            votes += 1
        elif cell in values:
            votes -= 1
    if votes:
        return votes > 0
    return len(set(filled)) == len(filled) and not any(is_data(cell) for cell in filled)


_DATA = re.compile(
    r"""
    [-+(]?\s*[$€£¥]?\s*\d[\d.,'\s]*(?:[eE][-+]?\d+)?\s*[%$€£¥]?\)?   # numbers, with units
    | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\s]\d{1,2}:\d{2}.*)?       # dates and moments
    | \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?                             # times
    | true | false | null | none | n/?a | nan | -
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_data(cell: str) -> bool:
    """Whether a cell looks like a value (a number, a date, a truth value, a word for "missing") and not like a name."""
    return len(cell) <= _LONGEST_DATA and _DATA.fullmatch(cell) is not None


def _are_years(cells: Sequence[str]) -> bool:
    """Whether the numbers of a row are successive years: those do name columns."""
    years = [int(cell) for cell in cells if re.fullmatch(r"(?:1[6-9]|2[01])\d\d", cell)]
    numbers = [cell for cell in cells if is_data(cell)]
    return (
        len(years) >= 3
        and len(years) == len(numbers)
        and len(numbers) < len(cells)
        and {later - earlier for earlier, later in pairwise(years)} in ({1}, {-1}, {5}, {10})
    )


def _usual_width(rows: Sequence[Sequence[str]], *, default: int) -> int:
    """The width of most rows; the header's where the rows have no majority of their own."""
    widths = [len(row) for row in rows]
    usual = _most_common(widths, default=default)
    return usual if widths.count(usual) > len(widths) / 2 else default


def _most_common(values: Sequence[int], *, default: int) -> int:
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value)) if counts else default


def _quote(text: str, delimiter: str) -> str:
    """The double quote, unless cells are enclosed in single quotes and no double quote is to be seen."""
    if '"' in text or "'" not in text:
        return '"'
    enclosed = len(
        re.findall(rf"(?:^|{re.escape(delimiter)})'[^'\r\n]*'(?={re.escape(delimiter)}|[\r\n]|\Z)", text, re.M)
    )
    lines = len(_LINE_END.findall(text)) + 1
    return "'" if enclosed >= max(2, lines / 2) else '"'


def _escape(text: str) -> str | None:
    """The backslash, where quotes inside cells are escaped by it and never doubled."""
    inside = len(re.findall(r'\\"(?![,;|\t\r\n]|\Z)', text))
    doubled = len(re.findall(r'[^,;|\t\r\n"]""[^,;|\t\r\n"]', text))
    return "\\" if inside >= 2 and not doubled else None


def _unescape(cell: str, escape: str | None) -> str:
    return re.sub(re.escape(escape) + r"(.)", r"\1", cell, flags=re.DOTALL) if escape else cell


def _line_ending(text: str, records: list[Record]) -> LineEnding:
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
