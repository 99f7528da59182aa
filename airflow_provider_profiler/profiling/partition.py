"""The units of work, planning a file, profiling a partition, merging states: plain functions of picklable values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions, StatisticsOptions
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.examples import EXAMPLE_ROWS, example_rows
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.readers.reader import Partition, Reader, Table, UnreadableFile
from airflow_provider_profiler.profiling.readers.registry import entry_for, reader_named
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer
from airflow_provider_profiler.profiling.table_state import TableState

#: Distinct values that the exact tables of all columns of a table may hold together: a table of thousands of columns
#: must not need more memory than one of a few.
_TABLE_VALUES = 2_000_000
_LEAST_VALUES = 1024


@dataclass(frozen=True)
class PlanTask:
    """A file to plan."""

    source: FileSource
    reading: ReadingOptions
    execution: ExecutionOptions


@dataclass(frozen=True)
class SourcePlan:
    """The tables of a file, or why it has none."""

    source: FileSource
    reader: str
    tables: tuple[Table, ...] = ()
    reason: FileReason | None = None


@dataclass(frozen=True)
class PartitionTask:
    """A partition to profile. ``table`` comes without the other partitions: there may be many thousands."""

    source: FileSource
    reader: str
    table: Table
    partition: Partition
    statistics: StatisticsOptions


@dataclass(frozen=True)
class PartitionNote:
    """What is said of a partition's result while the result itself stays where it was made."""

    rows: int = 0
    bytes_read: int = 0
    reason: FileReason | None = None


def plan_source(task: PlanTask) -> SourcePlan:
    """Find the tables of a file. Never raises for what is wrong with the file: that is part of the answer."""
    source = task.source
    entry = entry_for(source.media_type)
    name = entry.name if entry else ""
    try:
        tables = reader_named(name).tables(source, task.reading, task.execution)
        source.check_unchanged()
    except Exception as error:
        return SourcePlan(source, name, reason=_reason(error, source))
    return SourcePlan(source, name, tables)


def partition_task(
    plan: SourcePlan, table: Table, partition: Partition, statistics: StatisticsOptions
) -> PartitionTask:
    """The task of one partition of a planned table."""
    return PartitionTask(plan.source, plan.reader, replace(table, partitions=()), partition, statistics)


def empty_state(table: Table, statistics: StatisticsOptions, partition_index: int = 0) -> TableState:
    """The state of no rows of a table."""
    return TableState(tuple(analyzer.identity() for analyzer in _analyzers(table, statistics, partition_index)))


def profile_partition(task: PartitionTask) -> tuple[PartitionNote, TableState | FileReason]:
    """The state of one partition, or why there is none. Never raises for what is wrong with the file."""
    try:
        state = _profile(task, reader_named(task.reader))
        task.source.check_unchanged()
    except Exception as error:
        reason = _reason(error, task.source)
        return PartitionNote(reason=reason), reason
    return PartitionNote(state.rows, state.bytes_read), state


def merge_results(results: Sequence[TableState | FileReason]) -> TableState | FileReason:
    """One state of several that follow one another; the first reason among them where there is one.

    :raises ValueError: when they do not belong together.
    """
    merged: TableState | None = None
    for result in results:
        if isinstance(result, FileReason):
            return result
        merged = result if merged is None else merged.merge(result)
    if merged is None:
        raise ValueError("there is nothing to merge")
    return merged


def _profile(task: PartitionTask, reader: Reader) -> TableState:
    analyzers = _analyzers(task.table, task.statistics, task.partition.index)
    state: TableState | None = None
    for batch in reader.read(task.source, task.table, task.partition):
        missing = EXAMPLE_ROWS - (len(state.examples) if state else 0)
        part = TableState(
            columns=tuple(
                analyzer.analyze(values) for analyzer, values in zip(analyzers, batch.rows.columns, strict=True)
            ),
            rows=batch.rows.num_rows,
            bytes_read=batch.bytes_read,
            lines=batch.lines,
            rejected=batch.rejected,
            examples=example_rows(batch.rows, missing) if missing else (),
        )
        state = part if state is None else state.merge(part)
    return state or empty_state(task.table, task.statistics, task.partition.index)


def _analyzers(table: Table, statistics: StatisticsOptions, partition_index: int) -> list[ColumnAnalyzer]:
    share = max(_LEAST_VALUES, _TABLE_VALUES // max(len(table.columns), 1))
    options = statistics.model_copy(update={"exact_values": min(statistics.exact_values, share)})
    return [
        ColumnAnalyzer(textual=column.textual, options=options, partition_index=partition_index)
        for column in table.columns
    ]


def _reason(error: Exception, source: FileSource) -> FileReason:
    """Why a file failed: a file that was written to while it was read may look malformed, but that is not the cause."""
    if isinstance(error, UnreadableFile):
        try:
            source.check_unchanged()
        except Exception as changed:
            return file_reason(changed, source.path)
    return file_reason(error, source.path)
