"""A sample of the distinct rows of a table of numbers, each with the number of rows that are equal to it.

The rows whose hashes are the smallest (bottom-k): which ones depends on the set of all rows alone, and a row that is in
the sample of the whole was in that of every part that held it, so that its rows are counted exactly.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from airflow_provider_profiler.profiling.statistics.encoding import (
    Floats,
    Integers,
    count,
    pack,
    part,
    unpack,
    unpack_counts,
)
from airflow_provider_profiler.profiling.statistics.hashing import Hashes

#: Distinct rows of a sample.
ROWS = 20_000


@dataclass(frozen=True)
class RowSample:
    """Rows in ascending order of their hashes; ``values`` are columns by rows, NaN where there is no value."""

    rows: int
    """Of the whole table."""
    hashes: Hashes
    counts: Integers
    values: Floats

    @classmethod
    def empty(cls, columns: int) -> "RowSample":
        """The sample of no rows."""
        return cls(0, np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros((columns, 0)))

    @classmethod
    def of(cls, values: Floats, hashes: Hashes) -> "RowSample":
        """The sample of rows.

        :param values: columns by rows.
        :param hashes: the hash of each row, of all its cells and not only of these columns.
        """
        return cls._smallest(len(hashes), hashes, np.ones(len(hashes), np.int64), values)

    @classmethod
    def _smallest(cls, rows: int, hashes: Hashes, counts: Integers, values: Floats) -> "RowSample":
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        first = np.flatnonzero(np.concatenate((np.ones(min(len(hashes), 1), np.bool_), ordered[1:] != ordered[:-1])))
        summed = np.add.reduceat(counts[order], first) if len(first) else counts
        kept = first[:ROWS]
        return cls(rows, ordered[kept], summed[: len(kept)], values[:, order[kept]])

    @property
    def complete(self) -> bool:
        """Whether these are all rows of the table."""
        return int(self.counts.sum()) == self.rows

    def merge(self, other: "RowSample") -> "RowSample":
        """The sample of both parts' rows."""
        return self._smallest(
            self.rows + other.rows,
            np.concatenate((self.hashes, other.hashes)),
            np.concatenate((self.counts, other.counts)),
            np.concatenate((self.values, other.values), axis=1),
        )

    def encode(self) -> dict[str, Any]:
        """All parts by name."""
        return {
            "rows": self.rows,
            "columns": len(self.values),
            "hashes": pack(self.hashes),
            "counts": pack(self.counts),
            "values": pack(self.values.ravel()),
        }

    @classmethod
    def decode(cls, encoded: Any) -> "RowSample":
        """Rebuild the sample.

        :raises ValueError: when its parts do not fit together.
        """
        rows, columns = count(encoded, "rows"), count(encoded, "columns")
        hashes = unpack(part(encoded, "hashes", bytes), "uint64")
        counts = unpack_counts(part(encoded, "counts", bytes), len(hashes))
        values = unpack(part(encoded, "values", bytes), "float64", columns * len(hashes))
        sound = len(hashes) <= ROWS and bool((hashes[1:] > hashes[:-1]).all()) and int(counts.sum()) <= rows
        if not sound or np.isinf(values).any():
            raise ValueError("A stored state is damaged: its sample of rows is not as it should be.")
        return cls(rows, hashes, counts, values.reshape(columns, len(hashes)))
