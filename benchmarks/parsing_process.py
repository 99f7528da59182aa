"""The process that parses, as Airflow's DAG processor does it: modules first, then a fork for each file.

``python -m benchmarks.parsing_process`` reads an order on standard input and answers in JSON.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog
from airflow.dag_processing import processor
from airflow.dag_processing.dagbag import BundleDagBag

from benchmarks.parsing import Order, medians

Times = tuple[float, float]
"""Seconds of processor time, and by the clock."""


def main() -> int:
    """Carry out the order on standard input."""
    given = json.load(sys.stdin)
    order = Order(**{**given, "names": tuple(given["names"])})
    found: dict[str, dict[str, list[Times]]] = {
        way: {name: [] for name in order.names} for way in ("processor", "bare", "again")
    }
    # The processor freezes what it has imported, so that no fork looks at it again.
    gc.freeze()
    for name in _rounds(order):
        found["bare"][name].append(_in_fork(order, name)[0])
    for name in order.names:
        processor._pre_import_airflow_modules(str(_file(order, name)), structlog.get_logger())
    gc.freeze()
    for name in _rounds(order):
        first, again = _in_fork(order, name)
        found["processor"][name].append(first)
        found["again"][name].append(again)
    json.dump(
        {way: {name: asdict(medians(times)) for name, times in by_name.items()} for way, by_name in found.items()},
        sys.stdout,
    )
    return 0


def _rounds(order: Order) -> Iterator[str]:
    """All names in each repetition: what slows the machine for a while slows all of them."""
    for _ in range(order.repeats):
        yield from order.names


def _file(order: Order, name: str) -> Path:
    return Path(order.folder) / f"{name}.py"


def _in_fork(order: Order, name: str) -> list[Times]:
    """Parse a file twice in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            answer = [_parse(order, name), _parse(order, name)]
            os.write(writing, json.dumps(answer).encode())
            status = 0
        finally:
            # Nothing of the parent's is to be flushed or closed here.
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"{name}: the file could not be parsed")
    return [(processor_seconds, wall) for processor_seconds, wall in json.loads(text)]


def _parse(order: Order, name: str) -> Times:
    log: Any = structlog.get_logger()
    began, used = time.perf_counter(), time.process_time()
    bag = BundleDagBag(
        dag_folder=str(_file(order, name)), bundle_path=Path(order.folder), bundle_name="parsed", load_op_links=False
    )
    dags, errors = processor._serialize_dags(bag, log)
    used, wall = time.process_time() - used, time.perf_counter() - began
    if len(dags) != 1 or errors or bag.import_errors:
        raise RuntimeError(f"{name}: {errors or bag.import_errors or 'no DAG'}")
    return used, wall


if __name__ == "__main__":
    sys.exit(main())
