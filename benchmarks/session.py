"""The benchmark itself: input after input, repetition after repetition, in each all contenders in turn."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy import Accuracy, accuracies
from benchmarks.contenders.contender import CONTENDERS
from benchmarks.exact import exact_columns
from benchmarks.facts import TableFacts
from benchmarks.inputs import Input, Workshop, first_file, read_once
from benchmarks.measuring import Bench, Measurement, measure
from benchmarks.results import InputResult, Run

#: Times that a small file is profiled within a process.
SMALL_REPEATS = 20
#: Rows of the largest table whose exact answers are computed.
_ACCURACY_ROWS = 10_000_000


@dataclass(frozen=True)
class Session:
    """What all inputs have in common.

    :param folder: for what contenders say of the tables.
    :param contenders: names of those that take part.
    :param repeats: of every contender over every input.
    :param tell: is told what happens.
    """

    workshop: Workshop
    folder: Path
    bench: Bench
    contenders: Sequence[str]
    repeats: int
    tell: Callable[[str], None]

    def run(self, wanted: Input) -> InputResult:
        """Measure all contenders over one input.

        They are interleaved: what slows the machine down for a while slows all of them down.

        :raises ValueError: when the input cannot be made.
        """
        file = self.workshop.file(wanted, self.tell)
        first = self.workshop.file(first_file(wanted), self.tell)
        names = [name for name in self.contenders if self._takes(name, wanted, file)]
        measured: dict[str, list[Measurement]] = {name: [] for name in names}
        read_once(file)
        for _ in range(self.repeats):
            for name in names:
                if any(each.failure for each in measured[name]):
                    continue
                measured[name].append(self._measure(name, wanted, file, first))
        runs = tuple(Run(name, tuple(each)) for name, each in measured.items())
        return InputResult(wanted, file.stat().st_size, runs, self._accuracy(wanted, file, runs))

    def _takes(self, name: str, wanted: Input, file: Path) -> bool:
        if name == "us-ray" and not wanted.on_ray:
            return False
        takes = CONTENDERS[name].takes(file)
        if not takes:
            self.tell(f"{name} is not given {wanted.name}: it is too large for it")
        return takes

    def _measure(self, name: str, wanted: Input, file: Path, first: Path) -> Measurement:
        measurement = measure(
            name,
            file,
            first,
            self.bench,
            repeats=SMALL_REPEATS if wanted.is_small else 1,
            facts=self._facts(wanted, name),
        )
        if measurement.failure:
            self.tell(f"{wanted.name}  {name:16} failed: {measurement.failure}")
        else:
            wall = sum(measurement.wall_seconds) / len(measurement.wall_seconds)
            self.tell(f"{wanted.name}  {name:16} {wall:8.3f} s  {measurement.peak_bytes / 2**20:6.0f} MiB")
        return measurement

    def _accuracy(self, wanted: Input, file: Path, runs: Sequence[Run]) -> dict[str, Accuracy]:
        if wanted.rows > _ACCURACY_ROWS:
            return {}
        said = {}
        for run in runs:
            if not run.failure:
                text = self._facts(wanted, run.contender).read_text(encoding="utf-8")
                said[run.contender] = TableFacts.from_dict(json.loads(text))
        self.tell(f"{wanted.name}  exact answers")
        return accuracies(said, exact_columns(file, wanted.rows), wanted.rows)

    def _facts(self, wanted: Input, name: str) -> Path:
        return self.folder / f"{wanted.name}.{name}.facts.json"
