"""What is read from the state of numbers: moments, quantiles and the histogram."""

import math
from dataclasses import dataclass

import numpy as np

from airflow_provider_profiler.contract.statistics import (
    Accuracy,
    HistogramBin,
    Method,
    Number,
    NumericStatistics,
    Quantiles,
)
from airflow_provider_profiler.profiling.statistics.encoding import Floats
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.extremes import Extremes
from airflow_provider_profiler.profiling.statistics.keys import NumberKeys
from airflow_provider_profiler.profiling.statistics.moments import Moments
from airflow_provider_profiler.profiling.statistics.numbers import NumberState, exact_sum

PERCENTS = (1, 5, 25, 50, 75, 95, 99)
BINS = 10


@dataclass(frozen=True)
class NumericMetric:
    """Reads :class:`NumericStatistics` with the accuracy of quantiles and histogram.

    :param as_float: show integers as floats, because the column also holds fractions.
    """

    as_float: bool = False

    def read(self, state: NumberState) -> tuple[NumericStatistics, Accuracy, Accuracy] | None:
        """The statistics of the finite numbers, or None where there are none."""
        table, sketch = state.values.table, state.values.sketch
        if not state.counts.finite:
            return None
        if sketch is not None:
            moments, extremes, total = sketch.moments, sketch.extremes, sketch.total
            quantiles = sketch.quantiles.quantiles(tuple(percent / 100 for percent in PERCENTS), state.counts.finite)
            quantile_accuracy = Accuracy(method=Method.SKETCH, bound=sketch.quantiles.bound(state.counts.finite))
            edges = _edges(extremes)
            bins, doubt = sketch.histogram.bins(edges) if len(edges) > 2 else ([state.counts.finite], 0.0)
            histogram_accuracy = Accuracy(method=Method.SKETCH, bound=min(1.0, doubt / state.counts.finite))
        elif table is not None:
            values = table.keys.values
            moments, extremes = Moments.of(values, table.counts), Extremes.of(values)
            total = None if values.dtype.kind == "f" else exact_sum(table)
            quantiles = _type_7(table)
            edges = _edges(extremes)
            bins = _exact_bins(table, edges)
            quantile_accuracy = histogram_accuracy = Accuracy()
        else:
            raise AssertionError("numbers are a table or a sketch")
        if self.as_float:
            extremes, total = Extremes(float(extremes.minimum), float(extremes.maximum)), None
        mean = moments.mean if total is None else total / moments.rows
        variance = moments.variance
        statistics = NumericStatistics(
            minimum=extremes.minimum,
            maximum=extremes.maximum,
            range=_difference(extremes),
            sum=_sum(moments) if total is None else total,
            # Rounding may carry the mean of nearly equal values past the last of them.
            mean=min(max(mean, float(extremes.minimum)), float(extremes.maximum)),
            variance=variance,
            standard_deviation=None if variance is None else math.sqrt(variance),
            skewness=moments.skewness,
            kurtosis=moments.kurtosis,
            zero_count=state.counts.zero,
            negative_count=state.counts.negative,
            quantiles=Quantiles(**dict(zip(Quantiles.model_fields, quantiles, strict=True))),
            histogram=tuple(
                HistogramBin(low=low, high=high, count=rows)
                for low, high, rows in zip(edges[:-1].tolist(), edges[1:].tolist(), bins, strict=True)
            ),
        )
        return statistics, quantile_accuracy, histogram_accuracy


def _type_7(table: ExactTable[NumberKeys]) -> tuple[float, ...]:
    """Quantiles of definition 7 of Hyndman and Fan (1996): linear between the ranks around share * (n - 1)."""
    ends = np.cumsum(table.counts)
    last = int(ends[-1]) - 1
    found = []
    for percent in PERCENTS:
        # In whole numbers: 0.99 is none of a double's, and the quantile would end in the dust of that.
        below, rest = divmod(percent * last, 100)
        part = rest / 100
        places = np.searchsorted(ends, [below, min(below + 1, last)], side="right")
        low, high = (float(value) for value in table.keys.values[places])
        found.append(_between(low, high, part))
    return tuple(found)


def _edges(extremes: Extremes) -> Floats:
    low, high = float(extremes.minimum), float(extremes.maximum)
    if low == high:
        return np.array([low, high])
    return np.array([_between(low, high, position / BINS) for position in range(BINS)] + [high])


def _between(low: float, high: float, share: float) -> float:
    """The number at a share of the way, never outside of both."""
    step = (high - low) * share
    # The difference of two doubles may exceed a double, the parts of a weighted mean do not.
    value = low + step if math.isfinite(step) else low * (1 - share) + high * share
    return min(max(value, low), high)


def _exact_bins(table: ExactTable[NumberKeys], edges: Floats) -> list[int]:
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(table.counts)))
    inner = np.searchsorted(table.keys.values.astype(np.float64), edges[1:-1], side="left")
    return list(np.diff(ends[np.concatenate(([0], inner, [len(table)]))]).tolist())


def _difference(extremes: Extremes) -> Number:
    difference = extremes.maximum - extremes.minimum
    if isinstance(difference, float) and math.isinf(difference):
        return int(extremes.maximum) - int(extremes.minimum)
    return difference


def _sum(moments: Moments) -> Number:
    total = moments.mean * moments.rows
    # Beyond a double every double is a whole number, and integers have no end.
    return int(moments.mean) * moments.rows if math.isinf(total) else total
