"""The units of work, planning a file, profiling a partition, merging states: plain functions of picklable values."""

import logging
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from airflow_provider_profiler.config.allocation import keep_freed_memory
from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions, StatisticsOptions
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.column_blocks import Block, without_totals
from airflow_provider_profiler.profiling.correlated_columns import compare, correlated_columns, correlation_methods
from airflow_provider_profiler.profiling.examples import EXAMPLE_ROWS, example_rows
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.pipeline import Pipeline, pipeline
from airflow_provider_profiler.profiling.readers.content import Content
from airflow_provider_profiler.profiling.readers.reader import Batch, Partition, Reader, Source, Table, UnreadableFile
from airflow_provider_profiler.profiling.readers.registry import content_reader_named, entry_for, reader_named
from airflow_provider_profiler.profiling.selection.planning import SelectedTable
from airflow_provider_profiler.profiling.selection.rows import RowFilter, RowTally, wanted_rows
from airflow_provider_profiler.profiling.small_files import is_small
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer
from airflow_provider_profiler.profiling.statistics.correlations import CorrelationState
from airflow_provider_profiler.profiling.statistics.distinct_rows import DistinctRows
from airflow_provider_profiler.profiling.statistics.row_hashes import row_hashes
from airflow_provider_profiler.profiling.table_state import TableState
from airflow_provider_profiler.telemetry.context import part_context

log = logging.getLogger(__name__)

#: Distinct values that the exact tables of all columns of a table may hold together: a table of thousands of columns
#: must not need more memory than one of a few.
_TABLE_VALUES = 2_000_000
_LEAST_VALUES = 1024
#: Seeds that the partitions of one file have for themselves.
_SEED_BITS = 24


@dataclass(frozen=True)
class PlanTask:
    """A file to plan."""

    source: Source
    reading: ReadingOptions
    execution: ExecutionOptions

    @property
    def small(self) -> bool:
        """Whether it may as well be run at once, where it is given to be run: it ends soon in any case."""
        return is_small(self.source)


@dataclass(frozen=True)
class SourcePlan:
    """The tables of a file, or what else is in it, or why it could not be read."""

    source: Source
    reader: str
    tables: tuple[Table, ...] = ()
    content: Content | None = None
    """Of a document or an image."""
    reason: FileReason | None = None


@dataclass(frozen=True)
class PartitionTask:
    """A partition to profile. ``table`` comes without the other partitions: there may be many thousands."""

    source: Source
    reader: str
    table: Table
    partition: Partition
    index: int
    """Seeds the draws of sketches: the partition's place in its file, beside a number of the file where a table has
    several."""
    statistics: StatisticsOptions
    block: Block
    """Which of the table's wanted columns."""
    rows: RowFilter | None = None
    """Which of its rows; None for all."""
    threads: int = 1
    """That this unit of work may use where it is run."""

    @property
    def small(self) -> bool:
        """Whether it may as well be run at once, where it is given to be run: it ends soon in any case."""
        return is_small(self.source)


@dataclass(frozen=True)
class PartitionNote:
    """What is said of a partition's result while the result itself stays where it was made."""

    rows: int = 0
    bytes_read: int = 0
    reason: FileReason | None = None
    tally: RowTally = field(default_factory=RowTally)
    """The rows that were read to choose from; of the first block of columns alone."""
    lines: int = 0
    """Lines that end in the partition, and the rows that were rejected with their lines in it."""
    rejected: tuple[tuple[int | None, str], ...] = ()


def plan_source(task: PlanTask) -> SourcePlan:
    """Find the tables of a file, or read it whole where it holds a document or an image.

    Never raises for what is wrong with the file: that is part of the answer.
    """
    source = task.source
    entry = entry_for(source.media_type)
    name = entry.name if entry else ""
    with part_context(source.path):
        try:
            if entry is not None and not entry.tabular:
                plan = SourcePlan(source, name, content=content_reader_named(name).content(source, task.reading))
            else:
                plan = SourcePlan(source, name, reader_named(name).tables(source, task.reading, task.execution))
            source.check_unchanged()
        except Exception as error:
            return SourcePlan(source, name, reason=_reason(error, source))
        return plan


def table_tasks(
    selected: SelectedTable, blocks: Sequence[Block], statistics: StatisticsOptions, threads: int = 1
) -> Iterator[tuple[int, PartitionTask]]:
    """The tasks of a table, partition after partition, each with the number of its block of columns."""
    filters = selected.filters or (None,) * len(selected.table.partitions)
    several = len(selected.shards) > 1
    for partition, rows in zip(selected.table.partitions, filters, strict=True):
        source, reader, table = selected.as_read(partition, selected.table.only)
        # What one file adds to a table of several must not depend on how many others there are, and yet not be drawn
        # as theirs is.
        index = partition.index + (zlib.crc32(source.path.encode()) << _SEED_BITS if several else 0)
        used = 1 if is_small(source) else threads
        for number, block in enumerate(blocks):
            yield number, PartitionTask(source, reader, table, partition, index, statistics, block, rows, used)


def empty_state(table: Table, statistics: StatisticsOptions, block: Block) -> TableState:
    """The state of no rows of some wanted columns of a table."""
    hashed = _hashes_rows(table, statistics, block)
    return _of_nothing(_analyzers(table, statistics, 0, block), table, statistics, hashed=hashed)


def profile_partition(task: PartitionTask) -> tuple[PartitionNote, TableState | FileReason]:
    """The state of one partition, or why there is none. Never raises for what is wrong with the file."""
    keep_freed_memory()
    tally = RowTally()
    with part_context(task.source.path):
        try:
            state = _profile(task, reader_named(task.reader), tally)
            task.source.check_unchanged()
            log.debug("Piece %d, columns %d to %d: %d rows.", task.index, *task.block, state.rows)
        except Exception as error:
            reason = _reason(error, task.source)
            return PartitionNote(reason=reason), reason
    if task.block[0]:
        return PartitionNote(), without_totals(state)
    note = PartitionNote(state.rows, state.bytes_read, tally=tally, lines=state.lines, rejected=state.rejected.examples)
    return note, state


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


def _profile(task: PartitionTask, reader: Reader, tally: RowTally) -> TableState:
    block = task.block
    # Rows are compared by the first block's task alone, which looks at all columns for that.
    hashed = _hashes_rows(task.table, task.statistics, block)
    looked_at = (0, len(task.table.wanted)) if hashed else block
    analyzers = _analyzers(task.table, task.statistics, task.index, looked_at)
    wanted = task.table.positions()[slice(*looked_at)]
    condition = task.rows.condition if task.rows is not None else None
    read = sorted({*wanted, *(condition.columns if condition is not None else ())})
    table = replace(task.table, only=None if len(read) == len(task.table.columns) else tuple(read))
    places = [read.index(position) for position in wanted] if len(wanted) < len(read) else None
    state: TableState | None = None
    with pipeline(task.threads) as work:
        batches = work.ahead(reader.read(task.source, table, task.partition))
        for found in wanted_rows(batches, table, task.rows, tally):
            batch = found if places is None else replace(found, rows=found.rows.select(places))
            missing = EXAMPLE_ROWS - (len(state.examples) if state else 0)
            part = _of_batch(work, analyzers, batch, task, hashed=hashed, examples=missing)
            state = part if state is None else state.merge(part)
    return state or _of_nothing(analyzers[: block[1] - block[0]], task.table, task.statistics, hashed=hashed)


def _of_batch(
    work: Pipeline,
    analyzers: Sequence[ColumnAnalyzer],
    batch: Batch,
    task: PartitionTask,
    *,
    hashed: bool,
    examples: int,
) -> TableState:
    """The state of a batch.

    :param hashed: all columns of the table are there to compare rows, and not only those whose states are kept.
    """
    rows, width = batch.rows.num_rows, task.block[1] - task.block[0]
    columns = work.map(
        lambda column: column[0].analyze_cells(column[1], hashed=hashed),
        zip(analyzers, batch.rows.columns, strict=True),
    )
    hashes = row_hashes((cells for _, cells in columns), rows) if hashed else None
    methods = correlation_methods(task.statistics)
    compared = (
        compare(task.table.wanted, batch.rows.columns, hashes, methods) if hashes is not None and methods else None
    )
    state = TableState(
        columns=tuple(state for state, _ in columns[:width]),
        rows=rows,
        bytes_read=batch.bytes_read,
        lines=batch.lines,
        examples=example_rows(batch.rows.select(range(width)), examples) if examples else (),
        distinct_rows=DistinctRows.of(hashes) if hashes is not None and task.statistics.duplicate_rows else None,
        correlations=compared,
    )
    return replace(state.renumbered(batch.numbering), rejected=batch.rejected)


def _hashes_rows(table: Table, statistics: StatisticsOptions, block: Block) -> bool:
    """Whether a block's task compares rows: the first one does, where there is something to compare."""
    wanted = statistics.duplicate_rows or statistics.correlations != "none"
    return wanted and not block[0] and bool(table.wanted)


def _of_nothing(
    analyzers: Sequence[ColumnAnalyzer], table: Table, statistics: StatisticsOptions, *, hashed: bool
) -> TableState:
    methods = correlation_methods(statistics)
    columns = len(correlated_columns(table.wanted))
    return TableState(
        tuple(analyzer.identity() for analyzer in analyzers),
        distinct_rows=DistinctRows.empty() if hashed and statistics.duplicate_rows else None,
        correlations=CorrelationState.identity(columns, methods) if hashed and methods else None,
    )


def _analyzers(table: Table, statistics: StatisticsOptions, partition_index: int, block: Block) -> list[ColumnAnalyzer]:
    columns = table.wanted
    share = max(_LEAST_VALUES, _TABLE_VALUES // max(len(columns), 1))
    options = statistics.model_copy(update={"exact_values": min(statistics.exact_values, share)})
    return [
        ColumnAnalyzer(textual=column.textual, options=options, partition_index=partition_index)
        for column in columns[slice(*block)]
    ]


def _reason(error: Exception, source: Source) -> FileReason:
    """Why a file failed: a file that was written to while it was read may look malformed, but that is not the cause."""
    if isinstance(error, UnreadableFile | OSError):
        try:
            source.check_unchanged()
        except Exception as changed:
            return file_reason(changed, source.path)
    return file_reason(error, source.path)
