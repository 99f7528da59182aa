"""Recognising texts: what a text is taken for does not depend on its neighbours, nor on the way it was read."""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.semantics.recognition import Recognised, recognise
from airflow_provider_profiler.profiling.semantics.vocabulary import (
    BOOLEAN_WORDS,
    NAN_WORDS,
    NULL_TOKENS,
    POSITIVE_INFINITY_WORDS,
)
from airflow_provider_profiler.profiling.semantics.votes import VOTES, Vote

#: Texts that the ways of reading must agree on, and others like them.
FORMS = [
    *(
        "0",
        "12",
        "-3",
        "+7",
        "-0",
        "007",
        "-012",
        "1.5",
        "1.234",
        "-12.345",
        "00.5",
        ".5",
        "5.",
        "1e5",
        "-1E-3",
        "1e400",
    ),
    *(
        "99999999999999999999",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "1-2",
        "1.2.3",
        ".",
    ),
    *(
        "2024-01-31",
        "2024-02-30",
        "2024-01-31 10:11:12",
        "2024-01-31T10:11:12Z",
        "2024-01-31T10:11:12.5+02:00",
        "24:00",
    ),
    *(
        "31/12/2024",
        "12/31/2024",
        "05.06.2024",
        "31/12/99",
        "99-12-31",
        "Jan 3, 2024",
        "3 Μαΐου 2024",
        "9:05 PM",
        "25:10",
    ),
    *(
        "1,234",
        "1.234,5",
        "12%",
        "$5",
        "5 €",
        "(5)",
        "1 234",
        "+302101234567",
        "192.168.1.1",
        "12kg",
        "EUR 5",
        "5 Main",
    ),
    *(
        "true",
        "No",
        "ΝΑΙ",
        "nan",
        "-inf",
        "NA",
        "n/a",
        "-",
        "?",
        "x",
        "no way",
        "Naxos",
        "12 Main Street",
        " ",
        "\t7 ",
        " NA ",
    ),
    *("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "10eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "2024-W05", "2024-01", "7" * 90),
]
near = st.sampled_from(FORMS) | st.from_regex(
    re.compile(r"[-+]?[0-9]{0,4}[.,]?[0-9]{1,4}(?:[eE][+-]?[0-9]{1,2})?"), fullmatch=True
)
mutated = st.builds(
    lambda text, place, sign: text[: place % (len(text) + 1)] + sign + text[place % (len(text) + 1) :],
    near,
    st.integers(0, 40),
    st.sampled_from(list("0123456789.,-+eE:/ TZ%$€\u00a0\u2003αé'()")),
)
column = st.tuples(
    st.lists(near, min_size=1, max_size=3), st.lists(mutated, max_size=3), st.integers(1, 40), st.integers(0, 2)
).map(lambda parts: [text for text in parts[0] * parts[2] + parts[1] if text][parts[3] :] or ["1"])


def array(texts: list[str]) -> pa.Array:
    return pa.array([text.encode() for text in texts], pa.large_binary())


def meaning(seen: Recognised, row: int) -> tuple[Any, ...]:
    """All that is read from a text."""
    vote = VOTES[seen.votes[row]]
    names: tuple[str, ...] = ()
    if vote in (Vote.INTEGER, Vote.BOOLEAN, Vote.WRITTEN_NUMBER, Vote.TIME, Vote.MONTH) or vote.startswith("date"):
        names = ("integers",)
    if vote in (Vote.FLOAT, Vote.INFINITY):
        names = ("floats",)
    if vote in (Vote.FLOAT_OR_GROUPED, Vote.GROUPED_OR_DECIMAL):
        names = ("integers", "floats")
    if vote.endswith("ambiguous"):
        names = (*names, "swapped")
    if vote in (Vote.DATE_SHORT_YEAR, Vote.DATE_TIME_SHORT_YEAR):
        names = (*names, "swapped", "year_first", "orders")
    form = "" if seen.formats is None else seen.format_names[seen.formats[row]]
    return (vote, form, *(seen.values(name, row).item() for name in names))


@settings(max_examples=300)
@given(column)
def test_a_text_means_the_same_alone_and_among_others(texts: list[str]) -> None:
    together = recognise(array(texts))
    alone = {text: meaning(recognise(array([text])), 0) for text in set(texts)}
    assert [meaning(together, row) for row in range(len(texts))] == [alone[text] for text in texts]
    first = together.first(2)
    assert [meaning(first, row) for row in range(len(first.votes))] == [alone[text] for text in texts[:2]]


@pytest.mark.parametrize("form", [form for form in FORMS if form.strip()])
@pytest.mark.parametrize("other", ["NA", "x", "12", "2024-01-31", "1.5", " 7"])
def test_long_columns_of_one_form_with_a_few_others(form: str, other: str) -> None:
    texts = [form] * 3000
    texts[5] = texts[-1] = other
    seen = recognise(array(texts))
    expected, different = (meaning(recognise(array([text])), 0) for text in (form, other))
    assert {meaning(seen, row) for row in (0, 1, 1500, 2998)} == {expected}
    assert {meaning(seen, row) for row in (5, 2999)} == {different}
    assert (seen.votes == seen.votes[0]).sum() >= 2998


def test_a_slice_is_read_like_the_whole() -> None:
    texts = [form for form in FORMS for _ in range(3)]
    whole, part = recognise(array(texts)), recognise(array(texts)[7:-5])
    assert [meaning(part, row) for row in range(len(part.votes))] == [
        meaning(whole, row) for row in range(7, len(texts) - 5)
    ]


@given(st.integers(-(2**70), 2**70))
def test_integers_are_those_that_fit(value: int) -> None:
    seen = recognise(array([str(value)]))
    fits = -(2**63) <= value < 2**63
    assert VOTES[seen.votes[0]] is (Vote.INTEGER if fits else Vote.BIG_INTEGER)
    assert not fits or seen.values("integers", 0) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_read_to_the_last_bit(value: float) -> None:
    seen = recognise(array([repr(value)]))
    assert VOTES[seen.votes[0]] in (Vote.FLOAT, Vote.FLOAT_OR_GROUPED)
    assert seen.values("floats", 0) == value


def test_white_space_is_all_that_is_trimmed_and_nothing_else() -> None:
    characters = [chr(point) for point in range(0x3100) if not 0xD800 <= point < 0xE000]
    trimmed = pc.utf8_trim_whitespace(pa.array(characters)).to_pylist()
    spaces = [character for character, rest in zip(characters, trimmed, strict=True) if not rest]
    assert "\u00a0" in spaces
    assert "\u3000" in spaces
    for space in spaces:
        seen = recognise(array([f"{space}12{space}", f"{space}NA", f"n{space}", space, f"2024-01-31{space}"]))
        assert [VOTES[vote] for vote in seen.votes] == [
            Vote.INTEGER,
            Vote.NULL_TOKEN,
            Vote.BOOLEAN,
            Vote.NULL_TOKEN,
            Vote.DATE,
        ]
    for character in ("\u200b", "\ufeff", "a", "_"):
        assert VOTES[recognise(array([f"{character}12"])).votes[0]] is Vote.TEXT


def test_every_word_of_the_vocabulary_is_found_in_any_case() -> None:
    for words, vote in (
        (NULL_TOKENS - {""}, Vote.NULL_TOKEN),
        (NAN_WORDS, Vote.NOT_A_NUMBER),
        (POSITIVE_INFINITY_WORDS, Vote.INFINITY),
        (BOOLEAN_WORDS, Vote.BOOLEAN),
    ):
        for word in words:
            for text in (word, word.upper(), word.capitalize(), f" {word}\t"):
                for words_only in (False, True):
                    assert VOTES[recognise(array([text]), words_only=words_only).votes[0]] is vote, text


def test_words_only_finds_nothing_else() -> None:
    texts = [
        form
        for form in FORMS
        if VOTES[recognise(array([form])).votes[0]]
        not in (Vote.NULL_TOKEN, Vote.NOT_A_NUMBER, Vote.INFINITY, Vote.BOOLEAN)
    ]
    assert (recognise(array(texts), words_only=True).votes == Vote.TEXT.code).all()


def test_null_tokens_that_are_told_take_the_place_of_the_vocabulary() -> None:
    texts = ["-999", " -999 ", "-998", "NA", "missing", "  ", "2024-01-01"]
    seen = recognise(array(texts), null_tokens=("-999", "missing", "2024-01-01"))
    assert [VOTES[vote] for vote in seen.votes] == [
        Vote.NULL_TOKEN,
        Vote.NULL_TOKEN,
        Vote.INTEGER,
        Vote.TEXT,
        Vote.NULL_TOKEN,
        Vote.NULL_TOKEN,
        Vote.NULL_TOKEN,
    ]
    assert VOTES[recognise(array(["NA"]), null_tokens=()).votes[0]] is Vote.TEXT


def test_no_text_gives_no_vote() -> None:
    assert len(recognise(array([])).votes) == 0


def test_texts_of_any_length_are_bounded_work() -> None:
    texts = ["9" * 100_000, "1." + "0" * 50_000, "x" * 100_000, "2024-01-31" * 10_000, "(" * 1000, "1,000" * 500]
    votes = [VOTES[vote] for vote in recognise(array(texts)).votes]
    assert votes == [Vote.BIG_INTEGER, Vote.FLOAT, Vote.TEXT, Vote.TEXT, Vote.TEXT, Vote.TEXT]


def test_values_are_there_only_where_a_vote_needs_them() -> None:
    seen = recognise(array(["some", "words"] * 100))
    assert (seen.integers, seen.floats, seen.formats, seen.swapped) == (None, None, None, None)
    assert seen.votes.dtype == np.int8


def test_dates_and_numbers_among_codes_of_all_layouts_are_found() -> None:
    """As many layouts as texts: what can mean nothing is sorted out by a pattern, and nothing else is."""
    rare = [
        *FORMS,
        "2024-01-31T10:11:12Z",
        "20240131T101112Z",
        "Wed, 02 Oct 2002 15:00:00 +0200",
        "$1,234.50",
        "12 km/h",
    ]
    rare = [text for text in rare if 8 <= len(text.encode()) <= 60]
    # All of the same lengths, so that they are sorted out together.
    codes = [
        "1" + "".join("0a-:.b1,"[number >> 3 * place & 7] for place in range(length - 3)) + "z9"
        for length in sorted({len(text.encode()) for text in rare})
        for number in range(0, 8**4, 7)
    ]
    texts = codes + rare
    seen = recognise(array(texts))
    for place, text in enumerate(texts[-len(rare) :], start=len(texts) - len(rare)):
        assert meaning(seen, place) == meaning(recognise(array([text])), 0), text


def test_letters_behind_the_first_digits_make_codes_of_long_texts_alone() -> None:
    padded = [
        "12kg" + " " * 30,
        "15JAN2024" + "\u00a0" * 9,
        "1234567kcal  ",
        "4e-000000000005",
        "20240131T101112",
        "7E+0000000001",
    ]
    for text in padded:
        assert VOTES[recognise(array([text])).votes[0]] is not Vote.TEXT, text
    for text in ("12kg" + "x" * 30, "1234567k-2024-01-31", "9f86d081884c7d659a2feaa0c55ad015", "00" * 16):
        vote = VOTES[recognise(array([text])).votes[0]]
        assert vote is (Vote.LEADING_ZERO if text == "00" * 16 else Vote.TEXT), text
