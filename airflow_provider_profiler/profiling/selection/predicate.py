"""Which rows of a batch fulfil a condition, with SQL's three answers: yes, no, and not to be told.

A row counts only where the answer is yes. It cannot be told where a cell is missing, and where a text is compared
with a number or a date but is none.
"""

import re
from collections.abc import Callable, Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.selection.cell_values import present_texts
from airflow_provider_profiler.profiling.selection.comparing import compare_columns, compare_literal
from airflow_provider_profiler.profiling.selection.condition import (
    Comparison,
    Condition,
    Every,
    Likeness,
    Membership,
    Missing,
    Name,
    Negation,
    Some,
    names_in,
)
from airflow_provider_profiler.profiling.selection.kinds import Kind, NotComparable, kind_of_type

#: The cells of a column by the name that the condition uses, free of dictionaries.
Cells = Callable[[Name], pa.Array]


def fulfilled(condition: Condition, cells: Cells) -> pa.BooleanArray:
    """Whether each row fulfils the condition; never null.

    :raises NotComparable: when a literal does not fit its column.
    """
    return pc.fill_null(_answer(condition, cells), False)


def _answer(condition: Condition, cells: Cells) -> pa.BooleanArray:
    match condition:
        case Every(parts):
            return reduce(pc.and_kleene, _answers(parts, cells))
        case Some(parts):
            return reduce(pc.or_kleene, _answers(parts, cells))
        case Negation(part):
            return pc.invert(_answer(part, cells))
        case Missing(column):
            return _missing(cells(column))
        case _:
            return _compared(condition, cells)


def _compared(condition: Comparison | Membership | Likeness, cells: Cells) -> pa.BooleanArray:
    found, *others = (cells(name) for name in names_in(condition))
    if any(pa.types.is_null(values.type) for values in (found, *others)):
        # A file without a single value in a column that holds some in other files of its table.
        return pa.nulls(len(found), pa.bool_())
    match condition:
        case Comparison(_, operator, value):
            if isinstance(value, Name):
                return compare_columns(found, operator, others[0])
            return compare_literal(found, operator, value)
        case Membership(_, values):
            return reduce(pc.or_kleene, [compare_literal(found, "=", value) for value in values])
        case Likeness(_, pattern, escape):
            return _like(found, pattern, escape)


def _answers(parts: Sequence[Condition], cells: Cells) -> list[pa.BooleanArray]:
    return [_answer(part, cells) for part in parts]


def _missing(values: pa.Array) -> pa.BooleanArray:
    return pc.is_null(present_texts(values) if kind_of_type(values.type) is Kind.TEXT else values)


def _like(values: pa.Array, pattern: str, escape: str | None) -> pa.BooleanArray:
    if kind_of_type(values.type) is not Kind.TEXT:
        raise NotComparable("LIKE is for columns of text")
    expression = []
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            expression.append(re.escape(next(characters)))
        else:
            expression.append({"%": ".*", "_": "."}.get(character) or re.escape(character))
    return pc.match_substring_regex(present_texts(values), rf"(?s)\A{''.join(expression)}\z")
