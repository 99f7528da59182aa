"""The geometry of charts."""

import re

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.statistics import FineHistogram, NumericStatistics, Quantiles
from airflow_provider_profiler.render.report.charts import HEIGHT, WIDTH, bars, box_of, whole_counts

_BAR = re.compile(r"M([\d.]+) 30v-([\d.]+)h([\d.]+)V30z")


@given(st.lists(st.integers(0, 10**15), max_size=120))
def test_bars_stand_in_their_box_and_keep_their_order(counts):
    found = [tuple(map(float, bar)) for bar in _BAR.findall(bars(counts))]
    assert len(found) == sum(count > 0 for count in counts)
    assert all(x >= 0 and x + wide <= WIDTH + 0.05 and 0 < high <= HEIGHT for x, high, wide in found)
    assert [x for x, _, _ in found] == sorted(x for x, _, _ in found)
    heights = dict(zip([count for count in counts if count], [high for _, high, _ in found], strict=True))
    assert [heights[count] for count in sorted(heights)] == sorted(heights.values())


def test_a_bin_with_little_is_not_one_with_nothing():
    assert bars([1, 10**9]).count("M") == 2
    assert bars([0, 0]) == bars([]) == ""


def numeric(**quantiles: float) -> NumericStatistics:
    known = {
        **dict.fromkeys(("minimum", "maximum", "range", "sum", "mean"), 0),
        **dict.fromkeys(("variance", "standard_deviation", "skewness", "kurtosis"), None),
        **{"zero_count": 0, "negative_count": 0},
    }
    return NumericStatistics(quantiles=Quantiles(**quantiles), **known)


def test_the_box_of_quantiles():
    found = box_of(numeric(p01=10, p05=11, p25=20, p50=30, p75=35, p95=59, p99=60))
    assert found is not None
    assert (found.lower, found.middle, found.upper) == (20, 40, 50)
    assert box_of(numeric(p01=1, p05=1, p25=1, p50=1, p75=1, p95=1, p99=1)) is None


def test_the_box_of_the_largest_doubles():
    top = 1.7e308
    found = box_of(numeric(p01=-top, p05=-top, p25=-top, p50=0.0, p75=top, p95=top, p99=top))
    assert found is not None
    assert (found.lower, found.middle, found.upper) == (0, 50, 100)


def fine(low: int, high: int, *values: int) -> FineHistogram:
    """A hundred bins of equal width, as they are kept."""
    counts = [0] * 100
    for value in values:
        counts[min(99, (value - low) * 100 // (high - low))] += 1
    return FineHistogram(low=low, high=high, counts=tuple(counts))


@given(st.lists(st.integers(-30, 9), min_size=2).filter(lambda values: len(set(values)) > 1))
def test_whole_numbers_that_lie_close_together_are_counted_one_by_one(values):
    low, high = min(values), max(values)
    assert whole_counts(fine(low, high, *values)) == tuple(values.count(value) for value in range(low, high + 1))


def test_whole_numbers_that_reach_far_stay_in_bins():
    assert whole_counts(fine(1, 99, 1, 99)) == ()
    assert whole_counts(FineHistogram(low=3, high=3, counts=(7,))) == ()
    assert whole_counts(FineHistogram(low=-1.7e308, high=1.7e308, counts=(1,) * 100)) == ()
