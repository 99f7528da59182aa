"""Every Arrow type finds its kind of values."""

import datetime as dt
import json
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile
from airflow_provider_profiler.profiling.statistics.display import BYTES_LIMIT, ELLIPSIS, TEXT_LIMIT
from airflow_provider_profiler.profiling.statistics.nested import render_json

Profile = Callable[..., ColumnProfile]


@pytest.mark.parametrize(
    ("values", "data_type", "sample"),
    [
        (pa.array([1], pa.int8()), DataType.INTEGER, 1),
        (pa.array([1], pa.uint64()), DataType.INTEGER, 1),
        (pa.array([1.5], pa.float16()), DataType.FLOAT, 1.5),
        (pa.array([Decimal("1.5")]), DataType.FLOAT, 1.5),
        (pa.array([True]), DataType.BOOLEAN, True),
        (pa.array([dt.date(2024, 2, 29)], pa.date32()), DataType.DATE, "2024-02-29"),
        (pa.array([dt.date(2024, 2, 29)], pa.date64()), DataType.DATE, "2024-02-29"),
        (pa.array([dt.time(1, 2, 3)], pa.time32("s")), DataType.TIME, "01:02:03"),
        (pa.array([dt.time(1, 2, 3)], pa.time64("ns")), DataType.TIME, "01:02:03"),
        (pa.array([1], pa.timestamp("s")), DataType.DATE_TIME, "1970-01-01T00:00:01"),
        (pa.array([1], pa.timestamp("ns", "Europe/Athens")), DataType.DATE_TIME, "1970-01-01T00:00:00.000000001Z"),
        (pa.array(["x"], pa.string()), DataType.TEXT, "x"),
        (pa.array(["x"], pa.large_string()), DataType.TEXT, "x"),
        (pa.array(["x"], pa.string_view()), DataType.TEXT, "x"),
        (pa.array([b"\x00\xff"], pa.binary()), DataType.TEXT, "00ff"),
        (pa.array([b"\x00\xff"], pa.binary(2)), DataType.TEXT, "00ff"),
        (pa.array(["x", "x"]).dictionary_encode(), DataType.TEXT, "x"),
        (pa.array([3, 3]).dictionary_encode(), DataType.INTEGER, 3),
        (pa.RunEndEncodedArray.from_arrays([2, 5], [7, 8]), DataType.INTEGER, 7),
        (pa.array([[1, None]]), DataType.TEXT, "[1,null]"),
        (pa.array([{"a": 1, "b": "ψ"}]), DataType.TEXT, '{"a":1,"b":"ψ"}'),
        (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), DataType.TEXT, '[["k",1]]'),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_the_type_is_that_of_the_source(profile: Profile, values: pa.Array, data_type: DataType, sample: Any) -> None:
    for given_values in (values, pa.chunked_array([values, values])):
        found = profile(given_values) if isinstance(given_values, pa.Array) else profile(given_values.combine_chunks())
        assert found.data_type is data_type
        assert found.sample[0] == sample
        assert type(found.sample[0]) is type(sample)
        assert found.votes == ()


def test_uuids_and_other_extension_types_are_their_storage(profile: Profile) -> None:
    values = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"\x01" * 16], pa.binary(16)))
    assert profile(values).sample == ("01" * 16,)


def test_empty_texts_are_missing_and_empty_bytes_are_not(profile: Profile) -> None:
    assert profile(["", "a", None]).statistics.missing_count == 2
    assert profile(pa.array([b"", b"a", None])).statistics.missing_count == 1


def test_texts_of_a_typed_source_are_not_inferred_but_their_null_tokens_count(profile: Profile) -> None:
    found = profile(["1", "2", "NA", "NA"])
    assert found.data_type is DataType.TEXT
    assert [(token.token, token.count) for token in found.statistics.null_tokens] == [("NA", 2)]
    assert found.statistics.distinct_count == 3
    assert found.sample == ("1", "2")
    assert profile(["1", "2"], textual=True, infer_types=False).data_type is DataType.TEXT


def test_dictionaries_with_repeated_and_unused_values_are_counted_by_rows(profile: Profile) -> None:
    values = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, None], pa.int8()), pa.array(["a", "a", None, "z"]))
    statistics = profile(values, textual=True).statistics
    assert (statistics.row_count, statistics.missing_count, statistics.distinct_count) == (2, 2, 1)


def test_text_that_is_not_utf_8_is_repaired_instead_of_failing(profile: Profile) -> None:
    buffers = [None, pa.py_buffer(b"\x00\x00\x00\x00\x02\x00\x00\x00\x04\x00\x00\x00"), pa.py_buffer(b"\xff\xfeab")]
    found = profile(pa.Array.from_buffers(pa.string(), 2, buffers))
    assert found.sample == ("\ufffd\ufffd", "ab")


def test_long_values_are_cut_the_same_way_everywhere(profile: Profile) -> None:
    text, data = "ψ" * (TEXT_LIMIT + 1), b"\xab" * (BYTES_LIMIT + 1)
    found = profile([text, text])
    assert found.sample == (text[:TEXT_LIMIT] + ELLIPSIS,)
    assert found.statistics.top_values[0].value == text[:TEXT_LIMIT] + ELLIPSIS
    assert found.statistics.text is not None
    assert found.statistics.text.maximum_length == TEXT_LIMIT + 1
    assert profile(["ψ" * TEXT_LIMIT]).sample == ("ψ" * TEXT_LIMIT,)
    assert profile(pa.array([data])).sample == ("ab" * BYTES_LIMIT + ELLIPSIS,)


LEAVES = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
TREES = st.lists(
    st.one_of(
        st.none(),
        st.fixed_dictionaries({"n": LEAVES, "t": st.one_of(st.none(), st.text()), "l": st.lists(LEAVES, max_size=3)}),
    )
)


@given(TREES, st.integers(0, 3))
def test_nested_values_are_canonical_json(trees: list[Any], skip: int) -> None:
    kind = pa.struct([("n", pa.int64()), ("t", pa.string()), ("l", pa.list_(pa.int64()))])
    texts = render_json(pa.array(trees, kind).slice(skip)).to_pylist()
    assert [None if text is None else json.loads(text) for text in texts] == trees[skip:]


def test_nested_rendering_covers_what_json_does_not_know() -> None:
    moment = dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC)
    value = {"f": [1.5, math.nan, math.inf], "b": b"\xff", "d": Decimal("1.10"), "m": moment, "o": True, "x": None}
    assert render_json(pa.array([value])).to_pylist() == [
        '{"f":[1.5,"nan","inf"],"b":"ff","d":"1.10","m":"2024-01-02 03:00:00.000000Z","o":true,"x":null}'
    ]


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.int64()), pa.large_list(pa.int64()), pa.list_(pa.int64(), 2), pa.list_view(pa.int64())]
)
def test_all_kinds_of_lists_are_rendered_with_their_nulls(kind: pa.DataType) -> None:
    values = pa.array([[1, 2], None, [3, 4]], kind)
    assert render_json(values).to_pylist() == ["[1,2]", None, "[3,4]"]
    assert render_json(values.slice(1)).to_pylist() == [None, "[3,4]"]


def test_maps_keep_their_order_and_nulls() -> None:
    kind = pa.map_(pa.string(), pa.list_(pa.float64()))
    values = pa.array([[("b", [1.0]), ("a", None)], None, []], kind)
    assert render_json(values).to_pylist() == ['[["b",[1.0]],["a",null]]', None, "[]"]
    assert render_json(values.slice(1)).to_pylist() == [None, "[]"]
