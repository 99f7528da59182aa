"""``python -m benchmarks``: make the inputs, measure all contenders, write the report."""

import argparse
import os
import sys
from fnmatch import fnmatch
from pathlib import Path

from benchmarks.contenders.contender import CONTENDERS, USUAL
from benchmarks.environment import environment
from benchmarks.inputs import SCALES, Input, Workshop
from benchmarks.measuring import Bench
from benchmarks.results import Report
from benchmarks.session import Session
from benchmarks.table import markdown
from benchmarks.targets import verdicts


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark.

    :return: 0, also where targets are missed: the report says so; 1 where we ourselves failed over an input; 2 where
        it cannot be run as asked.
    """
    if not sys.platform.startswith("linux"):
        print("The benchmark reads processor time and memory from /proc, which only Linux has.", file=sys.stderr)
        return 2
    options = _options(arguments)
    inputs = [item for item in SCALES[options.scale] if _wanted(item, options.only)]
    if not inputs:
        print(f"--only {' '.join(options.only)} matches no input; use --list.", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(item.name for item in inputs))
        return 0
    folder: Path = options.work
    processors = tuple(sorted(os.sched_getaffinity(0)))[: options.workers]
    workshop = Workshop(folder / "inputs", options.data)
    facts = folder / "facts"
    facts.mkdir(parents=True, exist_ok=True)
    bench = Bench(options.workers, processors, options.time_limit)
    machine = environment(processors)
    session = Session(workshop, facts, bench, options.contenders, options.repeats, _tell)
    results = []
    for item in inputs:
        results.append(session.run(item))
        # Written after every input: what was measured is not lost when the rest is given up.
        report = Report(options.scale, options.workers, options.repeats, machine, tuple(results))
        judged = verdicts(report)
        text = markdown(report, judged)
        (folder / "results.md").write_text(text, encoding="utf-8")
        (folder / "results.json").write_text(report.as_json(judged), encoding="utf-8")
    print("\n" + text)
    print(f"Written: {folder / 'results.md'} and {folder / 'results.json'}")
    return 1 if report.unanswered else 0


def _wanted(item: Input, patterns: list[str]) -> bool:
    return not patterns or any(fnmatch(item.name, pattern) or item.name.startswith(pattern) for pattern in patterns)


def _tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", choices=SCALES, default="full", help="minutes (small) or half an hour (full)")
    parser.add_argument("--only", nargs="+", default=[], metavar="INPUT", help="names, beginnings of names or patterns")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=[*USUAL, "us-ray"], metavar="NAME")
    parser.add_argument("--repeats", type=_positive, default=3, help="of every contender over every input")
    parser.add_argument("--workers", type=_positive, default=2, help="threads or processes of every contender")
    parser.add_argument("--data", type=Path, help="folder of real taxi trips (CSV) to draw from")
    parser.add_argument("--work", type=Path, default=Path(".bench"), help="folder for inputs and results")
    parser.add_argument("--time-limit", type=float, default=300.0, help="seconds after which a contender is given up")
    parser.add_argument("--list", action="store_true", help="print the inputs' names and end")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
