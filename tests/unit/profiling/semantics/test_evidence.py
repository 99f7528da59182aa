"""The evidence of texts: the same however often they are listed, and however they are cut."""

from functools import reduce
from itertools import pairwise

import msgpack
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.semantics.decision import decide
from airflow_provider_profiler.profiling.semantics.evidence import Evidence
from airflow_provider_profiler.profiling.semantics.number_decision import numbers_of
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys

TEXTS = [
    *("1", "-2", "1.5", "1.234", "1,234", "1,5", "1.234,5", "$5", "$1,234.50", "5%", "007", "nan", "inf", "NA", "-"),
    *("yes", "no", "ναι", "2024-01-31", "31/12/99", "05/06/07", "99-12-31", "2024-01", "2011-12", "05/06/2024"),
    *("13/06/2024", "2024-01-31T10:11:12Z", "12:30", "25:10", "192.168.1.1", "1.2.3", "word", "3 Μαΐου 2024"),
    *("May 3, 2024", "12 kg", "1 234"),
]
columns = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=60)


def evidence(texts: list[str], counts: list[int] | None = None, rows: list[int] | None = None) -> Evidence:
    values = pa.array([text.encode() for text in texts], pa.large_binary())
    amounts = np.ones(len(texts), np.int64) if counts is None else np.array(counts, np.int64)
    first_rows = np.array(range(1, len(texts) + 1) if rows is None else rows, np.int64)
    return Evidence.of(ExactTable(BytesKeys(values), amounts, first_rows), 100, 0)


def encoded(found: Evidence) -> bytes:
    return msgpack.packb(found.encode())


@given(columns)
def test_repeated_texts_are_the_same_as_counted_ones(texts: list[str]) -> None:
    distinct = list(dict.fromkeys(texts))
    rows = [texts.index(text) + 1 for text in distinct]
    counted = evidence(distinct, [texts.count(text) for text in distinct], rows)
    assert encoded(evidence(texts)) == encoded(counted)


@given(columns, st.lists(st.integers(0, 60), max_size=4))
def test_evidence_merges(texts: list[str], cuts: list[int]) -> None:
    edges = sorted({0, len(texts), *(cut for cut in cuts if cut < len(texts))})
    parts = [evidence(texts[start:stop]).renumbered(Numbering(start)) for start, stop in pairwise(edges)]
    whole = evidence(texts)
    assert encoded(reduce(Evidence.merge, parts)) == encoded(whole)
    assert encoded(reduce(lambda one, other: other.merge(one), parts)) == encoded(whole)


@given(columns)
def test_evidence_is_read_back(texts: list[str]) -> None:
    found = evidence(texts)
    assert encoded(Evidence.decode(msgpack.unpackb(encoded(found)))) == encoded(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amounts", {"text:whole:": {}}),
        ("amounts", {"point_number:half:": {}}),
        ("languages", {"xx": 1}),
        ("languages", {"en": -1}),
        ("orders", b"\0" * 8),
        ("readings", {"date_upside_down": {}}),
        ("formats", {"nonsense:%Y": 1}),
        ("examples", {"integer": ["not bytes"]}),
    ],
)
def test_damaged_evidence_is_refused(name: str, value: object) -> None:
    parts = evidence(["1"]).encode()
    with pytest.raises(ValueError):
        Evidence.decode({**parts, name: value})


def test_the_reading_of_numbers_does_not_depend_on_the_cut() -> None:
    texts = ["1.234", "2.345", "1.234,5"] * 50
    for size in (1, 2, 7, 150):
        parts = [evidence(texts[start : start + size]) for start in range(0, len(texts), size)]
        found = reduce(Evidence.merge, parts)
        decision = decide(found)
        assert decision.numbers is not None
        numbers = numbers_of(found, decision.numbers)
        assert numbers.values.table is not None
        assert numbers.values.table.keys.items() == [1234.0, 1234.5, 2345.0]
        assert numbers.counts.rows == 150


def test_examples_are_the_smallest_texts_of_many_too() -> None:
    texts = [f"word {number % 997:04}" for number in range(5000)]
    assert evidence(texts).examples == {"text": (b"word 0000", b"word 0001", b"word 0002")}
    assert evidence(["b"] * 5000 + ["a"] * 3 + ["ab"]).examples == {"text": (b"a", b"ab", b"b")}
    assert evidence(["x"] * 5000).examples == {"text": (b"x",)}


def test_merged_evidence_is_in_an_order_of_its_own() -> None:
    # That of a set of names is another one in every process.
    merged = evidence(TEXTS).merge(evidence(TEXTS[::-1]))
    for found in (merged.examples, merged.amounts, merged.readings):
        assert len(found) > 2
        assert list(found) == sorted(found)
