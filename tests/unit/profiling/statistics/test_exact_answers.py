"""Every statistic of a column at once, against what pandas and numpy say of the same values."""

import math
import re
from collections.abc import Callable

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
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer, ColumnState

Profile = Callable[..., ColumnProfile]
Merged = Callable[..., ColumnState]

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
CELLS = st.one_of(
    st.none(),
    st.just(0.0),
    st.sampled_from([math.nan, math.inf, -math.inf]),
    st.integers(-40, 40).map(lambda value: value / 4),
    st.floats(-1e4, 1e4).map(lambda value: round(value, 3)),
)


def numeric(profile: ColumnProfile) -> NumericStatistics:
    assert profile.statistics.numeric is not None
    return profile.statistics.numeric


def near(value: float, slack: float = 1e-9) -> object:
    return pytest.approx(value, rel=slack, abs=slack)


@given(st.lists(CELLS, min_size=1, max_size=80))
def test_a_column_of_numbers(values: list[float | None]) -> None:
    options = StatisticsOptions()
    state = ColumnAnalyzer(textual=False, options=options, partition_index=0).analyze(pa.array(values, pa.float64()))
    profile = describe(state, options)
    statistics = profile.statistics
    there = pd.Series([value for value in values if value is not None], dtype=float)
    finite = there[np.isfinite(there)]
    assert statistics.row_count == len(there)
    assert statistics.missing_count == len(values) - len(there)
    assert statistics.nan_count == there.isna().sum()
    assert statistics.infinity_count == np.isinf(there).sum()
    assert statistics.distinct_count == there.nunique(dropna=False)
    assert (statistics.numeric is None) == finite.empty
    if finite.empty:
        return
    found = numeric(profile)
    assert (found.minimum, found.maximum) == (finite.min(), finite.max())
    assert found.range == near(finite.max() - finite.min())
    assert found.sum == near(finite.sum(), 1e-6)
    assert found.mean == near(finite.mean())
    assert (found.zero_count, found.negative_count) == ((finite == 0).sum(), (finite < 0).sum())
    for mine, theirs in (
        (found.variance, finite.var()),
        (found.standard_deviation, finite.std()),
    ):
        assert mine == (None if math.isnan(theirs) else near(theirs, 1e-6))
    if finite.nunique() > 1 and finite.std() > 1e-3:
        # pandas says 0 where rounding decides; equal values have no shape at all.
        assert found.skewness == (None if math.isnan(finite.skew()) else near(finite.skew(), 1e-5))
        assert found.kurtosis == (None if math.isnan(finite.kurt()) else near(finite.kurt(), 1e-5))
    assert found.quantiles is not None
    assert list(found.quantiles.model_dump().values()) == near(finite.quantile(SHARES).tolist())
    top = there.value_counts()
    for item in statistics.top_values:
        assert top[item.value] == item.count
    if statistics.top_values:
        finite_counts = finite.value_counts()
        assert statistics.top_values[0].count == finite_counts.max()
        assert len(statistics.top_values) == min(10, len(finite_counts))


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=200))
def test_both_histograms_are_numpys_and_fit_into_each_other(values: list[int]) -> None:
    options = StatisticsOptions()
    state = ColumnAnalyzer(textual=False, options=options, partition_index=0).analyze(pa.array(values))
    found = numeric(describe(state, options))
    fine = found.fine_histogram
    assert fine is not None
    assert (fine.low, fine.high) == (min(values), max(values))
    assert sum(fine.counts) == len(values)
    if len(set(values)) == 1:
        assert fine.counts == (len(values),)
        return
    assert len(fine.counts) == 100
    assert [sum(fine.counts[start : start + 10]) for start in range(0, 100, 10)] == [
        item.count for item in found.histogram
    ]
    # numpy places a value on an edge by its own rounding: those are compared by the edges that it is given.
    edges = fine.low + (fine.high - fine.low) * (np.arange(101) / 100)
    edges[-1] = fine.high
    assert list(fine.counts) == np.histogram(values, edges)[0].tolist()


@pytest.mark.parametrize("cuts", [[], [10_000, 30_000, 70_000]])
def test_the_fine_histogram_of_a_sketch_is_within_its_bound(merged: Merged, cuts: list[int]) -> None:
    values = np.random.default_rng(3).lognormal(2, 0.7, size=90_000)
    profile = describe(merged(pa.array(values), cuts, exact_values=1000), StatisticsOptions())
    fine, accuracy = numeric(profile).fine_histogram, profile.statistics.accuracy.fine_histogram
    assert fine is not None
    assert accuracy.method is Method.SKETCH
    assert accuracy.bound is not None
    assert 0 < accuracy.bound < 0.02
    counts = np.histogram(values, np.linspace(fine.low, fine.high, 101))[0]
    assert np.abs(counts - np.array(fine.counts)).max() <= accuracy.bound * len(values) + 1
    assert sum(fine.counts) == len(values)
    assert [sum(fine.counts[start : start + 10]) for start in range(0, 100, 10)] == [
        item.count for item in numeric(profile).histogram
    ]


WORDS = st.sampled_from(["Athens", "Πάτρα", "Πάτρα", "NA", "-", "   ", "", "a b", "Ωmega 1", None])


@given(st.lists(WORDS, min_size=1, max_size=60))
def test_a_column_of_text(values: list[str | None]) -> None:
    options = StatisticsOptions()
    state = ColumnAnalyzer(textual=True, options=options, partition_index=0).analyze(pa.array(values, pa.string()))
    profile = describe(state, options)
    statistics = profile.statistics
    there = pd.Series([value for value in values if value], dtype="object")
    assert (statistics.row_count, statistics.missing_count) == (len(there), len(values) - len(there))
    assert statistics.distinct_count == there.nunique()
    assert {item.token: item.count for item in statistics.null_tokens if item.token in ("NA", "-")} == {
        token: count for token in ("NA", "-") if (count := int((there == token).sum()))
    }
    if there.empty or profile.data_type is not DataType.TEXT:
        assert there.empty
        return
    text = statistics.text
    assert text is not None
    lengths = there.str.len()
    assert (text.minimum_length, text.maximum_length) == (lengths.min(), lengths.max())
    assert text.mean_length == near(lengths.mean())
    assert text.blank_count == there.str.isspace().sum()
    assert text.characters is not None
    assert text.characters.examined == len(there)
    assert text.characters.characters.digits == sum(len(re.findall(r"\d", value)) for value in there)
    assert text.characters.values.letters == there.str.contains(r"[^\W\d_]").sum()
    counts = there.value_counts()
    assert [item.count for item in statistics.top_values] in (
        sorted(counts.tolist(), reverse=True)[:10],
        [] if counts.max() == 1 else None,
    )
    assert all(counts[item.value] == item.count for item in statistics.top_values)


@given(st.lists(st.one_of(st.none(), st.booleans()), min_size=1, max_size=60))
def test_a_column_of_booleans(values: list[bool | None]) -> None:
    options = StatisticsOptions()
    state = ColumnAnalyzer(textual=False, options=options, partition_index=0).analyze(pa.array(values, pa.bool_()))
    statistics = describe(state, options).statistics
    there = [value for value in values if value is not None]
    assert (statistics.row_count, statistics.missing_count) == (len(there), len(values) - len(there))
    if there:
        assert statistics.boolean is not None
        assert (statistics.boolean.true_count, statistics.boolean.false_count) == (sum(there), len(there) - sum(there))
    assert statistics.distinct_count == len(set(there))


@given(st.lists(st.datetimes(pd.Timestamp("1990-01-01"), pd.Timestamp("2040-01-01")), min_size=1, max_size=30))
def test_a_column_of_moments(values: list[pd.Timestamp]) -> None:
    options = StatisticsOptions()
    array = pa.array(values, pa.timestamp("us"))
    state = ColumnAnalyzer(textual=False, options=options, partition_index=0).analyze(array)
    statistics = describe(state, options).statistics
    temporal = statistics.temporal
    assert temporal is not None
    assert pd.Timestamp(temporal.minimum) == min(values)
    assert pd.Timestamp(temporal.maximum) == max(values)
    assert statistics.distinct_count == len(set(values))
    units = {"fraction": "us", "second": "s", "minute": "min", "hour": "h", "day": "D"}
    if temporal.granularity in units:
        floors = pd.Series(values).dt.floor(units[temporal.granularity])
        assert (floors == pd.Series(values)).all()
