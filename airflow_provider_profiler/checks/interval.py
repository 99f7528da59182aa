"""Numbers that are only known to lie between two others, and what can be said of them all the same."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

from airflow_provider_profiler.contract.statistics import (
    Accuracy,
    ColumnStatistics,
    Method,
    Number,
    NumericStatistics,
    Quantiles,
)

_POINTS: Final = {name: int(name[1:]) / 100 for name in Quantiles.model_fields}


class Decision(Enum):
    """Whether something holds."""

    HOLDS = "holds"
    BROKEN = "broken"
    OPEN = "open"
    """What is known does not decide it."""


@dataclass(frozen=True)
class Interval:
    """The true number is one of those from ``low`` to ``high``, both included."""

    low: Number
    high: Number

    @classmethod
    def exactly(cls, value: Number) -> "Interval":
        """A number that is known."""
        return cls(value, value)

    def within(self, at_least: Number | None, at_most: Number | None) -> Decision:
        """Whether the true number lies within bounds, which are inside themselves."""
        lowest = -math.inf if at_least is None else at_least
        highest = math.inf if at_most is None else at_most
        if lowest <= self.low and self.high <= highest:
            return Decision.HOLDS
        if self.high < lowest or self.low > highest:
            return Decision.BROKEN
        return Decision.OPEN


ANYTHING: Final = Interval(-math.inf, math.inf)


def distinct_values(statistics: ColumnStatistics) -> Interval:
    """How many distinct values a column has; an estimate is off by its bound at most, which is relative."""
    return _relative(statistics.distinct_count, statistics.accuracy.distinct, statistics.row_count)


def _relative(value: int, accuracy: Accuracy, rows: int) -> Interval:
    if accuracy.method is Method.EXACT:
        return Interval.exactly(value)
    if accuracy.bound is None:
        return Interval(min(1, value), math.inf)
    # No column has more distinct values than rows, and none with rows has fewer than one.
    low, high = value / (1 + accuracy.bound), value / max(1 - accuracy.bound, 1e-9)
    return Interval(max(min(1, value), min(low, rows)), min(max(high, value), rows))


def missing_share(statistics: ColumnStatistics, *, with_tokens: bool) -> Interval:
    """The share of a column's rows without a value.

    :param with_tokens: words for "no value" count as missing.
    """
    missing = statistics.missing_count
    if with_tokens:
        missing += min(sum(token.count for token in statistics.null_tokens), statistics.row_count)
    rows = statistics.row_count + statistics.missing_count
    if statistics.accuracy.rows.method is Method.EXACT:
        return Interval.exactly(missing / rows)
    # Some are missing in the part that was looked at, so some are; nobody knows how many.
    return Interval(math.nextafter(0, 1) if missing else 0, 1)


def numeric_statistic(name: str, statistics: ColumnStatistics, numeric: NumericStatistics) -> Interval | None:
    """A statistic of a column's numbers by its name; None where it is undefined.

    :param name: ``minimum maximum mean sum standard_deviation``, or a quantile such as ``p05``.
    """
    whole = statistics.accuracy.rows.method is Method.EXACT
    if name in _POINTS:
        return _quantile(name, statistics, numeric, whole=whole)
    value: Number | None = getattr(numeric, name)
    if value is None:
        return None
    if whole:
        return Interval.exactly(value)
    # The part that was looked at holds a value so small or so large; the rest may hold others.
    if name == "minimum":
        return Interval(-math.inf, value)
    if name == "maximum":
        return Interval(value, math.inf)
    return ANYTHING


def _quantile(name: str, statistics: ColumnStatistics, numeric: NumericStatistics, *, whole: bool) -> Interval | None:
    if numeric.quantiles is None:
        return None
    accuracy = statistics.accuracy.quantiles
    value: float = getattr(numeric.quantiles, name)
    if accuracy.method is Method.EXACT and whole:
        return Interval.exactly(value)
    if accuracy.bound is None or not whole:
        return ANYTHING
    # The bound is one of ranks: where the ranks beside it surely lie is told by the other quantiles, and finer by the
    # histogram, whose edges have the rows below them within its own bound.
    point, doubt = _POINTS[name], accuracy.bound
    low, high = float(numeric.minimum), float(numeric.maximum)
    for other, rank in _POINTS.items():
        if rank + doubt <= point:
            low = max(low, getattr(numeric.quantiles, other))
        if rank - doubt >= point:
            high = min(high, getattr(numeric.quantiles, other))
    fine = numeric.fine_histogram
    doubt_of_edge = statistics.accuracy.fine_histogram.bound
    total = sum(fine.counts) if fine else 0
    if fine and total and doubt_of_edge is not None:
        below, width = 0, (fine.high - fine.low) / len(fine.counts)
        for place, count in enumerate(fine.counts[:-1], start=1):
            below += count
            edge = fine.low + place * width
            # One row more than the bound: counts of bins are rounded.
            if (below + 1) / total + doubt_of_edge <= point:
                low = max(low, edge)
            if (below - 1) / total - doubt_of_edge >= point:
                high = min(high, edge)
    return Interval(min(low, value), max(high, value))
