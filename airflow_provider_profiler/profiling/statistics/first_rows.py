"""Where values stand: the number of the first row of each, remembered beside it so that examples can say it.

Rows count from 1. Within a batch a number is a row's place in it; :class:`Numbering` then turns places into the numbers
by which the file's rows are known, and the numbers of a part of a table into those of the whole. 0 stands for a number
that is not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers, pack, part, unpack

K = TypeVar("K")

#: Types of numbers as they are stored: those of most tables are small.
_WIDTHS = ("uint8", "uint16", "uint32", "int64")
#: Codes that are looked at together.
_BLOCK = 1 << 15
#: Numbers that are searched at a time, so that a search ends soon after what it finds.
_SEARCHED = 1 << 16


@dataclass(frozen=True)
class Numbering:
    """From numbers of rows that count in one way to those that count in another."""

    shift: int = 0
    """What is added, where the rows stand one behind the other."""
    numbers: Integers | None = None
    """The new number of each row, where they do not; 0 for one that is not known."""

    @classmethod
    def of_places(cls, places: Array) -> "Numbering":
        """From numbers within a selection of rows to those of where they were taken from.

        :param places: of the selected rows, from 0 on.
        """
        return cls(numbers=places.astype(np.int64) + 1)

    @property
    def changes(self) -> bool:
        """Whether any number becomes another."""
        return bool(self.shift) or self.numbers is not None

    def of(self, rows: Integers) -> Integers:
        """The new numbers of some rows; what is not known stays unknown."""
        if self.numbers is not None:
            if not len(self.numbers):  # of no rows, none is known
                return np.zeros(len(rows), np.int64)
            return np.where(rows > 0, self.numbers.take(np.maximum(rows, 1) - 1), 0)
        return np.where(rows > 0, rows + self.shift, 0) if self.shift else rows

    def of_one(self, row: int) -> int:
        """The new number of a row."""
        if not row:
            return 0
        return row + self.shift if self.numbers is None else int(self.numbers[row - 1])

    def after(self, places: Array) -> "Numbering":
        """The numbering of a selection of the rows that this is one of.

        :param places: of the selected rows, from 0 on.
        """
        selected = places.astype(np.int64, copy=False)
        return Numbering(numbers=selected + (1 + self.shift) if self.numbers is None else self.numbers.take(selected))

    def last(self, rows: int) -> int:
        """The largest number of so many rows."""
        if self.numbers is None:
            return self.shift + rows if rows else 0
        return int(self.numbers.max()) if len(self.numbers) else 0


def numbers_without(left_out: Sequence[int], size: int) -> Numbering:
    """The numbering of rows that count from 1 on with others between them.

    :param left_out: the numbers of the others.
    :param size: how many there are of both.
    """
    if not left_out or left_out[0] > size - len(left_out):  # behind all rows
        return Numbering()
    return Numbering(numbers=np.delete(np.arange(1, size + 1), np.array(left_out) - 1))


def first_rows_of_codes(codes: npt.NDArray[np.int32], size: int) -> Integers:
    """The first row of each code, where every code that appears for the first time is the next one.

    The largest code so far rises where a new one appears: only blocks in which it does are looked into.

    :param size: how many codes there are.
    """
    found = np.empty(size, np.int64)
    known = 0
    for start in range(0, len(codes), _BLOCK):
        if known >= size:
            break
        block = codes[start : start + _BLOCK]
        if block.max() < known:
            continue
        # Most rows hold what the row before does, or what was known: no need to look at them one by one.
        new = block >= known
        new[1:] &= block[1:] != block[:-1]
        rows = np.flatnonzero(new)
        rising = np.maximum.accumulate(block[rows])
        first = rows[rising != np.concatenate(([known - 1], rising[:-1]))]
        found[known : known + len(first)] = first + (start + 1)
        known += len(first)
    return found


def earliest(codes: Array, rows: Integers, size: int) -> Integers:
    """For each of some codes the position of the one that stands in the smallest row; -1 where there is none.

    :param codes: below ``size``, in any order.
    :param rows: the row of each.
    """
    found = np.full(size, -1, np.int64)
    if len(rows) < 2 or (rows[1:] > rows[:-1]).all():
        # Written backwards, so that the first of each stays.
        found[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    else:
        order = np.argsort(rows, kind="stable")[::-1]
        found[codes[order]] = order
    return found


def first_row_of(value: float, values: Array, rows: Integers | None) -> int:
    """The first row in which a number stands, 0 where it does not.

    :param rows: the row of each number; None: they stand in the rows from 1 on.
    """
    if rows is not None:
        standing = rows[np.isnan(values) if value != value else values == value]  # noqa: PLR0124
        return int(standing.min()) if len(standing) else 0
    for start in range(0, len(values), _SEARCHED):
        part_ = values[start : start + _SEARCHED]
        hits = np.isnan(part_) if value != value else part_ == value  # noqa: PLR0124
        place = int(hits.argmax())
        if hits[place]:
            return start + place + 1
    return 0


def earlier(row: int, other: int) -> int:
    """The smaller of two numbers of rows, where both are known."""
    return min(row, other) if row and other else row or other


def earlier_of(rows: Integers, others: Integers) -> Integers:
    """The smaller ones of two numbers of rows each, where both are known."""
    return np.where((rows == 0) | ((others > 0) & (others < rows)), others, rows)


def earlier_by_key(one: Mapping[K, int], other: Mapping[K, int]) -> dict[K, int]:
    """The first rows of what has one in either."""
    return {key: earlier(one.get(key, 0), other.get(key, 0)) for key in (*one, *other)}


def encode_rows(rows: Integers) -> dict[str, Any]:
    """Numbers of rows in the narrowest type that holds them."""
    most = int(rows.max()) if len(rows) else 0
    width = next(name for name in _WIDTHS if most <= np.iinfo(name).max)
    return {"width": width, "items": pack(rows.astype(width))}


def decode_rows(encoded: Any, length: int) -> Integers:
    """Read numbers of rows back.

    :param length: how many there must be.
    :raises ValueError: when they are not such numbers.
    """
    width = part(encoded, "width", str)
    if width not in _WIDTHS:
        raise ValueError(f"A stored state is damaged: {width!r} is not a type of numbers of rows.")
    rows = unpack(part(encoded, "items", bytes), width, length).astype(np.int64)
    if len(rows) and rows.min() < 0:
        raise ValueError("A stored state is damaged: it holds a row with a negative number.")
    return rows
