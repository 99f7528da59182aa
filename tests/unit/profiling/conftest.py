"""A dataset's folder, and its profile."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.options import ExecutionOptions, ProfileOptions
from airflow_provider_profiler.contract.profile import DatasetProfile, Distribution, RecordSet
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.engine import LightResult, ProfilingEngine
from airflow_provider_profiler.profiling.executor import InProcess
from airflow_provider_profiler.profiling.observer import NullObserver, Stopped
from airflow_provider_profiler.storage.roots import DataRoot

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class RecordingObserver:
    """Keeps what it is told, and stops at a chosen check."""

    stop_at: int | None = None
    stages: list[StageName] = field(default_factory=list)
    progress: list[tuple[int, int, float]] = field(default_factory=list)
    checks: int = 0

    def stage(self, name: StageName) -> None:
        self.stages.append(name)

    def advanced(self, *, rows: int, bytes: int, percent: float) -> None:
        self.progress.append((rows, bytes, percent))

    def check(self) -> None:
        self.checks += 1
        if self.stop_at is not None and self.checks >= self.stop_at:
            raise Stopped


class SerialExecutor(InProcess):
    """Runs tasks one after another in the calling thread, pickling nothing, and counts them."""

    def __init__(self) -> None:
        self.tasks: list[Any] = []

    def map(self, function: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        for task in tasks:
            self.tasks.append(task)
            yield function(task)


@dataclass
class Bench:
    """The engine over one dataset below a root."""

    dataset: Path

    def options(
        self, *, partition_bytes: int | None = None, workers: int | None = None, **sections: Any
    ) -> ProfileOptions:
        execution = {"max_workers": workers}
        if partition_bytes is not None:
            execution["partition_bytes"] = partition_bytes
        # Partitions below what users may ask for, so that small files have many.
        options = ProfileOptions.model_validate(sections)
        return options.model_copy(update={"execution": ExecutionOptions().model_copy(update=execution)})

    def light(
        self, options: ProfileOptions, *, engine: ProfilingEngine | None = None, observer: Any = None
    ) -> LightResult:
        name = self.dataset.name
        return (engine or ProfilingEngine()).light(
            ProfileSpecification.for_path(name),
            [DataRoot(self.dataset.parent).resolve(name)],
            options,
            generated_at=MOMENT,
            observer=observer or NullObserver(),
        )

    def heavy(self, *, engine: ProfilingEngine | None = None, observer: Any = None, **options: Any) -> DatasetProfile:
        engine = engine or ProfilingEngine()
        light = self.light(self.options(**options), engine=engine, observer=observer)
        return engine.heavy(light, observer=observer or NullObserver())


def distribution(profile: DatasetProfile, path: str) -> Distribution:
    return next(item for item in profile.distributions if item.path == path)


def table(profile: DatasetProfile, name: str) -> RecordSet:
    return next(item for item in profile.record_sets if item.name == name)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    dataset = tmp_path / "root" / "dataset"
    dataset.mkdir(parents=True)
    return Bench(dataset)


@pytest.fixture
def recording() -> type[RecordingObserver]:
    return RecordingObserver


@pytest.fixture
def serial() -> type[SerialExecutor]:
    return SerialExecutor


@pytest.fixture
def of_path() -> Callable[[DatasetProfile, str], Distribution]:
    return distribution


@pytest.fixture
def of_name() -> Callable[[DatasetProfile, str], RecordSet]:
    return table
