"""The state of numeric values."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from airflow_provider_profiler.profiling.statistics.aligned_histogram import AlignedHistogram
from airflow_provider_profiler.profiling.statistics.compactor import Compactor
from airflow_provider_profiler.profiling.statistics.counts import NumberCounts
from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers, part
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.extremes import Extremes
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering
from airflow_provider_profiler.profiling.statistics.heavy_hitters import HeavyHitters
from airflow_provider_profiler.profiling.statistics.hyperloglog import HyperLogLog
from airflow_provider_profiler.profiling.statistics.keys import NumberKeys
from airflow_provider_profiler.profiling.statistics.moments import Moments
from airflow_provider_profiler.profiling.statistics.odd_numbers import SENTINEL_NUMBERS, OddRows
from airflow_provider_profiler.profiling.statistics.tally import tally_numbers
from airflow_provider_profiler.profiling.statistics.values import Values

#: Below so many rows the sum of the 32-bit halves of int64 values cannot leave 64 bits.
_SAFE_ROWS = 1 << 31


def exact_sum(table: ExactTable[NumberKeys]) -> int:
    """The sum of integers, however large it grows."""
    values, counts = table.keys.values, table.counts
    if table.rows >= _SAFE_ROWS:
        return sum(value * rows for value, rows in zip(values.tolist(), counts.tolist(), strict=True))
    high, low = (values >> 32).astype(np.int64), (values & 0xFFFFFFFF).astype(np.int64)
    return (int((high * counts).sum()) << 32) + int((low * counts).sum())


@dataclass(frozen=True)
class NumberSketch:
    """What is kept of finite numbers that are too many to list; there is at least one."""

    total: int | None
    """The exact sum of integers; None for floats."""
    extremes: Extremes
    moments: Moments
    distinct: HyperLogLog
    quantiles: Compactor
    histogram: AlignedHistogram
    hitters: HeavyHitters[NumberKeys]

    @classmethod
    def of(cls, table: ExactTable[NumberKeys], seed: int) -> "NumberSketch":
        """The sketch of a table with ascending keys."""
        values, counts = table.keys.values, table.counts
        return cls(
            total=None if values.dtype.kind == "f" else exact_sum(table),
            extremes=Extremes.of(values),
            moments=Moments.of(values, counts),
            distinct=HyperLogLog.of(table.keys.hashes()),
            quantiles=Compactor.of(values, counts, seed),
            histogram=AlignedHistogram.of(values, counts),
            hitters=HeavyHitters.of(table),
        )

    def merge(self, other: "NumberSketch") -> "NumberSketch":
        """The sketch of both parts' rows."""
        return NumberSketch(
            total=None if self.total is None or other.total is None else self.total + other.total,
            extremes=self.extremes.merge(other.extremes),
            moments=self.moments.merge(other.moments),
            distinct=self.distinct.merge(other.distinct),
            quantiles=self.quantiles.merge(other.quantiles),
            histogram=self.histogram.merge(other.histogram),
            hitters=self.hitters.merge(other.hitters),
        )

    def renumbered(self, numbering: Numbering) -> "NumberSketch":  # noqa: ARG002
        """Nothing in a sketch says where a number stands."""
        return self

    def encode(self) -> dict[str, Any]:
        """All parts by name; the sum as text, as it may exceed 64 bits."""
        return {
            "total": None if self.total is None else str(self.total),
            "extremes": self.extremes.encode(),
            "moments": self.moments.encode(),
            "distinct": self.distinct.encode(),
            "quantiles": self.quantiles.encode(),
            "histogram": self.histogram.encode(),
            "hitters": self.hitters.encode(),
        }

    @classmethod
    def decode(cls, encoded: Any) -> "NumberSketch":
        """Rebuild the sketch.

        :raises ValueError: when a part is damaged.
        """
        total = encoded.get("total")
        return cls(
            total=None if total is None else int(part(encoded, "total", str)),
            extremes=Extremes.decode(part(encoded, "extremes", dict)),
            moments=Moments.decode(part(encoded, "moments", dict)),
            distinct=HyperLogLog.decode(part(encoded, "distinct", dict)),
            quantiles=Compactor.decode(part(encoded, "quantiles", dict)),
            histogram=AlignedHistogram.decode(part(encoded, "histogram", dict)),
            hitters=HeavyHitters.decode(part(encoded, "hitters", dict), NumberKeys),
        )


class NumberValues(Values[NumberKeys, NumberSketch]):
    """Finite numbers of a column."""

    def sketched(self, table: ExactTable[NumberKeys]) -> NumberSketch:
        """The sketch of a table's rows."""
        return NumberSketch.of(table, self.seed)


@dataclass(frozen=True)
class NumberState:
    """Numbers of a column: counts of the special ones, and the finite ones."""

    tag: ClassVar[str] = "number"

    counts: NumberCounts
    values: NumberValues
    odd: OddRows = field(default_factory=OddRows)

    @classmethod
    def identity(cls, capacity: int, seed: int, dtype: str = "int64") -> "NumberState":
        """The state of no rows."""
        nothing = ExactTable(NumberKeys(np.zeros(0, dtype)), np.zeros(0, np.int64))
        return cls(NumberCounts(), NumberValues(capacity, seed, nothing))

    @classmethod
    def of(
        cls, values: Array, capacity: int, seed: int, weights: Integers | None = None, places: Integers | None = None
    ) -> "NumberState":
        """The state of int64, uint64 or float64 values.

        :param weights: how many rows each stands for; one where it is None.
        :param places: the first row of each; None: they stand in the rows from 1 on.
        """
        everything, special, all_finite = values, NumberCounts(), True
        if values.dtype.kind == "f":
            finite = np.isfinite(values)
            all_finite = bool(finite.all())
            if not all_finite:
                rows = np.ones(len(values), np.int64) if weights is None else weights
                special = NumberCounts(
                    nan=int(rows[np.isnan(values)].sum()),
                    positive_infinity=int(rows[values == np.inf].sum()),
                    negative_infinity=int(rows[values == -np.inf].sum()),
                )
                values, weights = values[finite], None if weights is None else weights[finite]
        table = tally_numbers(values, weights)
        numbers, rows = table.keys.values, table.counts
        below, upto = np.searchsorted(numbers, 0, side="left"), np.searchsorted(numbers, 0, side="right")
        counts = replace(special, finite=table.rows, zero=int(rows[below:upto].sum()), negative=int(rows[:below].sum()))
        held = NumberValues(capacity, seed, None).holding(table)
        odd = OddRows.of(everything, held.table, SENTINEL_NUMBERS, places, finite=all_finite)
        return cls(counts, held, odd)

    def merge(self, other: "NumberState") -> "NumberState":
        """The state of both parts' rows; integers meet floats as floats."""
        values = self.values.merge(other.values)
        if not other.counts.rows:
            return self
        odd = self.odd.merge(other.odd, values.table, SENTINEL_NUMBERS)
        return NumberState(self.counts.merge(other.counts), values, odd)

    def renumbered(self, numbering: Numbering) -> "NumberState":
        """The state of the same rows with other numbers."""
        return replace(self, odd=self.odd.renumbered(numbering))

    @property
    def distinct(self) -> int:
        """Distinct values: exact with a table, estimated with a sketch. NaN counts as one value."""
        finite = self.values
        found = len(finite.table) if finite.table is not None else 0
        if finite.sketch is not None:
            found = finite.sketch.distinct.estimate()
        return found + self.counts.distinct_special

    def encode(self) -> dict[str, Any]:
        """All parts by name."""
        return {"counts": self.counts.encode(), "values": self.values.encode(), "odd": self.odd.encode()}

    @classmethod
    def decode(cls, encoded: Any) -> "NumberState":
        """Rebuild the state.

        :raises ValueError: when a part is damaged.
        """
        parts = Values.decode_parts(part(encoded, "values", dict), NumberKeys, NumberSketch.decode)
        odd = OddRows.decode(part(encoded, "odd", dict))
        return cls(NumberCounts.decode(part(encoded, "counts", dict)), NumberValues(*parts), odd)
