"""States of partitions merge into that of the table, and travel as bytes."""

import msgpack
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.profiling.examples import scalar
from airflow_provider_profiler.profiling.readers.reader import Rejected
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer
from airflow_provider_profiler.profiling.table_state import TableState, decode_result, encode_result

CELLS = st.lists(st.sampled_from(["1", "2", "x", "", None]), max_size=6)
REJECTED = st.lists(st.tuples(st.integers(1, 9), st.text(max_size=2)), max_size=7)


def state(cells: list[str | None], rejected: list[tuple[int, str]], lines: int = 10) -> TableState:
    analyzer = ColumnAnalyzer(textual=True, options=StatisticsOptions(), partition_index=0)
    return TableState(
        columns=(analyzer.analyze(pa.array(cells, pa.string())),),
        rows=len(cells),
        bytes_read=7,
        lines=lines,
        rejected=Rejected(len(rejected), tuple(rejected[:5])),
        examples=tuple((cell,) for cell in cells[:5]),
    )


STATES = st.builds(state, CELLS, REJECTED)


@given(STATES, STATES, STATES)
def test_merging_is_associative(one: TableState, two: TableState, three: TableState) -> None:
    left = one.merge(two).merge(three)
    assert encode_result(left) == encode_result(one.merge(two.merge(three)))
    assert left.rows == one.rows + two.rows + three.rows
    assert len(left.examples) <= 5


@given(STATES)
def test_the_state_of_no_rows_changes_nothing(one: TableState) -> None:
    nothing = state([], [], lines=0)
    expected = encode_result(one)
    rebuilt = one.merge(nothing)
    assert encode_result(TableState(**{**vars(rebuilt), "bytes_read": 7})) == expected
    assert encode_result(TableState(**{**vars(nothing.merge(one)), "bytes_read": 7})) == expected


def test_lines_are_counted_on() -> None:
    merged = state(["1"], [(3, "a")]).merge(state([], [(2, "b")])).merge(state([], [(1, "c")]))
    assert merged.rejected == Rejected(3, ((3, "a"), (12, "b"), (21, "c")))


def test_rejected_rows_without_a_line_stay_without() -> None:
    unknown = TableState(columns=(), rejected=Rejected(1, ((None, "x"),)))
    assert TableState(columns=(), lines=5).merge(unknown).rejected.examples == ((None, "x"),)


@given(STATES)
def test_bytes_and_back(one: TableState) -> None:
    copy = decode_result(encode_result(one))
    assert isinstance(copy, TableState)
    assert encode_result(copy) == encode_result(one)
    assert (copy.rows, copy.rejected, copy.examples) == (one.rows, one.rejected, one.examples)


def test_a_failure_travels_too() -> None:
    reason = FileReason(code=FileReasonCode.MALFORMED, message="line 7")
    assert decode_result(encode_result(reason)) == reason


def test_integers_beyond_64_bits_travel_as_text() -> None:
    cells = tuple(scalar(value) for value in (2**70, -(2**63), 2**64 - 1))
    copy = decode_result(encode_result(TableState(columns=(), examples=(cells,))))
    assert isinstance(copy, TableState)
    assert copy.examples == ((str(2**70), -(2**63), 2**64 - 1),)


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"\xc1",
        msgpack.packb(None),
        msgpack.packb([1]),
        msgpack.packb([1, "state", [], [0, 0, 0], [0, []], [], None]),
        msgpack.packb([2, "other"]),
        msgpack.packb([2, "failure", "no such code", ""]),
        msgpack.packb([2, "state", [b"damaged"], [0, 0, 0], [0, []], [], None]),
        encode_result(state(["1"], []))[:-3],
    ],
)
def test_what_is_no_result_is_refused(encoded: bytes) -> None:
    with pytest.raises(ValueError):
        decode_result(encoded)
