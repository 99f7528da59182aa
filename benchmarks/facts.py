"""What a contender says of a table, in one form, so that it can be held against the exact answer."""

from dataclasses import asdict, dataclass, field
from typing import Any

#: The quantiles that all are asked for; some answer only a few of them.
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
HISTOGRAM_BINS = 10
TOP_VALUES = 10


@dataclass(frozen=True)
class Bin:
    """So many values in [low, high); the last bin of a histogram is closed on both sides."""

    low: float
    high: float
    count: float


@dataclass(frozen=True)
class ColumnFacts:
    """What is said of a column; None, or nothing, where the contender does not say.

    Extremes, mean, quantiles and histogram are of numbers. ``quantiles`` are pairs of a share and a value.
    """

    name: str
    missing: int | None = None
    distinct: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    quantiles: tuple[tuple[float, float], ...] = ()
    histogram: tuple[Bin, ...] = ()


@dataclass(frozen=True)
class TableFacts:
    """What is said of a table; without columns where the contender only reads it."""

    rows: int
    columns: tuple[ColumnFacts, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> "TableFacts":
        """The facts out of :meth:`as_dict`, once through JSON."""
        return cls(found["rows"], tuple(_column(column) for column in found["columns"]))


def _column(found: dict[str, Any]) -> ColumnFacts:
    pairs = tuple((share, value) for share, value in found["quantiles"])
    return ColumnFacts(**{**found, "quantiles": pairs, "histogram": tuple(Bin(**each) for each in found["histogram"])})
