"""Frequent values of a column with too many distinct ones to count them all.

Misra-Gries counters in their mergeable form (Agarwal et al., "Mergeable summaries", PODS 2012) decide which values are
kept. Beside its counter each value carries the rows really counted and the most rows that may have been missed
before it was kept: a value that was there from the start is counted exactly.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from airflow_provider_profiler.profiling.statistics.encoding import Integers, count, pack, part, unpack_counts
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.keys import Keys

K = TypeVar("K", bound=Keys)

#: Counters. Any value in more than one of 1,025 rows is kept for certain.
COUNTERS = 1024
#: Bytes that the kept values may take together.
BYTES = 256 * 1024


def most_dropped(weights: Integers) -> int:
    """The largest weight that finds no counter: that of the value after the :data:`COUNTERS` heaviest; 0 if all do.

    :param weights: all positive.
    """
    if len(weights) <= COUNTERS:
        return 0
    # Most values of a column with many occur once: they need not be put in order.
    heavier = weights[weights > 1]
    if len(heavier) <= COUNTERS:
        return 1
    first_out = len(heavier) - COUNTERS - 1
    return int(np.partition(heavier, first_out)[first_out])


@dataclass(frozen=True)
class HeavyHitters(Generic[K]):
    """The kept values; no value that is not kept occurs in more than ``error`` rows."""

    keys: K
    weights: Integers
    counts: Integers
    missed: Integers
    error: int

    @classmethod
    def of(cls, table: ExactTable[K]) -> "HeavyHitters[K]":
        """The frequent values of a table."""
        return cls(table.keys, table.counts, table.counts, np.zeros(len(table), np.int64), 0)._within_limits()

    @classmethod
    def above(cls, table: ExactTable[K], threshold: int) -> "HeavyHitters[K]":
        """The frequent values of a table of which only those are left that occur more often than a threshold.

        :param threshold: the largest weight that finds no counter, see :func:`most_dropped`.
        """
        nothing = np.zeros(len(table), np.int64)
        return cls(table.keys, table.counts - threshold, table.counts, nothing, threshold)._within_limits()

    def _take(self, rows: Integers, threshold: int) -> "HeavyHitters[K]":
        return HeavyHitters(
            self.keys.take(rows),
            self.weights[rows] - threshold,
            self.counts[rows],
            self.missed[rows],
            self.error + threshold,
        )

    def _within_limits(self) -> "HeavyHitters[K]":
        kept = self
        threshold = most_dropped(kept.weights)
        if threshold:
            kept = kept._take(np.flatnonzero(kept.weights > threshold), threshold)
        sizes = kept.keys.sizes()
        if int(sizes.sum()) > BYTES:
            order = np.argsort(-kept.weights, kind="stable")
            first_out = int(np.searchsorted(np.cumsum(sizes[order]), BYTES, side="right"))
            threshold = int(kept.weights[order[first_out]])
            kept = kept._take(np.flatnonzero(kept.weights > threshold), threshold)
        return kept

    def merge(self, other: "HeavyHitters[K]") -> "HeavyHitters[K]":
        """The frequent values of both parts' rows."""
        keys, mine, theirs = self.keys.union(other.keys)
        weights, counts = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
        missed = np.full(len(keys), self.error + other.error, np.int64)
        for part_, places, error in ((self, mine, self.error), (other, theirs, other.error)):
            np.add.at(weights, places, part_.weights)
            np.add.at(counts, places, part_.counts)
            np.add.at(missed, places, part_.missed - error)
        return HeavyHitters(keys, weights, counts, np.maximum(missed, 0), self.error + other.error)._within_limits()

    def top(self, limit: int) -> tuple[list[tuple[Any, int]], int]:
        """The most frequent values that are surely more frequent than any value not kept.

        A near-flat column has none.

        :return: values with their counts, and the most rows by which one of the counts is short.
        """
        rows = np.flatnonzero(self.counts > self.error)
        table = ExactTable(self.keys.take(rows), self.counts[rows])
        found = table.top(limit)
        short = dict(zip(table.keys.items(), self.missed[rows].tolist(), strict=True))
        return found, max((short[value] for value, _ in found), default=0)

    def encode(self) -> dict[str, Any]:
        """Values in ascending order with their counters."""
        rows = self.keys.order()
        return {
            "keys": self.keys.take(rows).encode(),
            "weights": pack(self.weights[rows]),
            "counts": pack(self.counts[rows]),
            "missed": pack(self.missed[rows]),
            "error": self.error,
        }

    @classmethod
    def decode(cls, encoded: Any, keys: type[Any]) -> "HeavyHitters[K]":
        """Rebuild the counters.

        :param keys: the class of its keys.
        :raises ValueError: when the parts do not fit together.
        """
        values = keys.decode(part(encoded, "keys", dict))
        weights, counts, missed = (
            unpack_counts(part(encoded, name, bytes), len(values)) for name in ("weights", "counts", "missed")
        )
        if len(values) > COUNTERS:
            raise ValueError("A stored state is damaged: it keeps too many frequent values.")
        return cls(values, weights, counts, missed, count(encoded, "error"))
