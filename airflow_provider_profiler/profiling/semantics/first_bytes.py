"""What a text can be by its first two bytes: most texts are nothing but text, and that shows there."""

from collections.abc import Iterable
from enum import IntEnum
from functools import cache

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.profiling.semantics.month_names import month_spellings, plain_word
from airflow_provider_profiler.profiling.semantics.text_bytes import Bytes, TextBytes
from airflow_provider_profiler.profiling.semantics.units import CURRENCY_CODES, CURRENCY_SIGNS
from airflow_provider_profiler.profiling.semantics.vocabulary import (
    BOOLEAN_WORDS,
    LONGEST_WORD,
    NAN_WORDS,
    NEGATIVE_INFINITY_WORDS,
    NULL_TOKENS,
    POSITIVE_INFINITY_WORDS,
)
from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers


class Beginning(IntEnum):
    """What a text may be."""

    TEXT = 0
    WORD = 1
    """A word of the vocabulary."""
    NAME = 2
    """A month, a day of the week or a unit, before digits; or a word of the vocabulary."""
    SIGN = 3
    """A number, a date or a time; or a word of the vocabulary."""
    PADDED = 4
    """Perhaps white space, behind which there may be anything."""


_IS_WORD, _IS_NAME = 1, 2
#: The longest text with a letter right behind its first digits that may be a date or a number with a unit.
_LONGEST_BEFORE_LETTERS = 12
_EXPONENT = ord("e")
_VOCABULARY = (NULL_TOKENS, NAN_WORDS, POSITIVE_INFINITY_WORDS, NEGATIVE_INFINITY_WORDS, frozenset(BOOLEAN_WORDS))
#: What may stand behind a whole word: nothing, or the first byte of white space; and the lower five bits of that.
_BEHIND_A_LETTER = bytes((0, *range(9, 14), *range(28, 33), 0xC2, 0xE1, 0xE2, 0xE3))
_WHITE = sorted({byte & 31 for byte in _BEHIND_A_LETTER})
#: White space that is not ASCII begins with these: NEL and NBSP, Ogham's, the general punctuation's, the ideographic.
_PADS = ((0xC2, (0x85, 0xA0)), (0xE1, (0x9A,)), (0xE2, (0x80, 0x81)), (0xE3, (0x80,)))


def beginnings(texts: TextBytes, *, words_only: bool) -> Bytes:
    """The :class:`Beginning` of texts.

    :param words_only: whether nothing but the words of the vocabulary matters.
    """
    heads = texts.heads
    kinds = (_word_table() if words_only else _table()).take(heads & 0xFFFF)
    if not words_only:
        _drop_codes(texts, kinds)
    named = np.flatnonzero((kinds == Beginning.NAME) | (kinds == Beginning.WORD))
    if not len(named):
        return kinds
    fuller = _fuller_table().take(_key(heads[named]))
    lengths = texts.lengths[named]
    last = texts.data.take(texts.starts[named] + lengths - 1)
    # A long text is a word only if it ends in white space.
    word = (fuller & _IS_WORD > 0) & ((lengths <= LONGEST_WORD) | (last <= 32) | (last >= 128))
    name = (fuller & _IS_NAME > 0) & _ends_a_date().take(last) & (kinds[named] == Beginning.NAME)
    kinds[named] = np.where(name, Beginning.NAME, np.where(word, Beginning.WORD, Beginning.TEXT))
    return kinds


def _drop_codes(texts: TextBytes, kinds: Bytes) -> None:
    """Long texts that have a letter right behind the digits that they begin with are nothing but text.

    Checksums are like that. Only short dates (``15JAN2024``) and numbers with their unit have letters there, and the
    exponent's e; moments have one behind eight digits.
    """
    rows = np.flatnonzero((kinds == Beginning.SIGN) & (texts.lengths > _LONGEST_BEFORE_LETTERS))
    last = texts.data.take(texts.starts[rows] + texts.lengths[rows] - 1)
    # What ends in white space may be shorter than it seems.
    rows = rows[(last > 32) & (last < 128)]
    for start in (0, 4):
        if not len(rows):
            return
        heads = texts.heads[rows] if start == 0 else _words_at(texts, texts.starts[rows] + start)
        digits = np.ones(len(rows), np.bool_)
        letters = np.zeros(len(rows), np.bool_)
        for place in range(4):
            byte = (heads >> np.uint32(8 * place)).astype(np.uint8)
            letters |= digits & (((byte | 32) - np.uint8(97)) < 26) & ((byte | 32) != _EXPONENT)
            digits &= (byte - np.uint8(48)) < 10
        kinds[rows[letters]] = Beginning.TEXT
        rows = rows[digits]


def _words_at(texts: TextBytes, places: Integers) -> npt.NDArray[np.uint32]:
    """Four bytes from each of some places on, behind which there are as many at least."""
    words = np.ndarray((len(texts.data) - 3,), "<u4", buffer=texts.data, strides=(1,))
    return words[places].astype(np.uint32)


@cache
def _ends_a_date() -> npt.NDArray[np.bool_]:
    """The last bytes of dates with names and of amounts with a unit before them, white space included."""
    table = np.zeros(256, np.bool_)
    for byte in (*b"0123456789MmZTC)K-.", *range(33), *range(128, 256)):
        table[byte] = True
    return table


def _key(heads: npt.NDArray[np.uint32]) -> Array:
    """The lower five bits of four bytes, in which capitals and small letters are the same."""
    return heads & 31 | (heads >> 3) & (31 << 5) | (heads >> 6) & (31 << 10) | (heads >> 9) & (31 << 15)


@cache
def _fuller_table() -> Bytes:
    """Whether words of the vocabulary, or names, begin like that, by :func:`_key`."""
    table = np.zeros(1 << 20, np.uint8)
    names = {*month_spellings(), *(plain_word(word) for word in month_spellings()), *CURRENCY_CODES, *CURRENCY_SIGNS}
    for kind, words in ((_IS_NAME, names), (_IS_WORD, set().union(*_VOCABULARY) - {""})):
        for word in words:
            for first in {word[0].lower(), word[0].upper()}:
                for rest in {word[1:].lower(), word[1:].upper()}:
                    content = (first + rest).encode()[:4]
                    head = np.array([int.from_bytes(content.ljust(4, b"\0"), "little")], np.uint32)
                    # Behind a shorter word there may be anything.
                    step = 1 << 5 * len(content)
                    if kind == _IS_NAME or len(content) == 4:
                        table[int(_key(head)[0]) :: step] |= kind
                        continue
                    for white in _WHITE:
                        table[int(_key(head)[0]) + (white << 5 * len(content)) :: step << 5] |= kind
    return table


@cache
def _table() -> Bytes:
    table = _word_table().copy()
    _mark(table, month_spellings(), Beginning.NAME)
    _mark(table, (plain_word(word) for word in month_spellings()), Beginning.NAME)
    for unit in (*CURRENCY_CODES, *CURRENCY_SIGNS):
        _mark_bytes(table, unit.encode(), Beginning.NAME)
    for sign in b"0123456789+-.($":
        table[sign :: 1 << 8] = Beginning.SIGN
    # The minus sign of Unicode, which begins like the signs of some currencies.
    _mark_bytes(table, "\N{MINUS SIGN}".encode(), Beginning.SIGN)
    _mark_bytes(table, "€".encode(), Beginning.SIGN)
    return table


@cache
def _word_table() -> Bytes:
    table = np.zeros(1 << 16, np.uint8)
    for words in _VOCABULARY:
        _mark(table, words, Beginning.WORD)
    for byte in (*range(9, 14), *range(28, 33)):
        table[byte :: 1 << 8] = Beginning.PADDED
    for lead, seconds in _PADS:
        for second in seconds:
            table[lead | second << 8] = Beginning.PADDED
    return table


def _mark(table: Bytes, words: Iterable[str], kind: Beginning) -> None:
    """Mark how these words begin, in capitals and in small letters."""
    for word in words:
        if not word:
            continue
        for first in {word[0].lower(), word[0].upper()}:
            for second in {word[1:2].lower(), word[1:2].upper()}:
                _mark_bytes(table, (first + second).encode(), kind)


def _mark_bytes(table: Bytes, word: bytes, kind: Beginning) -> None:
    for second in word[1:2] or _BEHIND_A_LETTER:
        place = word[0] | second << 8
        table[place] = max(table[place], kind)
