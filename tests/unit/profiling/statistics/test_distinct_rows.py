"""Duplicate rows: exact while they fit, within the bound beyond, the same however they were partitioned."""

import itertools
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.statistics import Method
from airflow_provider_profiler.profiling.statistics import distinct_rows
from airflow_provider_profiler.profiling.statistics.distinct_rows import CAPACITY, DistinctRows, Repetition
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering
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


def repeated_rows(numbers: list[int], state: DistinctRows) -> tuple[Repetition, ...]:
    """The first five rows, from 1 on, that repeat one of those that the state kept; each with the row it repeats."""
    rows: dict[int, list[int]] = {}
    for row, value in enumerate(hashes_of(numbers).tolist(), start=1):
        rows.setdefault(value, []).append(row)
    kept = set(state.hashes.tolist())
    found = [Repetition(row=at[1], first=at[0]) for value, at in rows.items() if len(at) > 1 and value in kept]
    return tuple(sorted(found, key=lambda item: item.row)[:5])


@pytest.mark.usefixtures("small")
def test_levels_and_counts_are_those_of_the_definition_whatever_the_partitioning() -> None:
    @given(ROWS, CUTS)
    def check(numbers: list[int], cuts: list[int]) -> None:
        edges = [0, *sorted(min(cut, len(numbers)) for cut in cuts), len(numbers)]
        parts = [
            DistinctRows.of(hashes_of(numbers[a:b])).renumbered(Numbering(a)) for a, b in itertools.pairwise(edges)
        ]
        whole = DistinctRows.of(hashes_of(numbers))
        assert (whole.level, whole.hashes.tolist(), whole.counts.tolist()) == definition(numbers)
        assert whole.repetitions(5) == repeated_rows(numbers, whole)
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
    more = fitting.merge(DistinctRows.of(hashes_of([CAPACITY])).renumbered(Numbering(2 * CAPACITY)))
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
        edges = np.linspace(0, len(hashes), 6, dtype=int).tolist()
        parts = [DistinctRows.of(hashes[a:b]).renumbered(Numbering(a)) for a, b in itertools.pairwise(edges)]
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


@pytest.mark.parametrize("turned", [False, True])
def test_of_a_row_without_a_number_nobody_says_that_it_is_repeated(turned: bool) -> None:
    known = DistinctRows.of(hashes_of([7, 8, 9]))
    unknown = DistinctRows.of(hashes_of([9])).renumbered(Numbering(numbers=np.zeros(1, np.int64)))
    merged = unknown.merge(known) if turned else known.merge(unknown)
    assert merged.repetitions(5) == (Repetition(0, 3),)
    late = DistinctRows.of(hashes_of([9, 9])).renumbered(Numbering(numbers=np.array([0, 2])))
    merged = late.merge(known) if turned else known.merge(late)
    assert merged.repetitions(5) == (Repetition(3, 2),)


def test_numbers_of_rows_become_others_one_by_one() -> None:
    numbering = Numbering(numbers=np.array([5, 0, 9]))
    assert numbering.of(np.array([3, 0, 1, 2])).tolist() == [9, 0, 5, 0]
    assert Numbering(numbers=np.zeros(0, np.int64)).of(np.zeros(2, np.int64)).tolist() == [0, 0]
