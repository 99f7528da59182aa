"""Means, variances and covariances of pairs of columns that merge without losing digits.

Each pair is taken over the rows where both of its columns have a value. The formulas are those of Chan, Golub and
LeVeque (1979) and, for the covariance, of Pébay (Sandia 2008).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.profiling.statistics.encoding import Floats, Integers, count, pack, part, unpack

#: Rows whose products are added up at a time, so that they stay in the processor's cache.
_BLOCK = 4096


@dataclass(frozen=True)
class CoMoments:
    """Square matrices over the columns; of the pair (i, j), over the rows where both have a value."""

    rows: Integers
    means: Floats
    """At (i, j) the mean of column i."""
    squares: Floats
    """At (i, j) the sum of the squared distances of column i from that mean."""
    products: Floats
    """The sum of the products of both columns' distances from their means."""

    @classmethod
    def empty(cls, columns: int) -> "CoMoments":
        """The co-moments of no rows."""
        nothing = np.zeros((columns, columns))
        return cls(np.zeros((columns, columns), np.int64), nothing, nothing, nothing)

    @classmethod
    def of(cls, table: Floats) -> "CoMoments":
        """The co-moments of rows.

        :param table: columns by rows, finite or NaN where there is no value.
        """
        merged = cls.empty(len(table))
        for start in range(0, table.shape[1], _BLOCK):
            merged = merged.merge(cls._of_block(table[:, start : start + _BLOCK]))
        return merged

    @classmethod
    def _of_block(cls, block: Floats) -> "CoMoments":
        there = ~np.isnan(block)
        amounts = there.sum(axis=1)
        # Distances from one value of the column each: numbers far from zero keep the digits in which they differ.
        origins = np.where(amounts > 0, block[np.arange(len(block)), there.argmax(axis=1)], 0.0)
        shape = (len(block), len(block))
        found = cls(np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape), np.zeros(shape))
        complete, partial = np.flatnonzero(amounts == block.shape[1]), amounts < block.shape[1]
        with np.errstate(over="ignore", invalid="ignore"):
            distances = np.where(there, block - origins[:, None], 0.0)
            found._fill_complete(complete, distances[complete])
            for one in np.flatnonzero(partial & (amounts > 0)).tolist():
                # Each pair once: with all complete columns, and with the partial ones up to this one.
                others = np.flatnonzero((amounts > 0) & (~partial | (np.arange(len(block)) <= one)))
                found._fill_partial(one, others, distances, there)
            means = np.where(found.rows > 0, found.means + origins[:, None], 0.0)
        return cls(found.rows, means, found.squares, found.products)

    # Sums and not products of matrices: numpy adds in a fixed order, a BLAS library in one that depends on its threads.

    def _fill_complete(self, columns: Integers, values: Floats) -> None:
        """Enter the pairs of columns that have a value in every row."""
        means = values.mean(axis=1)
        deviations = values - means[:, None]
        square = np.ix_(columns, columns)
        self.rows[square] = values.shape[1]
        self.means[square] = means[:, None]
        self.squares[square] = (deviations * deviations).sum(axis=1)[:, None]
        for place, one in enumerate(columns.tolist()):
            found = (deviations[: place + 1] * deviations[place]).sum(axis=1)
            self.products[one, columns[: place + 1]] = self.products[columns[: place + 1], one] = found

    def _fill_partial(self, one: int, others: Integers, values: Floats, there: npt.NDArray[np.bool_]) -> None:
        """Enter the pairs of a column with others, over the rows where both have a value."""
        both = there[others] & there[one]
        rows = both.sum(axis=1)
        mine_mean, its_mean = (
            (part_ * both).sum(axis=1) / np.maximum(rows, 1) for part_ in (values[one], values[others])
        )
        mine = (values[one] - mine_mean[:, None]) * both
        its = (values[others] - its_mean[:, None]) * both
        self.rows[one, others] = self.rows[others, one] = rows
        self.means[others, one], self.means[one, others] = its_mean, mine_mean
        self.squares[others, one], self.squares[one, others] = (its * its).sum(axis=1), (mine * mine).sum(axis=1)
        self.products[one, others] = self.products[others, one] = (mine * its).sum(axis=1)

    def merge(self, other: "CoMoments") -> "CoMoments":
        """The co-moments of both parts' rows."""
        a, b = self.rows.astype(np.float64), other.rows.astype(np.float64)
        rows = self.rows + other.rows
        n = np.maximum(a + b, 1)
        # Beyond the doubles a product becomes infinite, and the coefficient undefined.
        with np.errstate(over="ignore", invalid="ignore"):
            step = np.where((a > 0) & (b > 0), other.means - self.means, 0.0)
            means = np.where(a > 0, self.means + step * b / n, other.means)
            squares = self.squares + other.squares + step * step * a * b / n
            products = self.products + other.products + step * step.T * a * b / n
        return CoMoments(rows, means, squares, products)

    def coefficient(self, one: int, another: int) -> float | None:
        """Pearson's coefficient of two columns; None where one of them does not vary."""
        # Square roots first: the product of two sums may leave the range of a double.
        scale = np.sqrt(self.squares[one, another]) * np.sqrt(self.squares[another, one])
        if self.rows[one, another] < 2 or not np.isfinite(scale) or scale == 0:
            return None
        found = float(self.products[one, another] / scale)
        return min(max(found, -1.0), 1.0) if np.isfinite(found) else None

    def encode(self) -> dict[str, Any]:
        """All matrices, packed by rows."""
        return {
            "columns": len(self.rows),
            "rows": pack(self.rows.ravel()),
            "means": pack(self.means.ravel()),
            "squares": pack(self.squares.ravel()),
            "products": pack(self.products.ravel()),
        }

    @classmethod
    def decode(cls, encoded: Any) -> "CoMoments":
        """Rebuild the co-moments.

        :raises ValueError: when the matrices are not as large as they should be.
        """
        columns = count(encoded, "columns")
        rows, *floats = (
            unpack(part(encoded, name, bytes), dtype, columns * columns).reshape(columns, columns)
            for name, dtype in (
                ("rows", "int64"),
                ("means", "float64"),
                ("squares", "float64"),
                ("products", "float64"),
            )
        )
        if rows.size and (rows.min() < 0 or not np.array_equal(rows, rows.T)):
            raise ValueError("A stored state is damaged: the rows of its pairs of columns are not as they should be.")
        return cls(rows, *floats)
