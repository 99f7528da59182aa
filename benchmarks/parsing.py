"""``python -m benchmarks.parsing``: what a DAG file with our tasks costs to parse, beside one with Airflow's own."""

import argparse
import compileall
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.environment import environment
from benchmarks.table import rows_of_table

#: By how much more a file with our tasks may cost than one with as many of the yardstick's.
AIM = 1.2
YARDSTICK = "HttpOperator"
WAYS = {
    "processor": "the file in a fork of Airflow's DAG processor, which has imported modules of `airflow` before",
    "bare": "the file in a process that has imported neither operator before",
    "again": "the file once more in the same process: the tasks alone",
}


@dataclass(frozen=True)
class Contender:
    """A kind of task, as DAG authors write it."""

    module: str
    name: str
    arguments: str

    def dag(self, tasks: int) -> str:
        """A DAG file with so many of them."""
        return (
            f"from airflow.sdk import DAG\n\nfrom {self.module} import {self.name}\n\n"
            f'with DAG("parsed", schedule=None):\n    for number in range({tasks}):\n'
            f'        {self.name}(task_id=f"task_{{number}}", {self.arguments})\n'
        )


_OURS = "airflow_provider_profiler"
_PROFILE = (
    'path="sales/{{ ds }}", profiler_conn_id="service", options={"statistics": {"top_values": 20}}, '
    'labels={"team": "sales"}, deadline=3600, retries=2'
)
CONTENDERS: Mapping[str, Contender] = {
    contender.name: contender
    for contender in (
        Contender(
            "airflow.providers.http.operators.http",
            YARDSTICK,
            'endpoint="sales/{{ ds }}", http_conn_id="service", method="POST", data={"top_values": 20}, '
            'headers={"team": "sales"}, log_response=True, retries=2',
        ),
        Contender(f"{_OURS}.operators.profile_dataset", "ProfileDatasetOperator", _PROFILE),
        Contender(
            f"{_OURS}.operators.clean_up", "CleanUpProfileJobOperator", "job_id=\"{{ ti.xcom_pull('submit') }}\""
        ),
        Contender(f"{_OURS}.sensors.profile_job", "ProfileJobSensor", "job_id=\"{{ ti.xcom_pull('submit') }}\""),
        Contender(f"{_OURS}.sensors.cdd_profile", "CddProfileSensor", 'dataset_id="sales", newer_than="{{ ds }}"'),
        Contender(
            f"{_OURS}.operators.check_profile",
            "CheckProfileOperator",
            'dataset_id="sales", rules=[{"rule": "completeness", "columns": "amount"}]',
        ),
        Contender(
            f"{_OURS}.operators.fetch_profile",
            "FetchProfileOperator",
            'dataset_id="sales", document="croissant", target="s3://catalogue/{{ ds }}/", target_conn_id="store"',
        ),
        Contender(f"{_OURS}.operators.list_datasets", "ListDatasetsOperator", 'profiled_before="{{ ds }}"'),
    )
}


@dataclass(frozen=True)
class Order:
    """What a parsing process is to measure."""

    folder: str
    """Holds one DAG file for each contender."""
    names: tuple[str, ...]
    repeats: int


@dataclass(frozen=True)
class Seconds:
    """Medians over the repetitions."""

    processor: float
    """Processor time of the process that parses."""
    wall: float


Measured = Mapping[str, Mapping[str, Seconds]]
"""By way, then by contender."""


def main(arguments: list[str] | None = None) -> int:
    """Run the measurement.

    :return: 0, also where the aim is missed: the report says so; 1 where a file could not be parsed.
    """
    options = _options(arguments)
    machine = environment(tuple(sorted(os.sched_getaffinity(0))))
    names = tuple(dict.fromkeys((YARDSTICK, *options.contenders)))
    _compile()
    with tempfile.TemporaryDirectory(prefix="parsing-") as folder:
        dags = Path(folder) / "dags"
        dags.mkdir()
        for name in names:
            (dags / f"{name}.py").write_text(CONTENDERS[name].dag(options.tasks), encoding="utf-8")
        order = Order(str(dags), names, options.repeats)
        # A process of its own: Airflow reads its settings when it is imported, and nothing may be imported before.
        own = {
            "AIRFLOW_HOME": folder,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        }
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.parsing_process"],
            input=json.dumps(asdict(order)),
            env={name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")} | own,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        print("The files could not be parsed; the lines above say why.", file=sys.stderr)
        return 1
    measured = {
        way: {name: Seconds(**seconds) for name, seconds in by_name.items()}
        for way, by_name in json.loads(done.stdout.splitlines()[-1]).items()
    }
    report = markdown(machine, measured, options.tasks, options.repeats)
    options.work.mkdir(parents=True, exist_ok=True)
    (options.work / "parsing.md").write_text(report, encoding="utf-8")
    print(report)
    print(f"Written: {options.work / 'parsing.md'}")
    return 0


def _compile() -> None:
    """Have our modules compiled as those of installed packages are: an environment may keep Python from doing so."""
    package = importlib.util.find_spec(_OURS)
    assert package is not None
    assert package.submodule_search_locations is not None
    for folder in package.submodule_search_locations:
        compileall.compile_dir(folder, quiet=1)


def ratio(measured: Mapping[str, Seconds], name: str) -> float:
    """A contender's processor time by that of the yardstick."""
    return measured[name].processor / measured[YARDSTICK].processor


def markdown(machine: Mapping[str, str], measured: Measured, tasks: int, repeats: int) -> str:
    """The report."""
    parts = [
        "# Parsing DAG files",
        f"Files with {tasks} tasks of one kind; medians of {repeats} interleaved repetitions; ratios are those of "
        f"processor time to {YARDSTICK}, wanted at most {AIM:g}.",
        "; ".join(f"{name}: {value}" for name, value in machine.items()) + ".",
    ]
    for way, by_name in measured.items():
        rows = [
            (
                name,
                f"{seconds.processor * 1000:,.0f} ms",
                f"{seconds.wall * 1000:,.0f} ms",
                *_judged(name, ratio(by_name, name)),
            )
            for name, seconds in by_name.items()
        ]
        parts += [f"## {way}: {WAYS[way]}", rows_of_table(("tasks", "processor", "wall", "ratio", ""), rows)]
    return "\n\n".join(parts) + "\n"


def _judged(name: str, value: float) -> tuple[str, str]:
    if name == YARDSTICK:
        return "1", ""
    return f"{value:.2f}", "met" if value <= AIM else "**missed**"


def medians(found: Sequence[tuple[float, float]]) -> Seconds:
    """Of pairs of processor and wall seconds."""
    return Seconds(statistics.median(each[0] for each in found), statistics.median(each[1] for each in found))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parsing", description=__doc__)
    ours = [name for name in CONTENDERS if name != YARDSTICK]
    parser.add_argument("--contenders", nargs="+", choices=ours, default=ours, metavar="NAME", help=", ".join(ours))
    parser.add_argument("--tasks", type=int, default=100, help="in each file")
    parser.add_argument("--repeats", type=int, default=15, help="of every file in every way")
    parser.add_argument("--work", type=Path, default=Path(".bench"), help="folder for the report")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
