"""What the engine is to reach, and whether it does. A ratio is of two medians of the same run of the benchmark."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from benchmarks.inputs import Input
from benchmarks.results import InputResult, Report, Run

_MIB = 1024 * 1024
#: Seconds for a file of a thousand rows in a process that runs.
_SMALL_SECONDS = 0.120
#: The time on a warm Ray by that inline.
_RAY = 1.3
_RAY_ROWS = 10_000_000


@dataclass(frozen=True)
class Limits:
    """Of one kind of table: time by that of parsing alone and by DuckDB's SUMMARIZE, and bytes of a worker."""

    floor: float
    duckdb: float
    worker_bytes: int


_TAXI = Limits(1.3, 0.25, 300 * _MIB)
_STRINGS = Limits(1.6, 1.0, 300 * _MIB)
_PARQUET = Limits(2.0, 0.15, 400 * _MIB)
_WIDE = Limits(3.5, 0.45, 450 * _MIB)


@dataclass(frozen=True)
class Verdict:
    """A number of ours beside what it may be at most.

    :param unit: ``x`` for a ratio, ``s`` or ``MiB``.
    :param judged: whether the target holds for an input of this size; otherwise the number is told and no more.
    """

    input: str
    what: str
    value: float
    limit: float
    unit: str
    judged: bool = True

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        return self.value <= self.limit


def limits(table: Input) -> Limits:
    """The limits for an input."""
    if table.is_parquet:
        return _PARQUET
    return {"strings": _STRINGS, "wide": _WIDE}.get(table.recipe, _TAXI)


def verdicts(report: Report) -> list[Verdict]:
    """Everything that there is a target for and numbers of."""
    found: list[Verdict] = []
    for result in report.inputs:
        us = result.run("us")
        if us is None:
            continue
        if result.input.is_small:
            found.append(Verdict(result.input.name, "a small file in a running process", us.wall, _SMALL_SECONDS, "s"))
        else:
            found.extend(_of_input(result, us, report))
    found.extend(_of_growth(report))
    return found


def growing(report: Report) -> list[tuple[InputResult, Run]]:
    """Our runs over the taxi tables of different length, the shortest first."""
    taxi = [item for item in report.inputs if item.input.recipe == "taxi" and item.input.ending == "csv"]
    runs = [(item, run) for item in taxi if not item.input.is_small and (run := item.run("us"))]
    return sorted(runs, key=lambda pair: pair[0].input.rows)


def _of_input(result: InputResult, us: Run, report: Report) -> Iterator[Verdict]:
    name, limit = result.input.name, limits(result.input)
    judged = report.scale == "full"
    if result.floor:
        yield Verdict(name, "time by parsing alone", us.wall / result.floor.wall, limit.floor, "x", judged)
    if duckdb := result.run("duckdb"):
        yield Verdict(name, "time by DuckDB SUMMARIZE", us.wall / duckdb.wall, limit.duckdb, "x", judged)
    peak = us.peak_of_worker(report.workers) / _MIB
    yield Verdict(name, "memory of a worker", peak, limit.worker_bytes / _MIB, "MiB")
    if on_ray := result.run("us-ray"):
        enough = result.input.rows >= _RAY_ROWS
        yield Verdict(name, "time on warm Ray by inline", on_ray.wall / us.wall, _RAY, "x", enough)


def _of_growth(report: Report) -> Iterator[Verdict]:
    judged = report.scale == "full"
    for (shorter, before), (longer, after) in pairwise(growing(report)):
        rows = longer.input.rows / shorter.input.rows
        yield Verdict(longer.input.name, f"time by {shorter.input.name}", after.wall / before.wall, rows, "x", judged)
