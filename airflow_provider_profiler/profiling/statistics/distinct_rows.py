"""How many rows of a table repeat another one, from a 64-bit hash of every row.

Distinct sampling (Gibbons, VLDB 2001): the hashes whose topmost L bits are zero are kept, each with the number of its
rows. L begins at 0, where nothing is left out, and grows by one whenever the kept ones are too many: it depends on the
set of all rows alone, and not on how they were partitioned.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from airflow_provider_profiler.contract.statistics import Accuracy, Method
from airflow_provider_profiler.profiling.statistics.encoding import Integers, count, pack, part, unpack
from airflow_provider_profiler.profiling.statistics.hashing import Hashes

#: Distinct rows up to which all of them are kept.
CAPACITY = 65_536
_BITS = 64
#: Types of the counts as they are stored, which are nearly always small.
_WIDTHS = ("uint8", "uint16", "uint32", "int64")


@dataclass(frozen=True)
class DistinctRows:
    """Distinct hashes below 2^(64 - level), ascending, and their rows; ``rows`` are all of the table's."""

    rows: int
    level: int
    hashes: Hashes
    counts: Integers

    @classmethod
    def empty(cls) -> "DistinctRows":
        """The state of no rows."""
        return cls(0, 0, np.zeros(0, np.uint64), np.zeros(0, np.int64))

    @classmethod
    def of(cls, hashes: Hashes) -> "DistinctRows":
        """The state of the rows with these hashes."""
        # Where nearly all rows differ, sorting a part of them is enough. What the part says must be proved, though:
        # on the level below there have to be too many.
        level = max(0, math.ceil(math.log2(max(len(hashes), 1) / CAPACITY)) - 1)
        while True:
            # Sorting everything is faster than picking every other hash.
            kept = hashes if level < 2 else hashes[hashes < _limit(level)]
            ordered = np.sort(kept)
            ordered = ordered[: _reach(ordered, level)]
            first = _firsts(ordered)
            if len(first) > CAPACITY or level == 0:
                return cls._thinned(len(hashes), level, ordered, first)
            level = 0 if level < 2 else level - 1

    @classmethod
    def _thinned(cls, rows: int, level: int, ordered: Hashes, first: Integers) -> "DistinctRows":
        """The state at the lowest level from this one on that holds few enough.

        :param ordered: hashes in ascending order, so that those of a higher level come first.
        :param first: where each distinct one of them begins.
        """
        reach = len(ordered)
        while len(first) > CAPACITY:
            level += 1
            reach = _reach(ordered, level)
            first = first[: int(np.searchsorted(first, reach))]
        counts = np.diff(first, append=reach).astype(np.int64, copy=False)
        return cls(rows, level, ordered[first], counts)

    def merge(self, other: "DistinctRows") -> "DistinctRows":
        """The state of both parts' rows."""
        level = max(self.level, other.level)
        parts = [(part_.hashes[: _reach(part_.hashes, level)], part_.counts) for part_ in (self, other)]
        ordered = np.sort(np.concatenate([hashes for hashes, _ in parts]))
        merged = self._thinned(self.rows + other.rows, level, ordered, _firsts(ordered))
        # Each hash was counted once a part; most rows are not repeated, so that few are left to be added.
        for hashes, counts in parts:
            more = np.flatnonzero(counts[: _reach(hashes, merged.level)] > 1)
            merged.counts[np.searchsorted(merged.hashes, hashes[more])] += counts[more] - 1
        return merged

    def duplicates(self) -> tuple[int, Accuracy]:
        """Rows minus distinct rows: those that could be left out and no content would be lost.

        Of a sample, there are two estimates. Rows minus 2^L times the kept hashes is right on average whatever the
        rows are, with a standard error of 2^L * sqrt(kept). 2^L times the repetitions among the kept hashes is far
        steadier, but misses a row that is repeated very often and happened not to be kept. The second one is taken
        where the first does not speak against it.

        :return: the number, and its bound as a share of all rows.
        """
        if not self.level:
            return self.rows - len(self.hashes), Accuracy()
        scale = 1 << self.level
        by_distinct = self.rows - scale * len(self.hashes)
        error = 2 * scale * math.sqrt(len(self.hashes) * (1 - 1 / scale))
        repeated = scale * (int(self.counts.sum()) - len(self.hashes))
        number = repeated if abs(repeated - by_distinct) <= error else by_distinct
        number = min(max(number, 0), self.rows - 1)
        bound = (abs(number - by_distinct) + error) / self.rows
        return number, Accuracy(method=Method.SAMPLE, bound=min(1.0, bound))

    def encode(self) -> dict[str, Any]:
        """All parts by name, the counts in the narrowest type that holds them."""
        most = int(self.counts.max()) if len(self.counts) else 0
        width = next(name for name in _WIDTHS if most <= np.iinfo(name).max)
        return {
            "rows": self.rows,
            "level": self.level,
            "hashes": pack(self.hashes),
            "width": width,
            "counts": pack(self.counts.astype(width)),
        }

    @classmethod
    def decode(cls, encoded: Any) -> "DistinctRows":
        """Rebuild the state.

        :raises ValueError: when hashes, counts and level do not fit together.
        """
        rows, level = count(encoded, "rows"), count(encoded, "level")
        hashes = unpack(part(encoded, "hashes", bytes), "uint64")
        width = part(encoded, "width", str)
        if width not in _WIDTHS:
            raise ValueError(f"A stored state is damaged: {width!r} is not a type of counts.")
        counts = unpack(part(encoded, "counts", bytes), width, len(hashes)).astype(np.int64)
        sound = (
            level < _BITS
            and len(hashes) <= CAPACITY
            and bool((hashes[1:] > hashes[:-1]).all())
            and _reach(hashes, level) == len(hashes)
            and (not len(counts) or int(counts.min()) > 0)
        )
        kept = int(counts.sum())
        if not sound or not (kept == rows if level == 0 else kept <= rows):
            raise ValueError("A stored state is damaged: its hashes of rows are not as they should be.")
        return cls(rows, level, hashes, counts)


def _limit(level: int) -> np.uint64:
    """What hashes whose topmost ``level`` bits are zero are smaller than; not for level 0, which has no limit."""
    return np.uint64(1 << (_BITS - level))


def _reach(ascending: Hashes, level: int) -> int:
    """How many of ascending hashes belong to a level."""
    return int(np.searchsorted(ascending, _limit(level))) if level else len(ascending)


def _firsts(ascending: Hashes) -> Integers:
    if not len(ascending):
        return np.zeros(0, np.int64)
    return np.concatenate((np.zeros(1, np.int64), np.flatnonzero(ascending[1:] != ascending[:-1]) + 1))
