"""A sample of the distinct values of a column with too many to list them all.

The values whose fixed hashes are the smallest (bottom-k sketch; Cohen and Kaplan, PODC 2007): which ones these are
depends on the set of the values alone, so that the sample is the same however the rows were partitioned, and that of
two parts together is found among the samples of each.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.statistics.encoding import Integers, pack, part, unpack
from airflow_provider_profiler.profiling.statistics.first_rows import (
    Numbering,
    decode_rows,
    earlier_of,
    encode_rows,
)
from airflow_provider_profiler.profiling.statistics.hashing import Hashes
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys

#: Distinct values of a sample.
VALUES = 1024
#: Two standard errors of a share p found in the sample are 2 * sqrt(p * (1 - p) / k), at most 1 / sqrt(k).
SHARE_BOUND = 1 / math.sqrt(VALUES)
#: Bytes that are kept of a value: long texts must not make a state large.
LONGEST = 256
#: How many more values than are wanted the first threshold is to let pass.
_SURPLUS = 2


@dataclass(frozen=True)
class ValueSample:
    """Distinct values in ascending order of their hashes, each cut to :data:`LONGEST` bytes at the end of a character.

    All distinct values there are while those are not more than :data:`VALUES`.
    """

    keys: BytesKeys
    hashes: Hashes
    first_rows: Integers
    """The first row of each value, 0 where it is not known."""

    @classmethod
    def empty(cls) -> "ValueSample":
        """The sample of no values."""
        return cls(BytesKeys(pa.array([], pa.large_binary())), np.zeros(0, np.uint64), np.zeros(0, np.int64))

    @classmethod
    def of(cls, keys: BytesKeys, hashes: Hashes, rows: Integers | None = None) -> "ValueSample":
        """The sample of values, distinct or not.

        :param keys: values in any order; texts of rows as well as those of a table.
        :param hashes: the fixed hash of each of them.
        :param rows: the first row of each; ascending where values repeat. None where that is not known.
        """
        hashes, places = _smallest(hashes)
        first_rows = np.zeros(len(places), np.int64) if rows is None else rows[places]
        return cls(BytesKeys(_shortened(keys.values.take(pa.array(places)))), hashes, first_rows)

    def __len__(self) -> int:
        return len(self.hashes)

    def merge(self, other: "ValueSample") -> "ValueSample":
        """The sample of both parts' values."""
        if not len(other):
            return self
        if not len(self):
            return other
        hashes, places = _distinct(np.concatenate((self.hashes, other.hashes)))
        hashes, places = hashes[:VALUES], places[:VALUES]
        values = pa.concat_arrays([self.keys.values, other.keys.values])
        first_rows = np.concatenate((self.first_rows, other.first_rows))[places]
        again = np.flatnonzero(np.isin(other.hashes, hashes))
        there = np.searchsorted(hashes, other.hashes[again])
        first_rows[there] = earlier_of(first_rows[there], other.first_rows[again])
        return ValueSample(BytesKeys(values.take(pa.array(places))), hashes, first_rows)

    def renumbered(self, numbering: Numbering) -> "ValueSample":
        """The sample of the same rows with other numbers."""
        return replace(self, first_rows=numbering.of(self.first_rows))

    def encode(self) -> dict[str, Any]:
        """Values, hashes and where the values stand."""
        return {"keys": self.keys.encode(), "hashes": pack(self.hashes), "first_rows": encode_rows(self.first_rows)}

    @classmethod
    def decode(cls, encoded: Any) -> "ValueSample":
        """Rebuild the sample.

        :raises ValueError: when it is larger than a sample may be, or not in order.
        """
        keys = BytesKeys.decode(part(encoded, "keys", dict))
        hashes = unpack(part(encoded, "hashes", bytes), "uint64", len(keys))
        sound = len(keys) <= VALUES and bool((hashes[1:] > hashes[:-1]).all())
        if not sound or (len(keys) and int(keys.sizes().max()) - 8 > LONGEST):
            raise ValueError("A stored state is damaged: its sample of values is not as it should be.")
        return cls(keys, hashes, decode_rows(part(encoded, "first_rows", dict), len(keys)))


def _smallest(hashes: Hashes) -> tuple[Hashes, Integers]:
    """The smallest distinct hashes in ascending order, and the first place of each.

    Hashes lie evenly: among those below a threshold there are as many as the threshold's share of all. Only these few
    are sorted; more of them where too many turned out to be repetitions.
    """
    share = _SURPLUS * VALUES / len(hashes) if len(hashes) else 1.0
    while share < 1:
        rows = np.flatnonzero(hashes < np.uint64(int(share * 2**64)))
        found, places = _distinct(hashes[rows])
        if len(found) >= VALUES:
            return found[:VALUES], rows[places[:VALUES]]
        share *= max(_SURPLUS, 1.5 * VALUES / max(len(found), 1))
    found, places = _distinct(hashes)
    return found[:VALUES], places[:VALUES]


def _distinct(hashes: Hashes) -> tuple[Hashes, Integers]:
    """The distinct hashes in ascending order, and the first place of each."""
    # Not by numpy's unique: it sorts stably where it is asked for places, which takes several times as long.
    order = np.argsort(hashes)
    ordered = hashes[order]
    first = np.flatnonzero(np.concatenate((np.ones(min(len(hashes), 1), np.bool_), ordered[1:] != ordered[:-1])))
    return ordered[first], np.minimum.reduceat(order, first) if len(first) else order


def _shortened(values: pa.Array) -> pa.Array:
    """The values, cut behind the last character that ends within :data:`LONGEST` bytes."""
    lengths = pc.binary_length(values).to_numpy(zero_copy_only=False)
    long = lengths > LONGEST
    if not long.any():
        return values
    cut = [_cut(value) if is_long else value for value, is_long in zip(values.to_pylist(), long.tolist(), strict=True)]
    return pa.array(cut, pa.large_binary())


def _cut(value: bytes) -> bytes:
    end = LONGEST
    # Bytes 10xxxxxx go on with a character that started before; binary values may hold any number of them.
    while end > LONGEST - 4 and value[end] & 0xC0 == 0x80:
        end -= 1
    return value[:end]
