"""Quantiles of more distinct values than a table holds.

Levels of sorted values, where a value on level h stands for 2^h rows. A full level is compacted: every other value
moves up, whether the odd or the even ones is drawn (Manku, Rajagopalan and Lindsay 1998; Agarwal et al. 2012). The
draws come from a seed and a counter, so that equal input gives equal output. How far a rank can be off at worst is
kept in the state: each compaction of level h adds at most 2^h rows.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from airflow_provider_profiler.profiling.statistics.encoding import Array, Floats, Integers, count, pack, part, unpack
from airflow_provider_profiler.profiling.statistics.hashing import draw

#: Half of the values a level holds before it is compacted.
K = 4096
_MAX_LEVEL = 62


@dataclass(frozen=True)
class Compactor:
    """Sorted values by level; ``slack`` is the most rows by which a rank can be off."""

    seed: int
    draws: int = 0
    slack: int = 0
    levels: tuple[Floats, ...] = ()

    @classmethod
    def of(cls, values: Array, counts: Integers, seed: int) -> "Compactor":
        """The sketch of ascending values that occur so often.

        All rows enter on the one level on which they fit, by taking every 2^h-th of them from a drawn start.
        """
        rows = int(counts.sum())
        if not rows:
            return cls(seed)
        level = max(0, math.ceil(math.log2(rows / K)))
        step = 1 << level
        positions = np.arange(draw(seed, 0) % step, rows, step)
        kept = values[np.searchsorted(np.cumsum(counts), positions, side="right")].astype(np.float64)
        empty: Floats = np.zeros(0)
        return cls(seed, 1, step if level else 0, (*([empty] * level), kept))

    def merge(self, other: "Compactor") -> "Compactor":
        """The sketch of both parts' values, drawn from the smaller seed."""
        if not other.levels:
            return self
        if not self.levels:
            return other
        empty: Floats = np.zeros(0)
        levels = []
        for height in range(max(len(self.levels), len(other.levels))):
            mine = self.levels[height] if height < len(self.levels) else empty
            theirs = other.levels[height] if height < len(other.levels) else empty
            levels.append(
                np.sort(np.concatenate((mine, theirs)))
                if len(mine) and len(theirs)
                else (mine if len(mine) else theirs)
            )
        seed = min(self.seed, other.seed)
        return _compacted(seed, self.draws + other.draws, self.slack + other.slack, levels)

    def quantiles(self, shares: tuple[float, ...], rows: int) -> tuple[float, ...]:
        """Values at these shares of the ranks.

        :param rows: the rows that the sketch stands for.
        """
        values = np.concatenate(self.levels)
        weights = np.concatenate([np.full(len(level), 1 << h, np.int64) for h, level in enumerate(self.levels)])
        order = np.argsort(values, kind="stable")
        ranks = np.cumsum(weights[order])
        places = np.searchsorted(ranks, [share * (rows - 1) for share in shares], side="right")
        return tuple(values[order][np.minimum(places, len(values) - 1)].tolist())

    def bound(self, rows: int) -> float:
        """The most by which the rank of a quantile can be off, as a share of the rows."""
        heaviest = 1 << (len(self.levels) - 1) if self.levels else 0
        return min(1.0, (self.slack + heaviest) / rows) if rows else 0.0

    def encode(self) -> dict[str, Any]:
        """All parts by name, the levels as packed doubles."""
        return {
            "seed": self.seed,
            "draws": self.draws,
            "slack": self.slack,
            "levels": [pack(level) for level in self.levels],
        }

    @classmethod
    def decode(cls, encoded: Any) -> "Compactor":
        """Rebuild the sketch.

        :raises ValueError: when a level is too long, or its values are not finite and ascending.
        """
        levels = tuple(unpack(level, "float64") for level in part(encoded, "levels", list))
        sound = len(levels) <= _MAX_LEVEL and all(
            len(level) <= 2 * K and np.isfinite(level).all() and (level[1:] >= level[:-1]).all() for level in levels
        )
        if not sound:
            raise ValueError("A stored state is damaged: a level of its quantile sketch is not as it should be.")
        return cls(count(encoded, "seed"), count(encoded, "draws"), count(encoded, "slack"), levels)


def _compacted(seed: int, draws: int, slack: int, levels: list[Floats]) -> Compactor:
    height = 0
    while height < len(levels):
        full = levels[height]
        if len(full) > 2 * K:
            even = len(full) & ~1
            promoted = full[:even][draw(seed, draws) & 1 :: 2]
            draws += 1
            slack += 1 << height
            # An odd one out stays where it is; it is the largest, which no rank below it notices.
            levels[height] = full[even:]
            if height + 1 == len(levels):
                levels.append(promoted)
            else:
                levels[height + 1] = np.sort(np.concatenate((levels[height + 1], promoted)))
        height += 1
    return Compactor(seed, draws, slack, tuple(levels))
