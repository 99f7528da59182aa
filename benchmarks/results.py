"""What a benchmark found, and the middle of its repetitions."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from benchmarks.accuracy import Accuracy
from benchmarks.contenders.contender import CONTENDERS, FLOORS
from benchmarks.inputs import Input
from benchmarks.measuring import Measurement


@dataclass(frozen=True)
class Run:
    """A contender's repetitions over one input."""

    contender: str
    measurements: tuple[Measurement, ...]

    @property
    def failure(self) -> str | None:
        """Why there are no numbers; None where there are."""
        return next((each.failure for each in self.measurements if each.failure), None)

    @property
    def walls(self) -> tuple[float, ...]:
        """Seconds of every repetition; several of a process."""
        return tuple(wall for each in self.measurements for wall in each.wall_seconds)

    @property
    def wall(self) -> float:
        """Median seconds."""
        return median(self.walls)

    @property
    def cpu(self) -> float:
        """Median processor seconds of profiling the file once."""
        return median(each.cpu_seconds / len(each.wall_seconds) for each in self.measurements)

    @property
    def others(self) -> float:
        """The largest share of the processors that other processes had during a repetition."""
        return max(each.others_share for each in self.measurements)

    @property
    def start(self) -> float:
        """Median seconds until it was ready."""
        return median(each.start_seconds for each in self.measurements)

    @property
    def peak(self) -> float:
        """Median bytes of all of its processes at their peak."""
        return median(each.peak_bytes for each in self.measurements)

    def peak_of_worker(self, workers: int) -> float:
        """Median bytes of a worker at its peak: of the largest process, or a thread's share of the one process.

        The share holds its part of the interpreter and of the libraries, as a process does.
        """
        if CONTENDERS[self.contender].processes:
            return median(each.largest_child_bytes for each in self.measurements)
        return self.peak / workers

    def phase(self, name: str) -> float | None:
        """Median seconds of a part of the work; None where there is no such part."""
        found = [each.phases[name] for each in self.measurements if name in each.phases]
        return median(found) if found else None


@dataclass(frozen=True)
class InputResult:
    """All runs over one input, and how far off the contenders were."""

    input: Input
    bytes: int
    runs: tuple[Run, ...]
    accuracy: dict[str, Accuracy] = field(default_factory=dict)

    def run(self, contender: str) -> Run | None:
        """A contender's run, where it has numbers."""
        return next((run for run in self.runs if run.contender == contender and not run.failure), None)

    @property
    def floor(self) -> Run | None:
        """The faster of the parse-only runs."""
        return min((run for name in FLOORS if (run := self.run(name))), key=lambda run: run.wall, default=None)


@dataclass(frozen=True)
class Report:
    """A whole benchmark."""

    scale: str
    workers: int
    repeats: int
    environment: dict[str, str]
    inputs: tuple[InputResult, ...]

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Names of the inputs that we ourselves failed over, inline or on Ray."""
        ours = ("us", "us-ray")
        return tuple(
            result.input.name
            for result in self.inputs
            if any(run.failure for run in result.runs if run.contender in ours)
        )

    def as_json(self, verdicts: Sequence[Any]) -> str:
        """All numbers, every repetition's, with the medians and ratios beside them."""
        document = {
            "scale": self.scale,
            "workers": self.workers,
            "repeats": self.repeats,
            "environment": self.environment,
            "inputs": [_input(result, self.workers) for result in self.inputs],
            "targets": [asdict(verdict) for verdict in verdicts],
        }
        return json.dumps(document, indent=2) + "\n"


def _input(result: InputResult, workers: int) -> dict[str, Any]:
    return {
        "name": result.input.name,
        "rows": result.input.rows,
        "bytes": result.bytes,
        "runs": [_run(result, run, workers) for run in result.runs],
        "accuracy": {contender: asdict(accuracy) for contender, accuracy in result.accuracy.items()},
    }


def _run(result: InputResult, run: Run, workers: int) -> dict[str, Any]:
    measured = {"contender": run.contender, "measurements": [asdict(each) for each in run.measurements]}
    if run.failure:
        return {**measured, "failure": run.failure}
    duckdb = result.run("duckdb")
    return {
        **measured,
        "wall_seconds": run.wall,
        "cpu_seconds": run.cpu,
        "start_seconds": run.start,
        "others_share": run.others,
        "peak_bytes": run.peak,
        "worker_peak_bytes": run.peak_of_worker(workers),
        "against_floor": run.wall / result.floor.wall if result.floor else None,
        "against_duckdb": run.wall / duckdb.wall if duckdb else None,
    }
