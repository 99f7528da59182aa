"""What is measured, and what is wanted of it."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from airflow_provider_profiler.contract.specification import ProfileSpecification
from benchmarks.service.load import Order
from benchmarks.service.serving import Service, serving, wait_until_warm

#: Requests a second, and seconds within which 99 of 100 of them are answered at half of that.
STATUS_RATE, STATUS_P99 = 1500.0, 0.020
#: Jobs a second, of tiny datasets.
JOBS_INLINE, JOBS_RAY = 20.0, 10.0
#: By how much memory may grow from the half of the jobs to the last.
GROWTH = 1.10
_STATUS_JOBS = 50
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Measurement:
    """One number, and what it should be."""

    what: str
    value: float
    unit: str
    aim: float | None = None
    at_least: bool = True
    """Whether more is better."""
    beside: dict[str, float] = field(default_factory=dict)
    """What else was seen, by names with their units."""

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.at_least else self.value <= self.aim

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "met": self.met}


def status(store: str, work: Path, seconds: float) -> Iterator[Measurement]:
    """Requests for the state of jobs: as many as there can be, and how long each takes at half of what is wanted."""
    with _folder(work, _STATUS_JOBS) as (folder, bodies), serving(folder, store=store) as service:
        made = service.load(Order(service.base_url, bodies=bodies))
        service.wait_for_ends(len(bodies), 300)
        paths = tuple(f"/profiler/job_status/{job_id}" for job_id in made.jobs)
        service.load(Order(service.base_url, seconds=min(seconds, 2.0), paths=paths))  # warm
        used = service.processor_seconds()
        most = service.load(Order(service.base_url, seconds=seconds, paths=paths))
        used = service.processor_seconds() - used
        yield Measurement(
            f"status requests, {store}",
            most.requests / most.wall,
            "1/s",
            STATUS_RATE,
            beside={
                "p50 ms": most.p50 * 1000,
                "p99 ms": most.p99 * 1000,
                # Of the service alone: what it could do if neither the clients nor anybody else were on the machine.
                "processor ms a request": used / max(most.requests, 1) * 1000,
                "errors": most.errors,
            },
        )
        half = service.load(Order(service.base_url, seconds=seconds, paths=paths, rate=STATUS_RATE / 2))
        yield Measurement(
            f"p99 of {STATUS_RATE / 2:g} status requests a second, {store}",
            half.p99 * 1000,
            "ms",
            STATUS_P99 * 1000,
            at_least=False,
            beside={
                "p50 ms": half.p50 * 1000,
                "worst ms": half.worst * 1000,
                "1/s": half.requests / half.wall,
                "errors": half.errors,
            },
        )


@dataclass(frozen=True)
class Runner:
    """Where jobs run."""

    what: str
    aim: float
    settings: Mapping[str, str]


RUNNERS = {
    "inline": Runner("inline", JOBS_INLINE, {}),
    "processes": Runner("inline in two processes", JOBS_INLINE, {"PROFILER_JOB_PROCESSES": "2"}),
    "ray": Runner("warm Ray", JOBS_RAY, {"RAY_ADDRESS": "local"}),
}


def jobs_at_once(work: Path, jobs: int, *, store: str, runner: Runner) -> Iterator[Measurement]:
    """Tiny datasets, all submitted at once, until the last has its profiles."""
    where = f"{runner.what}, {store}"
    with _folder(work, jobs + 1) as (folder, bodies), serving(folder, store=store, settings=runner.settings) as service:
        wait_until_warm(service)
        service.load(Order(service.base_url, bodies=bodies[:1]))
        service.wait_for_ends(1, 300)
        began = time.time()
        made = service.load(Order(service.base_url, bodies=bodies[1:]))
        ended = service.wait_for_ends(len(made.jobs) + 1, 60 + jobs * 2)
        failed = service.count(state="FAILED")
        yield Measurement(
            f"{jobs:,} tiny datasets, {where}",
            jobs / (ended - began),
            "jobs/s",
            runner.aim,
            beside={
                "submissions 1/s": made.requests / made.wall,
                "p99 of a submission ms": made.p99 * 1000,
                "not accepted": made.errors,
                "failed": failed,
            },
        )


def memory(work: Path, jobs: int, steps: int, tell: Callable[[str], None]) -> Iterator[Measurement]:
    """The service's own memory over many jobs, one tiny dataset again and again."""
    with _folder(work, 1) as (folder, bodies), serving(folder, store="sqlite") as service:
        seen: list[tuple[int, int]] = []
        done = 0
        for step in range(steps):
            many = jobs * (step + 1) // steps - done
            _submit_again(service, bodies[0], many)
            done += many
            service.wait_for_ends(done, 60 + many * 2)
            seen.append((done, service.memory()))
            tell(f"  after {done:,} jobs: {seen[-1][1] / _MIB:.0f} MiB")
        half = seen[len(seen) // 2 - 1][1]
        yield Measurement(
            f"memory after {jobs:,} jobs by that after {seen[len(seen) // 2 - 1][0]:,}",
            seen[-1][1] / half,
            "times",
            GROWTH,
            at_least=False,
            beside={f"MiB after {count}": size / _MIB for count, size in seen},
        )


def _submit_again(service: Service, body: dict[str, Any], times: int) -> None:
    made = service.load(Order(service.base_url, connections=4, bodies=(body,) * times))
    if made.errors:
        raise RuntimeError(f"{made.errors} submissions were not accepted")


@contextmanager
def _folder(work: Path, datasets: int) -> Iterator[tuple[Path, tuple[dict[str, Any], ...]]]:
    """A folder with tiny datasets, gone afterwards; and the request for each."""
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work.absolute(), prefix="service-") as name:
        bodies = []
        for number in range(datasets):
            dataset = Path(name) / "data" / f"ports-{number:05}"
            dataset.mkdir(parents=True)
            lines = "".join(f"{number}{line},port {line},{line * 1.5}\n" for line in range(20))
            (dataset / "ports.csv").write_text(f"id,name,depth\n{lines}", encoding="utf-8")
            specification = ProfileSpecification.for_path(dataset.name).model_dump(mode="json")
            bodies.append({"profile_specification": specification})
        yield Path(name), tuple(bodies)
