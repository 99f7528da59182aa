"""Columns that overflow: every statistic within the bound that it states, against the exact one."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.contract.statistics import Method
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile, describe
from airflow_provider_profiler.profiling.statistics.column import ColumnState, decode_state, encode_state
from airflow_provider_profiler.profiling.statistics.compactor import Compactor, K

Merged = Callable[..., ColumnState]
Profile = Callable[..., ColumnProfile]

ROWS = 120_000
SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
CUTS = [10_000 * cut for cut in range(1, 12)]


def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    return {
        "normal": rng.normal(size=ROWS),
        "skewed": rng.lognormal(3, 2, size=ROWS),
        "ascending": np.arange(ROWS, dtype=np.float64),
        "far": 1e15 + rng.integers(0, 10**6, ROWS).astype(np.float64) / 8,
        "integers": rng.integers(-(2**62), 2**62, ROWS),
        "half constant": np.where(rng.random(ROWS) < 0.5, 42.0, rng.normal(size=ROWS)),
    }


@pytest.mark.parametrize("name", columns())
@pytest.mark.parametrize("cuts", [[], CUTS])
def test_every_statistic_is_within_its_bound(merged: Merged, name: str, cuts: Sequence[int]) -> None:
    values = columns()[name]
    profile = describe(merged(pa.array(values), cuts, exact_values=1000), StatisticsOptions())
    statistics, accuracy = profile.statistics, profile.statistics.accuracy
    found, ordered = statistics.numeric, np.sort(values)
    assert found is not None
    assert found.quantiles is not None
    assert accuracy.distinct.method is accuracy.quantiles.method is accuracy.histogram.method is Method.SKETCH
    assert abs(statistics.distinct_count / len(np.unique(values)) - 1) <= accuracy.distinct.bound
    assert (found.minimum, found.maximum) == (values.min(), values.max())
    # Compared around one of the values, as numpy rounds like everybody else far from zero.
    near_zero = (values - values[0]).astype(np.float64)
    assert found.variance == pytest.approx(near_zero.var(ddof=1), rel=1e-9)
    assert float(found.mean) == pytest.approx(
        float(values[0]) + near_zero.mean(), rel=1e-12, abs=1e-9 * near_zero.std()
    )
    assert accuracy.quantiles.bound <= 0.005
    for share, value in zip(SHARES, found.quantiles.model_dump().values(), strict=True):
        low, high = (
            np.searchsorted(ordered.astype(np.float64), value, "left"),
            np.searchsorted(ordered.astype(np.float64), value, "right"),
        )
        allowed = accuracy.quantiles.bound * ROWS + 1
        assert low - allowed <= share * (ROWS - 1) <= high + allowed
    assert sum(item.count for item in found.histogram) == ROWS
    edges = np.array([found.histogram[0].low, *(item.high for item in found.histogram)])
    counts, _ = np.histogram(values.astype(np.float64), edges)
    worst = max(abs(item.count - count) for item, count in zip(found.histogram, counts.tolist(), strict=True))
    assert worst <= accuracy.histogram.bound * ROWS + 1
    for top in statistics.top_values:
        true = int((values == top.value).sum())
        assert top.count <= true <= top.count + accuracy.top_values.bound
    if name == "half constant":
        assert statistics.top_values[0].value == 42.0
        assert accuracy.top_values.bound == 0
    else:
        assert not statistics.top_values or name == "far"


def test_moments_agree_to_twelve_digits_however_the_rows_are_cut(merged: Merged) -> None:
    for values in columns().values():
        one, many = (
            describe(merged(pa.array(values), cuts, exact_values=1000), StatisticsOptions()).statistics.numeric
            for cuts in ([], CUTS)
        )
        assert one is not None
        assert many is not None
        assert one.mean == pytest.approx(
            many.mean, rel=1e-12, abs=1e-12 * float(np.abs(values.astype(np.float64)).max())
        )
        for part in ("variance", "standard_deviation"):
            assert getattr(one, part) == pytest.approx(getattr(many, part), rel=1e-12)
        assert one.skewness == pytest.approx(many.skewness, rel=1e-9, abs=1e-9)
        assert one.kurtosis == pytest.approx(many.kurtosis, rel=1e-9, abs=1e-9)
        assert one.histogram == many.histogram


def test_merging_in_partition_order_gives_the_same_bytes(merged: Merged) -> None:
    for values in columns().values():
        states = [merged(pa.array(values), CUTS, exact_values=1000) for _ in range(2)]
        assert encode_state(states[0]) == encode_state(states[1])


def test_the_draws_depend_on_the_partition(analyze: Callable[..., ColumnState]) -> None:
    values = np.random.default_rng(0).normal(size=50_000)
    first, second = (analyze(values, partition=index, exact_values=16) for index in (0, 1))
    assert encode_state(first) != encode_state(second)
    assert first.missing == second.missing


def test_a_state_stays_small_however_many_rows_it_stands_for(analyze: Callable[..., ColumnState]) -> None:
    state = analyze(np.random.default_rng(0).normal(size=50_000), exact_values=1000)
    for _ in range(8):
        state = state.merge(decode_state(encode_state(state)))
    assert len(encode_state(state)) < 300_000
    described = describe(state, StatisticsOptions())
    assert described.statistics.row_count == 50_000 * 256
    assert described.statistics.accuracy.quantiles.bound < 0.01


def test_a_compactor_states_the_worst_it_can_do() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=K * 40)
    sketch = Compactor(0)
    for index, piece in enumerate(np.split(values, 20)):
        sketch = sketch.merge(Compactor.of(np.sort(piece), np.ones(len(piece), np.int64), index))
    assert sum(len(level) << height for height, level in enumerate(sketch.levels)) == len(values)
    assert all(len(level) <= 2 * K for level in sketch.levels)
    ordered = np.sort(values)
    shares = tuple(np.linspace(0, 1, 101).tolist())
    found = sketch.quantiles(shares, len(values))
    errors = [
        abs(np.searchsorted(ordered, value) / len(values) - share) for share, value in zip(shares, found, strict=True)
    ]
    assert max(errors) <= sketch.bound(len(values)) + 1 / len(values)


def test_near_flat_columns_have_no_top_values(merged: Merged) -> None:
    values = pa.array(np.arange(ROWS) % (ROWS // 2))
    assert describe(merged(values, CUTS, exact_values=1000), StatisticsOptions()).statistics.top_values == ()


def test_a_frequent_text_among_many_is_found_with_its_count(merged: Merged) -> None:
    texts = [f"value {i}" if i % 4 else "ΟΣΥ" for i in range(40_000)]
    profile = describe(merged(pa.array(texts), [9_000, 21_000], exact_values=500), StatisticsOptions())
    assert [(top.value, top.count) for top in profile.statistics.top_values] == [("ΟΣΥ", 10_000)]
    assert profile.statistics.accuracy.top_values.bound == 0
    assert profile.statistics.distinct_count == pytest.approx(30_001, rel=profile.statistics.accuracy.distinct.bound)
    assert profile.statistics.text is not None
    assert profile.statistics.text.minimum_length == 3


def test_long_texts_overflow_by_their_bytes(merged: Merged) -> None:
    texts = [str(i) * 20_000 for i in range(20)]
    for cuts in ([], [3, 11]):
        state = merged(pa.array(texts * 2), cuts, exact_values=100)
        profile = describe(state, StatisticsOptions())
        assert profile.statistics.accuracy.distinct.method is Method.SKETCH
        assert profile.statistics.distinct_count == 20
        assert len(encode_state(state)) < 5_000_000
        assert max(len(str(value)) for value in profile.sample) == 201


@pytest.mark.parametrize("cuts", [[], [5_000, 5_001, 30_000]])
def test_inferred_columns_overflow_into_typed_sketches(merged: Merged, cuts: list[int]) -> None:
    rng = np.random.default_rng(2)
    numbers = np.round(rng.normal(scale=1000, size=50_000), 2)
    texts = [f"{number:.2f}" for number in numbers]
    texts[100:1100] = ["NA"] * 1000
    texts[7], texts[40_000] = "broken", "broken"
    kept = np.array([float(text) for text in texts if text not in ("NA", "broken")])
    profile = describe(merged(pa.array(texts), cuts, textual=True, exact_values=2000), StatisticsOptions())
    statistics = profile.statistics
    assert profile.data_type is DataType.FLOAT
    assert statistics.numeric is not None
    assert (statistics.numeric.minimum, statistics.numeric.maximum) == (kept.min(), kept.max())
    assert statistics.numeric.mean == pytest.approx(kept.mean(), rel=1e-9)
    assert statistics.row_count == 50_000
    assert [(token.token, token.count) for token in statistics.null_tokens] == [("NA", 1000)]
    assert next((top.value, top.count) for top in statistics.top_values) == ("NA", 1000)
    truth = len(np.unique(kept)) + 2
    assert statistics.distinct_count == pytest.approx(truth, rel=statistics.accuracy.distinct.bound)
    assert {vote.type: vote.count for vote in profile.votes} == {"float": 48_998, "null_token": 1000, "text": 2}
    assert [finding.affected_rows for finding in profile.findings] == [2]
    assert profile.findings[0].examples == ("broken",)


def test_overflowed_dates_keep_extremes_granularity_and_format(merged: Merged) -> None:
    days = np.arange(5_000).astype("datetime64[D]").astype(str).tolist()
    profile = describe(merged(pa.array(days), [1, 700], textual=True, exact_values=100), StatisticsOptions())
    temporal = profile.statistics.temporal
    assert profile.data_type is DataType.DATE
    assert profile.format == "%Y-%m-%d"
    assert temporal is not None
    assert (temporal.minimum, temporal.maximum, temporal.granularity) == ("1970-01-01", days[-1], "day")
    assert profile.statistics.distinct_count == pytest.approx(5_000, rel=profile.statistics.accuracy.distinct.bound)


def test_overflowed_integers_with_a_late_fraction_are_floats(merged: Merged) -> None:
    texts = [str(i) for i in range(3_000)] + ["0.5"]
    profile = describe(merged(pa.array(texts), [2_999], textual=True, exact_values=100), StatisticsOptions())
    assert profile.data_type is DataType.FLOAT
    assert profile.statistics.numeric is not None
    assert profile.statistics.numeric.sum == pytest.approx(sum(range(3_000)) + 0.5)
    assert isinstance(profile.statistics.numeric.maximum, float)


def test_raw_texts_may_overflow_while_their_numbers_do_not(merged: Merged) -> None:
    texts = [f"{i % 50}.{'0' * (1 + i // 50)}" for i in range(5_000)]
    profile = describe(merged(pa.array(texts), [700], textual=True, exact_values=60), StatisticsOptions())
    assert profile.data_type is DataType.FLOAT
    assert profile.statistics.distinct_count == 50
    assert profile.statistics.accuracy.distinct.method is Method.EXACT
    assert profile.statistics.numeric is not None
    assert profile.statistics.numeric.quantiles is not None
    assert profile.statistics.numeric.quantiles.p50 == 24.5
