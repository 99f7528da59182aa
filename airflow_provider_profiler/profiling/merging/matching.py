"""Which tables of several profiles are one table, such as January's and February's trips."""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from airflow_provider_profiler.profiling.stored_states.layout import StoredTable

#: What is no letter: digits say which month or part a file holds, and stars stand in names of merged tables.
_NO_LETTERS = re.compile(r"[\W\d_]+")
#: Columns that two tables of one name must share, of the one that has fewer: below that the name is a coincidence.
_LEAST_SHARE = 0.5


@dataclass(frozen=True)
class Place:
    """A table, by the position of its profile and its position therein."""

    profile: int
    table: int


@dataclass(frozen=True)
class Matched:
    """Groups of tables that are one, in the order of the profiles, and what should be known about the others."""

    groups: tuple[tuple[Place, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(eq=False)
class _Group:
    places: list[Place]
    last: StoredTable
    """The table that joined last: columns come and go over time, and the next table is like the latest."""


@dataclass
class _Matching:
    groups: list[_Group] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def match_tables(profiles: Sequence[Sequence[StoredTable]]) -> Matched:
    """Find the tables that belong together.

    In this order: tables of the same path and name; of the same file name in other folders; of file names with the same
    letters (``trips_2019-01.csv`` and ``trips_2019-02.csv``); and, where each profile has one table only,
    tables with the same columns. A table joins another only if no third one could be meant, and if they share at least
    half of their columns. One that joins none stands for itself.

    :param profiles: the tables of each profile.
    :return: groups in the order of their first tables.
    """
    single = all(len(tables) <= 1 for tables in profiles)
    matching = _Matching()
    for position, tables in enumerate(profiles):
        left = {Place(position, index): table for index, table in enumerate(tables)}
        if position:
            waiting = list(matching.groups)
            for key in (_whole_path, _file_name, _without_numbers, *([_columns] if single else [])):
                _join(matching, waiting, left, key)
        matching.groups.extend(_Group([place], table) for place, table in left.items())
    return Matched(tuple(tuple(group.places) for group in matching.groups), tuple(matching.notes))


def _join(
    matching: _Matching, waiting: list[_Group], left: dict[Place, StoredTable], key: Callable[[StoredTable], Hashable]
) -> None:
    """Let tables join groups with the same key; both are taken from those that wait."""
    groups = Counter(key(group.last) for group in waiting)
    tables = Counter(key(table) for table in left.values())
    by_key = {key(group.last): group for group in waiting}
    for place, table in list(left.items()):
        value = key(table)
        if groups[value] != 1 or tables[value] != 1:
            continue
        group = by_key[value]
        if not _akin(group.last, table):
            note = f"{group.last.path} and {table.path} were kept apart: they share less than half of their columns"
            if note not in matching.notes:
                matching.notes.append(note)
            continue
        group.places.append(place)
        group.last = table
        waiting.remove(group)
        del left[place]


def _akin(one: StoredTable, other: StoredTable) -> bool:
    mine, its = (frozenset(column.name for column in table.columns) for table in (one, other))
    return len(mine & its) >= _LEAST_SHARE * min(len(mine), len(its))


def _whole_path(table: StoredTable) -> Hashable:
    return table.path, table.name


def _file_name(table: StoredTable) -> Hashable:
    return table.path.rpartition("/")[2], table.name


def _without_numbers(table: StoredTable) -> Hashable:
    return _NO_LETTERS.sub("", table.path.rpartition("/")[2]), _NO_LETTERS.sub("", table.name)


def _columns(table: StoredTable) -> Hashable:
    return frozenset(column.name for column in table.columns)
