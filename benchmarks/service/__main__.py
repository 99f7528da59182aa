"""``python -m benchmarks.service``: put load on a service, and say how it bore it."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.environment import environment
from benchmarks.service.measurements import RUNNERS, Measurement, jobs_at_once, memory, status
from benchmarks.table import rows_of_table

PARTS = ("status", *RUNNERS, "memory")
_USUAL = ("status", *RUNNERS)


def main(arguments: list[str] | None = None) -> int:
    """Run the measurements.

    :return: 0, also where aims are missed: the report says so; 2 where it cannot be run as asked.
    """
    if not sys.platform.startswith("linux"):
        print("The benchmark reads memory from /proc, which only Linux has.", file=sys.stderr)
        return 2
    options = _options(arguments)
    # Before there is any load of ours.
    machine = environment(tuple(sorted(os.sched_getaffinity(0))))
    found: list[Measurement] = []
    for measurement in _measurements(options):
        found.append(measurement)
        _tell(f"{measurement.what}: {_value(measurement)} {measurement.unit}")
        _write(options.work, machine, found)
    print("\n" + markdown(machine, found))
    print(f"Written: {options.work / 'service.md'} and {options.work / 'service.json'}")
    return 0


def markdown(machine: dict[str, str], found: list[Measurement]) -> str:
    """The report."""
    rows = [
        (
            item.what,
            f"{_value(item)} {item.unit}",
            "" if item.aim is None else f"{'>=' if item.at_least else '<='} {item.aim:g} {item.unit}",
            {None: "", True: "met", False: "**missed**"}[item.met],
            ", ".join(f"{name} {value:,.2f}" for name, value in item.beside.items()),
        )
        for item in found
    ]
    parts = [
        "# Load on the service",
        "; ".join(f"{name}: {value}" for name, value in machine.items()) + ".",
        rows_of_table(("what", "measured", "aim", "", "beside"), rows),
    ]
    return "\n\n".join(parts) + "\n"


def _measurements(options: argparse.Namespace) -> Iterator[Measurement]:
    if "status" in options.parts:
        for store in options.stores:
            yield from status(store, options.work, options.seconds)
    for name, runner in RUNNERS.items():
        if name in options.parts:
            for store in options.stores:
                yield from jobs_at_once(options.work, options.jobs, store=store, runner=runner)
    if "memory" in options.parts:
        yield from memory(options.work, options.memory_jobs, 10, _tell)


def _write(folder: Path, machine: dict[str, str], found: list[Measurement]) -> None:
    (folder / "service.md").write_text(markdown(machine, found), encoding="utf-8")
    report = {"environment": machine, "measurements": [item.as_dict() for item in found]}
    (folder / "service.json").write_text(json.dumps(report, indent=1), encoding="utf-8")


def _value(item: Measurement) -> str:
    return f"{item.value:,.0f}" if item.value >= 100 else f"{item.value:,.2f}"


def _tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=[*_USUAL], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--stores", nargs="+", choices=("sqlite", "redis"), default=["sqlite", "redis"])
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load of status requests")
    parser.add_argument("--jobs", type=int, default=1000, help="tiny datasets that are submitted at once")
    parser.add_argument("--memory-jobs", type=int, default=10_000, help="jobs over which memory is watched")
    parser.add_argument("--work", type=Path, default=Path(".bench"), help="folder for data and results")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
