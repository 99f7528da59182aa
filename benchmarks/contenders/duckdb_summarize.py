"""DuckDB's SUMMARIZE: extremes, mean, deviation, three quantiles and an estimate of the distinct values, in one pass.

It tells nothing of histograms, p05 or p95, or frequent values, and missing values only as a rounded share.
"""

from pathlib import Path
from typing import Any

import duckdb

from benchmarks.contenders.contender import Outcome
from benchmarks.facts import ColumnFacts, TableFacts

#: What the statement's types begin with where they are numbers.
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U", "FLOAT", "DOUBLE", "DECIMAL")
_QUANTILES = ((0.25, "q25"), (0.5, "q50"), (0.75, "q75"))


def source(file: Path) -> str:
    """The file as a table in SQL."""
    function = "read_parquet" if file.suffix == ".parquet" else "read_csv"
    quoted = str(file).replace("'", "''")
    return f"{function}('{quoted}')"


def connected(workers: int) -> duckdb.DuckDBPyConnection:
    """A database in memory that fetches nothing from elsewhere."""
    options: dict[str, str | bool | int | float | list[str]] = {
        "threads": workers,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return duckdb.connect(config=options)


class Summarize:
    """One statement."""

    def start(self, workers: int) -> None:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        self._workers = workers

    def profile(self, file: Path) -> Outcome:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        with connected(self._workers) as database:
            cursor = database.execute(f"SUMMARIZE SELECT * FROM {source(file)}")
            names = [column[0] for column in cursor.description or ()]
            return Outcome([dict(zip(names, row, strict=True)) for row in cursor.fetchall()])

    def facts(self, result: Any) -> TableFacts:
        """See :class:`~benchmarks.contenders.contender.Contender`."""
        return TableFacts(max(row["count"] for row in result), tuple(_column(row) for row in result))

    def stop(self) -> None:
        """Nothing is kept running."""


def _column(row: dict[str, Any]) -> ColumnFacts:
    if not row["column_type"].startswith(NUMBERS) or row["min"] is None:
        return ColumnFacts(row["column_name"], distinct=row["approx_unique"])
    return ColumnFacts(
        row["column_name"],
        distinct=row["approx_unique"],
        minimum=float(row["min"]),
        maximum=float(row["max"]),
        mean=float(row["avg"]),
        quantiles=tuple((share, float(row[name])) for share, name in _QUANTILES),
    )
