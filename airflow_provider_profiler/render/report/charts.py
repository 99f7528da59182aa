"""The geometry of small charts: numbers in, SVG path data out. What they look like, the style sheet says."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from airflow_provider_profiler.contract.statistics import FineHistogram, NumericStatistics

#: Width and height of a chart's box, in its own units; it is stretched to the room it gets.
WIDTH, HEIGHT = 100.0, 30.0
#: Height of the smallest count that is not zero: a bin with one value in a million must not look empty.
_LEAST = 0.9
#: Share of a bar's room that stays free beside it; with many bars none does, or they would turn grey.
_GAP = 0.12
_FEW_BARS = 40


@dataclass(frozen=True)
class Box:
    """Quantiles as places on a line from 0 to 100: its ends are ``p01`` and ``p99``."""

    lower: float
    middle: float
    upper: float
    ends: tuple[float, float]
    """``p01`` and ``p99`` themselves."""


def bars(counts: Sequence[int], highest: int | None = None) -> str:
    """Bars from the left to the right as SVG path data in a box of :data:`WIDTH` by :data:`HEIGHT`.

    :param counts: of the bins, none of them negative.
    :param highest: the count that reaches the top; the largest of the counts where it is None.
    :return: an empty text where there is nothing to draw.
    """
    top = highest or max(counts, default=0)
    if not top:
        return ""
    step = WIDTH / len(counts)
    gap = step * _GAP if len(counts) <= _FEW_BARS else 0.0
    drawn = []
    for place, count in enumerate(counts):
        if count:
            height = max(_LEAST, HEIGHT * min(1.0, count / top))
            wide = step - gap
            drawn.append(
                f"M{_short(place * step + gap / 2)} {_short(HEIGHT)}v-{_short(height)}h{_short(wide)}V{_short(HEIGHT)}z"
            )
    return "".join(drawn)


def counts_of(numeric: NumericStatistics, *, fine: bool) -> tuple[int, ...]:
    """The counts of a column's histogram, the fine one where it is asked for and kept."""
    if fine and numeric.fine_histogram is not None:
        return numeric.fine_histogram.counts
    return tuple(item.count for item in numeric.histogram)


def whole_counts(fine: FineHistogram) -> tuple[int, ...]:
    """The counts of whole numbers that lie close together, one by one; empty where they reach too far.

    Bins of equal width that are narrower than 1 hold a number here and none there: gaps that are not in the data.

    :param fine: of whole numbers alone.
    """
    reach = round(fine.high - fine.low) if abs(fine.high - fine.low) < _FEW_BARS else 0
    bins = len(fine.counts)
    if not 0 < reach < bins:
        return ()
    counts = [0] * (reach + 1)
    for place, count in enumerate(fine.counts):
        # The one whole number in the bin, counted from the least; what its edge is short of it is a double's error.
        counts[min(reach, ceil(place * reach / bins - 1e-9))] += count
    return tuple(counts)


def box_of(numeric: NumericStatistics) -> Box | None:
    """Where the quartiles lie between the first and the last percentile; None where those are equal or unknown."""
    quantiles = numeric.quantiles
    if quantiles is None or not quantiles.p99 > quantiles.p01:
        return None
    # Halved before the difference is taken: that of two large doubles may be beyond what a double can hold.
    span = quantiles.p99 / 2 - quantiles.p01 / 2
    lower, middle, upper = (
        min(100.0, max(0.0, 100 * ((value / 2 - quantiles.p01 / 2) / span)))
        for value in (quantiles.p25, quantiles.p50, quantiles.p75)
    )
    return Box(round(lower, 2), round(middle, 2), round(upper, 2), (quantiles.p01, quantiles.p99))


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
