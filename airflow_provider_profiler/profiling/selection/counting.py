"""Counting the rows of partitions before they are profiled, where the choice of rows depends on their positions."""

from dataclasses import dataclass

from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.failures import file_reason
from airflow_provider_profiler.profiling.readers.reader import Partition, Source, Table
from airflow_provider_profiler.profiling.readers.registry import reader_named
from airflow_provider_profiler.profiling.selection.rows import BoundCondition, RowFilter, RowTally, wanted_rows


@dataclass(frozen=True)
class CountTask:
    """A partition whose rows are to be counted. ``table`` comes without its partitions."""

    source: Source
    reader: str
    table: Table
    partition: Partition
    condition: BoundCondition | None


@dataclass(frozen=True)
class RowCount:
    """Rows of a partition that fulfil the condition, or why they could not be counted."""

    rows: int = 0
    reason: FileReason | None = None


def count_rows(task: CountTask) -> RowCount:
    """Count the rows of one partition. Never raises for what is wrong with the file."""
    tally = RowTally()
    try:
        batches = reader_named(task.reader).read(task.source, task.table, task.partition)
        for _ in wanted_rows(batches, task.table, RowFilter(task.condition), tally):
            pass
    except Exception as error:
        return RowCount(reason=file_reason(error, task.source.path))
    return RowCount(tally.fulfilling)
