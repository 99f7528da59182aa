"""Keys of units of work: equal keys over an unchanged file mean equal results.

A key is a digest of everything that the work is given but the file's content and place. So an option that bears on the
result changes the key, and one that does not leaves it as it is, without anybody listing them.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.profiling.archives.looking import ArchiveTask
from airflow_provider_profiler.profiling.archives.member import MemberSource
from airflow_provider_profiler.profiling.object_source import ObjectSource
from airflow_provider_profiler.profiling.partition import PlanTask
from airflow_provider_profiler.profiling.readers.reader import Partition, Source
from airflow_provider_profiler.profiling.selection.counting import CountTask
from airflow_provider_profiler.profiling.selection.planning import SelectedTable
from airflow_provider_profiler.profiling.selection.rows import RowFilter
from airflow_provider_profiler.profiling.shards.keyed import KeyedSource
from airflow_provider_profiler.profiling.source import FileSource
from airflow_provider_profiler.storage.object_roots import ResolvedObjects
from airflow_provider_profiler.storage.roots import ResolvedDataset

#: A file that is compared by how it looks: on a disk or in an object store.
File = FileSource | ObjectSource


def file_of(source: Source) -> File | None:
    """The file that a source's bytes are in; None for what is no file: tables of databases, and those in memory."""
    if isinstance(source, KeyedSource):
        return file_of(source.file)
    if isinstance(source, MemberSource):
        return file_of(source.container)
    return source if isinstance(source, FileSource | ObjectSource) else None


def places_key(datasets: Sequence[ResolvedDataset | ResolvedObjects]) -> str:
    """Of where datasets lie: files of the same path, size and time of change are other ones elsewhere."""
    return _digest(
        [
            str(dataset.path) if isinstance(dataset, ResolvedDataset) else (dataset.store.url, dataset.key)
            for dataset in datasets
        ]
    )


def listing_key(task: ArchiveTask) -> str:
    """Of looking into an archive."""
    return _digest(_told(task.source), task.packed_by, task.options, task.limits)


def plan_key(task: PlanTask) -> str:
    """Of planning a file. Of how the work is carried out, the size of partitions alone bears on the plan."""
    return _digest(_told(task.source), task.reading, task.execution.partition_bytes)


def count_key(task: CountTask) -> str:
    """Of counting the rows of a partition."""
    return _digest(_told(task.source), task.reader, task.table, _alone(task.partition), task.condition)


def part_keys(selected: SelectedTable, statistics: StatisticsOptions) -> list[str]:
    """For each file that a table is made of, the key of profiling all partitions that are read of it.

    In how many blocks of columns that is done changes nothing.
    """
    parts: list[list[tuple[Partition, RowFilter | None]]] = [[] for _ in selected.shards]
    filters = selected.filters or (None,) * len(selected.table.partitions)
    for partition, rows in zip(selected.table.partitions, filters, strict=True):
        parts[partition.shard].append((_alone(partition), rows))
    several = len(selected.shards) > 1
    keys = []
    for shard, work in zip(selected.shards, parts, strict=True):
        read = replace(shard.table, columns=selected.table.columns, partitions=(), only=selected.table.only)
        keys.append(_digest(_told(shard.source), shard.reader, read, work, statistics, several))
    return keys


def _alone(partition: Partition) -> Partition:
    """The partition without the number of its file among others."""
    return replace(partition, shard=0)


def _told(source: Source) -> tuple[Any, ...]:
    """What a source is, without where it lies and how it looked."""
    if isinstance(source, KeyedSource):
        return "keyed", _told(source.file), source.reader, source.columns, source.values
    place = (_told(source.container), source.place) if isinstance(source, MemberSource) else ()
    return source.path, source.media_type, source.size, place


def _digest(*parts: Sequence[Any] | Any) -> str:
    # All of it is frozen values, whose representations tell every field and are the same in every process.
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()
