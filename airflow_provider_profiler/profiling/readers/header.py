"""Which rows at the top of a table name its columns, by votes of the columns."""

import re
from collections.abc import Sequence
from itertools import pairwise

from airflow_provider_profiler.profiling.readers.values import is_data

#: Share of a column's values that have to be data before a cell above them that is none is taken for a name.
_DATA_LIKE = 0.8
#: Columns of data above which a second row of texts is no row of the table.
_TELLING_COLUMNS = 2
_MOST_ROWS = 100
_FEWEST_OF_A_SERIES = 3
_YEAR, _WHOLE_NUMBER = re.compile(r"(?:1[6-9]|2[01])\d\d"), re.compile(r"\d{1,9}")
_DAY = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}|\d{4}-\d{2}|\d{1,2}/\d{4}")
#: What names hardly have while values do, and how many of those tell.
_MARKS_OF_VALUES = (re.compile(r"\d"), re.compile("@"), re.compile("://"))
_TELLING_VALUES = 3


def votes_for_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a first row names the columns, by votes of the columns.

    A cell that is no number or date above values that are votes for a header, and so does one without the digit or
    sign that all values have (addresses, dates in words, codes); a cell that is data, or that occurs again among its
    column's values, votes against. Without any vote, distinct texts are names.
    """
    cells = [cell.strip() for cell in first]
    filled = [cell for cell in cells if cell]
    if not filled:
        return False
    # A header may stand again among the rows, where files were joined.
    others = [row for row in rows if [cell.strip() for cell in row] != cells] if len(cells) > 1 else rows
    votes = _votes(cells, others or rows)
    if votes <= 0 and len(others) < len(rows):
        votes = _votes(cells, rows)
    if votes:
        return votes > 0
    return len(set(filled)) == len(filled) and not any(is_data(cell) for cell in filled)


def _votes(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    series = _series(cells)
    named_by_a_series = series is not None and all(_series([*row, "x"]) != series for row in rows[:1])
    votes = 0
    for index, cell in enumerate(cells):
        values = _values(rows, index)
        if not cell or not values:
            continue
        data_like = _mostly_data(values)
        if is_data(cell) and not named_by_a_series:
            votes -= data_like
        elif data_like:
            votes += 1
        elif cell in values:
            votes -= 1
        elif len(values) >= _TELLING_VALUES and _lacks_what_all_have(cell, values):
            votes += 1
    return votes


def joined_header(rows: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """The names that two rows at the top give together, or None where the second one holds values.

    It holds none where it has texts, and no number, above two or more columns of numbers or dates, and above half of
    all those there are: it names what the first row groups, or gives units. A group's name stands for the empty cells
    behind it.

    :param rows: the header and what follows it, of equal width.
    """
    if len(rows) < 2 + _TELLING_COLUMNS:
        return None
    first, second, *others = rows
    if all(is_data(cell.strip()) for cell in first if cell.strip()) or any(
        is_data(cell.strip()) for cell in second if cell.strip()
    ):
        return None
    telling = [index for index in range(len(first)) if (values := _values(others, index)) and _mostly_data(values)]
    texts = [index for index in telling if index < len(second) and second[index].strip()]
    if len(texts) < _TELLING_COLUMNS or 2 * len(texts) < len(telling):
        return None
    group = ""
    names = []
    for upper, lower in zip(first, second, strict=False):
        group = upper.strip() or (group if lower.strip() else "")
        names.append(f"{group} {lower.strip()}".strip())
    return tuple(names)


def _values(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index].strip() for row in rows[:_MOST_ROWS] if index < len(row) and row[index].strip()]


def _mostly_data(values: Sequence[str]) -> bool:
    return sum(is_data(value) for value in values) >= _DATA_LIKE * len(values)


def _lacks_what_all_have(cell: str, values: Sequence[str]) -> bool:
    return any(not mark.search(cell) and all(map(mark.search, values)) for mark in _MARKS_OF_VALUES)


def _series(cells: Sequence[str]) -> str | None:
    """What the data in a row are if they are years, days or numbers at equal steps, in order: those name columns."""
    data = [cell.strip() for cell in cells if is_data(cell.strip())]
    if not _FEWEST_OF_A_SERIES <= len(data) < len(cells):
        return None
    if all(map(_DAY.fullmatch, data)):
        return "days" if len(set(data)) == len(data) else None
    if not all(map(_WHOLE_NUMBER.fullmatch, data)):
        return None
    steps = {later - earlier for earlier, later in pairwise(map(int, data))}
    if all(map(_YEAR.fullmatch, data)):
        return "years" if min(steps) > 0 or max(steps) < 0 else None
    return "numbers" if len(steps) == 1 and steps != {0} else None
