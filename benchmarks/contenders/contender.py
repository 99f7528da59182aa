"""What a contender is, and which there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from benchmarks.facts import TableFacts


@dataclass(frozen=True)
class Outcome:
    """What came of profiling a file once.

    :param result: whatever the contender returns; turned into facts when the clock has stopped.
    :param phases: seconds by the name of a part of the work, where there are parts.
    """

    result: Any
    phases: Mapping[str, float] = field(default_factory=dict)


class Contender(Protocol):
    """Made and started before the clock runs: what imports and pools cost is reported beside, not within."""

    def start(self, workers: int) -> None:
        """Get ready: import, start what is kept running.

        :param workers: threads or processes that may work at a time.
        """
        ...

    def profile(self, file: Path) -> Outcome:
        """Profile a file; the clock runs."""
        ...

    def facts(self, result: Any) -> TableFacts:
        """What the result says; the clock stands."""
        ...

    def stop(self) -> None:
        """End what was started."""
        ...


@dataclass(frozen=True)
class Entry:
    """A contender in the list.

    :param title: what it is called in tables.
    :param place: module and class.
    :param processes: whether its workers are processes, and threads otherwise.
    :param warm_up: whether it profiles the file itself once before the clock runs: a cluster that has just started is
        not what is measured.
    :param largest_csv: bytes of the largest CSV file that it is given; None: any.
    :param largest_parquet: the same of Parquet files.
    """

    title: str
    place: str
    processes: bool = False
    warm_up: bool = False
    largest_csv: int | None = None
    largest_parquet: int | None = None

    def make(self) -> Contender:
        """The contender itself, in the process that measures it."""
        module, name = self.place.split(":")
        contender: Contender = getattr(import_module(f"benchmarks.contenders.{module}"), name)()
        return contender

    def takes(self, file: Path) -> bool:
        """Whether it is given a file: one that is far beyond its memory or patience tells nothing."""
        largest = self.largest_parquet if file.suffix == ".parquet" else self.largest_csv
        return largest is None or file.stat().st_size <= largest


_GB = 1_000_000_000

#: All contenders by the name that the command line knows them by.
CONTENDERS: dict[str, Entry] = {
    "us": Entry("**us**, inline", "us:Inline"),
    "us-ray": Entry("**us**, warm Ray", "us:OnRay", processes=True, warm_up=True),
    "floor-threads": Entry("parse only, threads", "parse_only:Threads"),
    "floor-processes": Entry("parse only, processes", "parse_only:Processes", processes=True),
    "duckdb": Entry("DuckDB SUMMARIZE", "duckdb_summarize:Summarize"),
    "duckdb-full": Entry("DuckDB, all statistics", "duckdb_everything:Everything", largest_csv=_GB),
    "polars": Entry("Polars in memory", "polars_in_memory:InMemory", largest_csv=_GB, largest_parquet=_GB // 4),
    "pandas": Entry("pandas", "pandas_describe:Describe", largest_csv=3 * _GB // 10, largest_parquet=_GB // 10),
}
#: Those that run where nobody chooses; the others take long or run on some inputs only.
USUAL = ("us", "floor-threads", "floor-processes", "duckdb", "polars", "pandas")
FLOORS = ("floor-threads", "floor-processes")
