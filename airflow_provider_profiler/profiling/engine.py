"""The engine: discover, plan, map over partitions, merge, describe."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from airflow_provider_profiler import __version__
from airflow_provider_profiler.contract.errors import ProfilerError
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
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.discovery.discovering import Inventory, discover, find
from airflow_provider_profiler.profiling.executor import Executor, Session, ThreadExecutor
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.merge_tree import MergeTree
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.profiling.partition import (
    PartitionTask,
    PlanTask,
    SourcePlan,
    empty_state,
    merge_results,
    partition_task,
    plan_source,
    profile_partition,
)
from airflow_provider_profiler.profiling.record_sets import record_set, record_set_names
from airflow_provider_profiler.profiling.table_state import TableState
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
    trees: list[MergeTree]
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
        with executor.session(observer.check) as session:
            readings = _run(plans, options.statistics, session, observer)
            return _assemble(light.profile, readings, session)

    def _executor_for(self, options: ProfileOptions) -> Executor:
        return (self._executor or ThreadExecutor()).bounded(options.execution.max_workers)

    def _plan(
        self, inventory: Inventory, options: ProfileOptions, executor: Executor, observer: Observer
    ) -> list[SourcePlan]:
        tasks = (PlanTask(source, options.reading, options.execution) for source in inventory.sources)
        plans = []
        # Closed and not left to be collected: an exception keeps alive what it passed through, and so would the work.
        with closing(executor.map(plan_source, tasks)) as planned:
            for plan in planned:
                plans.append(plan)
                observer.check()
        return plans


def _run(
    plans: Sequence[SourcePlan], statistics: StatisticsOptions, session: Session, observer: Observer
) -> list[_Reading]:
    """Profile all partitions and merge their states, table by table, in the tree that the partitions' order fixes."""
    merge = partial(session.merge, merge_results)
    readings = [_Reading(plan, [MergeTree(merge) for _ in plan.tables], plan.reason) for plan in plans]
    # The tasks are made as the executor takes them; where each belongs is kept until its result arrives.
    places: deque[tuple[_Reading, int]] = deque()

    def tasks() -> Iterator[PartitionTask]:
        for reading in readings:
            for index, table in enumerate(reading.plan.tables):
                for partition in table.partitions:
                    if reading.reason is None:
                        places.append((reading, index))
                        yield partition_task(reading.plan, table, partition, statistics)

    total = sum(reading.plan.source.size for reading in readings if reading.reason is None)
    rows = read = 0
    with closing(session.run(profile_partition, tasks())) as results:
        for note, held in results:
            observer.check()
            reading, index = places.popleft()
            if reading.reason is not None:
                continue
            if note.reason is not None:
                # What was counted of the file stays counted: progress never goes back.
                reading.reason = note.reason
                reading.trees.clear()
                continue
            try:
                reading.trees[index].push(held)
            except ValueError as error:
                reading.reason = file_reason(error, reading.plan.source.path)
                continue
            rows += note.rows
            read += note.bytes_read
            observer.advanced(rows=rows, bytes=read, percent=min(100.0, 100.0 * read / total) if total else 100.0)
    observer.advanced(rows=rows, bytes=read, percent=100.0)
    return readings


def _state(reading: _Reading, index: int, statistics: StatisticsOptions, session: Session) -> TableState:
    """The state of one table.

    :raises ValueError: when the states of its partitions do not belong together.
    """
    root = reading.trees[index].root()
    if root is None:
        return empty_state(reading.plan.tables[index], statistics)
    result = session.fetch(root)
    if isinstance(result, FileReason):
        raise ValueError("a table without a state")
    return result


def _assemble(light: DatasetProfile, readings: Sequence[_Reading], session: Session) -> DatasetProfile:
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
        for index, table in enumerate(reading.plan.tables):
            name = next(names)
            try:
                state = _state(reading, index, light.options.statistics, session)
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
            except ProfilerError:  # not the table's fault: the workers are gone
                raise
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
        # Sound content that nothing here reads is no failure, wherever that was found out.
        unread = reading.reason.code in (FileReasonCode.UNSUPPORTED_FORMAT, FileReasonCode.READER_NOT_INSTALLED)
        status = DistributionStatus.LISTED if unread else DistributionStatus.FAILED
        return distribution.model_copy(update={"status": status, "reason": reading.reason})
    tables = reading.plan.tables
    return distribution.model_copy(
        update={"status": DistributionStatus.PROFILED, "reading": tables[0].reading if tables else None}
    )
