"""Which rows a sample holds, by their position in the table alone.

Positions count the rows that fulfil the condition, from 0 over all partitions. So the same rows are chosen however the
table is cut into partitions, and by however many workers they are read.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from airflow_provider_profiler.contract.options import SamplingOptions

Keys = np.ndarray[tuple[Any, ...], np.dtype[np.uint64]]

#: Constants of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
_GAMMA = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_ALL = 2**64 - 1
#: Positions whose keys are computed at a time.
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class RowChoice:
    """The positions below ``stop`` that are multiples of ``step`` and whose key is at most ``largest_key``."""

    stop: int | None = None
    step: int = 1
    largest_key: int | None = None
    seed: int = 0

    def within(self, start: int, stop: int) -> slice | np.ndarray[tuple[Any, ...], np.dtype[np.bool_]]:
        """The chosen ones of the positions [start, stop), as a slice or a mask of them."""
        count = stop - start
        if self.stop is not None:
            count = max(0, min(count, self.stop - start))
        if self.largest_key is None:
            return slice(-start % self.step, count, self.step)
        chosen = np.zeros(stop - start, np.bool_)
        chosen[:count] = row_keys(self.seed, start, start + count) <= np.uint64(self.largest_key)
        return chosen

    def done(self, position: int) -> bool:
        """Whether no row from this position on is chosen."""
        return self.stop is not None and position >= self.stop


def choose(sampling: SamplingOptions, total: int | None) -> RowChoice | None:
    """The choice that options mean; None for all rows.

    :param total: rows to choose from; needed where :func:`needs_total` says so.
    """
    limit = sampling.row_limit
    match sampling.method:
        case "nth":
            step = sampling.n or 1
            return RowChoice(stop=None if limit is None else (limit - 1) * step + 1, step=step)
        case "random" | "percent":
            if total is None:
                raise AssertionError("rows are drawn from a known number of them")
            size = sampling.rows or max(1, round(total * (sampling.percent or 0) / 100))
            size = size if limit is None else min(size, limit)
            if size >= total:
                return None
            return RowChoice(largest_key=_largest_of(sampling.seed, total, size), seed=sampling.seed)
        case _:
            stops = [stop for stop in (sampling.rows, limit) if stop is not None]
            return RowChoice(stop=min(stops)) if stops else None


def takes_all(sampling: SamplingOptions) -> bool:
    """Whether every row is chosen, however many there are."""
    return sampling.method == "full" and sampling.row_limit is None


def needs_total(sampling: SamplingOptions) -> bool:
    """Whether the choice depends on how many rows there are."""
    return sampling.method in ("random", "percent")


def row_keys(seed: int, start: int, stop: int) -> Keys:
    """A key for each of the positions [start, stop): SplitMix64 as a function of position and seed.

    No two positions have the same key, and the same key belongs to a position for ever.
    """
    with np.errstate(over="ignore"):
        steps = np.arange(start + 1, stop + 1, dtype=np.uint64) * np.uint64(_GAMMA)
        return _mixed(steps + _mixed(np.array([seed], np.uint64) + np.uint64(_GAMMA)))


def _mixed(keys: Keys) -> Keys:
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(_FIRST)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(_SECOND)
    return keys ^ (keys >> np.uint64(31))


def _largest_of(seed: int, total: int, size: int) -> int:
    """The largest of the ``size`` smallest keys of ``total`` positions, in memory for about ``size`` of them."""
    # Of evenly spread keys so many are below the limit for all but one seed in millions.
    expected = size + 6 * int(size**0.5) + 36
    while True:
        limit = min(_ALL, _ALL * expected // total)
        small = []
        for start in range(0, total, _CHUNK):
            keys = row_keys(seed, start, min(start + _CHUNK, total))
            small.append(keys[keys <= np.uint64(limit)])
        found = np.concatenate(small)
        if len(found) >= size:
            return int(np.partition(found, size - 1)[size - 1])
        expected *= 2
