"""A column's values: an exact table as long as it fits, and a sketch of them all from then on."""

from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

from airflow_provider_profiler.profiling.statistics.encoding import count, part
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering
from airflow_provider_profiler.profiling.statistics.keys import Keys

K = TypeVar("K", bound=Keys)


class Sketch(Protocol):
    """What remains of a table that overflowed."""

    def merge(self, other: Self) -> Self:
        """The sketch of both parts' rows."""
        ...

    def renumbered(self, numbering: Numbering) -> Self:
        """The sketch of the same rows with other numbers."""
        ...

    def encode(self) -> dict[str, Any]:
        """The sketch as msgpack-ready parts."""
        ...


S = TypeVar("S", bound=Sketch)


@dataclass(frozen=True)
class Values(Generic[K, S]):
    """Either ``table`` or ``sketch`` is there, the other is None.

    The table overflows when all rows' values do not fit, however they were partitioned: its size only grows. Until
    then nothing else is kept, so that every statistic of a table is exact and independent of the partitioning.
    """

    capacity: int
    """Distinct values that the table may hold."""
    seed: int
    """Of the sketch's draws."""
    table: ExactTable[K] | None
    sketch: S | None = None

    def sketched(self, table: ExactTable[K]) -> S:
        """The sketch of a table's rows."""
        raise NotImplementedError

    def _as_sketch(self) -> S:
        if self.sketch is not None:
            return self.sketch
        if self.table is None:
            raise AssertionError("values are a table or a sketch")
        return self.sketched(self.table)

    @property
    def empty(self) -> bool:
        """Whether no row was counted."""
        return self.table is not None and not len(self.table)

    def with_parts(self, seed: int, table: ExactTable[K] | None, sketch: S | None) -> Self:
        """The same kind of values with other content."""
        return type(self)(self.capacity, seed, table, sketch)

    def holding(self, table: ExactTable[K]) -> Self:
        """The same kind of values with this table, or its sketch where it does not fit."""
        if table.fits(self.capacity):
            return self.with_parts(self.seed, table, None)
        return self.with_parts(self.seed, None, self.sketched(table))

    def merge(self, other: Self) -> Self:
        """The values of both parts' rows.

        :raises ValueError: when they were collected with different options.
        """
        if self.capacity != other.capacity:
            raise ValueError("States that were made with different options for exact values cannot be merged.")
        if other.empty:
            return self
        if self.empty:
            return other
        seed = min(self.seed, other.seed)
        if self.table is not None and other.table is not None:
            return self.with_parts(seed, None, None).holding(self.table.merge(other.table))
        return self.with_parts(seed, None, self._as_sketch().merge(other._as_sketch()))

    def renumbered(self, numbering: Numbering) -> Self:
        """The values of the same rows with other numbers."""
        table = None if self.table is None else self.table.renumbered(numbering)
        return self.with_parts(self.seed, table, None if self.sketch is None else self.sketch.renumbered(numbering))

    def encode(self) -> dict[str, Any]:
        """Capacity, seed, and the table or the sketch."""
        return {
            "capacity": self.capacity,
            "seed": self.seed,
            "table": None if self.table is None else self.table.encode(),
            "sketch": None if self.sketch is None else self.sketch.encode(),
        }

    @staticmethod
    def decode_parts(encoded: Any, keys: type[Any], sketch: Any) -> tuple[int, int, ExactTable[Any] | None, Any]:
        """Capacity, seed, table and sketch of encoded values.

        :param keys: the class of the table's keys.
        :param sketch: what decodes the sketch.
        :raises ValueError: when there is not exactly one of table and sketch, or the table is larger than it may be.
        """
        capacity, seed = count(encoded, "capacity"), count(encoded, "seed")
        if (encoded.get("table") is None) == (encoded.get("sketch") is None):
            raise ValueError("A stored state is damaged: it needs either a table or a sketch.")
        if encoded["table"] is None:
            return capacity, seed, None, sketch(part(encoded, "sketch", dict))
        table: ExactTable[Any] = ExactTable.decode(part(encoded, "table", dict), keys)
        if not table.fits(capacity):
            raise ValueError("A stored state is damaged: its table is larger than it may be.")
        return capacity, seed, table, None
