"""Sketching a batch by its rows' hashes gives what listing its texts gives, to the byte."""

from dataclasses import replace
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.statistics.hashing import hash_bytes
from airflow_provider_profiler.profiling.statistics.tally import tally_texts
from airflow_provider_profiler.profiling.statistics.text_batch import analyze_texts
from airflow_provider_profiler.profiling.statistics.text_rows import perhaps_too_many, sketch_of_rows
from airflow_provider_profiler.profiling.statistics.texts import TextKind, TextState

WORDS = (
    "12",
    "12.5",
    "-0.25",
    "2024-01-31",
    "2024-01-31 10:00:00",
    "10:30",
    "yes",
    "no",
    "NA",
    "nan",
    "007",
    "+30 2310 123456",
)


def listed(texts: list[str], kind: TextKind, capacity: int) -> TextState:
    identity = TextState.identity(kind, capacity, 7)
    return replace(identity, values=identity.values.holding(tally_texts(pa.array(texts, pa.string())).table))


@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(min_size=1, max_size=12), st.integers().map(str)), min_size=1),
    st.sampled_from(TextKind),
    st.integers(1, 400),
    st.integers(0, 2**32),
)
def test_rows_and_lists_agree(texts: list[str], kind: TextKind, repeats: int, seed: int) -> None:
    random = Random(seed)
    rows = [
        f"{text}{random.randrange(40)}" if random.random() < 0.7 else text for text in texts for _ in range(repeats)
    ]
    rows = [text for text in rows if text.encode("utf-8", "ignore")]
    random.shuffle(rows)
    values = pa.array(rows, pa.string()).cast(pa.large_binary())
    capacity = max(0, len(set(rows)) - 1)
    sketch = sketch_of_rows(values, hash_bytes(values), kind, capacity, 7, places=np.arange(1, len(rows) + 1))
    assert sketch is not None
    expected = listed(rows, kind, capacity).values.sketch
    assert expected is not None
    assert sketch.encode() == expected.encode()


@pytest.mark.parametrize("kind", [TextKind.INFERRED, TextKind.TEXT, TextKind.BINARY])
def test_a_batch_that_a_table_can_hold_is_left_to_the_table(kind: TextKind) -> None:
    values = pa.array([b"a", b"b", b"a"], pa.large_binary())
    places = np.arange(1, 4)
    assert sketch_of_rows(values, hash_bytes(values), kind, 2, 0, places=places) is None
    assert sketch_of_rows(values, hash_bytes(values), kind, 1, 0, places=places) is not None


def test_frequent_texts_are_found_again_behind_their_hashes() -> None:
    rows = [f"only once {place}" for place in range(20_000)] + ["often"] * 300 + ["rather often"] * 200
    Random(1).shuffle(rows)
    batch = analyze_texts(pa.array([*rows, None, ""]), TextKind.TEXT, 1000, 0, 37, hashed=True)
    assert batch.state.values.sketch is not None
    found, short = batch.state.values.sketch.hitters.top(5)
    assert [text for text, _ in found] == [b"often", b"rather often"]
    assert all(0 <= count - seen <= 1 for count, (_, seen) in zip((300, 200), found, strict=True))
    assert short <= 1
    assert batch.missing == 2
    assert batch.leading.keys is not None
    assert batch.leading.keys.items() == [row.encode() for row in dict.fromkeys(rows)][:37]


def test_only_a_batch_of_many_different_texts_looks_like_too_many() -> None:
    different = pa.array([f"{place}" for place in range(20_000)])
    assert perhaps_too_many(different, 1024)
    assert not perhaps_too_many(different, 30_000)
    assert not perhaps_too_many(pa.array(["a", "b"] * 10_000), 1024)
    assert not perhaps_too_many(different.slice(0, 5_000), 1024)


@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=50))
def test_cells_hash_alike_on_both_ways(texts: list[str | None]) -> None:
    texts = [None if text is None else text.encode("utf-8", "ignore").decode() for text in texts]
    many = [f"filling up {place}" for place in range(9_000)]
    values = pa.array([*texts, *many], pa.string())
    few = analyze_texts(values, TextKind.TEXT, 100_000, 0, 5, hashed=True)
    rows = analyze_texts(values, TextKind.TEXT, 1_000, 0, 5, hashed=True)
    assert few.cells is not None
    assert rows.cells is not None
    assert few.cells.codes is not None
    assert rows.cells.codes is None
    by_code = few.cells.hashes.take(few.cells.codes)
    by_row = by_code * 0
    by_row[slice(None) if rows.cells.there is None else rows.cells.there] = rows.cells.hashes
    assert by_row.tolist() == by_code.tolist()
    assert few.missing == rows.missing == sum(1 for text in texts if not text)
