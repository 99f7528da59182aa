"""What an observer is told of each table while the pieces of all of them come in, and of each file while it is planned.

A table begins when the first of its pieces is handed to the executor, and ends when the last of its results is there:
between the two it may also wait, for a processor or for the results of what stands before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.contract.stage_graph import VertexKind
from airflow_provider_profiler.profiling.databases.table_source import DatabaseTable
from airflow_provider_profiler.profiling.observer import ExpectedTable, Observer
from airflow_provider_profiler.profiling.readers.registry import entry_for

if TYPE_CHECKING:  # readings tell of their progress here
    from airflow_provider_profiler.profiling.partition import PartitionNote, SourcePlan
    from airflow_provider_profiler.profiling.readers.reader import Source
    from airflow_provider_profiler.profiling.readings import FileReading, Part, TableReading


@dataclass
class _Watched:
    table: TableReading
    name: str
    units: int
    open: set[int]
    """The parts of which something is still to come."""
    done: int = 0
    rows: int = 0
    bytes: int = 0
    started: bool = False
    finished: bool = False
    described: bool = True


class TableProgress:
    """The tables of a dataset while they are read."""

    def __init__(self, tables: Sequence[TableReading], observer: Observer) -> None:
        self._observer = observer
        self._watched = {}
        self._of_file: dict[int, list[tuple[_Watched, Part]]] = {}
        for table, name in zip(tables, table_names(tables), strict=True):
            left = {id(part) for part in table.parts if part.left and part.file.reason is None}
            watched = _Watched(table, name, sum(part.left for part in table.parts), left)
            self._watched[id(table)] = watched
            for part in table.parts:
                self._of_file.setdefault(id(part.file), []).append((watched, part))
        observer.tables_expected([ExpectedTable(item.name) for item in self._watched.values()])
        for item in self._watched.values():
            if item.table.reused:
                self._end_of(item)

    def begins(self, table: TableReading) -> None:
        """A piece of the table is handed out."""
        watched = self._watched[id(table)]
        if not watched.started:
            watched.started = True
            self._observer.table_started(watched.name)

    def has_read(self, table: TableReading, part: Part, note: PartitionNote) -> None:
        """A piece of a part of the table was read and taken over."""
        watched = self._watched[id(table)]
        if not part.left:
            watched.open.discard(id(part))
        watched.done += 1
        watched.rows += note.rows
        watched.bytes += note.bytes_read
        self._end_of(watched)
        if not watched.finished:
            percent = 100.0 * watched.done / max(1, watched.units)
            self._observer.table_advanced(watched.name, rows=watched.rows, bytes=watched.bytes, percent=percent)

    def has_failed(self, file: FileReading) -> None:
        """A file was given up, and with it what it has of tables."""
        for watched, part in self._of_file.get(id(file), []):
            watched.open.discard(id(part))
            self._end_of(watched)

    def all_read(self) -> None:
        """No more pieces come: also tables of which there was nothing to read have ended."""
        for watched in self._watched.values():
            self._end_of(watched)

    def all_described(self) -> None:
        """The profile is made: tell of tables that were read and given up afterwards."""
        for watched in self._watched.values():
            if watched.described and not watched.table.files:
                self._tell_end(watched, _reason(watched.table))

    def _end_of(self, watched: _Watched) -> None:
        if watched.finished or watched.open:
            return
        self._tell_end(watched, None if watched.table.files else _reason(watched.table))

    def _tell_end(self, watched: _Watched, reason: FileReason | None) -> None:
        watched.finished = True
        watched.described = reason is None
        reused = reason is None and watched.table.reused
        self._observer.table_finished(
            watched.name, rows=watched.rows, bytes=watched.bytes, reason=reason, reused=reused
        )


def expect_content(sources: Sequence[Source], observer: Observer) -> None:
    """Tell of the documents and images: they are read whole while files are planned."""
    kinds = ((source, _kind(source)) for source in sources)
    expected = [ExpectedTable(source.path, kind) for source, kind in kinds if kind is not VertexKind.TABLE]
    if expected:
        observer.tables_expected(expected)


def begins_planning(source: Source, observer: Observer) -> None:
    """A file is handed out to be planned."""
    if _kind(source) is not VertexKind.TABLE:
        observer.table_started(source.path)


def has_planned(plan: SourcePlan, observer: Observer, *, reused: bool = False) -> None:
    """A file was planned: a document or an image is read with that, and what cannot be planned will not be read.

    :param reused: it was planned before, and has not changed.
    """
    source = plan.source
    kind = _kind(source)
    if kind is VertexKind.TABLE and plan.reason is None:
        return
    name = source.label if isinstance(source, DatabaseTable) else source.path
    if kind is VertexKind.TABLE:
        observer.tables_expected([ExpectedTable(name, kind if isinstance(source, DatabaseTable) else VertexKind.FILE)])
    read = source.size if plan.reason is None and not reused else 0
    observer.table_finished(name, bytes=read, reason=plan.reason, reused=reused)


def table_names(tables: Sequence[TableReading]) -> list[str]:
    """What people call each table of a dataset: its path, and its own name where the path has several."""
    paths = Counter(table.selected.path for table in tables)
    taken: set[str] = set()
    names = []
    for table in tables:
        path = table.selected.path
        base = path if paths[path] == 1 else f"{path}#{table.selected.table.name}"
        name, number = base, 2
        while name in taken:
            name, number = f"{base}~{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def _kind(source: Source) -> VertexKind:
    entry = entry_for(source.media_type)
    if entry is None or entry.tabular:
        return VertexKind.TABLE
    return VertexKind.IMAGE if source.media_type.startswith("image/") else VertexKind.DOCUMENT


def _reason(table: TableReading) -> FileReason | None:
    return next((part.file.reason for part in table.parts if part.file.reason is not None), None)
