"""Samples are chosen by position alone: exactly as many rows as asked for, and the same ones however they are cut."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import SamplingOptions
from airflow_provider_profiler.profiling.selection.row_choice import choose, needs_total, row_keys


def positions(sampling: SamplingOptions, total: int, cuts: list[int] | None = None) -> list[int]:
    """Positions of the chosen rows of a table that is cut at some places."""
    choice = choose(sampling, total if needs_total(sampling) else None)
    edges = sorted({0, total, *(cut for cut in cuts or () if cut < total)})
    found: list[int] = []
    for start, stop in pairwise(edges):
        rows = np.arange(start, stop)
        found += (rows if choice is None else rows[choice.within(start, stop)]).tolist()
        if choice is not None and choice.done(stop):
            assert not any(position >= stop for position in found)
    return found


samplings = st.one_of(
    st.builds(SamplingOptions, row_limit=st.integers(1, 300)),
    st.builds(SamplingOptions, method=st.just("head"), rows=st.integers(1, 300)),
    st.builds(SamplingOptions, method=st.just("nth"), n=st.integers(1, 50), row_limit=st.none() | st.integers(1, 20)),
    st.builds(
        SamplingOptions,
        method=st.just("random"),
        rows=st.integers(1, 300),
        seed=st.integers(0, 2**63 - 1),
        row_limit=st.none() | st.integers(1, 50),
    ),
    st.builds(SamplingOptions, method=st.just("percent"), percent=st.floats(0.01, 100), seed=st.integers(0, 5)),
)


@given(samplings, st.integers(1, 250), st.lists(st.integers(1, 249)))
def test_cuts_do_not_matter(sampling: SamplingOptions, total: int, cuts: list[int]) -> None:
    assert positions(sampling, total, cuts) == positions(sampling, total)


@given(samplings, st.integers(1, 250))
def test_as_many_rows_as_asked_for(sampling: SamplingOptions, total: int) -> None:
    expected = {
        "full": total,
        "head": min(total, sampling.rows or 0),
        "random": min(total, sampling.rows or 0),
        "nth": -(-total // (sampling.n or 1)),
        "percent": max(1, round(total * (sampling.percent or 0) / 100)),
    }[sampling.method]
    found = positions(sampling, total)
    assert len(found) == min(expected, sampling.row_limit or expected)
    assert found == sorted(set(found))


def test_the_rows_of_each_method() -> None:
    assert positions(SamplingOptions(method="head", rows=3), 10) == [0, 1, 2]
    assert positions(SamplingOptions(method="nth", n=4), 10) == [0, 4, 8]
    assert positions(SamplingOptions(method="nth", n=4, row_limit=2), 10) == [0, 4]
    assert positions(SamplingOptions(row_limit=2), 10) == [0, 1]


def test_a_smaller_random_sample_is_part_of_a_larger_one() -> None:
    large = set(positions(SamplingOptions(method="random", rows=100), 1000))
    assert set(positions(SamplingOptions(method="random", rows=30), 1000)) < large
    assert set(positions(SamplingOptions(method="random", rows=100, row_limit=30), 1000)) < large


def test_another_seed_draws_other_rows() -> None:
    drawn = [set(positions(SamplingOptions(method="random", rows=100, seed=seed), 10_000)) for seed in range(3)]
    assert len(drawn[0] & drawn[1]) < 20
    assert len(drawn[0] & drawn[2]) < 20


@pytest.mark.parametrize("seed", range(5))
def test_random_rows_lie_everywhere(seed: int) -> None:
    found = np.array(positions(SamplingOptions(method="random", rows=10_000, seed=seed), 1_000_000))
    counts = np.histogram(found, bins=10, range=(0, 1_000_000))[0]
    # A thousand rows in each tenth, within five standard deviations of a hypergeometric distribution.
    assert np.abs(counts - 1000).max() < 5 * 30
    assert abs(np.bincount(found % 7).max() - 10_000 / 7) < 5 * 35


def test_keys_are_for_ever() -> None:
    """Other keys would draw other rows of the same data: profiles would change with a new version."""
    assert row_keys(0, 0, 3).tolist() == KEYS
    assert row_keys(0, 1, 3).tolist() == KEYS[1:]
    assert len(set(row_keys(7, 0, 100_000).tolist())) == 100_000


KEYS = [12035550249420947055, 12935080325729570654, 7141179953334974231]
