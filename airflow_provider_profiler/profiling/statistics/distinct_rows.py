"""How many rows of a table repeat another one, from a 64-bit hash of every row.

Distinct sampling (Gibbons, VLDB 2001): the hashes whose topmost L bits are zero are kept, each with the number of its
rows. L begins at 0, where nothing is left out, and grows by one whenever the kept ones are too many: it depends on the
set of all rows alone, and not on how they were partitioned. Beside each hash stands where it appears first, and where
it does so again.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from airflow_provider_profiler.contract.statistics import Accuracy, Method
from airflow_provider_profiler.profiling.statistics.encoding import Integers, count, pack, part, unpack
from airflow_provider_profiler.profiling.statistics.first_rows import (
    Numbering,
    decode_rows,
    earlier_of,
    encode_rows,
)
from airflow_provider_profiler.profiling.statistics.hashing import Hashes

#: Distinct rows up to which all of them are kept.
CAPACITY = 65_536
_BITS = 64
#: Types of the counts as they are stored, which are nearly always small.
_WIDTHS = ("uint8", "uint16", "uint32", "int64")


@dataclass(frozen=True)
class Repetition:
    """A row, and the first one that is equal to it; 0 for a number that is not known."""

    row: int
    first: int


@dataclass(frozen=True)
class DistinctRows:
    """Distinct hashes below 2^(64 - level), ascending, and their rows; ``rows`` are all of the table's."""

    rows: int
    level: int
    hashes: Hashes
    counts: Integers
    first_rows: Integers
    """The first row with each hash; 0 for a number that is not known, here and in what follows."""
    second_rows: Integers
    """The next one; 0 where there is none."""

    @classmethod
    def empty(cls) -> "DistinctRows":
        """The state of no rows."""
        nothing = np.zeros(0, np.int64)
        return cls(0, 0, np.zeros(0, np.uint64), nothing, nothing, nothing)

    @classmethod
    def of(cls, hashes: Hashes) -> "DistinctRows":
        """The state of the rows with these hashes."""
        # Where nearly all rows differ, sorting a part of them is enough. What the part says must be proved, though:
        # on the level below there have to be too many.
        level = max(0, math.ceil(math.log2(max(len(hashes), 1) / CAPACITY)) - 1)
        while True:
            # Sorting everything is faster than picking every other hash.
            places = None if level < 2 else np.flatnonzero(hashes < _limit(level))
            ordered, order = _sorted(hashes if places is None else hashes[places], level)
            first = _firsts(ordered)
            if len(first) > CAPACITY or level == 0:
                rows = order if places is None else places[order]
                return cls._thinned(len(hashes), level, ordered, first, rows, from_zero=True)
            level = 0 if level < 2 else level - 1

    @classmethod
    def _thinned(
        cls, total: int, level: int, ordered: Hashes, first: Integers, rows: Integers, *, from_zero: bool = False
    ) -> "DistinctRows":
        """The state at the lowest level from this one on that holds few enough.

        :param total: the table's rows.
        :param ordered: hashes in ascending order, so that those of a higher level come first.
        :param first: where each distinct one of them begins.
        :param rows: the row of each of the ordered hashes, ascending among equal ones.
        :param from_zero: whether the rows are places, the first of which is 0.
        """
        reach = len(ordered)
        while len(first) > CAPACITY:
            level += 1
            reach = _reach(ordered, level)
            first = first[: int(np.searchsorted(first, reach))]
        counts = np.diff(first, append=reach).astype(np.int64, copy=False)
        second_rows = np.zeros(len(first), np.int64)
        repeated = np.flatnonzero(counts > 1)
        second_rows[repeated] = rows[first[repeated] + 1] + from_zero
        return cls(total, level, ordered[first], counts, rows[first] + from_zero, second_rows)

    def merge(self, other: "DistinctRows") -> "DistinctRows":
        """The state of both parts' rows."""
        level = max(self.level, other.level)
        parts = [(part_.hashes[: _reach(part_.hashes, level)], part_) for part_ in (self, other)]
        ordered, order = _sorted(np.concatenate([hashes for hashes, _ in parts]), level)
        rows = np.concatenate([part_.first_rows[: len(hashes)] for hashes, part_ in parts])[order]
        merged = self._thinned(self.rows + other.rows, level, ordered, _firsts(ordered), rows)
        in_both = np.flatnonzero(merged.counts > 1)
        first_rows, second_rows = merged.first_rows[in_both], merged.second_rows[in_both]
        merged.first_rows[in_both] = earlier_of(first_rows, second_rows)
        # Of two rows one of which is not known, nobody can say which one repeats the other.
        both_known = (first_rows > 0) & (second_rows > 0)
        merged.second_rows[in_both] = np.where(both_known, np.maximum(first_rows, second_rows), 0)
        # Each hash was counted once a part; most rows are not repeated, so that few are left to be added.
        for hashes, part_ in parts:
            more = np.flatnonzero(part_.counts[: _reach(hashes, merged.level)] > 1)
            places = np.searchsorted(merged.hashes, hashes[more])
            merged.counts[places] += part_.counts[more] - 1
            merged.second_rows[places] = earlier_of(merged.second_rows[places], part_.second_rows[more])
        # A part whose first row is not known may know a second one that stands before the other part's first.
        turned = np.flatnonzero((merged.second_rows > 0) & (merged.second_rows < merged.first_rows))
        first_rows = merged.first_rows[turned]
        merged.first_rows[turned], merged.second_rows[turned] = merged.second_rows[turned], first_rows
        return merged

    def renumbered(self, numbering: Numbering) -> "DistinctRows":
        """The state of the same rows with other numbers."""
        return replace(self, first_rows=numbering.of(self.first_rows), second_rows=numbering.of(self.second_rows))

    def repetitions(self, limit: int) -> tuple[Repetition, ...]:
        """The first rows that repeat another one, of those whose hashes were kept.

        :param limit: how many at most.
        """
        places = np.flatnonzero(self.counts > 1)
        rows = self.second_rows[places]
        # Those whose numbers are not known come last.
        places = places[np.lexsort((rows, rows == 0))[:limit]]
        return tuple(
            Repetition(row, first)
            for row, first in zip(self.second_rows[places].tolist(), self.first_rows[places].tolist(), strict=True)
        )

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
            "first_rows": encode_rows(self.first_rows),
            "second_rows": encode_rows(self.second_rows[self.counts > 1]),
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
        first_rows = decode_rows(part(encoded, "first_rows", dict), len(hashes))
        repeated = np.flatnonzero(counts > 1)
        second_rows = np.zeros(len(hashes), np.int64)
        second_rows[repeated] = decode_rows(part(encoded, "second_rows", dict), len(repeated))
        return cls(rows, level, hashes, counts, first_rows, second_rows)


def _sorted(hashes: Hashes, level: int) -> tuple[Hashes, Integers]:
    """The hashes of a level in ascending order, and the place of each, ascending among equal ones.

    A place is put where the lowest bits of its hash are, so that sorting the numbers sorts both: numpy sorts several
    times as fast as it finds out an order. Hashes that differ in those bits alone are so rare that it is redone.
    """
    bits = np.uint64(max(len(hashes) - 1, 1).bit_length())
    packed = hashes >> bits
    packed <<= bits
    packed |= np.arange(len(hashes), dtype=np.uint64)
    packed.sort()
    packed = packed[: _reach(packed, level)]
    packed &= (np.uint64(1) << bits) - np.uint64(1)
    order: Integers = packed.view(np.int64)
    ordered = hashes.take(order)
    if not (ordered[1:] >= ordered[:-1]).all():
        order = np.argsort(hashes, kind="stable")[: len(order)]
        ordered = hashes.take(order)
    return ordered, order


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
