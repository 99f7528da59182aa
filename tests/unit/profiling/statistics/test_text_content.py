"""Characters and shapes of texts, against what plain Python says of each character."""

import unicodedata
from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.statistics import Method
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile
from airflow_provider_profiler.profiling.statistics import code_points
from airflow_provider_profiler.profiling.statistics.character_classes import read_characters
from airflow_provider_profiler.profiling.statistics.shapes import LONGEST_SHAPE, SHAPES, read_shapes
from airflow_provider_profiler.profiling.statistics.text_content import TextContent
from airflow_provider_profiler.profiling.statistics.value_sample import SHARE_BOUND, ValueSample

Profile = Callable[..., ColumnProfile]

CHARACTERS = st.one_of(
    st.sampled_from("aZ09 _-.,;+\t\n€²①éΌ中あ한नक्षी\u0301\u200b\u00a0"),
    st.characters(codec="utf-8"),
)
TEXTS = st.lists(st.tuples(st.text(CHARACTERS, max_size=40), st.integers(1, 9)), max_size=30)


def arrays(rows: list[tuple[str, int]]) -> tuple[pa.Array, np.ndarray]:
    values = pa.array([text for text, _ in rows], pa.large_string()).cast(pa.large_binary())
    return values, np.array([count for _, count in rows], np.int64)


def class_of(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace():
        return "white_space"
    if category == "Nd":
        return "digits"
    return {"L": "letters", "M": "letters", "Z": "white_space", "P": "punctuation", "S": "punctuation"}.get(
        category[0], "other"
    )


def sign_of(character: str) -> str:
    category, kind = unicodedata.category(character), class_of(character)
    if kind == "letters":
        return "A" if category in ("Lu", "Lt") else "a" if category == "Ll" else "x"
    if kind in ("digits", "white_space"):
        return "9" if kind == "digits" else " "
    return "\ufffd" if category[0] == "C" else character


def fine(text: str) -> str:
    shape = "".join(map(sign_of, text))
    return shape if len(shape) <= LONGEST_SHAPE else shape[:LONGEST_SHAPE] + "…"


@given(TEXTS)
def test_classes_are_those_of_each_character(rows: list[tuple[str, int]]) -> None:
    found = read_characters(*arrays(rows)).statistics
    characters: Counter[str] = Counter()
    values: Counter[str] = Counter()
    for text, count in rows:
        for kind, amount in Counter(map(class_of, text)).items():
            characters[kind] += amount * count
            values[kind] += count
    names = ("letters", "digits", "white_space", "punctuation", "other")
    assert found.characters.model_dump() == {name: characters[name] for name in names}
    assert found.values.model_dump() == {name: values[name] for name in names}
    assert found.examined == sum(count for _, count in rows)


@given(st.lists(st.tuples(st.sampled_from(["ab Ω", "мир", "abc", "12", "中 あ", "é"]), st.integers(1, 5)), max_size=12))
def test_scripts_are_counted_by_letters_and_values(rows: list[tuple[str, int]]) -> None:
    scripts = {"a": "Latin", "b": "Latin", "c": "Latin", "é": "Latin", "Ω": "Greek", "中": "Han", "あ": "Hiragana"}
    scripts |= dict.fromkeys("мир", "Cyrillic")
    letters: Counter[str] = Counter()
    values: Counter[str] = Counter()
    for text, count in rows:
        for character in text:
            if character in scripts:
                letters[scripts[character]] += count
        for script in {scripts[character] for character in text if character in scripts}:
            values[script] += count
    found = read_characters(*arrays(rows)).statistics.scripts
    assert {item.script: (item.letters, item.values) for item in found} == {
        script: (letters[script], values[script]) for script in letters
    }
    assert [item.letters for item in found] == sorted((item.letters for item in found), reverse=True)


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("ΣΥΝΤΑΓΜΑ", False),
        ("SYNTAGMA", False),
        ("ΑΓΙOΣ", True),  # a Latin O
        ("ΑΓΙΟΣ O", False),  # a Latin O, but a word of its own
        ("ΑΓΙΟΣ-OΔΟΣ", True),
        ("Моcква", True),  # a Latin c
        ("Москва", False),
        ("Μοscow", True),  # Greek letters in a Latin word
        ("μm", False),
        ("µm", False),
        ("ΔT", False),  # too short to be a word
        ("ΔTx", False),  # the x looks like no Greek letter
        ("kΩ", False),
        ("Tシャツ", False),
        ("café", False),
        ("cafe\u0301", False),
        ("漢字かな", False),
        ("ΑΒΓ1OOO", False),  # the digit parts two words
    ],
)
def test_letters_that_look_alike_inside_a_word_are_found(text: str, mixed: bool) -> None:
    found = read_characters(*arrays([("ΑΒΓ", 2), (text, 3)]))
    assert found.statistics.mixed_scripts == 3 * mixed
    assert found.mixed.tolist() == [1] * mixed


@given(TEXTS)
def test_shapes_sign_by_sign_are_those_of_each_text(rows: list[tuple[str, int]]) -> None:
    expected: Counter[str] = Counter()
    for text, count in rows:
        expected[fine(text)] += count
    top = sorted(expected.items(), key=lambda item: (-item[1], item[0].encode()))[:SHAPES]
    shapes = read_shapes(*arrays(rows))
    if sum(count for _, count in top) >= 0.5 * sum(expected.values()):
        assert [(item.shape, item.count) for item in shapes.found] == top
        assert shapes.different == len(expected)
    else:
        assert shapes.different <= len(expected)


def test_codes_keep_their_lengths() -> None:
    rows = [(f"ABC-{number:04d}", 1) for number in range(500)] + [("ab-1", 20)]
    shapes = read_shapes(*arrays(rows))
    assert [(item.shape, item.count) for item in shapes.found] == [("AAA-9999", 500), ("aa-9", 20)]


def test_texts_of_many_lengths_are_shown_by_their_runs() -> None:
    names = [("A" + "a" * first + " B" + "b" * second, 1) for first in range(1, 30) for second in range(1, 30)]
    shapes = read_shapes(*arrays([*names, ("J. Li", 4), ("...", 2)]))
    found = {item.shape: item.count for item in shapes.found}
    assert found["Aa+ Aa+"] == 28 * 28
    assert found["Aa Aa+"] == found["Aa+ Aa"] == 28
    assert found["A. Aa"] == 4
    assert shapes.different == len(found)


def test_shapes_of_long_texts_are_cut() -> None:
    words = [(" ".join("ab" * (number % 7 + 1) + "-" * (number % 5) for number in range(start, start + 40)), 1)
             for start in range(200)]  # fmt: skip
    for item in read_shapes(*arrays(words)).found:
        assert len(item.shape) == LONGEST_SHAPE + 1
        assert item.shape.endswith("…")


@pytest.mark.parametrize("size", [1, 7, 64])
def test_blocks_of_texts_do_not_change_what_is_counted(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"{'Ω' * (number % 5)}x{number} ΑOΑ", number + 1) for number in range(60)]
    whole, shapes = read_characters(*arrays(rows)), read_shapes(*arrays(rows))
    monkeypatch.setattr(code_points, "_BLOCK", size)
    blockwise = read_characters(*arrays(rows))
    assert blockwise.statistics == whole.statistics
    assert blockwise.mixed.tolist() == whole.mixed.tolist() == list(range(60))
    assert read_shapes(*arrays(rows)) == shapes


def test_slices_of_an_array_are_read_where_they_begin() -> None:
    values, counts = arrays([("Ωxx", 1), ("a1", 2), ("b22", 3)])
    assert read_characters(values.slice(1), counts[1:]).statistics.characters.digits == 2 + 6
    assert [item.shape for item in read_shapes(values.slice(1), counts[1:]).found] == ["a99", "a9"]


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        read_characters(pa.array([b"\xff\xfe"], pa.large_binary()), np.ones(1, np.int64))


def test_a_text_column_tells_its_characters_and_shapes(profile: Profile) -> None:
    found = profile(["AB-1", "AB-2", "AB-2", "", None, "ΑOΑ"])
    text = found.statistics.text
    assert text is not None
    assert text.characters is not None
    assert text.characters.examined == 4
    assert text.characters.characters.model_dump() == {
        "letters": 9, "digits": 3, "white_space": 0, "punctuation": 3, "other": 0
    }  # fmt: skip
    assert [(item.shape, item.count) for item in text.shapes] == [("AA-9", 3), ("AAA", 1)]
    assert text.shape_count == 2
    assert found.statistics.accuracy.characters.method is Method.EXACT
    assert [(finding.affected_rows, finding.examples) for finding in found.findings] == [(1, ("ΑOΑ",))]


def test_numbers_dates_and_bytes_have_none(profile: Profile) -> None:
    assert profile(["1", "2", "3"], textual=True).statistics.text is None
    binary = profile(pa.array([b"ab", b"\xff"])).statistics.text
    assert binary is not None
    assert binary.characters is None
    assert binary.shapes == ()
    empty = profile(pa.array([None, ""], pa.string())).statistics
    assert empty.text is None


def test_a_sample_counts_each_distinct_value_once_and_says_so() -> None:
    values, _ = arrays([(f"AB-{number:05d}", 1) for number in range(5000)])
    content = TextContent.of_sample(ValueSample.of(*_keys(values)))
    assert content.characters.examined == sum(item.count for item in content.shapes.found) == 1024
    assert (content.accuracy.method, content.accuracy.bound) == (Method.SAMPLE, SHARE_BOUND)


def _keys(values: pa.Array):
    from airflow_provider_profiler.profiling.statistics.hashing import hash_bytes
    from airflow_provider_profiler.profiling.statistics.keys import BytesKeys

    return BytesKeys(values), hash_bytes(values)
