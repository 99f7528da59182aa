"""The laws of states: identity, associativity, order, and independence of the partitioning."""

import itertools

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.semantics.column_type import describe
from airflow_provider_profiler.profiling.statistics.column import (
    ColumnAnalyzer,
    ColumnState,
    decode_state,
    encode_state,
)
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering

SMALL = {"exact_values": 16}
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "",
            " ",
            "NA",
            "n/a",
            "-",
            "nan",
            "inf",
            "1",
            "2.50",
            "2.5",
            "007",
            "99999999999999999999",
            "+302101234567",
            "yes",
            "no",
            "2024-01-31",
            "2024-01-31T10:00:00",
            "2024-01-31T10:00:00+02:00",
            "03/04/2024",
            "13/04/2024",
            "04/13/2024 10:00",
            "12:30",
            "Jan 3 2024",
            "ΑΓΙΑ ΒΑΡΒΑΡΑ",
        ]
    ),
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.text(max_size=6),
)
ARRAYS = st.one_of(
    st.tuples(st.lists(TEXTS, max_size=60).map(lambda v: pa.array(v, pa.string())), st.just(True)),
    st.tuples(st.lists(TEXTS, max_size=60).map(lambda v: pa.array(v, pa.string())), st.just(False)),
    st.tuples(
        st.lists(st.one_of(st.none(), st.floats(), st.sampled_from([0.0, -0.0, 1.0])), max_size=60).map(
            lambda v: pa.array(v, pa.float64())
        ),
        st.just(False),
    ),
    st.tuples(
        st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-9, 9)), max_size=60).map(
            lambda v: pa.array(v, pa.int64())
        ),
        st.just(False),
    ),
    st.tuples(st.lists(st.integers(0, 2**64 - 1), max_size=60).map(lambda v: pa.array(v, pa.uint64())), st.just(False)),
    st.tuples(
        st.lists(st.one_of(st.none(), st.integers(-(2**40), 2**40)), max_size=60).map(
            lambda v: pa.array(v, pa.timestamp("ms", "UTC"))
        ),
        st.just(False),
    ),
    st.tuples(
        st.lists(st.one_of(st.none(), st.booleans()), max_size=60).map(lambda v: pa.array(v, pa.bool_())),
        st.just(False),
    ),
    st.tuples(
        st.lists(st.one_of(st.none(), st.binary(max_size=4)), max_size=60).map(lambda v: pa.array(v, pa.binary())),
        st.just(False),
    ),
)


def state_of(values: pa.Array, textual: bool, partition: int = 0, exact_values: int = 32_768) -> ColumnState:
    options = StatisticsOptions(exact_values=exact_values)
    return ColumnAnalyzer(textual=textual, options=options, partition_index=partition).analyze(values)


@given(ARRAYS, st.sampled_from([16, 32_768]))
def test_the_state_of_no_rows_is_the_identity(case: tuple[pa.Array, bool], exact_values: int) -> None:
    values, textual = case
    options = StatisticsOptions(exact_values=exact_values)
    state = state_of(values, textual, 3, exact_values)
    for nothing in (
        ColumnAnalyzer(textual=textual, options=options, partition_index=0).identity(),
        state_of(values.slice(0, 0), textual, 0, exact_values),
        decode_state(encode_state(state_of(values.slice(0, 0), textual, 7, exact_values))),
    ):
        assert describe(state.merge(nothing), options) == describe(state, options)
        assert describe(nothing.merge(state), options) == describe(state, options)
    if len(values) > values.null_count:
        nothing = ColumnAnalyzer(textual=textual, options=options, partition_index=0).identity()
        assert encode_state(state.merge(nothing)) == encode_state(nothing.merge(state)) == encode_state(state)


@given(ARRAYS, st.lists(st.integers(0, 60), min_size=1, max_size=4))
def test_exact_states_do_not_depend_on_the_partitioning_at_all(case: tuple[pa.Array, bool], cuts: list[int]) -> None:
    values, textual = case
    edges = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    states = [state_of(values.slice(a, b - a), textual).renumbered(Numbering(a)) for a, b in itertools.pairwise(edges)]
    left = states[0]
    for state in states[1:]:
        left = left.merge(state)
    right = states[-1]
    for state in reversed(states[:-1]):
        right = state.merge(right)
    whole = encode_state(state_of(values, textual))
    assert encode_state(left) == whole
    assert encode_state(right) == whole


@settings(max_examples=200)
@given(ARRAYS, st.lists(st.integers(0, 60), min_size=1, max_size=4))
def test_counts_and_extremes_of_sketches_do_not_depend_on_the_partitioning(
    case: tuple[pa.Array, bool], cuts: list[int]
) -> None:
    values, textual = case
    options = StatisticsOptions(**SMALL)
    edges = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    states = [
        state_of(values.slice(a, b - a), textual, index, 16).renumbered(Numbering(a))
        for index, (a, b) in enumerate(itertools.pairwise(edges))
    ]
    merged = states[0]
    for state in states[1:]:
        merged = merged.merge(state)
    one, many = describe(state_of(values, textual, 0, 16), options), describe(merged, options)
    assert (one.data_type, one.votes, one.format, one.sample, one.findings, one.notes) == (
        many.data_type,
        many.votes,
        many.format,
        many.sample,
        many.findings,
        many.notes,
    )
    same = {"row_count", "missing_count", "distinct_count", "null_tokens", "nan_count", "infinity_count"}
    same |= {"text", "temporal", "boolean"}
    assert one.statistics.model_dump(include=same) == many.statistics.model_dump(include=same)
    first, second = one.statistics.numeric, many.statistics.numeric
    assert (first is None) == (second is None)
    if first and second:
        exact = {"minimum", "maximum", "range", "zero_count", "negative_count", "histogram"}
        assert first.model_dump(include=exact) == second.model_dump(include=exact)
        scale = max(abs(float(first.minimum)), abs(float(first.maximum)), 1e-300)
        assert first.mean == pytest.approx(second.mean, rel=1e-12, abs=1e-12 * scale)
        if first.variance is not None and second.variance is not None:
            assert first.variance == pytest.approx(second.variance, rel=1e-12)
        assert first.sum == pytest.approx(second.sum, rel=1e-12, abs=1e-12 * scale * len(values))


@given(ARRAYS, ARRAYS, ARRAYS)
def test_merging_is_commutative_in_exact_parts(
    one: tuple[pa.Array, bool], two: tuple[pa.Array, bool], three: tuple[pa.Array, bool]
) -> None:
    first, textual = one
    for second, _ in (two, three):
        if second.type != first.type:
            continue
        a, b = state_of(first, textual), state_of(second, textual).renumbered(Numbering(len(first)))
        left, right = a.merge(b).encode(), b.merge(a).encode()
        assert left.pop("leading") is not None
        assert right.pop("leading") is not None
        assert left == right


@given(ARRAYS, st.sampled_from([16, 32_768]))
def test_equal_input_gives_equal_bytes_and_bytes_give_the_state_back(
    case: tuple[pa.Array, bool], exact_values: int
) -> None:
    values, textual = case
    half = len(values) // 2
    encoded = []
    for _ in range(2):
        a, b = (
            state_of(values.slice(0, half), textual, 0, exact_values),
            state_of(values.slice(half), textual, 1, exact_values),
        )
        encoded.append(encode_state(a.merge(b)))
        # Merging what came over the wire is merging what was sent.
        wired = decode_state(encode_state(a)).merge(decode_state(encode_state(b)))
        assert encode_state(wired) == encoded[0]
    assert encoded[0] == encoded[1]
    assert encode_state(decode_state(encoded[0])) == encoded[0]


def test_operands_do_not_change_when_merged() -> None:
    a, b = (state_of(pa.array([float(i) for i in range(start, start + 40)]), False, 0, 16) for start in (0, 20))
    before = encode_state(a), encode_state(b)
    a.merge(b)
    assert (encode_state(a), encode_state(b)) == before


def test_a_column_that_changes_its_kind_is_refused() -> None:
    number, text = state_of(pa.array([1]), False), state_of(pa.array(["1"]), False)
    with pytest.raises(ValueError, match="number values cannot be merged with one of text values"):
        number.merge(text)
    with pytest.raises(ValueError, match="inferred"):
        text.merge(state_of(pa.array(["1"]), True))
    with pytest.raises(ValueError, match="different kinds or units"):
        state_of(pa.array([1], pa.date32()), False).merge(state_of(pa.array([1], pa.timestamp("s")), False))
    with pytest.raises(ValueError, match="different options"):
        number.merge(state_of(pa.array([1]), False, exact_values=16))


def test_parts_without_values_merge_with_any_kind() -> None:
    nulls = state_of(pa.nulls(3), False)
    assert describe(nulls.merge(state_of(pa.array([1, 2]), False)), StatisticsOptions()).statistics.missing_count == 3


def test_integers_in_one_part_and_floats_in_another_are_floats() -> None:
    for exact_values in (16, 32_768):
        whole = state_of(pa.array(range(30)), False, 0, exact_values)
        merged = whole.merge(state_of(pa.array([0.5, 1.0]), False, 1, exact_values))
        profile = describe(merged, StatisticsOptions())
        assert profile.data_type is DataType.FLOAT
        assert profile.statistics.distinct_count == 31
        assert profile.statistics.numeric is not None
        assert profile.statistics.numeric.sum == pytest.approx(436.5, rel=1e-12)
        assert isinstance(profile.statistics.numeric.minimum, float)
        assert profile.sample == (0.0, 1.0, 2.0, 3.0, 4.0)
