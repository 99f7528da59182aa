"""The engine: discover, plan, map over partitions, merge, describe."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from airflow_provider_profiler import __version__
from airflow_provider_profiler.contract.job import JobWarning, StageName
from airflow_provider_profiler.contract.options import ProfileOptions, StatisticsOptions
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Generator,
    RecordSet,
)
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.discovery.discovering import Inventory, discover, find
from airflow_provider_profiler.profiling.executor import Executor, ThreadExecutor
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.profiling.partition import (
    PartitionTask,
    PlanTask,
    SourcePlan,
    empty_state,
    partition_task,
    plan_source,
    profile_partition,
)
from airflow_provider_profiler.profiling.record_sets import record_set, record_set_names
from airflow_provider_profiler.profiling.table_state import TableState, decode_result
from airflow_provider_profiler.storage.roots import ResolvedDataset

log = logging.getLogger(__name__)

GENERATOR = Generator(name="airflow-provider-profiler", version=__version__)


@dataclass(frozen=True)
class LightResult:
    """The light profile, and what the heavy one starts from."""

    profile: DatasetProfile
    inventory: Inventory


@dataclass
class _Reading:
    """A file while its partitions come in."""

    plan: SourcePlan
    states: list[TableState]
    reason: FileReason | None = None
    record_sets: list[RecordSet] = field(default_factory=list)


class ProfilingEngine:
    """Makes profiles. It keeps nothing between calls and may be used by many threads."""

    def __init__(self, executor: Executor | None = None) -> None:
        """Choose where the work runs.

        :param executor: None: on threads of this process, as many as the options or the processors allow.
        """
        self._executor = executor

    def light(
        self,
        specification: ProfileSpecification,
        datasets: Sequence[ResolvedDataset],
        options: ProfileOptions,
        *,
        generated_at: datetime,
        observer: Observer,
    ) -> LightResult:
        """Find out which files there are.

        :param specification: what the submitter says about the dataset.
        :param datasets: where its raw data paths lie, in their order.
        :param generated_at: the profile's one timestamp, with a time zone.
        :raises Stopped: when the observer wants no more.
        """
        observer.stage(StageName.DISCOVER)
        observer.check()
        found, left_out = find(datasets, options.discovery)
        observer.stage(StageName.LIGHT)
        discovery = discover(specification, found, options.discovery, self._executor_for(options), observer)
        profile = DatasetProfile(
            kind=Target.LIGHT,
            generated_at=generated_at,
            generator=GENERATOR,
            specification=specification,
            options=options,
            distributions=discovery.distributions,
            warnings=(*left_out, *discovery.warnings),
        )
        return LightResult(profile, discovery.inventory)

    def heavy(self, light: LightResult, *, observer: Observer) -> DatasetProfile:
        """Read the content of every file that has a reader, once.

        A file that fails is marked with the reason; the others go on.

        :raises Stopped: when the observer wants no more.
        """
        options = light.profile.options
        executor = self._executor_for(options)
        observer.stage(StageName.READ)
        plans = self._plan(light.inventory, options, executor, observer)
        observer.stage(StageName.HEAVY)
        readings = _run(plans, options.statistics, executor, observer)
        return _assemble(light.profile, readings)

    def _executor_for(self, options: ProfileOptions) -> Executor:
        return self._executor or ThreadExecutor(options.execution.max_workers)

    def _plan(
        self, inventory: Inventory, options: ProfileOptions, executor: Executor, observer: Observer
    ) -> list[SourcePlan]:
        tasks = (PlanTask(source, options.reading, options.execution) for source in inventory.sources)
        plans = []
        for plan in executor.map(plan_source, tasks):
            plans.append(plan)
            observer.check()
        return plans


def _run(
    plans: Sequence[SourcePlan], statistics: StatisticsOptions, executor: Executor, observer: Observer
) -> list[_Reading]:
    """Profile all partitions and merge their states in partition order."""
    readings = [
        _Reading(plan, [empty_state(table, statistics) for table in plan.tables], plan.reason) for plan in plans
    ]
    # The tasks are made as the executor takes them; where each belongs is kept until its result arrives.
    places: list[tuple[_Reading, int]] = []

    def tasks() -> Iterator[PartitionTask]:
        for reading in readings:
            for index, table in enumerate(reading.plan.tables):
                for partition in table.partitions:
                    if reading.reason is None:
                        places.append((reading, index))
                        yield partition_task(reading.plan, table, partition, statistics)

    total = sum(reading.plan.source.size for reading in readings if reading.reason is None)
    rows = read = 0
    for number, encoded in enumerate(executor.map(profile_partition, tasks())):
        observer.check()
        reading, index = places[number]
        if reading.reason is not None:
            continue
        result = _decoded(encoded, reading)
        if isinstance(result, FileReason):
            # What was counted of the file stays counted: progress never goes back.
            reading.reason = result
            continue
        reading.states[index] = reading.states[index].merge(result)
        rows += result.rows
        read += result.bytes_read
        observer.advanced(rows=rows, bytes=read, percent=min(100.0, 100.0 * read / total) if total else 100.0)
    observer.advanced(rows=rows, bytes=read, percent=100.0)
    return readings


def _decoded(encoded: bytes, reading: _Reading) -> TableState | FileReason:
    try:
        return decode_result(encoded)
    except ValueError as error:
        return file_reason(error, reading.plan.source.path)


def _assemble(light: DatasetProfile, readings: Sequence[_Reading]) -> DatasetProfile:
    """The heavy profile: the light one with the outcome of every file that was read."""
    sound = [reading for reading in readings if reading.reason is None]
    tables = [
        (reading.plan.source.path, table.name, len(reading.plan.tables) == 1)
        for reading in sound
        for table in reading.plan.tables
    ]
    names = iter(record_set_names(tables))
    warnings: list[JobWarning] = []
    for reading in sound:
        path = reading.plan.source.path
        for table, state in zip(reading.plan.tables, reading.states, strict=True):
            name = next(names)
            try:
                reading.record_sets.append(
                    record_set(
                        dataset_id=light.dataset_id,
                        path=path,
                        name=name,
                        table=table,
                        state=state,
                        options=light.options.statistics,
                    )
                )
            except Exception as error:  # one table that cannot be described must not take the others with it
                reading.reason = file_reason(error, path)
            warnings.extend(JobWarning(code="table_found", message=f"{path}: {note}.") for note in table.notes)
    outcome = {reading.plan.source.path: reading for reading in readings}
    return light.model_copy(
        update={
            "kind": Target.HEAVY,
            "distributions": tuple(_outcome(item, outcome.get(item.path)) for item in light.distributions),
            "record_sets": tuple(
                table for reading in readings if reading.reason is None for table in reading.record_sets
            ),
            "warnings": (*light.warnings, *warnings),
        }
    )


def _outcome(distribution: Distribution, reading: _Reading | None) -> Distribution:
    if reading is None or distribution.kind is not DistributionKind.FILE:
        return distribution
    if reading.reason is not None:
        return distribution.model_copy(update={"status": DistributionStatus.FAILED, "reason": reading.reason})
    tables = reading.plan.tables
    return distribution.model_copy(
        update={"status": DistributionStatus.PROFILED, "reading": tables[0].reading if tables else None}
    )
