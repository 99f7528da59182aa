"""One hash a row, of all its cells: equal rows have equal hashes, however the table was partitioned."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.profiling.statistics.encoding import Array
from airflow_provider_profiler.profiling.statistics.hashing import Hashes, mix

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class CellHashes:
    """A hash of each cell of a column; that of a missing cell is 0."""

    hashes: Hashes
    """Of each row; or of each value that ``codes`` point to; or of each row where ``there`` is true."""
    codes: npt.NDArray[np.int32] | None = None
    there: npt.NDArray[np.bool_] | None = None

    @classmethod
    def of_numbers(cls, values: Array, there: npt.NDArray[np.bool_] | None) -> "CellHashes":
        """Of numbers, which are told apart by the multiplication that follows; so their upper half is folded in only.

        :param values: int64, uint64 or float64 values.
        """
        bits = (values + 0.0 if values.dtype.kind == "f" else values).view(np.uint64) + _GOLDEN
        bits ^= bits >> np.uint64(32)
        return cls(bits, there=there)

    def add_to(self, sums: Hashes, factor: np.uint64) -> None:
        """Add every cell's hash, times a factor, to its row's sum."""
        weighted = self.hashes * factor
        if self.codes is not None:
            sums += weighted.take(self.codes)
        elif self.there is not None:
            sums[self.there] += weighted
        else:
            sums += weighted


def row_hashes(columns: Iterable[CellHashes | None], rows: int) -> Hashes:
    """The hash of each row: a sum over its cells, each times a factor of its column, finished by SplitMix64.

    :param columns: None for a column in which no cell has a value.
    :param rows: rows of the batch.
    """
    sums = np.zeros(rows, np.uint64)
    for position, cells in enumerate(columns):
        if cells is None:
            continue
        factor = mix(np.array([position + 1], np.uint64) * _GOLDEN)[0] | np.uint64(1)
        cells.add_to(sums, factor)
    return mix(sums)
