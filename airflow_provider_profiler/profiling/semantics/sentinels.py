"""Numbers and dates that stand for "no value": ``-999`` among temperatures, ``1900-01-01`` among birthdays.

Only what is far outside of everything else, and there again and again, is taken for one. Even then it is reported and
not left out: whoever knows the data can say so by the option ``reading.null_tokens``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from airflow_provider_profiler.profiling.semantics.calendar_digits import days_of
from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers
from airflow_provider_profiler.profiling.statistics.numbers import NumberState
from airflow_provider_profiler.profiling.statistics.odd_numbers import SENTINEL_NUMBERS
from airflow_provider_profiler.profiling.statistics.temporals import TemporalState

#: Rows that hold the value, and rows that hold others, before anything is said.
_FEWEST, _FEWEST_OTHERS = 3, 20
#: The rest must have so many different values to have a range worth speaking of.
_FEWEST_DIFFERENT = 5
#: What is rarer than this share of the middle one of the others is a stray value.
_RARE = 0.1
_FIRST_COMPACT, _LAST_COMPACT = 1900_01_01, 2100_12_31


@dataclass(frozen=True)
class Sentinel:
    """A value that seems to stand for none, its rows, and between what the others lie."""

    value: str
    rows: int
    low: str
    high: str
    row: int = 0
    """The first one; 0 where it is not known."""

    def __str__(self) -> str:
        return (
            f"{self.value} stands in {self.rows:,} rows, far from all other values ({self.low} to {self.high}): it may "
            'mean "no value". It is counted as a value; the option reading.null_tokens can leave it out'
        )


def number_sentinels(state: NumberState) -> tuple[Sentinel, ...]:
    """Numbers that seem to stand for no value; none where the numbers are too many to list."""
    table = state.values.table
    if table is None or len(table) <= _FEWEST_DIFFERENT:
        return ()
    values, counts = _ascending(table.keys.values, table.counts)
    return _sentinels(
        values,
        counts,
        SENTINEL_NUMBERS,
        state.odd.sentinels,
        lambda value: f"{value:.15g}" if isinstance(value, float) else str(value),
    )


def date_sentinels(state: TemporalState) -> tuple[Sentinel, ...]:
    """Dates that seem to stand for no value; none where the dates are too many to list."""
    table, calendar = state.values.table, state.values.calendar
    if table is None or calendar.time_of_day or len(table) <= _FEWEST_DIFFERENT:
        return ()
    values, counts = _ascending(table.keys.values, table.counts)
    return _sentinels(values, counts, calendar.sentinels, state.odd.sentinels, lambda value: calendar.iso(int(value)))


def compact_dates(state: NumberState) -> int:
    """The rows of a column all of whose integers read as dates, year, month and day in eight digits; else 0.

    An eight-digit number between 1900 and 2100 is one by chance in 27 cases: with several different ones, all of them
    dates, there is little doubt.
    """
    table = state.values.table
    if table is None or len(table) < _FEWEST_DIFFERENT or table.keys.values.dtype.kind != "i":
        return 0
    values = table.keys.values
    if values.min() < _FIRST_COMPACT or values.max() > _LAST_COMPACT:
        return 0
    _, valid = days_of(values // 10_000, values // 100 % 100, values % 100)
    return table.rows if valid.all() else 0


def _ascending(values: Array, counts: Integers) -> tuple[Array, Integers]:
    if (values[1:] > values[:-1]).all():
        return values, counts
    order = np.argsort(values, kind="stable")
    return values[order], counts[order]


def _sentinels(
    values: Array,
    counts: Integers,
    known: frozenset[int],
    rows: Mapping[int, int],
    show: Callable[[int | float], str],
) -> tuple[Sentinel, ...]:
    """Look at both ends for as long as there is a known value that is far from what is left.

    :param rows: the first row of each known value.
    """
    found: list[tuple[int, int]] = []
    first, last = 0, len(values) - 1
    while last - first >= _FEWEST_DIFFERENT:
        for place, low, high in ((first, first + 1, last), (last, first, last - 1)):
            if values[place].item() in known and _is_far(values, counts, place, low, high):
                found.append((place, int(counts[place])))
                first, last = low, high
                break
        else:
            break
    if not found or counts[first : last + 1].sum() < _FEWEST_OTHERS:
        return ()
    lowest, highest = show(values[first].item()), show(values[last].item())
    return tuple(
        Sentinel(show(value), amount, lowest, highest, rows.get(int(value), 0))
        for value, amount in ((values[place].item(), amount) for place, amount in found)
    )


def _is_far(values: Array, counts: Integers, place: int, low: int, high: int) -> bool:
    """Whether a value is farther from the others than these are from each other, and too frequent for a stray one."""
    if counts[place] < _FEWEST:
        return False
    inner_low, inner_high = float(values[low].item()), float(values[high].item())
    distance = min(abs(float(values[place].item()) - inner_low), abs(float(values[place].item()) - inner_high))
    usual = float(np.median(counts[low : high + 1]))
    return distance > max(inner_high - inner_low, 1.0) and counts[place] >= _RARE * usual
