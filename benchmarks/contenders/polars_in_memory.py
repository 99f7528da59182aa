"""Polars over the whole table in memory: the same statistics as ours, exact, every column sorted once.

Column after column on a few threads is the fastest of the ways that were tried; one query over all expressions takes
half as long again, and does not end with thousands of columns.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contenders.contender import Outcome
from benchmarks.facts import HISTOGRAM_BINS, QUANTILES, TOP_VALUES, Bin, ColumnFacts, TableFacts

if TYPE_CHECKING:
    import polars as pl


class InMemory:
    """Read at once, then column after column."""

    def start(self, workers: int) -> None:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        os.environ["POLARS_MAX_THREADS"] = str(workers)  # read once, when the library is imported
        import polars  # noqa: PLC0415

        self._polars = polars
        self._workers = workers

    def profile(self, file: Path) -> Outcome:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        table = self._read(file)
        with ThreadPoolExecutor(self._workers) as pool:
            columns = list(pool.map(self._column, table.get_columns()))
        return Outcome((table.height, columns))

    def facts(self, result: Any) -> TableFacts:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        rows, columns = result
        return TableFacts(rows, tuple(_facts(found) for found in columns))

    def stop(self) -> None:
        """Nothing is kept running."""

    def _read(self, file: Path) -> "pl.DataFrame":
        if file.suffix == ".parquet":
            return self._polars.read_parquet(file)
        try:
            return self._polars.read_csv(file, try_parse_dates=True)
        except self._polars.exceptions.ComputeError:
            # A value further down is not of the type of the first hundred; all of them have to be looked at.
            return self._polars.read_csv(file, try_parse_dates=True, infer_schema_length=None)

    def _column(self, series: "pl.Series") -> dict[str, Any]:
        pl = self._polars
        is_number = series.dtype.is_numeric()
        column = pl.col(series.name)
        wanted = {
            "missing": column.null_count(),
            "distinct": column.drop_nulls().n_unique(),
            "minimum": column.min(),
            "maximum": column.max(),
            "frequent": column.value_counts(sort=True).head(TOP_VALUES).implode(),
        }
        if series.dtype == pl.String:
            lengths = column.str.len_chars()
            wanted |= {"shortest": lengths.min(), "length": lengths.mean(), "longest": lengths.max()}
        if is_number:
            series = series.sort()
            wanted |= {
                "mean": column.mean(),
                "variance": column.var(),
                "skew": column.skew(),
                "kurtosis": column.kurtosis(),
                "histogram": column.hist(bin_count=HISTOGRAM_BINS, include_breakpoint=True).implode(),
            }
            wanted |= {str(share): column.quantile(share, "linear") for share in QUANTILES}
        expressions = [expression.alias(name) for name, expression in wanted.items()]
        found = series.to_frame().lazy().select(expressions).collect().row(0, named=True)
        return {**found, "name": series.name, "is_number": is_number}


def _facts(found: dict[str, Any]) -> ColumnFacts:
    if not found["is_number"] or found["minimum"] is None:
        return ColumnFacts(found["name"], missing=found["missing"], distinct=found["distinct"])
    low, bins = float(found["minimum"]), []
    for each in found["histogram"]:
        bins.append(Bin(low, each["breakpoint"], each["count"]))
        low = each["breakpoint"]
    return ColumnFacts(
        found["name"],
        missing=found["missing"],
        distinct=found["distinct"],
        minimum=found["minimum"],
        maximum=found["maximum"],
        mean=found["mean"],
        quantiles=tuple((share, found[str(share)]) for share in QUANTILES),
        histogram=tuple(bins),
    )
