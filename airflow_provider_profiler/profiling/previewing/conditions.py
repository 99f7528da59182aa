"""The condition that rows of a preview fulfil: that of the profile, and that of the wish over its columns alone."""

from collections.abc import Callable
from dataclasses import replace

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.profiling.previewing.looking import FoundTable
from airflow_provider_profiler.profiling.previewing.profiled import ProfiledTable
from airflow_provider_profiler.profiling.readers.reader import Column
from airflow_provider_profiler.profiling.selection.columns import known_columns, position_of
from airflow_provider_profiler.profiling.selection.condition import (
    Comparison,
    Condition,
    Every,
    Name,
    Negation,
    Some,
    names_in,
)
from airflow_provider_profiler.profiling.selection.planning import bound, read_condition
from airflow_provider_profiler.profiling.selection.row_choice import takes_all
from airflow_provider_profiler.profiling.selection.rows import BoundCondition


def columns_of(table: ProfiledTable) -> list[Column]:
    """The columns that were profiled, by their names."""
    return [Column(field.name, field.name, "", textual=False) for field in table.fields]


def wished_condition(where: str, table: ProfiledTable) -> Condition:
    """The condition of a wish: over the columns that were profiled, and no others.

    Its names are written as the columns are called: what a name means among these alone, it may not mean among all.

    :raises InvalidRequest: when it is refused, or names another column.
    """
    columns = columns_of(table)

    def as_called(name: Name) -> Name:
        position = position_of(name, columns)
        if position is None:
            known = known_columns(name.text, [column.name for column in columns])
            raise InvalidRequest(f"The condition asks for the column {name.text!r}, which there is not{known}.")
        return Name(columns[position].name, quoted=True)

    return _renamed(read_condition(where), as_called)


def _renamed(condition: Condition, name: Callable[[Name], Name]) -> Condition:
    match condition:
        case Every(parts) | Some(parts):
            return replace(condition, parts=tuple(_renamed(part, name) for part in parts))
        case Negation(part):
            return Negation(_renamed(part, name))
        case Comparison(column, operator, Name() as other):
            return Comparison(name(column), operator, name(other))
        case _:
            return replace(condition, column=name(condition.column))


def has_all(part: FoundTable, wished: Condition) -> bool:
    """Whether a part of a table has the columns of the condition of a wish."""
    return {name.text for name in names_in(wished)} <= {column.name for column in part.table.columns}


def condition_of(
    part: FoundTable, table: ProfiledTable, wished: Condition | None, options: ProfileOptions
) -> BoundCondition | None:
    """The profile's condition, where it applies to the table, and that of the wish.

    :param part: has all columns of the wish's.
    :raises InvalidRequest: when one of them does not fit the table as it is now.
    """
    conditions = []
    if options.selection.where is not None:
        own = read_condition(options.selection.where)
        fitting, why = bound(own, part.table)
        if fitting is not None:
            conditions.append(own)
        elif _was_applied(own, part, table, options):
            # Without it rows would be shown that the job left out.
            raise InvalidRequest(
                f"The condition of the profile does not fit the table {table.name!r} any more: {why}. Profile the "
                "dataset again."
            )
    if wished is not None:
        conditions.append(wished)
    if not conditions:
        return None
    together, why = bound(Every(tuple(conditions)), part.table)
    if together is None:
        raise InvalidRequest(f"The condition does not fit the table {table.name!r}: {why}.")
    return together


def _was_applied(own: Condition, part: FoundTable, table: ProfiledTable, options: ProfileOptions) -> bool:
    """Whether the job chose rows of a table by its condition, which does not fit a part of the table now."""
    chosen = table.selection
    if chosen is None:
        return False
    if takes_all(options.sampling) or chosen.rows_fulfilling < chosen.rows_seen:
        return True
    # A sample of rows, of which all fulfil the condition or there was none.
    if part.changed is False:
        return False
    if not options.selection.columns and not options.selection.exclude_columns:
        return all(position_of(name, columns_of(table)) is not None for name in names_in(own))
    return True
