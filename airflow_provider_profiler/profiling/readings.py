"""What was read so far: files, tables, and of each table the states of the files that it is made of."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import QualityExample, RecordSet, RowSelection
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.column_blocks import Block, column_blocks, side_by_side
from airflow_provider_profiler.profiling.executor import Held, Session
from airflow_provider_profiler.profiling.failures import check_goes_on, file_reason
from airflow_provider_profiler.profiling.merge_tree import MergeTree
from airflow_provider_profiler.profiling.observer import Observer
from airflow_provider_profiler.profiling.partition import (
    PartitionNote,
    PartitionTask,
    SourcePlan,
    empty_state,
    profile_partition,
    table_tasks,
)
from airflow_provider_profiler.profiling.reuse.layout import KeptTable
from airflow_provider_profiler.profiling.reuse.parts import PartStates
from airflow_provider_profiler.profiling.reuse.unusable import UnusableEarlier
from airflow_provider_profiler.profiling.row_places import FileLines
from airflow_provider_profiler.profiling.selection.planning import SelectedTable, Selection
from airflow_provider_profiler.profiling.selection.rows import RowTally
from airflow_provider_profiler.profiling.shards.grouping import ShardSet
from airflow_provider_profiler.profiling.table_progress import TableProgress
from airflow_provider_profiler.profiling.table_state import REJECTED_EXAMPLES, TableState

log = logging.getLogger(__name__)


@dataclass(eq=False)
class FileReading:
    """A file while its partitions come in."""

    plan: SourcePlan
    tables: int = 0
    """Tables that it has by itself."""
    reason: FileReason | None = None


@dataclass
class Part:
    """What a file adds to a table: each block of columns in a tree of its own."""

    file: FileReading
    trees: list[MergeTree]
    left: int
    """Results that are still to come."""
    key: str = ""
    """Of the work, where there is something to reuse or to keep."""
    kept: KeptTable | None = None
    """What an earlier profile noted of it, whose states are taken over."""
    tally: RowTally = field(default_factory=RowTally)
    lines: int = 0
    rejected: list[QualityExample] = field(default_factory=list)

    def take(self, note: PartitionNote, *, first_block: bool) -> None:
        """Count what a partition says of itself."""
        self.tally.add(note.tally)
        if not first_block:
            return
        path = self.file.plan.source.path
        for line, text in note.rejected[: REJECTED_EXAMPLES - len(self.rejected)]:
            self.rejected.append(QualityExample(value=text, row=line and line + self.lines, path=path))
        self.lines += note.lines

    def take_over(self, kept: KeptTable) -> None:
        """Count as it was counted when the file was read."""
        self.tally.add(RowTally(kept.seen, kept.fulfilling, kept.cut))
        self.rejected.extend(kept.rejected[:REJECTED_EXAMPLES])
        self.lines += kept.lines


@dataclass(eq=False)
class TableReading:
    """A table while the partitions of its files come in."""

    selected: SelectedTable
    blocks: tuple[Block, ...]
    trees: list[MergeTree]
    parts: list[Part]
    shards: ShardSet | None = None
    """The files that it is made of, where they are several."""
    tally: RowTally = field(default_factory=RowTally)
    rejected: list[QualityExample] = field(default_factory=list)
    record_set: RecordSet | None = None
    alone: RecordSet | None = None
    """The same, before it was related to anything."""
    whole: Callable[[], TableState] | None = None
    """The state of a table of one file that has not changed."""
    settled: int = 0
    """Files of which everything was taken over, or nothing will be."""

    @property
    def reused(self) -> bool:
        """Whether nothing of it was read, for nothing has changed."""
        return all(part.kept is not None for part in self.parts)

    @property
    def file_lines(self) -> tuple[FileLines, ...]:
        """The files that it was read from and the lines of each, where they are several."""
        if self.shards is None:
            return ()
        return tuple(FileLines(part.file.plan.source.path, part.lines) for part in self.parts if not part.file.reason)

    @property
    def files(self) -> list[FileReading]:
        """The files that it was read from, those left out that failed."""
        return [part.file for part in self.parts if part.file.reason is None]

    def settle(self, reuse: PartStates | None = None) -> Iterator[FileReading]:
        """Take over what files add, in their order, as far as all of it is there.

        :return: the files that are given up, because what they add does not belong to what is there.
        :raises UnusableEarlier: when some of it is of an earlier profile, and may be what does not fit.
        """
        while self.settled < len(self.parts):
            part = self.parts[self.settled]
            if part.file.reason is None:
                if part.left:
                    return
                try:
                    self._close(part, reuse)
                except ValueError as error:
                    self._doubt(error)
                    part.file.reason = file_reason(error, part.file.plan.source.path)
                    part.trees = []
                    yield part.file
            self.settled += 1

    def _doubt(self, error: ValueError) -> None:
        kept = next((part.kept for part in self.parts if part.kept is not None), None)
        if kept is not None:
            log.exception("Putting together the states of %s failed", self.selected.path)
            raise UnusableEarlier(
                f"the states of {kept.path} may not fit those of its table ({type(error).__name__}); the log says why"
            ) from error

    def _close(self, part: Part, reuse: PartStates | None) -> None:
        roots = [tree.root() for tree in part.trees] if reuse is None else reuse.taken(self, part)
        for tree, root in zip(self.trees, roots, strict=True):
            if root is not None:
                tree.push(root)
        part.trees = []
        self.tally.add(part.tally)
        self.rejected.extend(part.rejected[: REJECTED_EXAMPLES - len(self.rejected)])

    def fail(self, reason: FileReason) -> None:
        """Give up all files of the table."""
        for part in self.parts:
            part.file.reason = part.file.reason or reason
            part.trees = []

    def state(self, options: ProfileOptions, session: Session) -> TableState:
        """The state of the whole table.

        :raises ValueError: when the states of its partitions do not belong together.
        """
        if self.whole is not None:
            return self.whole()
        states = []
        for block, tree in zip(self.blocks, self.trees, strict=True):
            root = tree.root()
            if root is None:
                states.append(empty_state(self.selected.table, options.statistics, block))
                continue
            result = session.fetch(root)
            if isinstance(result, FileReason):
                raise ValueError("a table without a state")
            states.append(result)
        return states[0] if len(states) == 1 else side_by_side(states)

    def selection(self, rows: int) -> RowSelection | None:
        """How the profiled rows were chosen; None where all were asked for."""
        if not any(self.selected.filters):
            return None
        complete = not (self.tally.cut or self.selected.cut)
        return RowSelection(
            rows_seen=self.tally.seen,
            rows_fulfilling=self.tally.fulfilling,
            complete=complete,
            sample=not complete or rows < self.tally.fulfilling,
        )


@dataclass
class Readings:
    """The files and the tables of a dataset, both in the order in which they are read."""

    files: list[FileReading]
    tables: list[TableReading]

    def units(self) -> int:
        """Units of work."""
        return sum(part.left for table in self.tables for part in table.parts if part.file.reason is None)

    def failed_paths(self) -> list[str]:
        """Paths of what could not be read."""
        return [file.plan.source.path for file in self.files if file.reason is not None]

    def to_read(self) -> Iterator[FileReading]:
        """The files of which something is to be read."""
        reused = {id(part.file) for table in self.tables for part in table.parts if part.kept is not None}
        reused -= {id(part.file) for table in self.tables for part in table.parts if part.left}
        yield from (file for file in self.files if file.reason is None and id(file) not in reused)


def begin(
    plans: Sequence[SourcePlan],
    sets: Sequence[ShardSet],
    selection: Selection,
    options: ProfileOptions,
    merge: Callable[[Sequence[Held]], Held],
) -> Readings:
    """Nothing was read yet.

    :param selection: of the tables of :func:`tables_of`, in its order.
    """
    files = {id(plan): FileReading(plan, len(plan.tables), plan.reason) for plan in plans}
    tables = []
    for (_, made_of, of_set), item in zip(tables_of(plans, sets), selection.tables, strict=True):
        blocks = column_blocks(len(item.table.wanted), options.execution.columns_per_task)
        expected = [0] * len(made_of)
        for partition in item.table.partitions:
            expected[partition.shard] += len(blocks)
        parts = []
        for number, plan in enumerate(made_of):
            file = files[id(plan)]
            file.reason = file.reason or item.uncounted.get(number)
            parts.append(Part(file, [MergeTree(merge) for _ in blocks], expected[number]))
        tables.append(TableReading(item, blocks, [MergeTree(merge) for _ in blocks], parts, of_set))
    return Readings(list(files.values()), tables)


def tables_of(
    plans: Sequence[SourcePlan], sets: Sequence[ShardSet]
) -> Iterator[tuple[SelectedTable, tuple[SourcePlan, ...], ShardSet | None]]:
    """The tables of a dataset: what is to be read, the files that it is made of, and their set.

    A table of several files stands where the first of them does.
    """
    first = {id(item.plans[0]): item for item in sets}
    taken = {id(plan) for item in sets for plan in item.plans}
    for plan in plans:
        if (found := first.get(id(plan))) is not None:
            yield SelectedTable(found.path, found.shards, found.table), found.plans, found
        elif id(plan) not in taken:
            for table in plan.tables:
                yield SelectedTable.of_file(plan.source, plan.reader, table), (plan,), None


def read_all(
    readings: Readings,
    options: ProfileOptions,
    session: Session,
    observer: Observer,
    *,
    threads: int,
    reuse: PartStates | None = None,
) -> TableProgress:
    """Profile all partitions and merge their states, file by file and table by table.

    The tree in which that is done follows from the order of the partitions alone.

    :param threads: that each unit of work may use.
    :param reuse: where the states of unchanged files come from; None: everything is read.
    :return: what the observer was told of each table.
    :raises FileFailed: at the first file that cannot be read, where the options say so.
    :raises UnusableEarlier: when states of an earlier profile do not fit.
    """
    progress = TableProgress(readings.tables, observer)
    # The tasks are made as the executor takes them; where each belongs is kept until its result arrives.
    places: deque[tuple[TableReading, Part, int]] = deque()

    def tasks() -> Iterator[PartitionTask]:
        for table in readings.tables:
            for number, task in table_tasks(table.selected, table.blocks, options.statistics, threads):
                part = table.parts[task.partition.shard]
                if part.file.reason is None and part.kept is None:
                    progress.begins(table)
                    places.append((table, part, number))
                    yield task

    def failed(file: FileReading) -> None:
        progress.has_failed(file)
        if file.reason is not None:
            check_goes_on(file.reason, options)

    def give_up(part: Part, reason: FileReason) -> None:
        # What was counted of the file stays counted: progress never goes back.
        part.file.reason = reason
        part.trees = []
        failed(part.file)

    def settle(table: TableReading) -> None:
        for file in table.settle(reuse):
            failed(file)

    total = sum(file.plan.source.size for file in readings.to_read())
    rows = read = 0
    unsettled = deque(readings.tables)
    with closing(session.run(profile_partition, tasks())) as results:
        for note, held in results:
            observer.check()
            table, part, number = places.popleft()
            while unsettled[0] is not table:  # nothing more of those will come
                settle(unsettled.popleft())
            if part.file.reason is not None:
                continue
            if note.reason is not None:
                give_up(part, note.reason)
                continue
            try:
                part.trees[number].push(held)
            except ValueError as error:
                give_up(part, file_reason(error, part.file.plan.source.path))
                continue
            part.take(note, first_block=number == 0)
            part.left -= 1
            if not part.left:
                settle(table)
            progress.has_read(table, part, note)
            rows += note.rows
            read += note.bytes_read
            observer.advanced(rows=rows, bytes=read, percent=min(100.0, 100.0 * read / total) if total else 100.0)
    for table in unsettled:
        settle(table)
    progress.all_read()
    observer.advanced(rows=rows, bytes=read, percent=100.0)
    return progress
