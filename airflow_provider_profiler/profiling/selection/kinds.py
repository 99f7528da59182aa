"""The kinds of columns that a condition tells apart, and which literals each is compared with."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

import pyarrow as pa

from airflow_provider_profiler.profiling.selection.condition import (
    Comparison,
    Condition,
    Likeness,
    Membership,
    Moment,
    Name,
    Value,
    moment_of,
)


class NotComparable(Exception):
    """A literal does not fit its column, or two columns do not fit each other. The message says why."""


class Kind(StrEnum):
    """What the cells of a column are to a condition."""

    TEXT = "text"
    """Also of files whose cells are all text: there the literal decides what a cell is read as."""
    NUMBER = "numbers"
    MOMENT = "dates"
    BOOLEAN = "booleans"
    OTHER = "values that nothing is compared with"


_PHYSICAL: tuple[tuple[str, Kind], ...] = (
    (r"text|json|path|(large_)?string(_view)?", Kind.TEXT),
    (r"u?int\d+|halffloat|float|double|float\d+|decimal\d+\(.*\)", Kind.NUMBER),
    (r"date\d+\[.*\]|timestamp\[.*\]", Kind.MOMENT),
    (r"bool", Kind.BOOLEAN),
)


def kind_of_type(arrow_type: pa.DataType) -> Kind:
    """The kind of an Arrow type."""
    return kind_of(str(arrow_type))


def kind_of(physical_type: str) -> Kind:
    """The kind of a column.

    :param physical_type: as its reader names it: ``text``, ``json``, or an Arrow type; ``path`` for values that stand
        in the paths of files; several with ``|`` between them for a column of several files.
    """
    if " | " in physical_type and not physical_type.endswith(">"):
        kinds = {kind_of(part) for part in physical_type.split(" | ") if part != "null"}
        return kinds.pop() if len(kinds) == 1 else Kind.OTHER
    encoded = re.fullmatch(r"dictionary<values=(.*), indices=.*>|run_end_encoded<.*, values: (.*)>", physical_type)
    if encoded:
        return kind_of(encoded[1] or encoded[2])
    return next((kind for pattern, kind in _PHYSICAL if re.fullmatch(pattern, physical_type)), Kind.OTHER)


def misfit_of_literal(kind: Kind, value: Value) -> str | None:
    """Why cells of a kind cannot be compared with a literal, and how to write it instead; None where they can."""
    fits = {
        Kind.TEXT: True,
        Kind.NUMBER: isinstance(value, Decimal),
        Kind.MOMENT: isinstance(value, Moment) or (isinstance(value, str) and moment_of(value) is not None),
        Kind.BOOLEAN: isinstance(value, bool),
        Kind.OTHER: False,
    }
    ways = {
        Kind.NUMBER: "compare them with a number, without quotes",
        Kind.MOMENT: "compare them with DATE '2024-01-31' or TIMESTAMP '2024-01-31 12:00:00'",
        Kind.BOOLEAN: "compare them with TRUE or FALSE",
        Kind.OTHER: "only IS NULL asks about them",
    }
    return None if fits[kind] else f"holds {kind.value}; {ways[kind]}"


def misfit(leaf: Condition, kinds: Mapping[Name, Kind]) -> str | None:
    """Why a condition without parts does not fit the columns that it names; None where it does.

    :param kinds: of all columns that it names.
    """
    match leaf:
        case Comparison(column, _, other):
            left = kinds[column]
            found = misfit_of_literal(left, other) if not isinstance(other, Name) else None
            if isinstance(other, Name) and (left is not kinds[other] or left is Kind.OTHER):
                found = f"holds {left.value}, but {other.text!r} holds {kinds[other].value}"
        case Membership(column, values):
            found = next(filter(None, (misfit_of_literal(kinds[column], value) for value in values)), None)
        case Likeness(column):
            found = None if kinds[column] is Kind.TEXT else f"holds {kinds[column].value}; LIKE is for columns of text"
        case _:
            return None
    return found and f"its column {column.text!r} {found}"
