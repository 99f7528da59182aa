"""How much a text looks like one that people write, read with each of several codecs.

The share that its letters have in the language that explains them best is what counts, and whether letters and signs
stand where writing has them. So a header of three words tells as much as it can, where statistics over whole texts
have nothing to go by.
"""

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from airflow_provider_profiler.profiling.readers.alphabets import (
    ALPHABETS,
    CODECS,
    COMMON_CHARACTERS,
    COMMON_SYLLABLES,
    WIDE_CODECS,
)
from airflow_provider_profiler.profiling.readers.declared_languages import declared_languages

_Word = TypeVar("_Word", str, bytes)
#: Words that are looked at: more tell nothing new.
_MOST_WORDS = 2000
_WORD = re.compile(r"[A-Za-z\x80-\U0010ffff]+")
_WORD_OF_BYTES = re.compile(rb"[A-Za-z\x80-\xff]+")
#: Signs by how common they are in tables; and all others, and what no text has.
_SIGNS = (
    (-2.5, "€“”’–\u00a0"),
    (-3.5, "«»‘°£…—№²³„§"),
    (-4.5, "·®©™±×½µ¿¡‚•‰†´¼¾÷♦≤≥"),
    # One of 128 bytes (4.9), and that there is damage at all: a byte that makes a letter of some language is one.
    (-7.0, "\ufffd"),
)
_OTHER_SIGN, _NOT_WRITTEN = -8.0, -12.0
_SIGN_PRICES = {sign: price for price, signs in _SIGNS for sign in signs}
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
#: Signs that stand between letters, and those that never stand before one.
_WITHIN_WORDS = "’‘ʼ·­–—\u00a0\ufffd"
_BEFORE_NO_LETTER = "½¼¾¶©®"
#: Quotes that close: a letter behind one has another before it.
_CLOSING = "’”»"
#: A capital behind a small letter, a sign within a word, and letters of two scripts side by side.
_CAPITAL_WITHIN, _SIGN_WITHIN, _MIXED = -5.0, -6.0, -5.0
_OPENED_BY_CLOSING = -3.0
#: All letters beyond ASCII are capitals: one text in five.
_CAPITALS_ALONE = -1.5
#: A sign of ASCII that no one writes behind a letter, but is the second byte of a character in some codecs.
_ODD_SIGN = -4.0
_BEFORE_ODD_SIGN = re.compile(r"[\x80-\U0010ffff][@\[\\^`{~]")
_BEFORE_ODD_SIGN_OF_BYTES = re.compile(rb"[\x80-\xff][@\[\\^`{~]")
#: A letter of Latin script beyond ASCII behind another, and behind two.
_SECOND, _THIRD = -1.0, -5.0
#: Characters that stand for words or syllables: frequent ones, other common ones, all others.
_FREQUENT_WIDE, _COMMON_WIDE, _RARE_WIDE, _HALF_WIDTH = -5.5, -8.0, -11.0, -5.5
_COMMON_KANA, _KANA = -3.8, -5.5
_COMMON_HANGUL, _HANGUL = -5.3, -9.0
#: The first bytes of the common ones.
_FIRST_PARTS = {"gb18030": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "cp932": (0x88, 0x98), "euc_jp": (0xB0, 0xCF)}
#: A text whose characters cost more each is in none of the languages that are known.
_UNBELIEVABLE = -7.0
#: What a codec costs that no declared language is written in, and letters of another language: one text in fifty, and
#: one in seven. What is declared is often incomplete, as the language of a description is not that of all names in a
#: table, so a few words of another language outweigh it.
_OTHER_CODEC, _OTHER_LANGUAGE = -4.0, -2.0


@dataclass(frozen=True)
class Fit:
    """How well a codec explains a text."""

    codec: str
    score: float
    """A natural logarithm: the larger, the better."""


def ranked_codecs(sample: bytes, languages: Sequence[str] = ()) -> list[Fit]:
    """Codecs that can read a sample and make words of it, the likeliest first; none where none makes sense.

    :param languages: those that the text is said to be in (see :mod:`.declared_languages`): codecs of theirs are
        preferred as long as the text does not speak clearly for another one.
    """
    codes, expected = declared_languages(languages)
    commonest = min((CODECS[codec] for codec in expected), default=0.0)
    words = _distinct(_WORD_OF_BYTES.findall(sample))
    joined = b" ".join(words)
    odd_signs = len(set(_BEFORE_ODD_SIGN_OF_BYTES.findall(sample)))
    found = []
    for index, (codec, rarity) in enumerate(CODECS.items()):
        text = _decoded(sample if codec in WIDE_CODECS else joined, codec)
        if text is None:
            continue
        price, characters = _price(_distinct(_WORD.findall(text)), codec, codes)
        price += _ODD_SIGN * (len(set(_BEFORE_ODD_SIGN.findall(text))) if codec in WIDE_CODECS else odd_signs)
        if price < _UNBELIEVABLE * characters:
            continue
        if codec in expected:
            price += commonest
        elif expected:
            price += _OTHER_CODEC
        found.append((price - rarity, -index, codec))
    return [Fit(codec, score) for score, _, codec in sorted(found, reverse=True)]


def fit_of_damaged(text: str, languages: Sequence[str] = ()) -> float:
    """How well UTF-8 explains a text whose undecodable bytes were replaced: see :attr:`Fit.score`.

    :param languages: those that the text is said to be in.
    """
    return _price(_distinct(_WORD.findall(text)), "utf-8", declared_languages(languages)[0])[0]


def _distinct(words: Iterable[_Word]) -> list[_Word]:
    """The first different words that are not all ASCII, in order."""
    return list(dict.fromkeys(word for word in words if not word.isascii()))[:_MOST_WORDS]


def _decoded(sample: bytes, codec: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return None


def _price(words: Sequence[str], codec: str, languages: Sequence[str]) -> tuple[float, int]:
    """What words cost in the language that explains them best, and how many bytes of a codec are not ASCII in them.

    :param languages: codes of those that are expected; others cost more. None: any.
    """
    letters: Counter[str] = Counter()
    common = 0.0
    characters = capitals = 0
    for word in words:
        accented = 0
        before = " "
        for character, behind in zip(word, word[1:] + " ", strict=True):
            if character.isascii():
                common += _CAPITAL_WITHIN * (character.isupper() and before.islower() and not before.isascii())
                accented = 0
                before = character
                continue
            characters += 1
            script = _script(character)
            if script == "sign":
                common += _sign_price(character, before, behind)
            elif script == "wide":
                common += _wide_price(character, codec)
                common += _MIXED * (before.isascii() and before.islower())
                characters += len(character.encode(codec)) - 1
            else:
                letters[character.lower() if len(character.lower()) == 1 else character] += 1
                capitals += character.isupper()
                common += _CAPITAL_WITHIN * (character.isupper() and before.islower())
                if before.isalpha() and _script(before) not in (script, "sign"):
                    common += _MIXED
                if script == "latin":
                    accented += 1
                    common += _THIRD if accented > 2 else _SECOND if accented == 2 else 0.0
                elif behind.isascii() and behind.isalpha():
                    common += _MIXED
            before = character
    best = max(
        sum(number * alphabet.logarithm(letter) for letter, number in letters.items())
        + (0.0 if not languages or alphabet.languages.intersection(languages) else _OTHER_LANGUAGE)
        for alphabet in ALPHABETS
    )
    if capitals > 1 and capitals == sum(letters.values()):
        common += _CAPITALS_ALONE
    return common + best, characters


def _sign_price(sign: str, before: str, behind: str) -> float:
    price = _SIGN_PRICES.get(sign, _OTHER_SIGN)
    if unicodedata.category(sign) in _INVISIBLE:
        return _NOT_WRITTEN
    if sign not in _WITHIN_WORDS and behind.isalpha() and (before.isalpha() or sign in _BEFORE_NO_LETTER):
        price += _SIGN_WITHIN
    if sign in _CLOSING and behind.isalpha() and not before.isalpha():
        price += _OPENED_BY_CLOSING
    return price


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """What kind of character it is: a sign, one of an alphabet, or one that stands for a syllable or a word."""
    if not character.isalpha() or character in "ºªµ":
        return "sign"
    if character.isascii():
        return "latin"
    script = unicodedata.name(character, "SIGN").split()[0]
    if script in ("LATIN", "GREEK", "CYRILLIC", "HEBREW", "ARABIC"):
        return script.lower()
    return "wide" if script in ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "HALFWIDTH", "FULLWIDTH") else "sign"


@lru_cache(maxsize=16384)
def _wide_price(character: str, codec: str) -> float:
    script = unicodedata.name(character, "").split()[0]
    if script in ("HIRAGANA", "KATAKANA"):
        return _COMMON_KANA if character in COMMON_SYLLABLES else _KANA
    if script == "HANGUL":
        return _COMMON_HANGUL if character in COMMON_SYLLABLES else _HANGUL
    if script == "HALFWIDTH":
        return _HALF_WIDTH
    if character in COMMON_CHARACTERS.get(codec, ()):
        return _FREQUENT_WIDE
    return _COMMON_WIDE if _is_common(character.encode(codec)[0], codec) else _RARE_WIDE


def _is_common(lead: int, codec: str) -> bool:
    """Whether a codec has a character in its first part, where the common ones stand."""
    first, last = _FIRST_PARTS.get(codec, (0, 0))
    return first <= lead <= last
