"""The sample of distinct values: which values it holds, its laws, and its bytes."""

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.statistics import value_sample
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering
from airflow_provider_profiler.profiling.statistics.hashing import hash_bytes
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys
from airflow_provider_profiler.profiling.statistics.value_sample import LONGEST, SHARE_BOUND, VALUES, ValueSample

#: Far fewer distinct values than fit a sample, and more.
SIZES = st.sampled_from([0, 1, 5, VALUES - 1, VALUES, VALUES + 1, 5000])


def sample_of(values: list[str], first_row: int = 1) -> ValueSample:
    array = pa.array(values, pa.large_string()).cast(pa.large_binary())
    return ValueSample.of(BytesKeys(array), hash_bytes(array), np.arange(first_row, first_row + len(values)))


def texts(distinct: int, repetitions: int) -> list[str]:
    return [f"value {number}" for number in range(distinct)] * repetitions


@given(SIZES, st.integers(1, 4))
def test_it_holds_the_values_with_the_smallest_hashes_once(distinct: int, repetitions: int) -> None:
    values = texts(distinct, repetitions)
    array = pa.array(sorted(set(values)), pa.large_string()).cast(pa.large_binary())
    by_hash = sorted(zip(hash_bytes(array).tolist(), array.to_pylist(), strict=True))[:VALUES]
    sample = sample_of(values)
    assert list(zip(sample.hashes.tolist(), sample.keys.items(), strict=True)) == by_hash


def test_few_values_that_are_repeated_often_are_all_found() -> None:
    values = ["frequent"] * 200_000 + texts(VALUES + 100, 1)
    nowhere = Numbering(numbers=np.zeros(len(values), np.int64))
    assert len(sample_of(values)) == VALUES
    sample, backwards = sample_of(values), sample_of(list(reversed(values)))
    assert sample.renumbered(nowhere).encode() == backwards.renumbered(nowhere).encode()
    assert [values[row - 1].encode() for row in sample.first_rows.tolist()] == sample.keys.items()
    assert set(sample.first_rows[sample.first_rows <= 200_000].tolist()) <= {1}
    assert sample_of(["frequent"] * 200_000).keys.items() == [b"frequent"]


@given(SIZES, st.lists(st.integers(0, 5000), max_size=3))
def test_it_does_not_depend_on_the_partitioning(distinct: int, cuts: list[int]) -> None:
    values = texts(distinct, 2)
    edges = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    parts = [sample_of(values[a:b], a + 1) for a, b in itertools.pairwise(edges)]
    left, right = parts[0], parts[-1]
    for part in parts[1:]:
        left = left.merge(part)
    for part in reversed(parts[:-1]):
        right = part.merge(right)
    whole = sample_of(values).encode()
    assert left.encode() == right.encode() == whole
    assert ValueSample.empty().merge(left).encode() == left.merge(ValueSample.empty()).encode() == whole


def test_shares_found_in_it_are_within_the_bound() -> None:
    values = [f"{'A' if number % 10 < 3 else 'b'}{number}" for number in range(50_000)]
    kept = sample_of(values).keys.items()
    share = sum(value.startswith(b"A") for value in kept) / len(kept)
    assert abs(share - 0.3) <= SHARE_BOUND


@given(st.text(min_size=LONGEST // 2, max_size=2 * LONGEST))
def test_long_values_are_cut_at_the_end_of_a_character(text: str) -> None:
    kept = sample_of([text]).keys.items()[0]
    assert text.encode().startswith(kept)
    assert kept.decode() == text[: len(kept.decode())]
    assert min(LONGEST, len(text.encode())) - 3 <= len(kept) <= LONGEST


def test_bytes_that_are_no_text_are_cut_too() -> None:
    array = pa.array([b"\x80" * 1000], pa.large_binary())
    sample = ValueSample.of(BytesKeys(array), hash_bytes(array))
    assert LONGEST - 4 <= len(sample.keys.items()[0]) <= LONGEST


def test_operands_do_not_change_when_merged() -> None:
    a, b = sample_of(texts(3000, 1)), sample_of(texts(2000, 1))
    before = a.encode(), b.encode()
    a.merge(b)
    assert (a.encode(), b.encode()) == before


def test_bytes_give_the_sample_back_and_damage_is_found() -> None:
    sample = sample_of(texts(3000, 1))
    encoded = sample.encode()
    assert ValueSample.decode(encoded).encode() == encoded
    swapped = np.concatenate((sample.hashes[1:2], sample.hashes[:1], sample.hashes[2:]))
    for damaged in (
        {},
        encoded | {"hashes": encoded["hashes"][:-8]},
        encoded | {"hashes": swapped.tobytes()},
        encoded | {"keys": sample_of(["x"]).keys.encode()},
        {
            "keys": BytesKeys(pa.array([b"x" * 300], pa.large_binary())).encode(),
            "hashes": bytes(8),
            "first_rows": {"width": "uint8", "items": b"\x01"},
        },
        encoded | {"first_rows": {"width": "uint8", "items": b"\x01"}},
        encoded | {"first_rows": {"width": "float64", "items": bytes(8 * VALUES)}},
        encoded | {"first_rows": {"width": "int64", "items": np.full(VALUES, -1).tobytes()}},
    ):
        with pytest.raises(ValueError, match="damaged"):
            ValueSample.decode(damaged)
    many = sample_of(texts(VALUES, 1))
    keys = pa.concat_arrays([many.keys.values, pa.array([b"one more"], pa.large_binary())])
    hashes = np.append(many.hashes, np.uint64(2**64 - 1))
    with pytest.raises(ValueError, match="damaged"):
        ValueSample.decode(value_sample.ValueSample(BytesKeys(keys), hashes, np.zeros(len(keys), np.int64)).encode())
