"""Duplicate rows: exact while they fit, within the bound beyond, the same however they were partitioned."""

import itertools
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.statistics import Method
from airflow_provider_profiler.profiling.statistics import distinct_rows
from airflow_provider_profiler.profiling.statistics.distinct_rows import CAPACITY, DistinctRows
from airflow_provider_profiler.profiling.statistics.hashing import mix

SMALL = 8


def hashes_of(numbers: list[int]) -> np.ndarray:
    return mix(np.array(numbers, np.uint64))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct_rows, "CAPACITY", SMALL)


ROWS = st.lists(st.integers(0, 60), max_size=120)
CUTS = st.lists(st.integers(0, 120), max_size=4)


def definition(numbers: list[int]) -> tuple[int, list[int], list[int]]:
    """Level, hashes and counts as the definition has them, with Python alone."""
    counts: dict[int, int] = {}
    for value in hashes_of(numbers).tolist():
        counts[value] = counts.get(value, 0) + 1
    level = 0
    while sum(value < 2 ** (64 - level) for value in counts) > SMALL:
        level += 1
    kept = sorted(value for value in counts if value < 2 ** (64 - level))
    return level, kept, [counts[value] for value in kept]


@pytest.mark.usefixtures("small")
def test_levels_and_counts_are_those_of_the_definition_whatever_the_partitioning() -> None:
    @given(ROWS, CUTS)
    def check(numbers: list[int], cuts: list[int]) -> None:
        edges = [0, *sorted(min(cut, len(numbers)) for cut in cuts), len(numbers)]
        parts = [DistinctRows.of(hashes_of(numbers[a:b])) for a, b in itertools.pairwise(edges)]
        whole = DistinctRows.of(hashes_of(numbers))
        assert (whole.level, whole.hashes.tolist(), whole.counts.tolist()) == definition(numbers)
        left = reduce(DistinctRows.merge, parts)
        right = reduce(lambda merged, part: part.merge(merged), reversed(parts))
        assert left.encode() == right.encode() == whole.encode()
        assert DistinctRows.empty().merge(whole).encode() == whole.merge(DistinctRows.empty()).encode()
        assert DistinctRows.empty().merge(whole).encode() == whole.encode()
        assert DistinctRows.decode(whole.encode()).encode() == whole.encode()

    check()


@given(ROWS)
def test_few_rows_are_compared_exactly(numbers: list[int]) -> None:
    duplicates, accuracy = DistinctRows.of(hashes_of(numbers)).duplicates()
    assert duplicates == len(numbers) - len(set(numbers))
    assert (accuracy.method, accuracy.bound) == (Method.EXACT, 0)


def test_exactly_as_many_as_fit_are_exact_and_one_more_is_not() -> None:
    fitting = DistinctRows.of(hashes_of(list(range(CAPACITY)) * 2))
    assert fitting.duplicates()[0] == CAPACITY
    assert fitting.level == 0
    more = fitting.merge(DistinctRows.of(hashes_of([CAPACITY])))
    assert more.level == 1
    assert more.encode() == DistinctRows.of(hashes_of([*list(range(CAPACITY)) * 2, CAPACITY])).encode()
    assert more.duplicates()[1].method is Method.SAMPLE


CASES = {
    "all rows differ": np.arange(500_000),
    "every row twice": np.arange(500_000) // 2,
    "one row is half of them": np.where(np.arange(500_000) % 2, 7, np.arange(500_000)),
    "a few rows are a third": np.where(np.arange(500_000) % 3 == 0, np.arange(500_000) % 11, np.arange(500_000)),
    "a hundred repetitions": np.maximum(np.arange(500_000), 100),
}


@pytest.mark.parametrize("case", CASES)
def test_an_estimate_is_within_its_bound(case: str) -> None:
    rows = CASES[case]
    truth = len(rows) - len(np.unique(rows))
    for salt in range(8):
        hashes = mix(rows.astype(np.uint64) + np.uint64(salt << 40))
        parts = [DistinctRows.of(part) for part in np.array_split(hashes, 5)]
        state = reduce(DistinctRows.merge, parts)
        assert state.encode() == DistinctRows.of(hashes).encode()
        duplicates, accuracy = state.duplicates()
        assert accuracy.method is Method.SAMPLE
        assert accuracy.bound is not None
        assert accuracy.bound < 0.05
        assert abs(duplicates - truth) <= accuracy.bound * len(rows)
    if case == "all rows differ":
        assert duplicates == 0


def test_operands_do_not_change_when_merged() -> None:
    a, b = DistinctRows.of(hashes_of([1, 2, 2])), DistinctRows.of(hashes_of([2, 3]))
    before = a.encode(), b.encode()
    assert a.merge(b).duplicates()[0] == 2
    assert (a.encode(), b.encode()) == before


def test_counts_are_stored_in_as_few_bytes_as_they_need() -> None:
    assert DistinctRows.of(hashes_of([1, 1, 2])).encode()["width"] == "uint8"
    often = DistinctRows.of(hashes_of([1] * 70_000))
    assert often.encode()["width"] == "uint32"
    assert DistinctRows.decode(often.encode()).duplicates()[0] == 69_999


def test_damage_is_found() -> None:
    encoded = DistinctRows.of(hashes_of([1, 1, 2])).encode()
    for damaged in (
        {},
        [],
        encoded | {"rows": 4},
        encoded | {"level": 64},
        encoded | {"level": 60},
        encoded | {"width": "float64"},
        encoded | {"counts": b"\x02\x00"},
        encoded | {"counts": b"\x03"},
        encoded | {"hashes": encoded["hashes"][8:] + encoded["hashes"][:8]},
        encoded | {"hashes": encoded["hashes"][:-1]},
    ):
        with pytest.raises(ValueError, match="damaged"):
            DistinctRows.decode(damaged)
