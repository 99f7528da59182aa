"""The state of boolean values."""

from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_provider_profiler.profiling.statistics.encoding import count


@dataclass(frozen=True)
class BooleanState:
    """How often each of the two values occurs."""

    tag: ClassVar[str] = "boolean"

    true: int = 0
    false: int = 0

    def merge(self, other: "BooleanState") -> "BooleanState":
        """The counts of both parts' rows."""
        return BooleanState(self.true + other.true, self.false + other.false)

    def encode(self) -> dict[str, Any]:
        """Both counts by name."""
        return {"true": self.true, "false": self.false}

    @classmethod
    def decode(cls, encoded: Any) -> "BooleanState":
        """Rebuild the counts.

        :raises ValueError: when one is missing or negative.
        """
        return cls(count(encoded, "true"), count(encoded, "false"))
