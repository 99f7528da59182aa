"""A histogram over cells whose width is a power of two and whose edges are multiples of it.

Cells of one width nest in the cells of the next, so that counts move to wider cells without error. The width is the
smallest with which the range fits, hence a function of the range alone: however the rows were partitioned, the
merged histogram is the same.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from airflow_provider_profiler.profiling.statistics.encoding import (
    Array,
    Floats,
    Integers,
    number,
    pack,
    part,
    unpack_counts,
)

#: Cells that span the range at most.
CELLS = 2048
#: Below this exponent of two the width would not be an ordinary double any more.
_SMALLEST = -1022
#: A cell's index must be exact as a double.
_INDEX_BITS = 52


@dataclass(frozen=True)
class AlignedHistogram:
    """Counts of the cells of width 2^exponent from the one that holds ``low`` to the one that holds ``high``."""

    low: float
    high: float
    exponent: int
    counts: Integers

    @classmethod
    def of(cls, values: Array, counts: Integers) -> "AlignedHistogram":
        """The histogram of ascending finite values, at least one, that occur so often."""
        low, high = float(values[0]), float(values[-1])
        exponent = _exponent(low, high)
        first = _cell(low, exponent)
        numbers = values.astype(np.float64)
        places = np.floor(np.ldexp(numbers, -exponent))
        places[(numbers < 0) & (places == 0)] = -1
        places -= first
        cells = _cell(high, exponent) - first + 1
        found = np.bincount(places.astype(np.int64), weights=counts, minlength=cells)
        return cls(low, high, exponent, found.astype(np.int64))

    def merge(self, other: "AlignedHistogram") -> "AlignedHistogram":
        """The histogram of both parts' values."""
        low, high = min(self.low, other.low), max(self.high, other.high)
        exponent = _exponent(low, high)
        first = _cell(low, exponent)
        counts = np.zeros(_cell(high, exponent) - first + 1, np.int64)
        for part_ in (self, other):
            cells = _cell(part_.low, part_.exponent) + np.arange(len(part_.counts))
            # No index has more than 53 bits: shifting by 63 leaves its sign, as any shift further would.
            np.add.at(counts, (cells >> min(exponent - part_.exponent, 63)) - first, part_.counts)
        return AlignedHistogram(low, high, exponent, counts)

    def bins(self, edges: Floats) -> tuple[list[int], float]:
        """Counts between edges that run from ``low`` to ``high``; a cell that an edge cuts is split in proportion.

        :return: the counts, which add up to all rows, and the most rows by which one of them can be off.
        """
        total = int(self.counts.sum())
        first = _cell(self.low, self.exponent)
        inner = np.ldexp(edges[1:-1], -self.exponent) - first
        cells = np.clip(np.floor(inner).astype(np.int64), 0, len(self.counts) - 1)
        below = np.concatenate((np.zeros(1, np.int64), np.cumsum(self.counts)))
        split = np.clip(inner - cells, 0.0, 1.0)
        cut = np.where((split > 0) & (split < 1), self.counts[cells], 0)
        at = np.rint(below[cells] + split * self.counts[cells]).astype(np.int64)
        ranks = np.concatenate(([0], at, [total]))
        doubt = np.concatenate(([0], cut, [0]))
        return np.diff(ranks).tolist(), float((doubt[1:] + doubt[:-1]).max())

    def encode(self) -> dict[str, Any]:
        """All parts by name."""
        return {"low": self.low, "high": self.high, "counts": pack(self.counts)}

    @classmethod
    def decode(cls, encoded: Any) -> "AlignedHistogram":
        """Rebuild the histogram.

        :raises ValueError: when range and cells do not fit together.
        """
        low, high = float(number(encoded, "low")), float(number(encoded, "high"))
        if not (math.isfinite(low) and math.isfinite(high) and low <= high):
            raise ValueError("A stored state is damaged: the range of its histogram is not one.")
        exponent = _exponent(low, high)
        cells = _cell(high, exponent) - _cell(low, exponent) + 1
        return cls(low, high, exponent, unpack_counts(part(encoded, "counts", bytes), cells))


def _cell(value: float, exponent: int) -> int:
    cell = math.floor(math.ldexp(value, -exponent))
    # Scaling may turn the smallest numbers into zero; those below zero stay below it.
    return -1 if value < 0 and cell == 0 else cell


def _exponent(low: float, high: float) -> int:
    """The smallest exponent with which the cells from low to high are few enough and their indices exact."""
    largest = _binary_exponent(max(abs(low), abs(high)))
    # Half of each, as the difference of two doubles may exceed a double.
    spread = _binary_exponent(high / 2 - low / 2)
    exponent = max(largest - _INDEX_BITS, spread - 10, _SMALLEST)
    while _cell(high, exponent) - _cell(low, exponent) >= CELLS:
        exponent += 1
    return exponent


def _binary_exponent(value: float) -> int:
    # Zero is smaller than every power of two, though frexp calls its exponent 0.
    return math.frexp(value)[1] if value else _SMALLEST
