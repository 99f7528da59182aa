"""Columns by the names that people write: patterns of the options, and names in a condition."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from airflow_provider_profiler.contract.options import SelectionOptions
from airflow_provider_profiler.profiling.readers.reader import Column
from airflow_provider_profiler.profiling.selection.condition import Name

_MAGIC = re.compile(r"[*?\[]")
#: Names that a message tells.
_TOLD = 20


class ColumnPatterns:
    """The patterns of some options, which remember whether any table had a column for them."""

    def __init__(self, options: SelectionOptions) -> None:
        self._include = options.columns
        self._exclude = options.exclude_columns
        self._unmatched = dict.fromkeys(options.columns)

    def chosen(self, columns: Sequence[Column]) -> tuple[int, ...] | None:
        """Positions of the columns that are wanted, in the table's order; None for all of them."""
        if not self._include and not self._exclude:
            return None
        wanted = set(range(len(columns))) if not self._include else set[int]()
        for pattern in self._include:
            found = _matching(pattern, columns)
            if found:
                self._unmatched.pop(pattern, None)
            wanted |= found
        for pattern in self._exclude:
            wanted -= _matching(pattern, columns)
        return tuple(sorted(wanted)) if len(wanted) < len(columns) else None

    @property
    def unmatched(self) -> list[str]:
        """Patterns of wanted columns that no table asked about so far has."""
        return list(self._unmatched)


def _matching(pattern: str, columns: Sequence[Column]) -> set[int]:
    """Columns of that very name, else those that the pattern fits."""
    found = {index for index, column in enumerate(columns) if pattern in (column.name, column.original_name)}
    if not found and _MAGIC.search(pattern):
        found = {index for index, column in enumerate(columns) if fnmatchcase(column.name, pattern)}
    return found


def position_of(name: Name, columns: Sequence[Column]) -> int | None:
    """The column that a condition names, None where there is none or more than one.

    A name without quotes means the column of that name, else the only one that differs from it in case alone.
    """
    for known in ([column.name for column in columns], [column.original_name for column in columns]):
        if name.text in known:
            return known.index(name.text)
    alike = [index for index, column in enumerate(columns) if column.name.casefold() == name.text.casefold()]
    return alike[0] if len(alike) == 1 and not name.quoted else None


def known_columns(wanted: str, names: Sequence[str]) -> str:
    """The end of a sentence about a column that is not there: what it may have meant, and what there is."""
    if not names:
        return "; there is no column at all"
    return f"{meant(wanted, names)}; the columns are {listed(names)}"


def meant(wanted: str, names: Sequence[str]) -> str:
    """Which of the names a name that is none of them may have been meant for; empty where it resembles none."""
    close = get_close_matches(wanted, names, 1, 0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""


def listed(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(repr(name) for name in names[:_TOLD]) + more
