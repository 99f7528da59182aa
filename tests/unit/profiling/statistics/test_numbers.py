"""Exact numeric statistics against pandas and numpy."""

import math
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.contract.statistics import Method, NumericStatistics
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile, describe
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer

Profile = Callable[..., ColumnProfile]
SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def numeric(profile: ColumnProfile) -> NumericStatistics:
    assert profile.statistics.numeric is not None
    return profile.statistics.numeric


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-9, abs=1e-12)


@given(st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=4, max_size=80))
def test_statistics_are_those_of_pandas(values: list[float]) -> None:
    options = StatisticsOptions()
    state = ColumnAnalyzer(textual=False, options=options, partition_index=0).analyze(pa.array(values))
    profile = describe(state, options)
    found, series = numeric(profile), pd.Series(values)
    assert (found.minimum, found.maximum) == (series.min(), series.max())
    assert found.mean == pytest.approx(series.mean(), rel=1e-9, abs=1e-9)
    assert found.sum == pytest.approx(series.sum(), rel=1e-9, abs=1e-6)
    assert found.variance == pytest.approx(series.var(), rel=1e-9, abs=1e-12)
    assert found.standard_deviation == pytest.approx(series.std(), rel=1e-9, abs=1e-9)
    if series.std() > 1e-6 * series.abs().max():
        assert found.skewness == pytest.approx(series.skew(), rel=1e-6, abs=1e-6)
        assert found.kurtosis == pytest.approx(series.kurt(), rel=1e-6, abs=1e-6)
    assert found.quantiles is not None
    expected = series.quantile(SHARES).tolist()
    assert list(found.quantiles.model_dump().values()) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert profile.statistics.distinct_count == series.nunique()
    assert (found.zero_count, found.negative_count) == ((series == 0).sum(), (series < 0).sum())
    counts = series.value_counts()
    assert [top.count for top in profile.statistics.top_values[:1]] in ([counts.max()], [])
    assert all(counts[top.value] == top.count for top in profile.statistics.top_values)


def test_the_histogram_is_numpys(profile: Profile) -> None:
    values = np.random.default_rng(1).normal(size=5000)
    bins = numeric(profile(values)).histogram
    counts, edges = np.histogram(values, 10)
    assert [item.count for item in bins] == counts.tolist()
    assert [item.low for item in bins] == near(edges[:-1].tolist())
    assert (bins[0].low, bins[-1].high) == (values.min(), values.max())


def test_the_last_bin_alone_is_closed(profile: Profile) -> None:
    assert [item.count for item in numeric(profile(list(range(11)))).histogram] == [1] * 9 + [2]


def test_a_constant_column_has_one_bin_and_no_spread(profile: Profile) -> None:
    found = numeric(profile([7, 7, 7, 7]))
    assert [(item.low, item.high, item.count) for item in found.histogram] == [(7, 7, 4)]
    assert (found.variance, found.skewness, found.kurtosis) == (0, None, None)
    series = pd.Series([7, 7, 7, 7])
    assert math.isnan(series.skew())
    assert math.isnan(series.kurt())


@pytest.mark.parametrize(("rows", "known"), [(1, 0), (2, 1), (3, 2), (4, 3)])
def test_what_is_undefined_for_few_values_is_none(profile: Profile, rows: int, known: int) -> None:
    found = numeric(profile([1, 2, 4, 8][:rows]))
    assert [item is not None for item in (found.variance, found.skewness, found.kurtosis)] == [
        position < known for position in range(3)
    ]


def test_integers_stay_exact_at_both_ends_of_64_bits(profile: Profile) -> None:
    signed = numeric(profile(pa.array([-(2**63), 2**63 - 1, 2**63 - 1], pa.int64())))
    assert (signed.minimum, signed.maximum) == (-(2**63), 2**63 - 1)
    assert (signed.range, signed.sum) == (2**64 - 1, 2**63 - 2)
    unsigned = profile(pa.array([0, 2**64 - 1, 2**64 - 1], pa.uint64()))
    assert (numeric(unsigned).maximum, numeric(unsigned).sum) == (2**64 - 1, 2 * (2**64 - 1))
    assert unsigned.statistics.top_values[0].value == 2**64 - 1
    assert unsigned.data_type is DataType.INTEGER


def test_neighbouring_large_integers_keep_their_variance(profile: Profile) -> None:
    values = [2**62, 2**62 + 1, 2**62 + 2]
    assert numeric(profile(values)).variance == 1.0
    assert profile(values).statistics.distinct_count == 3


def test_sums_beyond_a_double_are_integers(profile: Profile) -> None:
    found = numeric(profile([1e308, 1e308, -1e308, 1e308]))
    assert found.sum == int(5e307) * 4 == 2 * int(1e308)
    assert found.range == 2 * int(1e308)
    assert found.mean == 5e307
    assert found.variance is None
    assert found.quantiles is not None
    assert all(math.isfinite(value) for value in found.quantiles.model_dump().values())
    assert sum(item.count for item in found.histogram) == 4


def test_the_smallest_doubles_do_no_harm(profile: Profile) -> None:
    result = profile([5e-324, 1e-310, 0.0, -0.0])
    found = numeric(result)
    assert (found.minimum, found.maximum) == (0.0, 1e-310)
    assert (found.zero_count, found.negative_count, result.statistics.distinct_count) == (2, 0, 3)
    assert sum(item.count for item in found.histogram) == 4


def test_zero_has_no_sign(profile: Profile) -> None:
    result = profile([-0.0, 0.0, -0.0])
    assert result.statistics.distinct_count == 1
    assert [(str(top.value), top.count) for top in result.statistics.top_values] == [("0.0", 3)]
    assert [str(value) for value in result.sample] == ["0.0"]


def test_nan_and_infinity_are_counted_apart_and_never_shown(profile: Profile) -> None:
    result = profile([1.0, math.nan, math.inf, -math.inf, math.nan, None, 3.0])
    statistics = result.statistics
    assert (statistics.row_count, statistics.missing_count) == (6, 1)
    assert (statistics.nan_count, statistics.infinity_count) == (2, 2)
    assert statistics.distinct_count == 5
    assert numeric(result).mean == 2.0
    assert result.sample == (1.0, 3.0)


def test_a_column_of_nan_alone_is_a_float_without_numbers(profile: Profile) -> None:
    result = profile(pa.array([math.nan, math.nan]))
    assert result.data_type is DataType.FLOAT
    assert result.statistics.numeric is None
    assert result.statistics.nan_count == result.statistics.row_count == 2


@pytest.mark.parametrize("kind", [pa.int8(), pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.date32(), pa.null()])
def test_columns_without_values_are_empty_profiles(profile: Profile, kind: pa.DataType) -> None:
    for rows in (0, 3):
        statistics = profile(pa.nulls(rows, kind)).statistics
        assert (statistics.row_count, statistics.missing_count, statistics.distinct_count) == (0, rows, 0)
        assert statistics.numeric is statistics.text is statistics.temporal is statistics.boolean is None


def test_decimals_that_fit_are_exact_and_huge_ones_finite(profile: Profile) -> None:
    whole = profile(pa.array([Decimal(999_999_999_999_999_999), Decimal(1)], pa.decimal128(18, 0)))
    assert (whole.data_type, numeric(whole).maximum) == (DataType.INTEGER, 999_999_999_999_999_999)
    huge = profile(pa.array([Decimal(10) ** 75], pa.decimal256(76, 0)))
    assert (huge.data_type, numeric(huge).maximum) == (DataType.FLOAT, 1e75)
    assert numeric(profile(pa.array([Decimal("1.10")]))).maximum == 1.1


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.int8(), pa.uint8(), pa.int32(), pa.duration("s")])
def test_all_widths_of_numbers_are_read(profile: Profile, kind: pa.DataType) -> None:
    found = numeric(profile(pa.array([1, 2, 3], kind)))
    assert (found.minimum, found.maximum, found.mean) == (1, 3, 2)


def test_exact_statistics_say_so(profile: Profile) -> None:
    accuracy = profile([1, 2, 2]).statistics.accuracy
    groups = (accuracy.distinct, accuracy.quantiles, accuracy.histogram, accuracy.top_values)
    assert all(group.method is Method.EXACT and group.bound == 0 for group in groups)


def test_top_values_break_ties_by_value_and_unique_columns_have_none(profile: Profile) -> None:
    top = profile([3, 1, 2, 2, 3, 1, 9]).statistics.top_values
    assert [(item.value, item.count) for item in top] == [(1, 2), (2, 2), (3, 2), (9, 1)]
    assert profile(list(range(100))).statistics.top_values == ()
    assert len(profile(list(range(100)) * 2, top_values=3).statistics.top_values) == 3
    assert profile([1, 1], top_values=0).statistics.top_values == ()


def test_the_sample_is_the_first_distinct_values(profile: Profile) -> None:
    values = [5] * 4_000 + [3, 5, 4, 1, 2, 9]
    assert profile(values).sample == (5, 3, 4, 1, 2)
    assert profile(values, sample_values=0).sample == ()
    assert profile(values, sample_values=2).sample == (5, 3)
    assert profile([None, 5] * 4_096 + [3]).sample == (5,)
