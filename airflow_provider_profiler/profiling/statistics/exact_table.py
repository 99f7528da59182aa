"""The exact distribution of a column: each distinct value and the number of rows that hold it."""

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np

from airflow_provider_profiler.profiling.statistics.encoding import Integers, pack, part, unpack_counts
from airflow_provider_profiler.profiling.statistics.first_rows import (
    Numbering,
    decode_rows,
    earlier_of,
    encode_rows,
)
from airflow_provider_profiler.profiling.statistics.keys import Keys

K = TypeVar("K", bound=Keys)

#: Average bytes a value may take before a table counts as full: long texts must not make a state large.
BYTES_PER_VALUE = 256


@dataclass(frozen=True)
class ExactTable(Generic[K]):
    """Distinct values and their counts, which are all positive."""

    keys: K
    counts: Integers
    first_rows: Integers | None = None
    """The first row of each value; None where nobody asks for them."""

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def rows(self) -> int:
        """Rows counted in all."""
        return int(self.counts.sum())

    def fits(self, capacity: int) -> bool:
        """Whether the table stays within so many values, and so many times :data:`BYTES_PER_VALUE` bytes.

        Both grow with every value that joins, so that the answer does not depend on how rows were partitioned.
        """
        if len(self) > capacity:
            return False
        return int(self.keys.sizes().sum()) <= capacity * BYTES_PER_VALUE

    def merge(self, other: "ExactTable[K]") -> "ExactTable[K]":
        """The table of both parts' rows."""
        if not len(other):
            return self
        if not len(self):
            return other
        keys, mine, theirs = self.keys.union(other.keys)
        counts = np.zeros(len(keys), np.int64)
        # Added up one by one: integers that meet floats may become equal.
        np.add.at(counts, mine, self.counts)
        np.add.at(counts, theirs, other.counts)
        first_rows = None
        if self.first_rows is not None and other.first_rows is not None:
            first_rows = np.zeros(len(keys), np.int64)
            first_rows[theirs] = other.first_rows
            first_rows[mine] = earlier_of(self.first_rows, first_rows[mine])
        return ExactTable(keys, counts, first_rows)

    def renumbered(self, numbering: Numbering) -> "ExactTable[K]":
        """The table of the same rows with other numbers."""
        if self.first_rows is None:
            return self
        return replace(self, first_rows=numbering.of(self.first_rows))

    def select(self, rows: Integers) -> "ExactTable[K]":
        """The table of the values at these positions."""
        first_rows = None if self.first_rows is None else self.first_rows[rows]
        return ExactTable(self.keys.take(rows), self.counts[rows], first_rows)

    def top(self, limit: int) -> list[tuple[Any, int]]:
        """The most frequent values; among equally frequent ones the smallest come first."""
        if not limit or not len(self):
            return []
        rows = np.arange(len(self))
        if len(self) > limit:
            threshold = np.partition(self.counts, len(self) - limit)[len(self) - limit]
            rows = np.flatnonzero(self.counts >= threshold)
        keys, counts = (self.keys, self.counts) if len(rows) == len(self) else (self.keys.take(rows), self.counts[rows])
        order = keys.order()
        best = order[np.argsort(-counts[order], kind="stable")[:limit]]
        return list(zip(keys.take(best).items(), counts[best].tolist(), strict=True))

    def encode(self) -> dict[str, Any]:
        """Keys in ascending order, so that equal tables give equal bytes."""
        ordered = self.select(self.keys.order())
        return {
            "keys": ordered.keys.encode(),
            "counts": pack(ordered.counts),
            "first_rows": None if ordered.first_rows is None else encode_rows(ordered.first_rows),
        }

    @classmethod
    def decode(cls, encoded: Any, keys: type[Any]) -> "ExactTable[K]":
        """Rebuild a table.

        :param keys: the class of its keys.
        :raises ValueError: when it is not a table of such keys, each of which occurs once.
        """
        values = keys.decode(part(encoded, "keys", dict))
        counts = unpack_counts(part(encoded, "counts", bytes), len(values))
        if len(counts) and counts.min() < 1:
            raise ValueError("A stored state is damaged: a table counts a value that never occurs.")
        if len(values.union(values.take(np.zeros(0, np.int64)))[0]) != len(values):
            raise ValueError("A stored state is damaged: a table holds a value twice.")
        first_rows = encoded.get("first_rows")
        return cls(values, counts, None if first_rows is None else decode_rows(first_rows, len(values)))
