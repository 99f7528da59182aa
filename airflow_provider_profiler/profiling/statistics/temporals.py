"""The state of dates, times and moments, which are whole numbers of a unit since an origin."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from airflow_provider_profiler.profiling.statistics.encoding import Integers, part
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.extremes import Extremes
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering
from airflow_provider_profiler.profiling.statistics.heavy_hitters import HeavyHitters
from airflow_provider_profiler.profiling.statistics.hyperloglog import HyperLogLog
from airflow_provider_profiler.profiling.statistics.keys import NumberKeys
from airflow_provider_profiler.profiling.statistics.odd_numbers import SENTINEL_DAYS, OddRows
from airflow_provider_profiler.profiling.statistics.tally import tally_numbers
from airflow_provider_profiler.profiling.statistics.values import Values

Unit = Literal["D", "s", "ms", "us", "ns"]

#: From coarse to fine.
GRANULARITIES = ("year", "month", "day", "hour", "minute", "second", "fraction")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@dataclass(frozen=True)
class Calendar:
    """What the numbers mean: days since 1970, moments since 1970 (in UTC where ``zoned``), or times since midnight."""

    unit: Unit
    zoned: bool = False
    time_of_day: bool = False

    @property
    def sentinels(self) -> frozenset[int]:
        """Dates that may stand for no value; there are none among times."""
        if self.time_of_day:
            return frozenset()
        day = 1 if self.unit == "D" else 86_400 * _PER_SECOND[self.unit]
        return frozenset(date * day for date in SENTINEL_DAYS)

    def granularity(self, values: Integers) -> int:
        """The position in :data:`GRANULARITIES` of the coarsest unit that all values share."""
        if self.unit == "D":
            return self._of_days(values)
        second = _PER_SECOND[self.unit]
        for size, level in ((second, "fraction"), (60 * second, "second"), (3600 * second, "minute")):
            if (values % size).any():
                return GRANULARITIES.index(level)
        if self.time_of_day or (values % (86400 * second)).any():
            return GRANULARITIES.index("hour")
        return self._of_days(values // (86400 * second))

    @staticmethod
    def _of_days(days: Integers) -> int:
        dates = days.astype("datetime64[D]")
        for position, unit in ((0, "Y"), (1, "M")):
            if (dates.astype(f"datetime64[{unit}]").astype("datetime64[D]") == dates).all():
                return position
        return GRANULARITIES.index("day")

    def iso(self, value: int) -> str:
        """A value in ISO 8601, without a fraction that is zero."""
        if self.unit == "D":
            return str(np.datetime64(value, "D"))
        text = str(np.datetime64(value, self.unit))
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        if self.time_of_day:
            return text.partition("T")[2]
        return text + "Z" if self.zoned else text

    def encode(self) -> dict[str, Any]:
        """All parts by name."""
        return {"unit": self.unit, "zoned": self.zoned, "time_of_day": self.time_of_day}

    @classmethod
    def decode(cls, encoded: Any) -> "Calendar":
        """Rebuild the meaning.

        :raises ValueError: when the unit is not known.
        """
        unit = part(encoded, "unit", str)
        if unit not in get_args(Unit):
            raise ValueError(f"A stored state is damaged: {unit!r} is not a unit of time.")
        return cls(unit, part(encoded, "zoned", bool), part(encoded, "time_of_day", bool))  # type: ignore[arg-type]


@dataclass(frozen=True)
class TemporalSketch:
    """What is kept of temporal values that are too many to list; there is at least one."""

    rows: int
    extremes: Extremes
    granularity: int
    distinct: HyperLogLog
    hitters: HeavyHitters[NumberKeys]

    def merge(self, other: "TemporalSketch") -> "TemporalSketch":
        """The sketch of both parts' rows."""
        return TemporalSketch(
            self.rows + other.rows,
            self.extremes.merge(other.extremes),
            max(self.granularity, other.granularity),
            self.distinct.merge(other.distinct),
            self.hitters.merge(other.hitters),
        )

    def renumbered(self, numbering: Numbering) -> "TemporalSketch":  # noqa: ARG002
        """Nothing in a sketch says where a value stands."""
        return self

    def encode(self) -> dict[str, Any]:
        """All parts by name."""
        return {
            "rows": self.rows,
            "extremes": self.extremes.encode(),
            "granularity": self.granularity,
            "distinct": self.distinct.encode(),
            "hitters": self.hitters.encode(),
        }

    @classmethod
    def decode(cls, encoded: Any) -> "TemporalSketch":
        """Rebuild the sketch.

        :raises ValueError: when a part is damaged.
        """
        granularity = part(encoded, "granularity", int)
        if not 0 <= granularity < len(GRANULARITIES):
            raise ValueError("A stored state is damaged: its granularity is not known.")
        return cls(
            part(encoded, "rows", int),
            Extremes.decode(part(encoded, "extremes", dict)),
            granularity,
            HyperLogLog.decode(part(encoded, "distinct", dict)),
            HeavyHitters.decode(part(encoded, "hitters", dict), NumberKeys),
        )


@dataclass(frozen=True)
class TemporalValues(Values[NumberKeys, TemporalSketch]):
    """Whole numbers that mean something in a calendar."""

    calendar: Calendar = Calendar("D")

    def with_parts(
        self, seed: int, table: ExactTable[NumberKeys] | None, sketch: TemporalSketch | None
    ) -> "TemporalValues":
        """The same kind of values with other content."""
        return TemporalValues(self.capacity, seed, table, sketch, self.calendar)

    def sketched(self, table: ExactTable[NumberKeys]) -> TemporalSketch:
        """The sketch of a table's rows."""
        values = table.keys.values
        return TemporalSketch(
            table.rows,
            Extremes.of(values),
            self.calendar.granularity(values),
            HyperLogLog.of(table.keys.hashes()),
            HeavyHitters.of(table),
        )


@dataclass(frozen=True)
class TemporalState:
    """Temporal values of a column."""

    tag: ClassVar[str] = "temporal"

    values: TemporalValues
    odd: OddRows = field(default_factory=OddRows)

    @classmethod
    def identity(cls, calendar: Calendar, capacity: int, seed: int) -> "TemporalState":
        """The state of no rows."""
        nothing = ExactTable(NumberKeys(np.zeros(0, np.int64)), np.zeros(0, np.int64))
        return cls(TemporalValues(capacity, seed, nothing, None, calendar))

    @classmethod
    def of(
        cls,
        values: Integers,
        calendar: Calendar,
        capacity: int,
        seed: int,
        *,
        weights: Integers | None = None,
        places: Integers | None = None,
    ) -> "TemporalState":
        """The state of these values.

        :param weights: how many rows each stands for; one where it is None.
        :param places: the first row of each; None: they stand in the rows from 1 on.
        """
        held = cls.identity(calendar, capacity, seed).values.holding(tally_numbers(values, weights))
        return cls(held, OddRows.of(values, held.table, calendar.sentinels, places))

    def merge(self, other: "TemporalState") -> "TemporalState":
        """The state of both parts' rows.

        :raises ValueError: when the values mean something else.
        """
        if self.values.calendar != other.values.calendar:
            raise ValueError("Dates and times of different kinds or units cannot be merged.")
        values = self.values.merge(other.values)
        return TemporalState(values, self.odd.merge(other.odd, values.table, values.calendar.sentinels))

    def renumbered(self, numbering: Numbering) -> "TemporalState":
        """The state of the same rows with other numbers."""
        return replace(self, odd=self.odd.renumbered(numbering))

    @property
    def rows(self) -> int:
        """Rows counted."""
        values = self.values
        return values.sketch.rows if values.sketch is not None else values.table.rows if values.table is not None else 0

    @property
    def distinct(self) -> int:
        """Distinct values: exact with a table, estimated with a sketch."""
        values = self.values
        if values.sketch is not None:
            return values.sketch.distinct.estimate()
        return len(values.table) if values.table is not None else 0

    def encode(self) -> dict[str, Any]:
        """All parts by name."""
        return {
            "calendar": self.values.calendar.encode(),
            "values": self.values.encode(),
            "odd": self.odd.encode(),
        }

    @classmethod
    def decode(cls, encoded: Any) -> "TemporalState":
        """Rebuild the state.

        :raises ValueError: when a part is damaged.
        """
        parts = Values.decode_parts(part(encoded, "values", dict), NumberKeys, TemporalSketch.decode)
        odd = OddRows.decode(part(encoded, "odd", dict))
        return cls(TemporalValues(*parts, Calendar.decode(part(encoded, "calendar", dict))), odd)
