"""Correlations against pandas, and the laws of their states."""

import itertools
from collections.abc import Sequence
from decimal import Decimal
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.statistics import Correlation, CorrelationMethod, Method
from airflow_provider_profiler.profiling.statistics import row_sample
from airflow_provider_profiler.profiling.statistics.comoments import CoMoments
from airflow_provider_profiler.profiling.statistics.correlations import CorrelationState, row_numbers
from airflow_provider_profiler.profiling.statistics.hashing import mix

BOTH = (CorrelationMethod.PEARSON, CorrelationMethod.SPEARMAN)
NAN = float("nan")
CELLS = st.one_of(st.just(NAN), st.integers(-5, 5).map(float), st.floats(-1e3, 1e3).map(lambda x: round(x, 2)))
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=40)


def hashes_of(rows: Sequence[Any]) -> np.ndarray:
    """Equal rows have equal hashes."""
    known: dict[str, int] = {}
    return mix(np.array([known.setdefault(repr(row), len(known)) for row in rows], np.uint64))


def state_of(rows: Sequence[tuple[float, ...]], hashes: np.ndarray, methods: Any = BOTH) -> CorrelationState:
    width = len(rows[0]) if rows else 3
    columns = np.array(rows, np.float64).reshape(len(rows), width).T
    return CorrelationState.of(list(columns), hashes, methods)


def expected(rows: Sequence[tuple[float, ...]], method: str, one: int, another: int) -> tuple[float | None, int]:
    frame = pd.DataFrame(rows, columns=list("abc"), dtype=float).iloc[:, [one, another]].dropna()
    if len(frame) < 2 or (frame.nunique() == 1).any():
        return None, len(frame)
    return float(frame.corr(method).iloc[0, 1]), len(frame)


def assert_pandas_agrees(found: Sequence[Correlation], rows: Sequence[tuple[float, ...]]) -> None:
    assert [(item.method.value, item.first, item.second) for item in found] == [
        (method, one, another)
        for method in ("pearson", "spearman")
        for one, another in (("a", "b"), ("a", "c"), ("b", "c"))
    ]
    for item in found:
        coefficient, count = expected(rows, item.method.value, "abc".index(item.first), "abc".index(item.second))
        assert item.rows == count
        assert (item.coefficient is None) == (coefficient is None)
        if coefficient is not None:
            assert item.coefficient == pytest.approx(coefficient, abs=1e-9)
        assert item.accuracy.method is Method.EXACT


@given(TABLES, st.lists(st.integers(0, 40), max_size=3))
def test_coefficients_are_those_of_pandas_whatever_the_partitioning(
    rows: list[tuple[float, float, float]], cuts: list[int]
) -> None:
    hashes = hashes_of(rows)
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [state_of(rows[a:b], hashes[a:b]) for a, b in itertools.pairwise(edges)]
    merged = reduce(CorrelationState.merge, parts, CorrelationState.identity(3, BOTH))
    assert_pandas_agrees(merged.read(["a", "b", "c"]), rows)
    assert_pandas_agrees(CorrelationState.decode(merged.encode()).read(["a", "b", "c"]), rows)
    whole = state_of(rows, hashes)
    assert merged.spearman is not None
    assert whole.spearman is not None
    assert merged.spearman.encode() == whole.spearman.encode()


def test_blocks_of_rows_and_numbers_far_from_zero_keep_their_digits() -> None:
    rng = np.random.default_rng(4)
    base = rng.normal(size=20_000)
    table = np.stack([base + 1e9, 2 * base + rng.normal(size=20_000) - 1e9, rng.normal(size=20_000) * 1e-9])
    table[2, ::7] = NAN
    found = CoMoments.of(table)
    near = pd.DataFrame((table - np.array([[1e9], [-1e9], [0]])).T).corr()
    for one, another in ((0, 1), (0, 2), (1, 2)):
        assert found.coefficient(one, another) == pytest.approx(near.iloc[one, another], abs=1e-7)


def test_sums_beyond_a_double_leave_the_coefficient_undefined() -> None:
    table = np.array([[1e300, -1e300, 1e300], [1.0, 2.0, 3.0]])
    assert CoMoments.of(table).coefficient(0, 1) is None


def test_columns_that_are_not_named_are_left_out() -> None:
    rows = [(1.0, 2.0, 3.0), (2.0, 5.0, 1.0), (3.0, 4.0, 0.0)]
    found = state_of(rows, hashes_of(rows)).read(["a", None, "c"])
    assert {(item.first, item.second) for item in found} == {("a", "c")}
    assert state_of(rows, hashes_of(rows)).read([None, None, "c"]) == ()


@pytest.mark.parametrize("methods", [BOTH[:1], BOTH[1:]])
def test_only_what_is_asked_for_is_computed(methods: tuple[CorrelationMethod, ...]) -> None:
    rows = [(1.0, 2.0, 3.0), (2.0, 5.0, 1.0)]
    state = state_of(rows, hashes_of(rows), methods).merge(CorrelationState.identity(3, methods))
    assert {item.method for item in state.read(["a", "b", "c"])} == set(methods)
    with pytest.raises(ValueError, match="different columns or methods"):
        state.merge(CorrelationState.identity(3, BOTH))
    with pytest.raises(ValueError, match="different columns or methods"):
        state.merge(CorrelationState.identity(2, methods))


def test_ranks_of_a_sample_are_within_the_bound_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_sample, "ROWS", 500)
    rng = np.random.default_rng(6)
    misses = 0
    for strength in (0.0, 0.5, 2.0, 20.0):
        for salt in range(10):
            first = rng.normal(size=6000)
            second = strength * first + rng.normal(size=6000)
            hashes = mix(np.arange(6000, dtype=np.uint64) + np.uint64(salt << 32))
            parts = [
                CorrelationState.of([first[part], second[part]], hashes[part], BOTH[1:])
                for part in np.array_split(np.arange(6000), 4)
            ]
            (found,) = reduce(CorrelationState.merge, parts).read(["a", "b"])
            truth = pd.DataFrame({"a": first, "b": second}).corr("spearman").iloc[0, 1]
            assert (found.rows, found.accuracy.method) == (500, Method.SAMPLE)
            assert found.accuracy.bound is not None
            assert found.accuracy.bound < 0.1
            misses += abs(found.coefficient - truth) > found.accuracy.bound
    # Two standard errors: one of twenty may be beyond them.
    assert misses <= 5


def test_equal_rows_count_as_often_as_they_occur(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_sample, "ROWS", 20)
    rows = [(float(number % 15), float((number * 7) % 5), 1.0) for number in range(300)]
    found = state_of(rows, hashes_of(rows), BOTH[1:]).read(["a", "b", None])[0]
    assert found.rows == 300
    assert found.coefficient == pytest.approx(expected(rows, "spearman", 0, 1)[0], abs=1e-12)
    assert found.accuracy.method is Method.EXACT


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (pa.array([1, None, 3], pa.int32()), [1, NAN, 3]),
        (pa.array([1.5, float("inf"), NAN]), [1.5, NAN, NAN]),
        (pa.array([Decimal("1.5"), None]), [1.5, NAN]),
        (pa.array([7, 7, None]).dictionary_encode(), [7, 7, NAN]),
        (pa.array([True, False]), [NAN, NAN]),
        (pa.nulls(2), [NAN, NAN]),
        (pa.array(["1", None, "", "x"]), [1, NAN, NAN, NAN]),
        (pa.array(["+2.5", " 3 ", ".5", "5.", "1e3", "-7"], pa.large_string()), [2.5, 3, 0.5, 5, 1000, -7]),
        (pa.array(["0x1F", "nan", "inf", "1e999", "1_000", "1,5"]), [NAN] * 6),
        (pa.array([b"1", b"2"]), [NAN, NAN]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_the_numbers_of_rows(values: pa.Array, numbers: list[float]) -> None:
    np.testing.assert_array_equal(row_numbers(values, textual=True), numbers)


def test_texts_of_a_typed_source_are_no_numbers() -> None:
    assert np.isnan(row_numbers(pa.array(["1", "2"]), textual=False)).all()


def test_damage_is_found() -> None:
    rows = [(1.0, 2.0, 3.0), (2.0, 5.0, 1.0)]
    encoded = state_of(rows, hashes_of(rows)).encode()
    pearson, spearman = encoded["pearson"], encoded["spearman"]
    for damaged in (
        [],
        {"pearson": pearson | {"columns": 2}, "spearman": None},
        {"pearson": pearson | {"rows": np.arange(9).tobytes()}, "spearman": None},
        {"pearson": None, "spearman": spearman | {"rows": 1}},
        {"pearson": None, "spearman": spearman | {"hashes": spearman["hashes"][8:] + spearman["hashes"][:8]}},
        {"pearson": None, "spearman": spearman | {"values": spearman["values"][:-8]}},
        {"pearson": None, "spearman": spearman | {"values": np.full(6, np.inf).tobytes()}},
    ):
        with pytest.raises(ValueError, match="damaged"):
            CorrelationState.decode(damaged)
