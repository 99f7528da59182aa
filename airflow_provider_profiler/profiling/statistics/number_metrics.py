"""What is read from the state of numbers: moments, quantiles and histograms."""

import math
from dataclasses import dataclass

import numpy as np

from airflow_provider_profiler.contract.statistics import (
    Accuracy,
    FineHistogram,
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
#: Bins of the fine histogram: every one of the coarse bins is the sum of ten of them.
FINE_BINS = 100


@dataclass(frozen=True)
class NumericMetric:
    """Reads :class:`NumericStatistics` with the accuracy of quantiles and histograms, by the name of their group.

    :param as_float: show integers as floats, because the column also holds fractions.
    """

    as_float: bool = False

    def read(self, state: NumberState) -> tuple[NumericStatistics, dict[str, Accuracy]] | None:
        """The statistics of the finite numbers, or None where there are none."""
        table, sketch = state.values.table, state.values.sketch
        if not state.counts.finite:
            return None
        if sketch is not None:
            moments, extremes, total = sketch.moments, sketch.extremes, sketch.total
            quantiles = sketch.quantiles.quantiles(tuple(percent / 100 for percent in PERCENTS), state.counts.finite)
            accuracy = {"quantiles": Accuracy(method=Method.SKETCH, bound=sketch.quantiles.bound(state.counts.finite))}
        elif table is not None:
            values = table.keys.values
            moments, extremes = Moments.of(values, table.counts), Extremes.of(values)
            total = None if values.dtype.kind == "f" else exact_sum(table)
            quantiles = _type_7(table)
            accuracy = {}
        else:
            raise AssertionError("numbers are a table or a sketch")
        edges, fine_edges = _edges(extremes, BINS), _edges(extremes, FINE_BINS)
        bins, accuracy["histogram"] = _bins(state, edges)
        fine_bins, accuracy["fine_histogram"] = _bins(state, fine_edges)
        if self.as_float:
            extremes, total = Extremes(float(extremes.minimum), float(extremes.maximum)), None
        listed = _listed_sum(state.values.table) if total is None else total
        mean = moments.mean if listed is None else listed / moments.rows
        variance = moments.variance
        statistics = NumericStatistics(
            minimum=extremes.minimum,
            maximum=extremes.maximum,
            range=_difference(extremes),
            sum=_sum(moments) if listed is None else listed,
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
            fine_histogram=FineHistogram(low=float(edges[0]), high=float(edges[-1]), counts=tuple(fine_bins)),
        )
        return statistics, accuracy


def _type_7(table: ExactTable[NumberKeys]) -> tuple[float, ...]:
    """Quantiles of definition 7 of Hyndman and Fan (1996): linear between the ranks around share * (n - 1)."""
    ends = np.cumsum(table.counts)
    last = int(ends[-1]) - 1
    # In whole numbers: 0.99 is none of a double's, and the quantile would end in the dust of that.
    ranks = [divmod(percent * last, 100) for percent in PERCENTS]
    around = [rank for below, _ in ranks for rank in (below, min(below + 1, last))]
    values = table.keys.values[np.searchsorted(ends, around, side="right")].tolist()
    return tuple(
        _between(float(low), float(high), rest / 100)
        for (_, rest), low, high in zip(ranks, values[::2], values[1::2], strict=True)
    )


def _edges(extremes: Extremes, bins: int) -> Floats:
    low, high = float(extremes.minimum), float(extremes.maximum)
    if low == high:
        return np.array([low, high])
    shares = np.arange(bins + 1) / bins
    with np.errstate(over="ignore", invalid="ignore"):
        edges = low + (high - low) * shares
    if not np.isfinite(edges).all():
        # The difference of two doubles may exceed a double, the parts of a weighted mean do not.
        edges = low * (1 - shares) + high * shares
    edges[-1] = high
    return np.clip(edges, low, high)


def _bins(state: NumberState, edges: Floats) -> tuple[list[int], Accuracy]:
    table, sketch = state.values.table, state.values.sketch
    if table is not None:
        return _exact_bins(table, edges), Accuracy()
    if sketch is None:
        raise AssertionError("numbers are a table or a sketch")
    bins, doubt = sketch.histogram.bins(edges) if len(edges) > 2 else ([state.counts.finite], 0.0)
    return bins, Accuracy(method=Method.SKETCH, bound=min(1.0, doubt / state.counts.finite))


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


def _listed_sum(table: ExactTable[NumberKeys] | None) -> float | None:
    """The sum of floats that are all known, with fewer roundings than by way of their mean; None beyond a double."""
    if table is None:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        total = float((table.keys.values * table.counts.astype(np.float64)).sum())
    return total if math.isfinite(total) else None


def _sum(moments: Moments) -> Number:
    total = moments.mean * moments.rows
    # Beyond a double every double is a whole number, and integers have no end.
    return int(moments.mean) * moments.rows if math.isinf(total) else total
