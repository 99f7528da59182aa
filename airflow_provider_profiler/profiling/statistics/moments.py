"""Mean, variance, skewness and kurtosis that merge without losing digits.

Central moments are merged with the formulas of Chan, Golub and LeVeque (1979) and, for the third and fourth, of
Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments"
(Sandia 2008). The mean is kept as a distance from an origin among the values, so that numbers far from zero keep
the digits in which they differ.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers, count, number


@dataclass(frozen=True)
class Moments:
    """Count, mean (``origin + offset``) and the sums of the second to fourth powers of the distances from it.

    Powers beyond the range of a double become infinite, and what depends on them undefined.
    """

    rows: int = 0
    origin: int | float = 0
    offset: float = 0.0
    second: float = 0.0
    third: float = 0.0
    fourth: float = 0.0

    @classmethod
    def of(cls, values: Array, counts: Integers) -> "Moments":
        """The moments of ascending finite values that occur so often."""
        if not len(values):
            return cls()
        rows = int(counts.sum())
        origin: int | float = values[0].item()
        with np.errstate(over="ignore", invalid="ignore"):
            if values.dtype.kind == "f":
                distances = values - values[0]
                if not np.isfinite(distances[-1]):
                    origin, distances = 0.0, values
            else:
                # Differences of ascending integers fit 64 bits unsigned whatever their signs.
                distances = (values.view(np.uint64) - values.view(np.uint64)[0]).astype(np.float64)
            # Sums and not dot products: numpy adds in a fixed order, a BLAS library in one that depends on its threads.
            offset = float((distances * counts).sum()) / rows
            if not math.isfinite(offset):
                # By shares of the rows instead of counts the sum stays within the values' range.
                offset = float((distances * (counts / rows)).sum())
            deviations = distances - offset
            weighted = deviations * deviations * counts
            second = float(weighted.sum())
            weighted *= deviations
            third = float(weighted.sum())
            weighted *= deviations
            fourth = float(weighted.sum())
        return cls(rows, origin, offset, second, third, fourth)

    def merge(self, other: "Moments") -> "Moments":
        """The moments of both parts' values."""
        if not other.rows:
            return self
        if not self.rows:
            return other
        a, b = float(self.rows), float(other.rows)
        n = a + b
        step = float(other.origin - self.origin) + (other.offset - self.offset)
        if not math.isfinite(step):
            return self._merge_far(other)
        try:
            second = self.second + other.second + step**2 * a * b / n
            third = (
                self.third
                + other.third
                + step**3 * a * b * (a - b) / n**2
                + 3 * step * (a * other.second - b * self.second) / n
            )
            fourth = (
                self.fourth
                + other.fourth
                + step**4 * a * b * (a * a - a * b + b * b) / n**3
                + 6 * step**2 * (a * a * other.second + b * b * self.second) / n**2
                + 4 * step * (a * other.third - b * self.third) / n
            )
        except OverflowError:  # of ** alone: products become infinite by themselves
            second = self.second + other.second + step * step * a * b / n
            third = fourth = math.nan
        return Moments(self.rows + other.rows, self.origin, self.offset + step * b / n, second, third, fourth)

    def _merge_far(self, other: "Moments") -> "Moments":
        rows = self.rows + other.rows
        mean = self.mean * (self.rows / rows) + other.mean * (other.rows / rows)
        return Moments(rows, 0.0, mean, math.inf, math.nan, math.nan)

    @property
    def mean(self) -> float:
        """The arithmetic mean; 0 for no values."""
        return float(self.origin + self.offset)

    @property
    def variance(self) -> float | None:
        """The variance with n - 1, or None for fewer than two values or where it exceeds a double."""
        return _finite(self.second / (self.rows - 1)) if self.rows > 1 else None

    @property
    def skewness(self) -> float | None:
        """G1 of Joanes and Gill (1998), as pandas computes it; None for fewer than three values or equal ones."""
        n = self.rows
        if n < 3 or self.second == 0:
            return None
        # The square root first: the 1.5th power of a small or large sum leaves the range of a double.
        root = math.sqrt(self.second)
        if not math.isfinite(root) or root == 0:
            return None
        return _finite(n * math.sqrt(n - 1) / (n - 2) * (self.third / self.second / root))

    @property
    def kurtosis(self) -> float | None:
        """Excess kurtosis G2, as pandas computes it; None for fewer than four values or equal ones."""
        n = self.rows
        if n < 4 or self.second == 0 or not math.isfinite(self.second):
            return None
        adjustment = 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
        ratio = self.fourth / self.second / self.second
        return _finite(n * (n + 1) * (n - 1) / ((n - 2) * (n - 3)) * ratio - adjustment)

    def encode(self) -> dict[str, Any]:
        """All parts by name."""
        return {
            "rows": self.rows,
            "origin": self.origin,
            "offset": self.offset,
            "second": self.second,
            "third": self.third,
            "fourth": self.fourth,
        }

    @classmethod
    def decode(cls, encoded: Any) -> "Moments":
        """Rebuild the moments.

        :raises ValueError: when a part is missing or not a number.
        """
        parts = {name: float(number(encoded, name)) for name in ("offset", "second", "third", "fourth")}
        return cls(rows=count(encoded, "rows"), origin=number(encoded, "origin"), **parts)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
