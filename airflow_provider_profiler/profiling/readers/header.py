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


def votes_for_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a first row names the columns, by votes of the columns.

    A cell that is no number or date above values that are votes for a header; a cell that is one, or that occurs
    again among its column's values, votes against. Without any vote, distinct texts are names.
    """
    cells = [cell.strip() for cell in first]
    filled = [cell for cell in cells if cell]
    if not filled:
        return False
    named_by_years = _are_years(cells) and not all(_are_years([*row, ""]) for row in rows[:1])
    votes = 0
    for index, cell in enumerate(cells):
        values = _values(rows, index)
        if not cell or not values:
            continue
        data_like = _mostly_data(values)
        if is_data(cell) and not named_by_years:
            votes -= data_like
        elif data_like:
            votes += 1
        elif cell in values:
            votes -= 1
    if votes:
        return votes > 0
    return len(set(filled)) == len(filled) and not any(is_data(cell) for cell in filled)


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


def _are_years(cells: Sequence[str]) -> bool:
    """Whether the numbers of a row are years, one after the other: those do name columns."""
    years = [int(cell) for cell in cells if re.fullmatch(r"(?:1[6-9]|2[01])\d\d", cell.strip())]
    numbers = [cell for cell in cells if is_data(cell.strip())]
    ascending = all(earlier < later for earlier, later in pairwise(years))
    descending = all(earlier > later for earlier, later in pairwise(years))
    return len(years) >= 3 and len(years) == len(numbers) < len(cells) and (ascending or descending)
