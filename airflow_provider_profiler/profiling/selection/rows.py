"""From the batches of a reader to the rows and columns that are wanted of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.readers.layouts import in_known_layouts
from airflow_provider_profiler.profiling.readers.reader import Batch, Table
from airflow_provider_profiler.profiling.selection.condition import Condition, Name
from airflow_provider_profiler.profiling.selection.predicate import fulfilled
from airflow_provider_profiler.profiling.selection.row_choice import RowChoice
from airflow_provider_profiler.profiling.statistics.encoding import Integers
from airflow_provider_profiler.profiling.statistics.nested import plain_values
from airflow_provider_profiler.profiling.stopping import check_wanted


@dataclass(frozen=True)
class BoundCondition:
    """A condition whose names are columns of a table."""

    condition: Condition
    positions: tuple[tuple[Name, int], ...]
    """Where in the table each name stands."""

    @property
    def columns(self) -> frozenset[int]:
        """Positions of the columns that it looks at."""
        return frozenset(position for _, position in self.positions)


@dataclass(frozen=True)
class RowFilter:
    """Which rows of one partition are wanted."""

    condition: BoundCondition | None = None
    choice: RowChoice | None = None
    before: int = 0
    """Rows of earlier partitions that fulfil the condition."""


@dataclass
class RowTally:
    """Rows of a partition so far: read, and of those the ones that fulfil the condition."""

    seen: int = 0
    fulfilling: int = 0
    cut: bool = False
    """Whether rows behind them were not read."""

    def add(self, other: "RowTally") -> None:
        """Count the rows of another partition too."""
        self.seen += other.seen
        self.fulfilling += other.fulfilling
        self.cut |= other.cut


def wanted_rows(batches: Iterable[Batch], table: Table, rows: RowFilter | None, tally: RowTally) -> Iterator[Batch]:
    """The wanted rows of a partition's batches, with the table's wanted columns and those that the condition looks at.

    Reading stops where no row can be wanted any more. A batch of which nothing is wanted comes without rows.

    :param batches: as a reader delivers them.
    :param table: the table that they were read as.
    :param tally: is counted up.
    """
    choice = rows.choice if rows is not None else None
    before = rows.before if rows is not None else 0
    for batch in batches:
        check_wanted()
        if choice is not None and tally.seen and choice.done(before + tally.fulfilling):
            # Only now is it known that there are more rows than were wanted.
            tally.cut = True
            return
        found, numbering = with_wanted_columns(batch.rows, table), batch.numbering
        tally.seen += found.num_rows
        # Later rows count on from here, whether these are wanted or not.
        lines = max(batch.lines, numbering.last(found.num_rows))
        if rows is not None and rows.condition is not None:
            found = in_known_layouts(found)
            mask = _mask(rows.condition, found, table)
            found = found.filter(mask)
            numbering = numbering.after(np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)))
        start = before + tally.fulfilling
        tally.fulfilling += found.num_rows
        if choice is not None:
            found, places = _chosen(found, choice, start)
            numbering = numbering.after(places)
        yield replace(batch, rows=found, lines=lines, numbering=numbering)


def with_wanted_columns(rows: pa.RecordBatch, table: Table) -> pa.RecordBatch:
    """The wanted columns of a batch, whether its reader delivered all columns or just those."""
    if table.only is None or rows.num_columns == len(table.only) < len(table.columns):
        return rows
    return rows.select(list(table.only))


def _mask(bound: BoundCondition, rows: pa.RecordBatch, table: Table) -> pa.BooleanArray:
    places = {position: place for place, position in enumerate(table.positions())}
    columns = {name: places[position] for name, position in bound.positions}
    read: dict[Name, pa.Array] = {}

    def cells(name: Name) -> pa.Array:
        if name not in read:
            read[name] = plain_values(rows.column(columns[name]))
        return read[name]

    return fulfilled(bound.condition, cells)


def _chosen(rows: pa.RecordBatch, choice: RowChoice, start: int) -> tuple[pa.RecordBatch, Integers]:
    """The chosen rows, and their places among all."""
    within = choice.within(start, start + rows.num_rows)
    if isinstance(within, slice):
        places = np.arange(within.start, within.stop, within.step)
        if within.step == 1:
            return rows.slice(within.start, max(0, within.stop - within.start)), places
        return in_known_layouts(rows).take(pa.array(places)), places
    return in_known_layouts(rows).filter(pa.array(within)), np.flatnonzero(within)
