"""pandas over the whole table in memory: describe, nunique, value_counts and a histogram of every column."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.contenders.contender import Outcome
from benchmarks.facts import HISTOGRAM_BINS, QUANTILES, TOP_VALUES, Bin, ColumnFacts, TableFacts


class Describe:
    """One thread: the library has no more."""

    def start(self, workers: int) -> None:
        """See :class:`~benchmarks.contenders.contender.Contender`."""

    def profile(self, file: Path) -> Outcome:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        table = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
        return Outcome((len(table), {name: _described(table[name]) for name in table.columns}))

    def facts(self, result: Any) -> TableFacts:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        rows, columns = result
        return TableFacts(rows, tuple(_facts(name, found) for name, found in columns.items()))

    def stop(self) -> None:
        """Nothing is kept running."""


def _described(column: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "missing": int(column.isna().sum()),
        "distinct": int(column.nunique()),
        "frequent": column.value_counts().head(TOP_VALUES),
        "numbers": None,
    }
    if pd.api.types.is_numeric_dtype(column):
        values = column.dropna().to_numpy()
        found["numbers"] = column.describe(percentiles=list(QUANTILES))
        found["tails"] = (column.var(), column.skew(), column.kurt())
        found["histogram"] = np.histogram(values, HISTOGRAM_BINS) if len(values) else ((), ())
    elif pd.api.types.is_string_dtype(column):
        lengths = column.str.len()
        found["lengths"] = (lengths.min(), lengths.mean(), lengths.max())
    return found


def _facts(name: str, found: dict[str, Any]) -> ColumnFacts:
    numbers = found["numbers"]
    if numbers is None or not numbers["count"]:
        return ColumnFacts(name, missing=found["missing"], distinct=found["distinct"])
    counts, edges = found["histogram"]
    return ColumnFacts(
        name,
        missing=found["missing"],
        distinct=found["distinct"],
        minimum=float(numbers["min"]),
        maximum=float(numbers["max"]),
        mean=float(numbers["mean"]),
        quantiles=tuple((share, float(numbers[f"{share * 100:.0f}%"])) for share in QUANTILES),
        histogram=tuple(
            Bin(float(low), float(high), int(count))
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
        ),
    )
