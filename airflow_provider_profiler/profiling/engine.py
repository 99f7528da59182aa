"""The engine: discover, plan, map over partitions, merge, describe."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

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
    RowSelection,
)
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling.column_blocks import Block, column_blocks, side_by_side
from airflow_provider_profiler.profiling.correlated_columns import left_out_note
from airflow_provider_profiler.profiling.discovery.discovering import Inventory, discover, find
from airflow_provider_profiler.profiling.executor import Executor, Held, Session, ThreadExecutor
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.merge_tree import MergeTree
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.profiling.partition import (
    PartitionTask,
    PlanTask,
    SourcePlan,
    empty_state,
    merge_results,
    plan_source,
    profile_partition,
    table_tasks,
)
from airflow_provider_profiler.profiling.record_sets import record_set, record_set_names
from airflow_provider_profiler.profiling.selection.accuracy import with_selection
from airflow_provider_profiler.profiling.selection.planning import SelectedTable, Selection, select
from airflow_provider_profiler.profiling.selection.row_choice import needs_total
from airflow_provider_profiler.profiling.selection.rows import RowTally
from airflow_provider_profiler.profiling.stored_states.writing import StatesWriter, write_states
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
class _TableReading:
    """A table while its partitions come in: each block of columns in a tree of its own."""

    selected: SelectedTable
    blocks: tuple[Block, ...]
    trees: list[MergeTree]
    tally: RowTally = field(default_factory=RowTally)


@dataclass
class _Reading:
    """A file while its partitions come in."""

    plan: SourcePlan
    tables: list[_TableReading]
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

    def heavy(self, light: LightResult, *, observer: Observer, states: Path | None = None) -> DatasetProfile:
        """Read the content of every file that has a reader, once.

        A file that fails is marked with the reason; the others go on.

        :param states: a file to save what was remembered of the tables in, so that their profile can be merged with
            others without reading them again; its folder must exist. None: that is forgotten.
        :raises Stopped: when the observer wants no more.
        :raises OSError: when the states cannot be written.
        """
        options = light.profile.options
        executor = self._executor_for(options)
        observer.stage(StageName.READ)
        plans = self._plan(light.inventory, options, executor, observer)
        found = [(plan.source, plan.reader, table) for plan in plans for table in plan.tables]
        selection = select(found, options, executor, observer.check)
        observer.stage(StageName.HEAVY)
        with executor.session(observer.check) as session:
            readings = _readings(plans, selection, options, partial(session.merge, merge_results))
            _run(readings, options.statistics, session, observer, threads=executor.threads(_units(readings)))
            if states is None:
                return _assemble(light.profile, readings, selection, session)
            with write_states(states) as writer:
                profile = _assemble(light.profile, readings, selection, session, writer)
                writer.finish(profile)
            return profile

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
    readings: Sequence[_Reading],
    statistics: StatisticsOptions,
    session: Session,
    observer: Observer,
    *,
    threads: int,
) -> None:
    """Profile all partitions and merge their states, table by table, in the tree that the partitions' order fixes.

    :param threads: that each unit of work may use.
    """
    # The tasks are made as the executor takes them; where each belongs is kept until its result arrives.
    places: deque[tuple[_Reading, _TableReading, int]] = deque()

    def tasks() -> Iterator[PartitionTask]:
        for reading in readings:
            for table in reading.tables:
                for number, task in table_tasks(table.selected, table.blocks, statistics, threads):
                    if reading.reason is None:
                        places.append((reading, table, number))
                        yield task

    total = sum(reading.plan.source.size for reading in readings if reading.reason is None)
    rows = read = 0
    with closing(session.run(profile_partition, tasks())) as results:
        for note, held in results:
            observer.check()
            reading, table, number = places.popleft()
            if reading.reason is not None:
                continue
            if note.reason is not None:
                # What was counted of the file stays counted: progress never goes back.
                reading.reason = note.reason
                reading.tables.clear()
                continue
            try:
                table.trees[number].push(held)
            except ValueError as error:
                reading.reason = file_reason(error, reading.plan.source.path)
                continue
            table.tally.add(note.tally)
            rows += note.rows
            read += note.bytes_read
            observer.advanced(rows=rows, bytes=read, percent=min(100.0, 100.0 * read / total) if total else 100.0)
    observer.advanced(rows=rows, bytes=read, percent=100.0)


def _units(readings: Sequence[_Reading]) -> int:
    """Units of work."""
    tables = (table for reading in readings if reading.reason is None for table in reading.tables)
    return sum(len(table.selected.table.partitions) * len(table.blocks) for table in tables)


def _readings(
    plans: Sequence[SourcePlan],
    selection: Selection,
    options: ProfileOptions,
    merge: Callable[[Sequence[Held]], Held],
) -> list[_Reading]:
    selected = iter(selection.tables)
    readings = []
    for plan in plans:
        reading = _Reading(plan, [], plan.reason)
        for item in islice(selected, len(plan.tables)):
            blocks = column_blocks(len(item.table.wanted), options.execution.columns_per_task)
            reading.tables.append(_TableReading(item, blocks, [MergeTree(merge) for _ in blocks]))
            reading.reason = reading.reason or item.reason
        readings.append(reading)
    return readings


def _state(reading: _TableReading, statistics: StatisticsOptions, session: Session) -> TableState:
    """The state of one table.

    :raises ValueError: when the states of its partitions do not belong together.
    """
    states = []
    for block, tree in zip(reading.blocks, reading.trees, strict=True):
        root = tree.root()
        if root is None:
            states.append(empty_state(reading.selected.table, statistics, block))
            continue
        result = session.fetch(root)
        if isinstance(result, FileReason):
            raise ValueError("a table without a state")
        states.append(result)
    return states[0] if len(states) == 1 else side_by_side(states)


def _selected(reading: _TableReading, rows: int) -> RowSelection | None:
    """How the profiled rows of a table were chosen; None where all were asked for."""
    if not any(reading.selected.filters):
        return None
    tally = reading.tally
    complete = not (tally.cut or reading.selected.cut)
    return RowSelection(
        rows_seen=tally.seen,
        rows_fulfilling=tally.fulfilling,
        complete=complete,
        sample=not complete or rows < tally.fulfilling,
    )


def _assemble(
    light: DatasetProfile,
    readings: Sequence[_Reading],
    selection: Selection,
    session: Session,
    states: StatesWriter | None = None,
) -> DatasetProfile:
    """The heavy profile: the light one with the outcome of every file that was read."""
    sound = [reading for reading in readings if reading.reason is None]
    tables = [
        (reading.plan.source.path, item.selected.table.name, len(reading.tables) == 1)
        for reading in sound
        for item in reading.tables
    ]
    names = iter(record_set_names(tables))
    warnings: list[JobWarning] = []
    for reading in sound:
        path = reading.plan.source.path
        for item in reading.tables:
            name = next(names)
            table = item.selected.table
            try:
                state = _state(item, light.options.statistics, session)
                described = record_set(
                    dataset_id=light.dataset_id,
                    path=path,
                    name=name,
                    table=table,
                    state=state,
                    options=light.options.statistics,
                )
                chosen = _selected(item, state.rows)
                if chosen is not None:
                    described = with_selection(described, chosen, random=needs_total(light.options.sampling))
                reading.record_sets.append(described)
            except ProfilerError:  # not the table's fault: the workers are gone
                raise
            except Exception as error:  # one table that cannot be described must not take the others with it
                reading.reason = file_reason(error, path)
            else:
                if states is not None:
                    states.add(path, replace(table, columns=table.wanted, only=None), state, chosen)
            warnings.extend(JobWarning(code="table_found", message=f"{path}: {note}.") for note in table.notes)
            note = left_out_note(table.wanted) if light.options.statistics.correlations != "none" else None
            if note is not None:
                warnings.append(JobWarning(code="correlations_limited", message=f"{path}: {note}."))
    outcome = {reading.plan.source.path: reading for reading in readings}
    return light.model_copy(
        update={
            "kind": Target.HEAVY,
            "distributions": tuple(_outcome(item, outcome.get(item.path)) for item in light.distributions),
            "record_sets": tuple(
                table for reading in readings if reading.reason is None for table in reading.record_sets
            ),
            "warnings": (*light.warnings, *selection.warnings, *warnings),
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
    tables, content = reading.plan.tables, reading.plan.content
    read: dict[str, Any] = {"status": DistributionStatus.PROFILED, "reading": tables[0].reading if tables else None}
    if content is not None:
        read |= {"reading": content.reading, "document": content.document, "image": content.image}
    return distribution.model_copy(update=read)
