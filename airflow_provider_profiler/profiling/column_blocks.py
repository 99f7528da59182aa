"""Wide tables in blocks of columns, so that several workers share one partition."""

from collections.abc import Sequence
from dataclasses import replace

from airflow_provider_profiler.profiling.table_state import TableState

#: The wanted columns [start, stop) of a table.
Block = tuple[int, int]


def column_blocks(columns: int, per_task: int | None) -> tuple[Block, ...]:
    """All columns in blocks of at most so many; one block, possibly empty, where that is None."""
    if per_task is None or per_task >= columns:
        return ((0, columns),)
    return tuple((start, min(start + per_task, columns)) for start in range(0, columns, per_task))


def without_totals(state: TableState) -> TableState:
    """The state of a block that is not the first: what belongs to the whole table is told by the first alone."""
    return TableState(columns=state.columns, rows=state.rows, lines=state.lines, examples=state.examples)


def side_by_side(states: Sequence[TableState]) -> TableState:
    """The state of a table of those of its blocks, in their order.

    :raises ValueError: when they are not of the same rows.
    """
    first = states[0]
    if any(state.rows != first.rows or len(state.examples) != len(first.examples) for state in states):
        raise ValueError("Blocks of columns that do not have the same rows cannot stand side by side.")
    return replace(
        first,
        columns=tuple(column for state in states for column in state.columns),
        examples=tuple(
            tuple(cell for row in rows for cell in row)
            for rows in zip(*(state.examples for state in states), strict=True)
        ),
    )
