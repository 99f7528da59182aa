"""Hashes that stored states depend on: fixed for ever, and spread like random numbers."""

import numpy as np
import pyarrow as pa
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.statistics.hashing import hash_bytes, hash_numbers
from airflow_provider_profiler.profiling.statistics.hyperloglog import RELATIVE_BOUND, HyperLogLog

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
#: Of "", "a", "2019-01-31 00:00:00" and 300 times "x": whoever finds others has broken every stored state.
KNOWN = ["0000000000000000", "646ccc355721f98c", "619f7587ec114bea", "8377db93c80fd5bf"]


def mixed(word: int) -> int:
    word ^= word >> 30
    word = word * 0xBF58476D1CE4E5B9 & MASK
    word ^= word >> 27
    word = word * 0x94D049BB133111EB & MASK
    return word ^ word >> 31


def reference(value: bytes) -> int:
    if len(value) > 256:
        return int(xxhash.xxh64_intdigest(value))
    state = len(value) * GOLDEN
    for place in range(0, len(value), 8):
        word = int.from_bytes(value[place : place + 8], "little")
        state += (word ^ word >> 32) * (mixed((place // 8 + 1) * GOLDEN & MASK) | 1)
    return mixed(state & MASK)


@given(
    st.one_of(
        st.lists(st.one_of(st.binary(max_size=40), st.binary(min_size=250, max_size=262))),
        st.integers(0, 40).flatmap(lambda size: st.lists(st.binary(min_size=size, max_size=size))),
    ),
    st.integers(0, 5),
)
def test_the_vectorised_hash_is_the_plain_one(values: list[bytes], skip: int) -> None:
    array = pa.array(values, pa.large_binary()).slice(skip)
    assert hash_bytes(array).tolist() == [reference(value) for value in values[skip:]]


def test_blocks_do_not_matter() -> None:
    values = [b"v%d" % i for i in range(70_000)]
    hashes = hash_bytes(pa.array(values, pa.large_binary()))
    assert [int(hashes[place]) for place in (0, 32_767, 32_768, 69_999)] == [
        reference(values[place]) for place in (0, 32_767, 32_768, 69_999)
    ]
    assert len(set(hashes.tolist())) == len(values)


def test_the_hash_of_known_values_never_changes() -> None:
    # SplitMix64's first output for the seed 0 is published.
    assert int(hash_numbers(np.array([0]))[0]) == 0xE220A8397B1DCDAF
    known = hash_bytes(pa.array([b"", b"a", b"2019-01-31 00:00:00", b"x" * 300], pa.large_binary()))
    assert [f"{value:016x}" for value in known.tolist()] == KNOWN


def test_equal_numbers_hash_alike_whatever_their_type() -> None:
    numbers = [0, 1, -1, 2**53, -(2**62)]
    as_floats = hash_numbers(np.array(numbers, np.float64))
    assert hash_numbers(np.array(numbers, np.int64)).tolist() == as_floats.tolist()
    assert hash_numbers(np.array([0.0, -0.0])).tolist() == [as_floats[0]] * 2
    assert len(set(hash_numbers(np.array([1.5, 2.5, 1e300, 5e-324, 2.0**63])).tolist())) == 5


def test_hyperloglog_errs_by_half_its_bound_on_average_from_one_to_a_million() -> None:
    for size in (0, 1, 10, 1000, 20_000, 40_000, 60_000, 100_000, 1_000_000):
        errors = [HyperLogLog.of(hash_numbers(np.arange(size) + run * size)).estimate() - size for run in range(8)]
        # The bound is two standard errors; the mean square of eight has some room of its own.
        assert float(np.sqrt(np.mean(np.square(errors)))) <= 0.75 * RELATIVE_BOUND * size + 0.5


def test_hyperloglog_is_unbiased_around_three_registers_counts() -> None:
    size, errors = 49_152, []
    for start in range(0, 20 * size, size):
        errors.append(HyperLogLog.of(hash_numbers(np.arange(start, start + size))).estimate() / size - 1)
    # The standard error of a mean of twenty is 0.0018.
    assert abs(float(np.mean(errors))) < 0.006


def test_the_merged_sketch_is_the_sketch_of_the_union() -> None:
    hashes = hash_numbers(np.arange(5000))
    parts = HyperLogLog.of(hashes[:3000]).merge(HyperLogLog.of(hashes[2000:]))
    assert parts.encode() == HyperLogLog.of(hashes).encode()


def test_texts_that_differ_in_little_spread_evenly() -> None:
    days = np.datetime64("1900-01-01") + np.arange(200_000)
    for texts in (
        [f"{place:016d}" for place in range(200_000)],
        [f"{place:x}-{place}" for place in range(200_000)],
        np.datetime_as_string(days, unit="s").tolist(),
        ["a" * (place % 256) + str(place) for place in range(50_000)],
    ):
        hashes = hash_bytes(pa.array(texts).cast(pa.large_binary()))
        assert len(np.unique(hashes)) == len(texts)
        assert abs(HyperLogLog.of(hashes).estimate() / len(texts) - 1) < 1.5 * RELATIVE_BOUND
        for bits in (hashes >> np.uint64(60), hashes & np.uint64(15)):
            shares = np.bincount(bits.astype(np.int64), minlength=16) / len(texts)
            assert abs(shares - 1 / 16).max() < 0.004
