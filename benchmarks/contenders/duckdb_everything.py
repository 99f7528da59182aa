"""The same statistics as ours in DuckDB's SQL, in two passes over the file: a histogram needs the extremes first."""

from pathlib import Path
from typing import Any

import duckdb

from benchmarks.contenders.contender import Outcome
from benchmarks.contenders.duckdb_summarize import NUMBERS, connected, source
from benchmarks.facts import HISTOGRAM_BINS, QUANTILES, TOP_VALUES, Bin, ColumnFacts, TableFacts


class Everything:
    """Counts, extremes, moments, estimated quantiles, distinct and frequent values; then histograms."""

    def start(self, workers: int) -> None:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        self._workers = workers

    def profile(self, file: Path) -> Outcome:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        with connected(self._workers) as database:
            table = source(file)
            described = database.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
            columns = [(row[0], row[1].startswith(NUMBERS)) for row in described]
            aggregates = ", ".join(_aggregates(name, is_number) for name, is_number in columns)
            found = database.execute(f"SELECT count(*), {aggregates} FROM {table}").fetchone()
            assert found is not None
            rows, *statistics = found
            by_name = {name: dict(row) for (name, _), row in zip(columns, statistics, strict=True)}
            _add_histograms(database, table, by_name)
            return Outcome((rows, by_name))

    def facts(self, result: Any) -> TableFacts:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        rows, by_name = result
        return TableFacts(rows, tuple(_column(name, rows, found) for name, found in by_name.items()))

    def stop(self) -> None:
        """Nothing is kept running."""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _aggregates(name: str, is_number: bool) -> str:
    column = _quoted(name)
    parts = {
        "present": f"count({column})",
        "uniques": f"approx_count_distinct({column})",
        "frequent": f"approx_top_k({column}, {TOP_VALUES})",
        "least": f"min({column})",
        "greatest": f"max({column})",
    }
    if is_number:
        parts |= {
            "mean": f"avg({column})",
            "variance": f"var_samp({column})",
            "skew": f"skewness({column})",
            "tails": f"kurtosis({column})",
            "quantiles": f"approx_quantile({column}, {list(QUANTILES)})",
        }
    return "struct_pack(" + ", ".join(f"{key} := {value}" for key, value in parts.items()) + ")"


def _add_histograms(database: duckdb.DuckDBPyConnection, table: str, by_name: dict[str, dict[str, Any]]) -> None:
    wanted = {}
    for name, found in by_name.items():
        if "mean" in found and found["least"] is not None and found["least"] < found["greatest"]:
            low, high = float(found["least"]), float(found["greatest"])
            step = (high - low) / HISTOGRAM_BINS
            wanted[name] = [low + step * number for number in range(1, HISTOGRAM_BINS)] + [high]
    if not wanted:
        return
    calls = ", ".join(f"histogram({_quoted(name)}::DOUBLE, {edges}::DOUBLE[])" for name, edges in wanted.items())
    counted = database.execute(f"SELECT {calls} FROM {table}").fetchone()
    assert counted is not None
    for (name, edges), counts in zip(wanted.items(), counted, strict=True):
        by_name[name]["histogram"] = (edges, counts)


def _column(name: str, rows: int, found: dict[str, Any]) -> ColumnFacts:
    missing = rows - found["present"]
    if "mean" not in found or found["least"] is None:
        return ColumnFacts(name, missing=missing, distinct=found["uniques"])
    low, bins = float(found["least"]), []
    edges, counts = found.get("histogram", ((), {}))
    for edge in edges:
        # Its bins are closed above, ours below.
        bins.append(Bin(low, edge, counts.get(edge, 0)))
        low = edge
    return ColumnFacts(
        name,
        missing=missing,
        distinct=found["uniques"],
        minimum=float(found["least"]),
        maximum=float(found["greatest"]),
        mean=float(found["mean"]),
        quantiles=tuple(zip(QUANTILES, map(float, found["quantiles"]), strict=True)),
        histogram=tuple(bins),
    )
