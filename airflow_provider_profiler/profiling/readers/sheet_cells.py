"""The cells of a sheet's columns: which type holds all of them, and the values of that type or their texts."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from airflow_provider_profiler.profiling.readers.workbook_process import (
    BOOLEAN,
    DATE,
    DURATION,
    FRACTION,
    HUGE,
    MOMENT,
    TEXT,
    TIME,
    WHOLE,
)

_NUMBER = WHOLE | FRACTION | HUGE
_SECOND = datetime.timedelta(seconds=1)
#: Larger whole numbers are written with an exponent, as a double has no more digits than these.
_LARGEST_PLAIN = 1e15


def cell_text(cell: Any) -> str:
    """A cell as the text that stands for it: whole numbers without a point, dates and times as ISO 8601 has them."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _LARGEST_PLAIN:
        return str(int(cell))
    if isinstance(cell, datetime.timedelta):
        return f"{cell / _SECOND:g} s"
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    return str(cell.isoformat()) if isinstance(cell, datetime.date | datetime.time) else repr(cell)


def _moment(cell: Any) -> datetime.datetime:
    return cell if isinstance(cell, datetime.datetime) else datetime.datetime.combine(cell, datetime.time())


@dataclass(frozen=True)
class CellType:
    """What a column of a sheet holds."""

    name: str
    """For people."""
    arrow: pa.DataType
    textual: bool
    value: Callable[[Any], Any] | None = None
    """From a cell that is not empty to a value of the Arrow type; None where cells are that."""


_TEXT = CellType("text", pa.string(), textual=True)
_DATES = CellType("date and time", pa.timestamp("us"), textual=False, value=_moment)
_NUMBERS = CellType("number", pa.float64(), textual=False, value=float)
#: What cells of these kinds, and no others, are.
_PURE = {
    0: _TEXT,
    TEXT: _TEXT,
    WHOLE: CellType("integer", pa.int64(), textual=False, value=int),
    BOOLEAN: CellType("boolean", pa.bool_(), textual=False),
    DATE: CellType("date", pa.date32(), textual=False),
    MOMENT: _DATES,
    DATE | MOMENT: _DATES,
    TIME: CellType("time", pa.time64("us"), textual=False),
    DURATION: CellType("duration in seconds", pa.float64(), textual=False, value=lambda cell: cell / _SECOND),
}
_MIXED = CellType("mixed", pa.string(), textual=True, value=cell_text)


def type_of(kinds: int) -> CellType:
    """The type of a column whose cells are of some kinds: texts, unless all are of one.

    :param kinds: bits of :mod:`.workbook_process`; 0 for a column without a value.
    """
    return _PURE.get(kinds) or (_MIXED if kinds & ~_NUMBER else _NUMBERS)


def column_of(cells: Sequence[Any], kind: CellType) -> pa.Array:
    """The values of a column; cells that are empty, or hold but blanks, are null.

    :raises ValueError: when a cell is not of the type.
    """
    present = [None if isinstance(cell, str) and (not cell or cell.isspace()) else cell for cell in cells]
    if kind.value is None:
        return pa.array(present, kind.arrow)
    make = kind.value
    return pa.array([None if cell is None else make(cell) for cell in present], kind.arrow)
