"""Spearman's coefficient: Pearson's, of the ranks; equal values share the mean of theirs."""

import math
from functools import lru_cache

import numpy as np

from airflow_provider_profiler.profiling.statistics.encoding import Floats, Integers
from airflow_provider_profiler.profiling.statistics.row_sample import RowSample


class RankCorrelation:
    """Coefficients of pairs of columns of a sample, over the rows where both have a value."""

    def __init__(self, sample: RowSample) -> None:
        self._sample = sample
        self._there = ~np.isnan(sample.values)
        self._order = np.argsort(sample.values, axis=1, kind="stable")  # NaN comes last
        # Columns with the same gaps share their ranks in all pairs; few columns have gaps of their own.
        self._ranks_in = lru_cache(maxsize=256)(self._ranks)

    def coefficient(self, one: int, another: int) -> tuple[float | None, int, int]:
        """The coefficient, None where one of the columns does not vary; and what it was computed from.

        :return: coefficient, rows of the sample, and how many distinct ones these are.
        """
        both = self._there[one] & self._there[another]
        pattern = both.tobytes()
        weights = self._sample.counts[both]
        rows = int(weights.sum())
        if rows < 2:
            return None, rows, len(weights)
        first, second = self._ranks_in(one, pattern), self._ranks_in(another, pattern)
        # Ranks have the mean (n + 1) / 2 whatever the ties.
        first, second = first - (rows + 1) / 2, second - (rows + 1) / 2
        scale = math.sqrt(float((weights * first * first).sum())) * math.sqrt(float((weights * second * second).sum()))
        if scale == 0:
            return None, rows, len(weights)
        found = float((weights * first * second).sum()) / scale
        return min(max(found, -1.0), 1.0), rows, len(weights)

    def _ranks(self, column: int, pattern: bytes) -> Floats:
        """The ranks of a column's values among some rows, in these rows' order.

        :param pattern: one byte a row of the sample, 1 where it takes part.
        """
        taken = np.frombuffer(pattern, np.bool_)
        order: Integers = self._order[column][taken[self._order[column]]]
        values = self._sample.values[column][order]
        ends = np.append(np.flatnonzero(values[1:] != values[:-1]) + 1, len(values))
        reached = np.cumsum(self._sample.counts[order])[ends - 1]
        before = np.concatenate((np.zeros(1, np.int64), reached[:-1]))
        ranks = np.zeros(len(taken))
        ranks[order] = np.repeat((before + 1 + reached) / 2, np.diff(ends, prepend=0))
        return ranks[taken]
