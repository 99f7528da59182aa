"""How far two distributions are apart, told from what two profiles keep of them."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from airflow_provider_profiler.contract.statistics import ColumnStatistics, Method


class Cumulative:
    """What a histogram tells of the distribution function of a column's numbers.

    :param edges: of the bins, in ascending order, one more than there are bins.
    :param counts: of the bins, which are closed below and open above, the last one closed.
    """

    def __init__(self, edges: Sequence[float], counts: Sequence[int]) -> None:
        self.edges = edges
        total = max(sum(counts), 1)
        self._reached = [0.0, *(count / total for count in accumulate(counts))]

    def bounds(self, value: float) -> tuple[float, float]:
        """The least and the greatest share of the numbers that may be less than ``value``."""
        if value <= self.edges[0]:
            return 0.0, 0.0
        if value > self.edges[-1]:
            return 1.0, 1.0
        place = bisect_left(self.edges, value)
        if value == self.edges[place] and place < len(self.edges) - 1:
            return self._reached[place], self._reached[place]
        return self._reached[place - 1], self._reached[place]

    def below(self, value: float) -> float:
        """About the share of the numbers that are less than ``value``: straight between the edges of a bin."""
        start, end = self.bounds(value)
        if start == end:
            return start
        place = bisect_left(self.edges, value)
        low, high = self.edges[place - 1], self.edges[place]
        # Halves, for the difference of two large doubles may be beyond a double.
        return start + (end - start) * ((value / 2 - low / 2) / (high / 2 - low / 2)) if high > low else end


def cumulative(statistics: ColumnStatistics) -> Cumulative | None:
    """The distribution function of a column as its finest histogram tells it, or None where none is kept."""
    numeric = statistics.numeric
    if numeric is None:
        return None
    if numeric.fine_histogram is not None and numeric.fine_histogram.counts:
        fine = numeric.fine_histogram
        width = fine.high / len(fine.counts) - fine.low / len(fine.counts)
        edges = [fine.low + width * place for place in range(len(fine.counts))]
        return Cumulative([*edges, fine.high], fine.counts)
    if numeric.histogram:
        edges = [item.low for item in numeric.histogram]
        return Cumulative([*edges, numeric.histogram[-1].high], [item.count for item in numeric.histogram])
    return None


def distance(before: ColumnStatistics, after: ColumnStatistics) -> float | None:
    """How far two columns' values are apart at least, from 0 (nothing tells them apart) to 1 (nothing in common).

    Of numbers, the greatest difference of their distribution functions (the statistic of Kolmogorov and Smirnov): of
    the values themselves where all are listed with their counts, else as much of it as the histograms prove. Of
    anything else, half the sum of the differences of the shares of their values (the total variation), over the values
    that are listed as frequent; the others count as one value.

    :return: None where nothing is kept that could tell.
    """
    if before.numeric is not None and after.numeric is not None:
        values = [_all_values(side) for side in (before, after)]
        if values[0] and values[1]:
            return _of_values(values[0], values[1])
        one, other = cumulative(before), cumulative(after)
        return None if one is None or other is None else _of_histograms(one, other)
    if before.numeric is not None or after.numeric is not None or not (before.top_values and after.top_values):
        return None
    return _total_variation(before, after)


def _all_values(statistics: ColumnStatistics) -> dict[float, int]:
    """All numbers of a column with their counts; empty where not all are listed."""
    numbers = [item for item in statistics.top_values if isinstance(item.value, int | float)]
    listed = sum(item.count for item in numbers)
    exact = statistics.accuracy.top_values.method is Method.EXACT
    return {float(item.value): item.count for item in numbers} if exact and listed == statistics.row_count else {}


def _of_values(one: dict[float, int], other: dict[float, int]) -> float:
    totals = sum(one.values()), sum(other.values())
    reached = apart = 0.0
    for value in sorted({*one, *other}):
        reached += one.get(value, 0) / totals[0] - other.get(value, 0) / totals[1]
        apart = max(apart, abs(reached))
    return min(1.0, apart)


def _of_histograms(one: Cumulative, other: Cumulative) -> float:
    apart = 0.0
    for edge in (*one.edges, *other.edges):
        (low, high), (other_low, other_high) = one.bounds(edge), other.bounds(edge)
        apart = max(apart, low - other_high, other_low - high)
    return min(1.0, apart)


def _total_variation(before: ColumnStatistics, after: ColumnStatistics) -> float | None:
    if not (before.row_count and after.row_count):
        return None
    shares = [
        {(type(item.value).__name__, item.value): item.count / column.row_count for item in column.top_values}
        for column in (before, after)
    ]
    # A value that is missing from a list may only be less frequent than the last of it: it says nothing.
    complete = [len(column.top_values) >= column.distinct_count for column in (before, after)]
    compared = [
        value
        for value in {*shares[0], *shares[1]}
        if all(value in listed or whole for listed, whole in zip(shares, complete, strict=True))
    ]
    differences = [shares[0].get(value, 0.0) - shares[1].get(value, 0.0) for value in compared]
    rest = (1 - sum(shares[0].get(value, 0.0) for value in compared)) - (
        1 - sum(shares[1].get(value, 0.0) for value in compared)
    )
    return min(1.0, (sum(map(abs, differences)) + abs(rest)) / 2) if compared else None
