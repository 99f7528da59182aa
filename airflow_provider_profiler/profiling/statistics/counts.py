"""Counts of special numbers: NaN, infinities, zeros and negative ones."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from airflow_provider_profiler.profiling.statistics.encoding import count


@dataclass(frozen=True)
class NumberCounts:
    """``finite`` numbers, of which some are zero or negative, and beside them those that are not finite."""

    finite: int = 0
    zero: int = 0
    negative: int = 0
    nan: int = 0
    positive_infinity: int = 0
    negative_infinity: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.finite + self.nan + self.infinite

    @property
    def infinite(self) -> int:
        """Infinities of both signs."""
        return self.positive_infinity + self.negative_infinity

    @property
    def distinct_special(self) -> int:
        """Distinct values that are not finite: NaN counts as one value, as do the two infinities."""
        return sum(1 for rows in (self.nan, self.positive_infinity, self.negative_infinity) if rows)

    def merge(self, other: "NumberCounts") -> "NumberCounts":
        """The counts of both parts' rows."""
        return NumberCounts(
            **{item.name: getattr(self, item.name) + getattr(other, item.name) for item in fields(self)}
        )

    def encode(self) -> dict[str, Any]:
        """All counts by name."""
        return asdict(self)

    @classmethod
    def decode(cls, encoded: Any) -> "NumberCounts":
        """Rebuild the counts.

        :raises ValueError: when one is missing or negative.
        """
        return cls(**{item.name: count(encoded, item.name) for item in fields(cls)})
