"""Rows as a profile shows them: one scalar a cell."""

import json
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from airflow_provider_profiler.contract.statistics import Scalar

#: Rows that stand as examples of a table.
EXAMPLE_ROWS = 5
#: Characters of an example; a cell may hold a whole document.
LONGEST_EXAMPLE = 500


def example_rows(rows: pa.RecordBatch, count: int = EXAMPLE_ROWS) -> tuple[tuple[Scalar | None, ...], ...]:
    """The first rows of a batch."""
    head = rows.slice(0, count)
    columns = [[_cell(column, index) for index in range(len(column))] for column in head.columns]
    return tuple(tuple(column[index] for column in columns) for index in range(head.num_rows))


def _cell(column: pa.Array, index: int) -> Scalar | None:
    try:
        value = column[index].as_py()
    except (ValueError, OverflowError, ArithmeticError):  # a moment beyond what Python's dates can be
        value = str(column[index])
    return scalar(value)


def scalar(value: Any) -> Scalar | None:
    """A value for a document: numbers that JSON does not know, dates, bytes and nested values become text."""
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case str():
            text = value
        case _:
            text = _text(value)
    return text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"


def _text(value: Any) -> str:
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal() | timedelta():
            return str(value)
        case bytes():
            return value.hex()
        case list() | dict() | tuple():
            return json.dumps(_plain(value), ensure_ascii=False)
        case _:
            return str(value)


def _plain(value: Any) -> Any:
    """Nested values in JSON's terms."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case dict():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return _text(value)
