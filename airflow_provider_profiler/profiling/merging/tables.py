"""One table out of several that follow one another: columns meet by name, and what a part does not have is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.statistics import Scalar
from airflow_provider_profiler.profiling.merging.capacity import with_equal_capacity
from airflow_provider_profiler.profiling.readers.reader import Column, Table, Undecodable
from airflow_provider_profiler.profiling.row_places import FileLines
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer, ColumnState
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering
from airflow_provider_profiler.profiling.table_state import REJECTED_EXAMPLES, TableState
from airflow_provider_profiler.render.text import count_text


class ColumnConflict(InvalidRequest, ValueError):
    """Tables cannot be merged: a column holds values of different kinds in them."""


@dataclass(frozen=True)
class Part:
    """A table of one profile, or several that were merged."""

    labels: tuple[str, ...]
    """What the tables are called in messages."""
    table: Table
    state: TableState
    files: tuple[FileLines, ...] = ()
    """The files that the table is made of."""

    @property
    def label(self) -> str:
        """Names the part in messages."""
        more = len(self.labels) - 1
        return f"{self.labels[0]} and {more} more" if more else self.labels[0]


def merge_parts(one: Part, other: Part, options: StatisticsOptions) -> tuple[Part, tuple[str, ...]]:
    """The table of the rows of one part followed by those of the other.

    Columns keep the first part's order, new ones follow. A column that a part does not have is missing in all its rows.
    Where columns differ, nothing is said of whole rows: whether they are repeated, and what correlates in them.

    :param options: those the states were made with.
    :return: the table, and what should be known about it.
    :raises ColumnConflict: when a column's values are of kinds that do not fit together.
    """
    columns = _union(one.table.columns, other.table.columns)
    notes = [note for part in (one, other) if (note := _absent(part, columns))]
    mine, its = (_aligned(part, columns, options) for part in (one, other))
    if _types(one.table) != _types(other.table):
        # Which columns are compared with each other depends on their types.
        if mine.correlations is not None and its.correlations is not None:
            notes.append(f"{one.label} and {other.label} differ in their columns' types: correlations are left out")
        mine, its = replace(mine, correlations=None), replace(its, correlations=None)
    merged = []
    for column, *pair in zip(columns, mine.columns, its.columns, strict=True):
        first, second = with_equal_capacity(*pair)
        try:
            merged.append(first.merge(second.renumbered(Numbering(mine.lines))))
        except ValueError as error:
            raise ColumnConflict(_conflict(one, other, column.name, error)) from error
    try:
        state = replace(mine, columns=()).merge(replace(its, columns=()))
    except ValueError as error:
        raise ColumnConflict(f"{one.label} and {other.label} cannot be merged: {error}") from error
    table = replace(one.table, columns=columns, undecodable=_damage(one, other))
    whole = Part(one.labels + other.labels, table, replace(state, columns=tuple(merged)), one.files + other.files)
    return whole, tuple(notes)


def _damage(one: Part, other: Part) -> Undecodable:
    """The damage of both parts; its examples say in which file they stand."""
    examples = [
        example
        if example.path is not None or len(part.files) != 1
        else example.model_copy(update={"path": part.files[0].path})
        for part in (one, other)
        for example in part.table.undecodable.examples
    ]
    mine, its = one.table.undecodable, other.table.undecodable
    return Undecodable(mine.bytes + its.bytes, mine.lines + its.lines, tuple(examples[:REJECTED_EXAMPLES]))


def _union(one: Sequence[Column], other: Sequence[Column]) -> tuple[Column, ...]:
    """The columns of both by name, each with the types it has in either."""
    found = {column.name: column for column in one}
    for column in other:
        known = found.get(column.name)
        if known is None:
            found[column.name] = column
            continue
        types = known.physical_type.split(" | ")
        if column.physical_type not in types:
            types.append(column.physical_type)
        found[column.name] = replace(known, physical_type=" | ".join(types), textual=known.textual or column.textual)
    return tuple(found.values())


def _types(table: Table) -> list[tuple[str, str, bool]]:
    return [(column.name, column.physical_type, column.textual) for column in table.columns]


def _absent(part: Part, columns: Sequence[Column]) -> str:
    """What is to be told about columns that a part does not have or has elsewhere, or ``""``."""
    known = {column.name for column in part.table.columns}
    absent = [column.name for column in columns if column.name not in known]
    if not absent:
        ordered = [column.name for column in part.table.columns] == [column.name for column in columns]
        return "" if ordered else f"{part.label} has its columns in another order: repeated rows are not counted"
    names = ", ".join(repr(name) for name in absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
    rows = count_text(part.state.rows, "row")
    return (
        f"{part.label} has no column {names}: the cells of its {rows} count as missing there, and repeated rows are "
        "not counted"
    )


def _aligned(part: Part, columns: Sequence[Column], options: StatisticsOptions) -> TableState:
    """The part's state with these columns in this order."""
    places = {column.name: place for place, column in enumerate(part.table.columns)}
    order = [places.get(column.name) for column in columns]
    if order == list(range(len(part.table.columns))):
        return part.state
    states = tuple(
        _missing(column, part.state.rows, options) if place is None else part.state.columns[place]
        for column, place in zip(columns, order, strict=True)
    )

    def row(cells: tuple[Scalar | None, ...]) -> tuple[Scalar | None, ...]:
        return tuple(None if place is None else cells[place] for place in order)

    # Nothing else is taken along: what was remembered of whole rows is of rows of other columns.
    return TableState(
        columns=states,
        rows=part.state.rows,
        bytes_read=part.state.bytes_read,
        lines=part.state.lines,
        rejected=part.state.rejected,
        examples=tuple(row(cells) for cells in part.state.examples),
    )


def _missing(column: Column, rows: int, options: StatisticsOptions) -> ColumnState:
    """The state of so many rows without a value."""
    return ColumnAnalyzer(textual=column.textual, options=options, partition_index=0).analyze(pa.nulls(rows))


def _conflict(one: Part, other: Part, name: str, error: ValueError) -> str:
    kinds = [
        next(f"{column.physical_type} in {part.label}" for column in part.table.columns if column.name == name)
        for part in (one, other)
    ]
    return (
        f"Column {name!r} is {kinds[0]} and {kinds[1]}: {error} "
        "Profile both with the same options and from files whose columns have the same types, or leave one out."
    )
