"""Recognising the words of the vocabulary among texts."""

from collections.abc import Iterable
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.semantics.recognised import Recognised
from airflow_provider_profiler.profiling.semantics.text_bytes import TextBytes
from airflow_provider_profiler.profiling.semantics.vocabulary import (
    BOOLEAN_WORDS,
    LONGEST_WORD,
    NAN_WORDS,
    NEGATIVE_INFINITY_WORDS,
    NULL_TOKENS,
    POSITIVE_INFINITY_WORDS,
)
from airflow_provider_profiler.profiling.semantics.votes import Vote
from airflow_provider_profiler.profiling.statistics.encoding import Integers


@cache
def _vocabulary() -> tuple[pa.Array, Integers, Integers, Integers]:
    """All words, and of each the vote, the position among the boolean words, and the sign of an infinity."""
    words: list[str] = []
    votes: list[int] = []
    kinds: tuple[tuple[Iterable[str], Vote], ...] = (
        (NULL_TOKENS - {""}, Vote.NULL_TOKEN),
        (NAN_WORDS, Vote.NOT_A_NUMBER),
        (POSITIVE_INFINITY_WORDS, Vote.INFINITY),
        (NEGATIVE_INFINITY_WORDS, Vote.INFINITY),
        (BOOLEAN_WORDS, Vote.BOOLEAN),
    )
    for members, vote in kinds:
        words.extend(members)
        votes.extend([vote.code] * (len(words) - len(votes)))
    places = [BOOLEAN_WORDS.index(word) if word in BOOLEAN_WORDS else 0 for word in words]
    signs = [-1 if word in NEGATIVE_INFINITY_WORDS else 1 for word in words]
    return (
        pa.array([word.replace("ς", "σ") for word in words], pa.large_string()),
        np.array(votes),
        np.array(places),
        np.array(signs),
    )


def read_words(texts: TextBytes, rows: Integers, found: Recognised, *, null_tokens: bool) -> Integers:
    """Vote for words of the vocabulary.

    :param rows: the texts' positions.
    :param null_tokens: whether the vocabulary's words for "no value" count.
    :return: the places among the texts of all others.
    """
    short = np.flatnonzero(texts.lengths <= LONGEST_WORD)
    if not len(short):
        return np.arange(len(texts))
    candidates = texts if len(short) == len(texts) else texts.take(short)
    words, votes, places, signs = _vocabulary()
    if candidates.body.max(initial=0) >= 128:
        # The Greek sigma has a form of its own at the end of words, but one capital letter.
        lower = pc.replace_substring(pc.utf8_lower(candidates.strings), "ς", "σ")
    else:
        lower = pc.ascii_lower(candidates.strings)
    known = pc.index_in(lower, words)
    if known.null_count == len(known):
        return np.arange(len(texts))
    hits = np.flatnonzero(known.is_valid().to_numpy(zero_copy_only=False))
    which = known.drop_null().to_numpy(zero_copy_only=False)
    if not null_tokens:
        kept = votes[which] != Vote.NULL_TOKEN.code
        hits, which = hits[kept], which[kept]
    targets = rows[short[hits]]
    found.votes[targets] = votes[which]
    booleans, infinities = votes[which] == Vote.BOOLEAN.code, votes[which] == Vote.INFINITY.code
    if booleans.any():
        found.set_values("integers", targets[booleans], places[which[booleans]])
    if infinities.any():
        found.set_values("floats", targets[infinities], signs[which[infinities]] * np.inf)
    left = np.ones(len(texts), np.bool_)
    left[short[hits]] = False
    return np.flatnonzero(left)
