"""What each of some texts can be taken for, and its value as that: vectorised over distinct texts."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.semantics.calendar_forms import read_calendar
from airflow_provider_profiler.profiling.semantics.vocabulary import (
    BOOLEAN_WORDS,
    LONGEST_WORD,
    MONTHS,
    NAN_WORDS,
    NEGATIVE_INFINITY_WORDS,
    NULL_TOKENS,
    POSITIVE_INFINITY_WORDS,
)
from airflow_provider_profiler.profiling.semantics.votes import Vote
from airflow_provider_profiler.profiling.statistics.encoding import Floats, Integers

_INTEGER = "^[+-]?[0-9]+$"
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_LEADING_ZERO = "^[+-]?0[0-9]"
#: A plus sign and at least seven digits: no measurement is written like that.
_PHONE = r"^\+[0-9][0-9 ()./-]{5,}[0-9]$"
_MONTH = "(?:" + "|".join(name[:3] for name in MONTHS) + ")[a-z]{0,6}"
#: Reading dates is slow: only what begins like one is tried.
_PERHAPS_CALENDAR = (
    f"(?i)^(?:[0-9]{{1,4}}[-/. ](?:[0-9]{{1,2}}[-/.]|{_MONTH}[-/ ])|[0-9]{{1,2}}:[0-9]{{2}}|{_MONTH} [0-9])"
)
#: Any integer of so many digits fits int64.
_SAFE_DIGITS = 18
_HEAD = 64


@dataclass(frozen=True)
class Recognised:
    """One vote a text, and its value where the vote has one.

    ``integers`` holds integers, positions among the boolean words, and days or microseconds; ``swapped`` the same
    for dates whose day may be the month; ``floats`` floats. ``formats`` points into ``format_names``.
    """

    votes: Integers
    integers: Integers
    swapped: Integers
    floats: Floats
    formats: Integers
    format_names: tuple[str, ...]


def recognise(values: pa.Array, *, words_only: bool = False) -> Recognised:
    """Classify texts.

    :param values: a ``large_binary`` array of UTF-8 without nulls and empty texts.
    :param words_only: look for the words of the vocabulary alone; everything else is text.
    """
    size = len(values)
    found = Recognised(
        votes=np.full(size, Vote.TEXT.code, np.int64),
        integers=np.zeros(size, np.int64),
        swapped=np.zeros(size, np.int64),
        floats=np.zeros(size),
        formats=np.zeros(size, np.int64),
        format_names=(),
    )
    if not size:
        return found
    texts = pc.utf8_trim_whitespace(values.cast(pa.large_string()))
    if not words_only and _all_integers(texts, found):
        return found
    left = _words(texts, found)
    if words_only:
        return found
    left = _numbers(texts, left, found)
    names: tuple[str, ...] = ()
    if len(left):
        perhaps = texts.take(pa.array(left))
        left = left[_matches(perhaps, _PERHAPS_CALENDAR)]
    if len(left):
        read = read_calendar(texts.take(pa.array(left)))
        hit = read.votes >= 0
        rows, names = left[hit], read.names
        found.votes[rows] = read.votes[hit]
        found.integers[rows] = read.values[hit]
        found.swapped[rows] = read.swapped[hit]
        found.formats[rows] = read.formats[hit]
    return Recognised(found.votes, found.integers, found.swapped, found.floats, found.formats, names)


def _matches(texts: pa.Array, pattern: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _all_integers(texts: pa.Array, found: Recognised) -> bool:
    """The common case in three passes: every text is an integer written the one canonical way."""
    try:
        # The first ones first: Arrow casts them all before it says that one of them is no integer.
        texts.slice(0, _HEAD).cast(pa.int64())
        integers = texts.cast(pa.int64())
    except pa.ArrowInvalid:
        return False
    # Casting also takes "007" and "0x1F": only what is written back alike is a plain integer.
    if not integers.cast(pa.large_string()).equals(texts):
        return False
    found.votes[:] = Vote.INTEGER.code
    found.integers[:] = integers.to_numpy(zero_copy_only=False)
    return True


def _words(texts: pa.Array, found: Recognised) -> Integers:
    """Vote for words of the vocabulary; the positions of all other texts are returned."""
    lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    short = np.flatnonzero(lengths <= LONGEST_WORD)
    lower = pc.utf8_lower(texts.take(pa.array(short)))
    for words, vote in (
        (NULL_TOKENS, Vote.NULL_TOKEN),
        (NAN_WORDS, Vote.NOT_A_NUMBER),
        (POSITIVE_INFINITY_WORDS, Vote.INFINITY),
        (NEGATIVE_INFINITY_WORDS, Vote.INFINITY),
    ):
        rows = short[_is_in(lower, words)]
        found.votes[rows] = vote.code
        if vote is Vote.INFINITY:
            found.floats[rows] = -np.inf if words is NEGATIVE_INFINITY_WORDS else np.inf
    places = pc.index_in(lower, pa.array(BOOLEAN_WORDS, lower.type))
    known = places.is_valid().to_numpy(zero_copy_only=False)
    found.votes[short[known]] = Vote.BOOLEAN.code
    found.integers[short[known]] = places.drop_null().to_numpy(zero_copy_only=False)
    return np.flatnonzero(found.votes == Vote.TEXT.code)


def _is_in(texts: pa.Array, words: Iterable[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return pc.is_in(texts, pa.array(sorted(words), texts.type)).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _numbers(texts: pa.Array, left: Integers, found: Recognised) -> Integers:
    """Vote for numbers and what only looks like them; the positions of all other texts are returned."""
    candidates = texts.take(pa.array(left))
    numeric, phone = _matches(candidates, _NUMBER), _matches(candidates, _PHONE)
    found.votes[left[phone]] = Vote.PHONE_NUMBER.code
    rows = left[numeric & ~phone]
    if len(rows):
        numbers = texts.take(pa.array(rows))
        zero = _matches(numbers, _LEADING_ZERO)
        whole = _matches(numbers, _INTEGER)
        found.votes[rows[zero]] = Vote.LEADING_ZERO.code
        _integers(texts, rows[whole & ~zero], found)
        _floats(texts, rows[~whole & ~zero], found)
    return left[~(numeric | phone)]


def _integers(texts: pa.Array, rows: Integers, found: Recognised) -> None:
    if not len(rows):
        return
    numbers = pc.ascii_ltrim(texts.take(pa.array(rows)), "+")
    digits = pc.binary_length(pc.ascii_ltrim(numbers, "-")).to_numpy(zero_copy_only=False)
    safe = digits <= _SAFE_DIGITS
    for place in np.flatnonzero(~safe).tolist():
        # As text first: Python refuses to read thousands of digits.
        value = int(numbers[place].as_py()) if digits[place] == _SAFE_DIGITS + 1 else 1 << 63
        if -(1 << 63) <= value < 1 << 63:
            found.votes[rows[place]], found.integers[rows[place]] = Vote.INTEGER.code, value
        else:
            found.votes[rows[place]] = Vote.BIG_INTEGER.code
    found.votes[rows[safe]] = Vote.INTEGER.code
    plain = numbers.filter(pa.array(safe)).cast(pa.int64())
    found.integers[rows[safe]] = plain.to_numpy(zero_copy_only=False)


def _floats(texts: pa.Array, rows: Integers, found: Recognised) -> None:
    if not len(rows):
        return
    floats = texts.take(pa.array(rows)).cast(pa.float64()).to_numpy(zero_copy_only=False)
    # "1e400" is beyond a double: it stays text, as infinity would be a lie.
    finite = np.isfinite(floats)
    found.votes[rows[finite]] = Vote.FLOAT.code
    found.floats[rows[finite]] = floats[finite]
