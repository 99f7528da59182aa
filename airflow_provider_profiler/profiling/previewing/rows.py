"""The first rows of a table that was profiled: the rows and columns that its profile is of, read as it was read."""

from collections.abc import Container, Iterator, Sequence

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.options import SelectionOptions
from airflow_provider_profiler.contract.preview import PreviewColumn, TablePreview
from airflow_provider_profiler.contract.statistics import Scalar
from airflow_provider_profiler.profiling.examples import example_rows
from airflow_provider_profiler.profiling.previewing.conditions import (
    columns_of,
    condition_of,
    has_all,
    wished_condition,
)
from airflow_provider_profiler.profiling.previewing.looking import FoundTable, narrowed, parts_of, reading
from airflow_provider_profiler.profiling.previewing.profiled import ProfiledDataset, ProfiledField, ProfiledTable
from airflow_provider_profiler.profiling.previewing.wish import Whereabouts, Wish
from airflow_provider_profiler.profiling.readers.registry import reader_named
from airflow_provider_profiler.profiling.selection.columns import ColumnPatterns, known_columns
from airflow_provider_profiler.profiling.selection.condition import Condition
from airflow_provider_profiler.profiling.selection.planning import SelectedTable
from airflow_provider_profiler.profiling.selection.row_choice import RowChoice
from airflow_provider_profiler.profiling.selection.rows import RowFilter, RowTally, wanted_rows
from airflow_provider_profiler.profiling.semantics.cells import typed_cell

#: Characters of all texts of an answer: whoever asks for a thousand rows of a thousand columns gets the first of them.
MOST_CHARACTERS = 4_000_000
#: Cells of an answer, for the same reason.
MOST_CELLS = 100_000

Row = tuple[Scalar | None, ...]


def preview(wish: Wish, profiled: ProfiledDataset, whereabouts: Whereabouts) -> TablePreview:
    """The first rows of a table as they are now.

    :raises TableNotFound: when there is no such table, or not any more.
    :raises InvalidRequest: for a column or a condition that does not fit, or when the file cannot be read now.
    :raises ConnectionFailed: when its database cannot be reached.
    """
    table = profiled.table(wish.table)
    fields = _fields(table, wish.columns)
    condition = None if wish.where is None else wished_condition(wish.where, table)
    answer = _Answer(wish.rows)
    changed: bool | None = False
    for part in parts_of(table, profiled, whereabouts):
        changed = None if part.changed is None or changed is None else changed or part.changed
        # One more than is wanted: only then is it known whether there are more.
        for row in _rows(part, table, fields, whereabouts, wished=condition, most=answer.left + 1):
            answer.take(row)
        if answer.full:
            break
    return TablePreview(
        table=table.name,
        path=table.path,
        columns=tuple(PreviewColumn(name=field.name, data_type=field.data_type) for field in fields),
        rows=tuple(answer.rows),
        row_count=table.row_count,
        complete=not answer.full,
        changed=changed,
    )


class _Answer:
    """Rows, as many as are wanted and as fit into an answer.

    :param most: rows that are wanted.
    """

    def __init__(self, most: int) -> None:
        self.rows: list[Row] = []
        self.full = False
        self.left = most
        self._cells, self._characters = MOST_CELLS, MOST_CHARACTERS

    def take(self, row: Row) -> None:
        """Take a row, or find that there is no place for it, nor for any behind it."""
        self._cells -= len(row)
        self._characters -= sum(len(cell) for cell in row if isinstance(cell, str))
        # Of a table that is very wide the first row is told all the same.
        self.full = self.full or not self.left or (bool(self.rows) and min(self._cells, self._characters) < 0)
        if not self.full:
            self.rows.append(row)
            self.left -= 1


def _fields(table: ProfiledTable, patterns: Sequence[str]) -> list[ProfiledField]:
    """The columns that are wanted, of those that were profiled."""
    chosen = ColumnPatterns(SelectionOptions(columns=tuple(patterns)))
    positions = chosen.chosen(columns_of(table))
    if chosen.unmatched:
        first = chosen.unmatched[0]
        known = known_columns(first, [field.name for field in table.fields])
        raise InvalidRequest(f"The table {table.name!r} has no column {first!r}{known}.")
    return list(table.fields) if positions is None else [table.fields[position] for position in positions]


def _rows(
    part: FoundTable,
    table: ProfiledTable,
    fields: Sequence[ProfiledField],
    whereabouts: Whereabouts,
    *,
    wished: Condition | None,
    most: int,
) -> Iterator[Row]:
    """The first rows of a part of a table, a value for each field; no value where a part has no such column."""
    if wished is not None and not has_all(part, wished):
        return
    shown = narrowed(part.table, [field.name for field in fields])
    condition = condition_of(part, table, wished, whereabouts.options)
    read = sorted({*shown.positions(), *(() if condition is None else condition.columns)})
    columns = [shown.columns[position] for position in read]
    textual = {column.name for column in columns if column.textual}
    item = SelectedTable.of_file(part.source, part.reader, shown)
    tally, choice = RowTally(), RowChoice(stop=most)
    for partition in part.table.partitions:
        if choice.done(tally.fulfilling):
            return
        source, reader, as_read = item.as_read(partition, tuple(read) if len(read) < len(shown.columns) else None)
        rows, own = RowFilter(condition, choice, tally.fulfilling), RowTally()
        with reading(source):
            for batch in wanted_rows(reader_named(reader).read(source, as_read, partition), as_read, rows, own):
                for cells in example_rows(batch.rows, batch.rows.num_rows):
                    values = {column.name: cell for column, cell in zip(columns, cells, strict=True)}
                    yield tuple(_cell(values.get(field.name), field, textual) for field in fields)
        tally.add(own)


def _cell(value: Scalar | None, field: ProfiledField, textual: Container[str]) -> Scalar | None:
    """A value of a column whose type was found by looking at its texts as what that makes of it."""
    if isinstance(value, str) and field.name in textual:
        return typed_cell(value, field.data_type, field.decimal_mark)
    return value
