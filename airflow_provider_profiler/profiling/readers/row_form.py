"""What a row of a table looks like: what readings of damaged text are held against."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from airflow_provider_profiler.contract.profile import Dialect
from airflow_provider_profiler.profiling.readers.values import is_data

#: How strange a cell is that is unlike its column, and the most that all cells of a row count.
_UNLIKE = 0.75
_MOST_UNLIKE = 2.25
#: Share of a column's values that have to agree, and the fewest that tell anything.
_AGREEING = 0.9
_TELLING_ROWS = 4
_MOST_ROWS = 100
#: Lines one after the other that prose does not write with equally many delimiters.
_ENOUGH_ROWS = 8
_LETTERS, _DIGITS = re.compile(rb"[A-Za-z\x80-\xff]+"), re.compile(rb"\d+")


@dataclass(frozen=True)
class ColumnForm:
    """What nearly all values of a column have in common, in a sample."""

    data: bool = False
    """Numbers, dates and the like."""
    quoted: bool = False
    """Enclosed in quotes, also where that is not needed."""
    unspaced: bool = False
    """Never beginning with a space."""
    shape: bytes = b""
    """Letters and digits in turn, as in ``A0-0``, where all values have the same and digits in it."""
    known: frozenset[bytes] = frozenset()
    """All values there are, where they are few and stand there again and again."""


@dataclass(frozen=True)
class RowForm:
    """The dialect and width of a table, in bytes of UTF-8, and what its columns look like."""

    delimiter: bytes
    quote: bytes
    """Empty where quotes mean nothing."""
    escape: bytes
    """Empty where nothing is escaped."""
    line_end: bytes
    """What ends lines: a line feed, or a carriage return where the text has no line feeds."""
    width: int
    comment: bytes = b""
    """What lines begin with that are no rows; empty where there are none."""
    comments_told: bool = False
    """Whether such lines are no rows even if they have the table's width."""
    columns: tuple[ColumnForm, ...] = ()

    @classmethod
    def of(
        cls, dialect: Dialect, width: int, columns: Sequence[ColumnForm] = (), *, comments_told: bool = False
    ) -> "RowForm":
        """The form of a table's rows.

        :param width: columns of the table.
        :param comments_told: whether the comment prefix was given by the user, not found.
        """
        return cls(
            delimiter=dialect.delimiter.encode(),
            quote=(dialect.quote or "").encode(),
            escape=(dialect.escape or "").encode(),
            line_end=b"\r" if dialect.line_ending == "cr" else b"\n",
            width=width,
            comment=(dialect.comment or "").encode(),
            comments_told=comments_told,
            columns=tuple(columns),
        )

    @cached_property
    def discriminates(self) -> bool:
        """Whether the columns tell rows of the table from other lines with as many delimiters."""
        return any(column.data or column.quoted or column.known or column.shape for column in self.columns)

    def strangeness(self, cells: Sequence[bytes], quoted: Sequence[bool]) -> float:
        """How unlike the columns the cells of a row are; 0 where nothing is strange.

        :param cells: as many as the table has columns, without the quotes that enclose them.
        :param quoted: for each cell whether quotes enclosed it.
        """
        found = 0.0
        for cell, enclosed, column in zip(cells, quoted, self.columns, strict=False):
            value = cell.strip(self.quote) if self.quote else cell
            if value and (
                (column.data and not is_data(value.decode("utf-8", "replace").strip()))
                or (column.quoted and not enclosed)
                or (column.unspaced and value.startswith(b" "))
            ):
                found += _UNLIKE
        return min(found, _MOST_UNLIKE)

    def is_comment(self, line: bytes) -> bool:
        """Whether a line that stands where a row may begin is a comment."""
        if not self.comment or not line.startswith(self.comment):
            return False
        return self.comments_told or line.count(self.delimiter) != self.width - 1

    def all_lines_are_rows(self, text: bytes, most: int = 64) -> bool:
        """Whether each line of a text could be a row by itself, so that a cell over all of them is doubtful.

        That a line has as many delimiters is not enough: prose has them as often as not. Either there are values
        wherever the table has values, or there are three lines or more without many empty cells.

        :param most: lines that are looked at.
        """
        lines = text.split(self.line_end, most)[:most]
        while lines and not lines[-1].strip():
            lines.pop()
        if len(lines) < (2 if self.width >= 3 and self.discriminates else 3):
            return False
        return nearly_all(self._rows_among(lines), len(lines)) or self._make_a_table(lines)

    def _make_a_table(self, lines: Sequence[bytes]) -> bool:
        """Whether lines are of the table's width, and so many, or with such a column of data, that it is no chance."""
        rows = [line.rstrip(b"\r\n").split(self.delimiter) for line in lines]
        rows = [row for row in rows if len(row) == self.width]
        if not nearly_all(len(rows), len(lines)):
            return False
        if self.width > 1 and len(rows) >= _ENOUGH_ROWS:
            return True
        columns = (
            [is_data(cell.strip(self.quote).decode("utf-8", "replace").strip()) for cell in column]
            for column in zip(*rows, strict=True)
        )
        return any(nearly_all(sum(data), len(rows)) for data in columns)

    def rows_within(self, text: bytes, most: int = 64) -> int:
        """How many lines of a text could be rows by themselves.

        :param most: lines that are looked at.
        """
        return self._rows_among(text.split(self.line_end, most)[:most])

    def _rows_among(self, lines: Sequence[bytes]) -> int:
        if self.width < 3 and not self.discriminates:
            return 0  # a line of prose has a comma as often as not
        return sum(self._is_like_row(line.rstrip(b"\r\n")) for line in lines)

    def _is_like_row(self, line: bytes) -> bool:
        cells = line.split(self.delimiter)
        if len(cells) != self.width:
            return False
        quoted = [len(cell) > 1 and cell[:1] == cell[-1:] == self.quote for cell in cells]
        if self.strangeness(cells, quoted) > (_UNLIKE if self.width > 3 else 0):
            return False
        values = [cell.strip(self.quote + b" ") for cell in cells]
        if self.discriminates:
            return any(quoted) or any(
                value and (column.data or value in column.known or (column.shape and column.shape == _shape(value)))
                for value, column in zip(values, self.columns, strict=True)
            )
        return 2 * sum(map(bool, values)) >= self.width


def nearly_all(number: int, of: int) -> bool:
    """Whether a cell over so many lines like rows, of so many lines, is to be doubted: damage comes in company."""
    return number == of or (of >= 8 and number >= 0.9 * of)


def column_forms(
    rows: Sequence[Sequence[str]], quoted: Sequence[Sequence[bool]], width: int, marks: str
) -> tuple[ColumnForm, ...]:
    """What the columns of sample rows look like.

    :param rows: cells of rows; those of another width are left out, and so are others behind some hundred.
    :param quoted: for each cell whether quotes enclosed it.
    :param marks: characters for which a cell has to be enclosed.
    """
    fitting = [(row, flags) for row, flags in zip(rows, quoted, strict=True) if len(row) == width][:_MOST_ROWS]
    forms = []
    for index in range(width):
        values = [(row[index], flags[index]) for row, flags in fitting if row[index]]
        if len(values) < _TELLING_ROWS:
            forms.append(ColumnForm())
            continue
        enough = _AGREEING * len(values)
        # Of a few rows one may be damaged.
        enough = min(enough, len(values) - 1) if len(values) < 1 / (1 - _AGREEING) else enough
        forms.append(
            ColumnForm(
                data=sum(is_data(value.strip()) for value, _ in values) >= enough,
                quoted=sum(flag for _, flag in values) >= enough
                and _always_quoted([value for value, flag in values if flag], marks, width),
                unspaced=sum(not value.startswith(" ") for value, _ in values) >= enough,
                shape=_usual_shape([value for value, _ in values], enough),
                known=_known([value for value, _ in values]),
            )
        )
    return tuple(forms)


def _always_quoted(values: Sequence[str], marks: str, width: int) -> bool:
    """Whether a column's quoted values show that others would be quoted too.

    Some of them need no quotes; or they are all of the table, and most of them have several lines.
    """
    if width == 1 and 2 * sum("\n" in value for value in values) > len(values):
        return True
    return 4 * sum(not any(mark in value for mark in marks) for value in values) >= len(values)


def _shape(value: bytes) -> bytes:
    return _LETTERS.sub(b"A", _DIGITS.sub(b"0", value))


def _usual_shape(values: Sequence[str], enough: float) -> bytes:
    shape, count = Counter(_shape(value.encode()) for value in values).most_common(1)[0]
    return shape if b"0" in shape and len(shape) > 1 and count >= enough else b""


def _known(values: Sequence[str]) -> frozenset[bytes]:
    distinct = set(values)
    return frozenset(value.encode() for value in distinct) if 2 * len(distinct) <= len(values) else frozenset()
