"""The single states: heavy hitters, aligned histograms, moments, lengths, leading values, calendars."""

import math
from collections import Counter
from collections.abc import Callable
from functools import reduce
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.statistics import heavy_hitters
from airflow_provider_profiler.profiling.statistics.aligned_histogram import CELLS, AlignedHistogram
from airflow_provider_profiler.profiling.statistics.column import ColumnState
from airflow_provider_profiler.profiling.statistics.heavy_hitters import HeavyHitters
from airflow_provider_profiler.profiling.statistics.leading import WINDOW, Leading
from airflow_provider_profiler.profiling.statistics.lengths import Lengths
from airflow_provider_profiler.profiling.statistics.moments import Moments
from airflow_provider_profiler.profiling.statistics.tally import tally_bytes, tally_numbers
from airflow_provider_profiler.profiling.statistics.temporals import GRANULARITIES, Calendar

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.lists(st.integers(0, 12), max_size=40), min_size=1, max_size=5))
def test_heavy_hitters_never_promise_too_much(parts: list[list[int]]) -> None:
    limit = heavy_hitters.COUNTERS
    heavy_hitters.COUNTERS = 4
    try:
        states = [HeavyHitters.of(tally_numbers(np.array(part, np.int64))) for part in parts]
        merged = reduce(HeavyHitters.merge, states)
    finally:
        heavy_hitters.COUNTERS = limit
    truth = Counter(value for part in parts for value in part)
    kept = dict(zip(merged.keys.items(), zip(merged.counts.tolist(), merged.missed.tolist(), strict=True), strict=True))
    assert len(kept) <= 4
    # Misra-Gries: the error is at most a share of 1 / (counters + 1) of the rows.
    assert merged.error <= sum(truth.values()) / 5
    for value, rows in truth.items():
        if value in kept:
            counted, missed = kept[value]
            assert counted <= rows <= counted + missed
        else:
            assert rows <= merged.error
    found, short = merged.top(3)
    assert all(rows > merged.error and truth[value] - rows <= short for value, rows in found)


def test_heavy_hitters_are_bounded_in_bytes() -> None:
    texts = [b"%05d" % i * 1000 for i in range(200)]
    state = HeavyHitters.of(tally_bytes(pa.array(texts + texts[:3] * 5, pa.large_binary())))
    assert int(state.keys.sizes().sum()) <= heavy_hitters.BYTES
    found, short = state.top(10)
    assert [(value[:5], rows) for value, rows in found] == [(b"00000", 6), (b"00001", 6), (b"00002", 6)]
    assert short == 0


@example([[0.0], [0.5]])
@example([[0.0], [1e-100]])
@example([[1.2e18], [-2.2e-309]])
@given(st.lists(st.lists(FINITE, min_size=1, max_size=20), min_size=1, max_size=4))
def test_aligned_histograms_are_a_function_of_the_values(parts: list[list[float]]) -> None:
    def histogram(values: list[float]) -> AlignedHistogram:
        table = tally_numbers(np.array(values))
        return AlignedHistogram.of(table.keys.values, table.counts)

    whole = histogram([value for part in parts for value in part])
    merged = reduce(AlignedHistogram.merge, [histogram(part) for part in parts])
    backwards = reduce(AlignedHistogram.merge, [histogram(part) for part in reversed(parts)])
    assert merged.encode() == whole.encode() == backwards.encode()
    assert len(whole.counts) <= CELLS
    assert whole.counts.sum() == sum(map(len, parts))
    assert AlignedHistogram.decode(whole.encode()).encode() == whole.encode()


@given(st.lists(st.lists(st.floats(-1e9, 1e9), max_size=15), min_size=1, max_size=5), st.sampled_from([0.0, 1e12]))
def test_merged_moments_are_those_of_all_values(parts: list[list[float]], far: float) -> None:
    def moments(values: list[float]) -> Moments:
        table = tally_numbers(np.array(values))
        return Moments.of(table.keys.values, table.counts)

    shifted = [[round(value, 2) + far for value in part] for part in parts]
    everything = [value for part in shifted for value in part]
    merged, whole = reduce(Moments.merge, map(moments, shifted)), moments(everything)
    assert merged.rows == len(everything)
    if everything:
        assert merged.mean == pytest.approx(math.fsum(everything) / len(everything), rel=1e-12, abs=1e-3 * 1e-12 + 1e-6)
        spread = max(everything) - min(everything)
        assert merged.second == pytest.approx(whole.second, rel=1e-11, abs=1e-20)
        assert merged.third == pytest.approx(whole.third, rel=1e-9, abs=1e-10 * spread**3 * len(everything))
        assert merged.fourth == pytest.approx(whole.fourth, rel=1e-10, abs=1e-20)


def test_moments_beyond_a_double_are_undefined_and_never_raise() -> None:
    big = Moments.of(np.array([-1e308, 1e308]), np.array([1, 1]))
    small = Moments.of(np.array([1.0, 2.0, 3.0, 5.0]), np.array([1, 1, 1, 1]))
    for state in (
        big,
        big.merge(small),
        small.merge(big),
        big.merge(big),
        small.merge(Moments.of(np.array([1e200]), np.array([1]))),
    ):
        assert math.isfinite(state.mean)
        assert state.variance is None
        assert state.skewness is None
        assert state.kurtosis is None


def test_lengths_are_in_characters_and_blanks_are_counted() -> None:
    texts = tally_bytes(pa.array(["ΑΓΙΑ", "λ", " \t", "\u00a0", "🚇🚇"]).cast(pa.large_binary()))
    assert Lengths.of(texts.keys.values, texts.counts, characters=True) == Lengths(5, 1, 4, 10, 2)
    assert Lengths.of(texts.keys.values, texts.counts, characters=False).maximum == 8


@given(st.lists(st.integers(0, 30), max_size=60), st.lists(st.integers(0, 60), max_size=3), st.integers(1, 9))
def test_leading_values_do_not_depend_on_the_cuts(values: list[int], cuts: list[int], limit: int) -> None:
    edges = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    parts = [values[start:stop] for start, stop in pairwise(edges)]
    numbers = reduce(Leading.merge, (Leading.of_numbers(np.array(part, np.int64), limit) for part in parts))
    texts = reduce(
        Leading.merge,
        (
            Leading.of_texts(pa.array([str(value).encode() for value in part], pa.large_binary()), limit)
            for part in parts
        ),
    )
    expected = list(dict.fromkeys(values))[:limit]
    assert ([] if numbers.keys is None else numbers.keys.items()) == expected
    assert ([] if texts.keys is None else texts.keys.items()) == [str(value).encode() for value in expected]
    assert Leading.decode(numbers.encode()).encode() == numbers.encode()


def test_leading_values_are_those_of_the_first_window() -> None:
    repeated = np.array([1] * (WINDOW - 1) + [2, 3])
    state = Leading.of_numbers(repeated, 3)
    assert state.keys is not None
    assert state.keys.items() == [1, 2]
    state = Leading.of_numbers(repeated[:100], 3).merge(Leading.of_numbers(repeated[100:], 3))
    assert state.keys is not None
    assert state.keys.items() == [1, 2]
    assert Leading.of_numbers(np.array([np.nan] * WINDOW + [2.0]), 3).merge(state).seen == WINDOW


def test_missing_values_do_not_count_among_the_leading_ones(analyze: Callable[..., ColumnState]) -> None:
    state = analyze([None] * 20_000 + ["", "b", None, "a", "b"])
    assert state.leading.keys is not None
    assert state.leading.keys.items() == [b"b", b"a"]
    assert state.leading.seen == 3


@pytest.mark.parametrize(
    ("moments", "granularity"),
    [
        (["2020-01-01", "2021-01-01"], "year"),
        (["2020-01-01", "2021-02-01"], "month"),
        (["2020-01-01", "2021-02-03"], "day"),
        (["2020-01-01T05", "2021-02-03"], "hour"),
        (["2020-01-01T05:30", "2021-02-03"], "minute"),
        (["2020-01-01T05:30:01", "2021-02-03"], "second"),
        (["2020-01-01T05:30:01.5", "1921-02-03"], "fraction"),
        (["1901-01-01", "0001-01-01"], "year"),
    ],
)
def test_granularity_is_the_coarsest_unit_that_all_values_share(moments: list[str], granularity: str) -> None:
    values = np.array(moments, "datetime64[us]").astype(np.int64)
    assert GRANULARITIES[Calendar("us").granularity(values)] == granularity


def test_moments_are_shown_in_iso_8601() -> None:
    assert Calendar("ns", zoned=True).iso(1_500_000_000_123_000_000) == "2017-07-14T02:40:00.123Z"
    assert Calendar("s").iso(0) == "1970-01-01T00:00:00"
    assert Calendar("us", time_of_day=True).iso(3_723_000_001) == "01:02:03.000001"
    assert Calendar("D").iso(-1) == "1969-12-31"
    assert Calendar("s").iso(400_000_000_000) == "14645-06-30T15:06:40"
