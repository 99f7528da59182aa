"""From the plans of all files and the options to what is read of each table, and what a person should know about it."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.job import JobWarning
from airflow_provider_profiler.contract.options import ProfileOptions, SamplingOptions
from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.executor import Executor
from airflow_provider_profiler.profiling.readers.reader import Partition, Source, Table
from airflow_provider_profiler.profiling.selection.columns import ColumnPatterns, known_columns, position_of
from airflow_provider_profiler.profiling.selection.condition import (
    Condition,
    Every,
    Name,
    Negation,
    Some,
    names_in,
)
from airflow_provider_profiler.profiling.selection.counting import CountTask, RowCount, count_rows
from airflow_provider_profiler.profiling.selection.kinds import kind_of, misfit
from airflow_provider_profiler.profiling.selection.row_choice import choose, needs_total, takes_all
from airflow_provider_profiler.profiling.selection.rows import BoundCondition, RowFilter

#: Tables that a warning names.
_TOLD = 5


@dataclass(frozen=True)
class Shard:
    """One of the files that a table is made of."""

    source: Source
    reader: str
    table: Table
    """As the file has it by itself, without its partitions."""


@dataclass
class SelectedTable:
    """What is read of one table."""

    path: str
    """Of the file, or a pattern of the paths of several."""
    shards: tuple[Shard, ...]
    """The file, or several; each partition says which one it is of."""
    table: Table
    """With the wanted columns, and the partitions that hold wanted rows."""
    condition: BoundCondition | None = None
    filters: tuple[RowFilter | None, ...] = ()
    """One a partition."""
    cut: bool = False
    """Whether partitions were left out."""
    uncounted: dict[int, FileReason] = field(default_factory=dict)
    """Files by number whose rows could not be counted, and why."""

    @classmethod
    def of_file(cls, source: Source, reader: str, table: Table) -> "SelectedTable":
        """A table of one file, with all that is in it."""
        return cls(source.path, (Shard(source, reader, replace(table, partitions=())),), table)

    def as_read(self, partition: Partition, only: tuple[int, ...] | None) -> tuple[Source, str, Table]:
        """The file of a partition, its reader, and the table with some of its columns as the file is read.

        :param only: positions of the columns; None for all of them.
        """
        shard = self.shards[partition.shard]
        # Columns are those of the whole table, so that all of its parts are looked at in the same way.
        table = replace(shard.table, columns=self.table.columns, partitions=(), only=only)
        return shard.source, shard.reader, table


@dataclass
class Selection:
    """The tables in the order in which they were given, and what did not apply to some of them."""

    tables: list[SelectedTable] = field(default_factory=list)
    warnings: list[JobWarning] = field(default_factory=list)


def read_condition(where: str) -> Condition:
    """The condition of the option, for the parser is imported only where there is one.

    :raises InvalidRequest: when it is refused, or the parser is not installed.
    """
    try:
        from airflow_provider_profiler.profiling.selection.sql import parse_condition  # noqa: PLC0415
    except ImportError as error:
        raise InvalidRequest(
            f"The option selection.where needs the library {error.name!r}, which is not installed: "
            "pip install 'airflow-provider-profiler[engine]'."
        ) from error
    return parse_condition(where)


def select(
    tables: Sequence[SelectedTable], options: ProfileOptions, executor: Executor, check: Callable[[], None]
) -> Selection:
    """Apply the options to all tables of a dataset. Rows are counted where the choice depends on their positions.

    A table that has not all columns of the condition, or whose columns are of other kinds, is profiled without it;
    one that has none of the wanted columns has its rows counted. Warnings tell of both.

    :param tables: as they were planned; those of the result are of their own.
    :param check: called between units of work; may raise to give up.
    :raises InvalidRequest: when the condition is refused or no table has its columns, and for a wanted column that no
        table has.
    """
    selection = Selection([SelectedTable(item.path, item.shards, item.table) for item in tables])
    # A table without columns is an empty file: nothing can apply to it.
    filled = [item for item in selection.tables if item.table.columns]
    _choose_columns(filled, options, selection.warnings)
    if options.selection.where is not None:
        _bind(filled, read_condition(options.selection.where), selection.warnings)
    if takes_all(options.sampling):
        for item in filled:
            rows = None if item.condition is None else RowFilter(item.condition)
            item.filters = (rows,) * len(item.table.partitions)
    else:
        _choose_rows(filled, options.sampling, executor, check)
    return selection


def _choose_columns(tables: Sequence[SelectedTable], options: ProfileOptions, warnings: list[JobWarning]) -> None:
    patterns = ColumnPatterns(options.selection)
    before = [item.table for item in tables]
    for item in tables:
        item.table = replace(item.table, only=patterns.chosen(item.table.columns))
    if tables and patterns.unmatched:
        first = patterns.unmatched[0]
        raise InvalidRequest(
            f"The option selection.columns asks for {first!r}, which no table has{_known(first, before)}."
        )
    narrowed = [item for item in tables if item.table.only is not None]
    if not narrowed:
        return
    left_out = sum(len(item.table.columns) - len(item.table.wanted) for item in narrowed)
    message = f"{left_out} columns of {len(narrowed)} tables were left out by the option selection"
    bare = [item.path for item in narrowed if not item.table.wanted]
    if bare:
        message += f"; of {_listed(bare)} no column was wanted, and only the rows were counted"
    warnings.append(JobWarning(code="columns_left_out", message=f"{message}."))


def _bind(tables: Sequence[SelectedTable], condition: Condition, warnings: list[JobWarning]) -> None:
    refused: list[str] = []
    reasons: list[str] = []
    for item in tables:
        item.condition, why = bound(condition, item.table)
        if item.condition is None:
            refused.append(item.path)
            reasons.append(why)
    if not refused:
        return
    if len(refused) == len(tables):
        unknown = _unknown_everywhere(condition, tables)
        if unknown is not None:
            told = _known(unknown.text, [item.table for item in tables])
            raise InvalidRequest(
                f"The option selection.where asks for the column {unknown.text!r}, which no table has{told}."
            )
        raise InvalidRequest(f"The option selection.where fits no table: of {refused[0]}, {reasons[0]}.")
    message = (
        f"The condition of the option selection.where does not apply to {_listed(refused)}, of which all rows were "
    )
    warnings.append(JobWarning(code="condition_not_applied", message=f"{message}taken: of {refused[0]}, {reasons[0]}."))


def bound(condition: Condition, table: Table) -> tuple[BoundCondition | None, str]:
    """The condition with its names as columns of a table; None where it does not apply to it, and why."""
    positions: dict[Name, int] = {}
    for name in names_in(condition):
        position = position_of(name, table.columns)
        if position is None:
            return None, f"it has no column {name.text!r}"
        positions[name] = position
    kinds = {name: kind_of(table.columns[position].values_type) for name, position in positions.items()}
    for leaf in _leaves(condition):
        why = misfit(leaf, kinds)
        if why is not None:
            return None, why
    return BoundCondition(condition, tuple(positions.items())), ""


def _leaves(condition: Condition) -> Iterator[Condition]:
    match condition:
        case Every(parts) | Some(parts):
            for part in parts:
                yield from _leaves(part)
        case Negation(part):
            yield from _leaves(part)
        case _:
            yield condition


def _unknown_everywhere(condition: Condition, tables: Sequence[SelectedTable]) -> Name | None:
    """A column of the condition that not one table has."""
    for name in names_in(condition):
        if all(position_of(name, item.table.columns) is None for item in tables):
            return name
    return None


def _known(wanted: str, tables: Sequence[Table]) -> str:
    names = list(dict.fromkeys(column.name for table in tables for column in table.columns))
    return known_columns(wanted, names)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(names[:_TOLD]) + more


def _choose_rows(
    tables: Sequence[SelectedTable], sampling: SamplingOptions, executor: Executor, check: Callable[[], None]
) -> None:
    """Give each partition its filter; count the rows of those before it where their number matters."""
    always = needs_total(sampling)
    counted = [item for item in tables if always or len(item.table.partitions) > 1]
    counts = _count(counted, sampling, executor, check)
    for item in tables:
        found = counts.get(id(item), [])
        item.uncounted = {
            partition.shard: count.reason
            for partition, count in zip(item.table.partitions, found, strict=False)
            if count.reason is not None
        }
        if item.uncounted:
            continue
        choice = choose(sampling, sum(count.rows for count in found) if always else None)
        filters: list[RowFilter | None] = []
        before = 0
        for index in range(len(item.table.partitions)):
            if choice is not None and choice.done(before):
                item.cut = True
                break
            filters.append(RowFilter(item.condition, choice, before) if choice or item.condition else None)
            before += found[index].rows if index < len(found) else 0
        item.filters = tuple(filters)
        item.table = replace(item.table, partitions=item.table.partitions[: len(filters)])


def _count(
    tables: Sequence[SelectedTable], sampling: SamplingOptions, executor: Executor, check: Callable[[], None]
) -> dict[int, list[RowCount]]:
    """Rows of the partitions of each table, by its identity: of all of them, or of so many as hold enough rows."""
    counts: dict[int, list[RowCount]] = {id(item): [] for item in tables}
    totals = dict.fromkeys(counts, 0)
    enough = None if needs_total(sampling) else choose(sampling, None)
    places: deque[int] = deque()

    def satisfied(key: int) -> bool:
        return enough is not None and enough.done(totals[key])

    def tasks() -> Iterator[CountTask]:
        for item in tables:
            condition = item.condition
            columns = () if condition is None else tuple(sorted(condition.columns))
            for partition in item.table.partitions:
                if satisfied(id(item)):
                    break
                places.append(id(item))
                yield CountTask(*item.as_read(partition, columns), partition, condition)

    with closing(executor.map(count_rows, tasks())) as results:
        for count in results:
            check()
            key = places.popleft()
            # What was begun before there were enough is not used: how much that is depends on the workers.
            if not satisfied(key):
                counts[key].append(count)
                totals[key] += count.rows
    return counts
