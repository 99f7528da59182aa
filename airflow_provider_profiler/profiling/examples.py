"""Rows as a profile shows them: one scalar a cell."""

import math
from datetime import date, time
from typing import Any

import pyarrow as pa

from airflow_provider_profiler.contract.statistics import Scalar
from airflow_provider_profiler.profiling.statistics.nested import plain_values, render_json

#: Rows that stand as examples of a table.
EXAMPLE_ROWS = 5
#: Characters of an example; a cell may hold a whole document.
LONGEST_EXAMPLE = 500


def example_rows(rows: pa.RecordBatch, count: int = EXAMPLE_ROWS) -> tuple[tuple[Scalar | None, ...], ...]:
    """The first rows of a batch."""
    head = rows.slice(0, count)
    columns = [_cells(column) for column in head.columns]
    return tuple(tuple(column[index] for column in columns) for index in range(head.num_rows))


def _cells(column: pa.Array) -> list[Scalar | None]:
    plain = plain_values(column)
    if pa.types.is_nested(plain.type):
        return [scalar(text) for text in render_json(plain).to_pylist()]
    cells = []
    for index in range(len(plain)):
        try:
            value = plain[index].as_py()
        except (ValueError, OverflowError):  # a moment beyond what Python's dates can be
            value = plain.slice(index, 1).cast(pa.string())[0].as_py()
        cells.append(scalar(value))
    return cells


def scalar(value: Any) -> Scalar | None:
    """A value for a document: numbers that JSON does not know, dates and bytes become text, long text is cut."""
    match value:
        case None | bool():
            return value
        case int():
            # States travel as msgpack, which has no integers beyond 64 bits.
            return value if -(2**63) <= value < 2**64 else str(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case str():
            text = value
        case date() | time():
            text = value.isoformat()
        case bytes():
            text = value.hex()
        case _:
            text = str(value)
    return text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"
