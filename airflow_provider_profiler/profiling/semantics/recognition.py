"""What each of some texts can be taken for, and its value as that: vectorised, and with as few looks as it takes.

Most columns are of one kind. A few texts are looked at to guess which, and then all of them are read as that kind by
code that finds out which texts do not fit. These, and columns that hold anything, take the general way: the first two
bytes sort out what can be nothing but text, the rest is grouped by its layout.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.semantics.calendar_layouts import calendar_plan
from airflow_provider_profiler.profiling.semantics.first_bytes import Beginning, beginnings
from airflow_provider_profiler.profiling.semantics.layout_reading import (
    is_plain_number,
    read_calendar_layout,
    read_layouts,
)
from airflow_provider_profiler.profiling.semantics.layouts import LONGEST, LayoutGroup, fits_layout, layout_of
from airflow_provider_profiler.profiling.semantics.plain_numbers import read_plain_numbers
from airflow_provider_profiler.profiling.semantics.recognised import Recognised
from airflow_provider_profiler.profiling.semantics.text_bytes import Bytes, Mask, TextBytes
from airflow_provider_profiler.profiling.semantics.votes import Vote
from airflow_provider_profiler.profiling.semantics.words import read_words
from airflow_provider_profiler.profiling.statistics.encoding import Integers

__all__ = ["Recognised", "recognise"]

#: Texts that are looked at to guess what the others are.
_PROBE = 16
#: Below so many texts nothing is gained by a guess.
_WORTH_A_GUESS = 8
_DIGIT, _HYPHEN = ord("0"), ord("-")
#: Length of a UUID as it is mostly written, and where it has hyphens. Nothing else that is read has four there.
_UUID_LENGTH, _UUID_HYPHENS = 36, (8, 13, 18, 23)


def recognise(values: pa.Array, *, words_only: bool = False, null_tokens: Sequence[str] | None = None) -> Recognised:
    """Classify texts, which may repeat.

    :param values: a ``large_binary`` array of UTF-8 without nulls and empty texts.
    :param words_only: look for the words of the vocabulary alone; everything else is text.
    :param null_tokens: the only texts that stand for no value, whatever else they may mean, compared without
        surrounding white space; None for those of the vocabulary.
    """
    found = Recognised.text(len(values))
    if not len(values):
        return found
    texts = TextBytes.of(values)
    vocabulary = null_tokens is None
    if words_only:
        _read_words_only(texts, found, vocabulary)
    else:
        left = _read_as_one_kind(texts, found)
        if left is None:
            _read_any(texts, None, found, vocabulary)
        elif len(left):
            _read_any(texts.take(left), left, found, vocabulary)
    if null_tokens:
        _mark_tokens(texts, found, null_tokens)
    return found


def _mark_tokens(texts: TextBytes, found: Recognised, null_tokens: Sequence[str]) -> None:
    tokens = pa.array([token.strip() for token in null_tokens], pa.large_string())
    hits = pc.is_in(texts.trimmed().strings, tokens).to_numpy(zero_copy_only=False)
    found.votes[hits] = Vote.NULL_TOKEN.code


def _read_words_only(texts: TextBytes, found: Recognised, vocabulary: bool) -> None:
    rows = np.flatnonzero(beginnings(texts, words_only=True))
    if len(rows):
        trimmed = (texts if len(rows) == len(texts) else texts.take(rows)).trimmed()
        found.votes[rows[trimmed.lengths == 0]] = Vote.NULL_TOKEN.code
        read_words(trimmed, rows, found, null_tokens=vocabulary)


def _read_as_one_kind(texts: TextBytes, found: Recognised) -> Integers | None:
    """Read the texts as what a few of them are; the positions of the others, None for all."""
    if len(texts) < _WORTH_A_GUESS:
        return None
    chosen = slice(0, None, max(len(texts) // _PROBE, 1))
    starts, lengths = texts.starts[chosen].tolist(), texts.lengths[chosen].tolist()
    ends = [start + min(length, LONGEST) for start, length in zip(starts, lengths, strict=True)]
    layouts = [layout_of(texts.data[start:end].tobytes()) for start, end in zip(starts, ends, strict=True)]
    if sum(map(is_plain_number, layouts)) > len(layouts) // 2:
        return read_plain_numbers(texts, found)
    if texts.width == _UUID_LENGTH and all((texts.matrix[:, place] == _HYPHEN).all() for place in _UUID_HYPHENS):
        return np.zeros(0, np.int64)
    layout, frequency = Counter(layouts).most_common(1)[0]
    if frequency > len(layouts) // 2 and len(layout) < LONGEST:
        return _read_uniform(texts, layout, found)
    return None


def _read_uniform(texts: TextBytes, layout: bytes, found: Recognised) -> Integers | None:
    """Read texts that look as if most were dates of one layout; the positions of the others, None for all."""
    plan = calendar_plan(layout.decode())
    if plan is None:
        return None
    if texts.width == len(layout):
        rows, matrix = None, texts.matrix
    else:
        rows = np.flatnonzero(texts.lengths == len(layout))
        matrix = texts.take(rows).matrix
    fits = fits_layout(matrix, layout)
    if not fits.all():
        rows = np.flatnonzero(fits) if rows is None else rows[fits]
        matrix = matrix[fits]
    unread = read_calendar_layout(plan, LayoutGroup(layout.decode(), rows, matrix), found)
    if rows is None:
        return unread
    others = np.ones(len(texts), np.bool_)
    others[rows] = False
    others[unread] = True
    return np.flatnonzero(others)


def _read_any(texts: TextBytes, rows: Integers | None, found: Recognised, vocabulary: bool) -> None:
    """Read texts that may be anything.

    :param rows: their positions; None for their own.
    :param vocabulary: whether the vocabulary's words for "no value" count.
    """
    kinds = beginnings(texts, words_only=False)
    places = np.flatnonzero(kinds)
    if not len(places):
        return
    rows = places if rows is None else rows[places]
    if len(places) < len(texts):
        texts, kinds = texts.take(places), kinds[places]
    padded = _read_padded(texts, rows, kinds, found, vocabulary)
    if padded is not None:
        places = np.flatnonzero(~padded)
        texts, rows, kinds = texts.take(places), rows[places], kinds[places]
        if not len(texts):
            return
    left = read_words(texts, rows, found, null_tokens=vocabulary)
    left = left[_worth_reading(texts, kinds, left)]
    if len(left):
        read_layouts(texts if len(left) == len(texts) else texts.take(left), rows[left], found)


def _read_padded(texts: TextBytes, rows: Integers, kinds: Bytes, found: Recognised, vocabulary: bool) -> Mask | None:
    """Read the texts with white space around them by what is within; which they are, None where there are none."""
    last = texts.last
    # Behind any byte that is not ASCII there may be white space that is not.
    perhaps = np.flatnonzero((kinds == Beginning.PADDED) | (last <= 32) | (last >= 128))
    if not len(perhaps):
        return None
    candidates = texts.take(perhaps)
    trimmed = candidates.trimmed()
    found.votes[rows[perhaps[trimmed.lengths == 0]]] = Vote.NULL_TOKEN.code
    inner = np.flatnonzero((trimmed.lengths < candidates.lengths) & (trimmed.lengths > 0))
    if len(inner):
        _read_any(trimmed.take(inner), rows[perhaps[inner]], found, vocabulary)
    done = kinds == Beginning.PADDED
    done[perhaps[trimmed.lengths < candidates.lengths]] = True
    return done if done.any() else None


def _worth_reading(texts: TextBytes, kinds: Bytes, left: Integers) -> Mask:
    """Which texts may be numbers or dates; names of months and units are only with digits."""
    worth: Mask = kinds[left] == Beginning.SIGN
    named = np.flatnonzero((kinds[left] == Beginning.NAME) & (texts.lengths[left] <= LONGEST))
    if len(named):
        candidates = texts.take(left[named])
        worth[named[candidates.holding(np.flatnonzero((candidates.body - np.uint8(_DIGIT)) <= 9))]] = True
    return worth
