"""The smallest and the largest value."""

from dataclasses import dataclass
from typing import Any

from airflow_provider_profiler.profiling.statistics.encoding import Array, number


@dataclass(frozen=True)
class Extremes:
    """The smallest and the largest of at least one value; integers stay integers."""

    minimum: int | float
    maximum: int | float

    @classmethod
    def of(cls, values: Array) -> "Extremes":
        """The extremes of ascending values, of which there is at least one."""
        return cls(values[0].item(), values[-1].item())

    def merge(self, other: "Extremes") -> "Extremes":
        """The extremes of both parts' values."""
        return Extremes(min(self.minimum, other.minimum), max(self.maximum, other.maximum))

    def encode(self) -> dict[str, Any]:
        """Both values by name."""
        return {"minimum": self.minimum, "maximum": self.maximum}

    @classmethod
    def decode(cls, encoded: Any) -> "Extremes":
        """Rebuild the extremes.

        :raises ValueError: when they are missing or the wrong way round.
        """
        minimum, maximum = number(encoded, "minimum"), number(encoded, "maximum")
        if not minimum <= maximum:
            raise ValueError("A stored state is damaged: its minimum is not below its maximum.")
        return cls(minimum, maximum)
