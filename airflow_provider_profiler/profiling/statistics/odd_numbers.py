"""Where the odd ones among numbers stand: those that are not finite, and those that may mean "no value".

The latter are looked for at both ends of all values alone: a number among the others is nothing odd.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers, part
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering, earlier_by_key, first_row_of
from airflow_provider_profiler.profiling.statistics.keys import NumberKeys

#: Numbers of nothing but nines, and the ends of the ranges of integers.
SENTINEL_NUMBERS = frozenset(
    {*(sign * int("9" * digits) for digits in range(2, 11) for sign in (1, -1))}
    | {-9, -32768, 32767, -(2**31), 2**31 - 1}
)
#: The first days of calendars and clocks, and the last ones of forms, in days since 1970.
SENTINEL_DAYS = frozenset(
    np.array(
        [
            *("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01", "1970-01-01"),
            *("2099-12-31", "2199-12-31", "2999-12-31", "9999-12-31"),
        ],
        "datetime64[D]",
    )
    .astype(np.int64)
    .tolist()
)
#: Numbers that are not finite, by name.
NOT_FINITE = {"nan": np.nan, "positive_infinity": np.inf, "negative_infinity": -np.inf}


@dataclass(frozen=True)
class OddRows:
    """The first row of each odd number."""

    sentinels: Mapping[int, int] = field(default_factory=dict)
    special: Mapping[str, int] = field(default_factory=dict)
    """By the names of :data:`NOT_FINITE`."""

    @property
    def empty(self) -> bool:
        """Whether there are none."""
        return not (self.sentinels or self.special)

    @classmethod
    def of(
        cls,
        values: Array,
        table: ExactTable[NumberKeys] | None,
        known: frozenset[int],
        rows: Integers | None = None,
        *,
        finite: bool = True,
    ) -> "OddRows":
        """Find the odd ones.

        :param values: all numbers.
        :param table: the finite ones of them; None where they are too many to list.
        :param known: numbers that may mean "no value".
        :param rows: the row of each number; None: they stand in the rows from 1 on.
        :param finite: whether all of the numbers are.
        """
        found = _at_the_ends(table, known)
        special = {} if finite else {name: first_row_of(odd, values, rows) for name, odd in NOT_FINITE.items()}
        return cls(
            {value: first_row_of(value, values, rows) for value in found},
            {name: row for name, row in special.items() if row},
        )

    def merge(self, other: "OddRows", table: ExactTable[NumberKeys] | None, known: frozenset[int]) -> "OddRows":
        """The odd ones of both parts' rows.

        :param table: the finite numbers of both parts; None where they are too many to list.
        """
        if self.empty and other.empty:
            return self
        at_the_ends = _at_the_ends(table, known)
        sentinels = earlier_by_key(self.sentinels, other.sentinels)
        return OddRows(
            {value: sentinels[value] for value in at_the_ends if value in sentinels},
            earlier_by_key(self.special, other.special),
        )

    def renumbered(self, numbering: Numbering) -> "OddRows":
        """Those of the same rows with other numbers."""
        return OddRows(
            {value: numbering.of_one(row) for value, row in self.sentinels.items()},
            {name: numbering.of_one(row) for name, row in self.special.items()},
        )

    def encode(self) -> dict[str, Any]:
        """Both kinds in a fixed order."""
        return {
            "sentinels": [[value, self.sentinels[value]] for value in sorted(self.sentinels)],
            "special": {name: self.special[name] for name in sorted(self.special)},
        }

    @classmethod
    def decode(cls, encoded: Any) -> "OddRows":
        """Rebuild them.

        :raises ValueError: when they are not numbers with their rows.
        """
        sentinels = dict(part(encoded, "sentinels", list))
        special = part(encoded, "special", dict)
        numbers = (*sentinels, *sentinels.values(), *special.values())
        rows = (*sentinels.values(), *special.values())
        if any(type(number) is not int for number in numbers) or any(row < 0 for row in rows):
            raise ValueError("A stored state is damaged: the rows of its odd numbers are not as they should be.")
        if not special.keys() <= NOT_FINITE.keys():
            raise ValueError("A stored state is damaged: it holds an odd number that is not known.")
        return cls(sentinels, special)


def _at_the_ends(table: ExactTable[NumberKeys] | None, known: frozenset[int]) -> list[int]:
    """The known numbers of a table beyond which there are only known ones."""
    if table is None:
        return []
    values = table.keys.values
    found: list[int] = []

    def walk(place: Callable[[int], int]) -> None:
        for step in range(min(len(values), len(known))):
            value = values[place(step)].item()
            if value not in known:
                break
            found.append(int(value))

    walk(lambda step: step)
    walk(lambda step: -1 - step)
    return list(dict.fromkeys(found))
