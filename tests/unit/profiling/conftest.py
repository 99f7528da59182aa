"""A dataset's folder, and its profile."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest

from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.options import ExecutionOptions, ProfileOptions, StatisticsOptions
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Generator,
    Reading,
    RecordSet,
)
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.engine import LightResult, ProfilingEngine
from airflow_provider_profiler.profiling.examples import example_rows
from airflow_provider_profiler.profiling.executor import InProcess
from airflow_provider_profiler.profiling.formats import stem_of
from airflow_provider_profiler.profiling.observer import NullObserver, Stopped
from airflow_provider_profiler.profiling.readers.reader import Column, Table
from airflow_provider_profiler.profiling.record_sets import record_set, record_set_names
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer
from airflow_provider_profiler.profiling.stored_states.writing import write_states
from airflow_provider_profiler.profiling.table_state import TableState
from airflow_provider_profiler.storage.roots import DataRoot

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class RecordingObserver(NullObserver):
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
        self,
        options: ProfileOptions,
        *,
        engine: ProfilingEngine | None = None,
        observer: Any = None,
        ledger: Any = None,
        metadata: dict[str, Any] | None = None,
    ) -> LightResult:
        name = self.dataset.name
        return (engine or ProfilingEngine()).light(
            ProfileSpecification.for_path(name, **(metadata or {})),
            [DataRoot(self.dataset.parent).resolve(name)],
            options,
            generated_at=MOMENT,
            observer=observer or NullObserver(),
            ledger=ledger,
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


@dataclass
class Saved:
    """Profiles of tables that a test makes up, and their states in files."""

    folder: Path
    count: int = 0

    def profile(
        self, tables: dict[str, dict[str, pa.Array]], *, dataset: str = "trips", **options: Any
    ) -> tuple[DatasetProfile, Path]:
        """A profile of tables by path, and the file of its states. Options are those of statistics."""
        self.count += 1
        file = self.folder / f"{self.count}.bin"
        specification = ProfileSpecification.for_path(dataset)
        statistics = StatisticsOptions(**options)
        names = record_set_names([(path, stem_of(path), True) for path in tables])
        with write_states(file) as writer:
            record_sets = []
            for name, (path, cells) in zip(names, tables.items(), strict=True):
                table, state = self.table(path, cells, statistics)
                record_sets.append(
                    record_set(
                        dataset_id=specification.id,
                        path=path,
                        name=name,
                        table=table,
                        state=state,
                        options=statistics,
                    )
                )
                writer.add(path, table, state)
            profile = DatasetProfile(
                kind=Target.HEAVY,
                generated_at=MOMENT,
                generator=Generator(name="test", version="1"),
                specification=specification,
                options=ProfileOptions(statistics=statistics),
                distributions=tuple(self._file(specification.id, path, cells) for path, cells in tables.items()),
                record_sets=tuple(record_sets),
            )
            writer.finish(profile)
        return profile, file

    def table(self, path: str, cells: dict[str, pa.Array], options: StatisticsOptions) -> tuple[Table, TableState]:
        """A table as a reader would describe it, and its state. Columns of strings are those whose type is inferred."""
        columns = tuple(
            Column(name, name, str(values.type), pa.types.is_string(values.type)) for name, values in cells.items()
        )
        rows = pa.table(cells).combine_chunks().to_batches() if cells else []
        state = TableState(
            columns=tuple(
                ColumnAnalyzer(textual=column.textual, options=options, partition_index=0).analyze(cells[column.name])
                for column in columns
            ),
            rows=sum(batch.num_rows for batch in rows),
            lines=sum(batch.num_rows for batch in rows),
            examples=example_rows(rows[0]) if rows else (),
        )
        return Table(stem_of(path.rpartition("/")[2]), columns, (), Reading(reader="delimited")), state

    def _file(self, dataset_id: UUID, path: str, cells: dict[str, pa.Array]) -> Distribution:
        return Distribution(
            id=part_uuid(dataset_id, "distribution", path),
            kind=DistributionKind.FILE,
            status=DistributionStatus.PROFILED,
            path=path,
            name=path.rpartition("/")[2],
            media_type="text/csv",
            content_url=path,
            content_size=100,
            sha256=sha256(repr({name: values.to_pylist() for name, values in cells.items()}).encode()).hexdigest(),
            reading=Reading(reader="delimited"),
        )


@pytest.fixture
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    return Saved(tmp_path_factory.mktemp("saved"))
