"""The process that is measured: one contender, one file.

It tells the measuring process what it does in lines of JSON and waits for a line after each: ready; the file has been
profiled, in so many seconds. Then it writes the facts, if they are wanted, and ends.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import TextIO

from benchmarks.contenders.contender import CONTENDERS, Contender


def main() -> None:
    """Run as ``python -m benchmarks.child``."""
    arguments = _arguments()
    # What libraries print must not come between the lines: it goes where errors go.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.sched_setaffinity(0, arguments.processors)
    entry = CONTENDERS[arguments.contender]
    contender = entry.make()
    contender.start(arguments.workers)
    try:
        # What a library imports or builds at its first use is no part of the work.
        contender.profile(arguments.first)
        if entry.warm_up:
            contender.profile(arguments.file)
        _tell(answers, {"ready": True})
        _measured(contender, arguments.file, arguments.repeats, arguments.facts, answers)
    finally:
        contender.stop()


def _measured(contender: Contender, file: Path, repeats: int, facts: Path | None, answers: TextIO) -> None:
    walls = []
    for _ in range(repeats):
        begun = perf_counter()
        outcome = contender.profile(file)
        walls.append(perf_counter() - begun)
    _tell(answers, {"walls": walls, "phases": dict(outcome.phases)})
    found = contender.facts(outcome.result)
    if facts is not None:
        facts.write_text(json.dumps(found.as_dict()), encoding="utf-8")


def _tell(answers: TextIO, message: dict[str, object]) -> None:
    answers.write(json.dumps(message) + "\n")
    if not sys.stdin.readline():
        raise SystemExit("nobody measures any more")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("contender", choices=CONTENDERS)
    parser.add_argument("file", type=Path)
    parser.add_argument("--first", type=Path, required=True, help="a small file that is profiled before")
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--processors", type=lambda text: {int(part) for part in text.split(",")}, required=True)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--facts", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
