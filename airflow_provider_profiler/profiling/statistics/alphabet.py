"""What each character is: its class, its script, the sign for it in shapes, and in which scripts it has a look-alike.

Classes come from the general categories of the Unicode version that Python was built with, scripts from the first
word of a letter's name: ``LATIN SMALL LETTER A``. Both are looked up once for each character that really occurs.
"""

import itertools
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.integer]

LETTER, DIGIT, WHITE_SPACE, PUNCTUATION, OTHER = range(5)
#: Classes by the first letter of a general category; ``Nd`` alone are digits.
_CLASSES: Final = {"L": LETTER, "M": LETTER, "Z": WHITE_SPACE, "P": PUNCTUATION, "S": PUNCTUATION}

#: Scripts by their number; the first one is of all characters that belong to no script of their own.
SCRIPTS: Final = (
    "Common", "Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Syriac", "Devanagari", "Bengali",
    "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Thai", "Lao", "Tibetan",
    "Myanmar", "Georgian", "Hangul", "Ethiopic", "Cherokee", "Khmer", "Mongolian", "Hiragana", "Katakana", "Bopomofo",
    "Han", "Coptic", "Other",
)  # fmt: skip
COMMON, LATIN, GREEK, CYRILLIC = range(4)
_BY_NAME: Final = {script.upper(): number for number, script in enumerate(SCRIPTS) if number} | {
    "CJK": SCRIPTS.index("Han")
}
#: Words that stand before the script's in names of letters.
_FORMS: Final = ("FULLWIDTH ", "HALFWIDTH ")
#: Letters that several scripts share, or that are named after what they are used for.
_SHARED: Final = ("MICRO SIGN", "MODIFIER ", "MATHEMATICAL ", "DOUBLE-STRUCK ", "COMBINING ", "FEMININE ", "MASCULINE ")

#: Letters that look alike, in the order Latin, Greek, Cyrillic; a dot where a script has none. Those of UTS 39's
#: confusables that also look alike in sans-serif type.
_ALIKE: Final = (
    "AΑА", "BΒВ", "C.С", "EΕЕ", "HΗН", "IΙІ", "J.Ј", "KΚК", "MΜМ", "NΝ.", "OΟО", "PΡР", "S.Ѕ", "TΤТ", "XΧХ", "YΥУ",
    "ZΖ.", "a.а", "c.с", "e.е", "i.і", "j.ј", "oοо", "p.р", "s.ѕ", "vν.", "x.х", "y.у",
)  # fmt: skip

_UNKNOWN: Final = 255
_NOTHING: Final = 0xFFFD


@dataclass(frozen=True)
class _Tables:
    """One entry a code point; classes are :data:`_UNKNOWN` where it was not looked up yet."""

    classes: npt.NDArray[np.uint8]
    scripts: npt.NDArray[np.uint8]
    signs: npt.NDArray[np.uint32]


def _empty_tables() -> _Tables:
    size = 0x110000
    # Pages of zeros take no memory until they are written to, hence the classes alone begin with another value.
    return _Tables(np.full(size, _UNKNOWN, np.uint8), np.zeros(size, np.uint8), np.zeros(size, np.uint32))


_TABLES: Final = _empty_tables()


def classes(codes: Codes) -> npt.NDArray[np.uint8]:
    """The class of each character.

    :param codes: code points.
    """
    found = _TABLES.classes.take(codes)
    if len(found) and found.max() == _UNKNOWN:
        for code in np.unique(codes[found == _UNKNOWN]).tolist():
            _look_up(code)
        found = _TABLES.classes.take(codes)
    return found


def scripts(codes: Codes) -> npt.NDArray[np.uint8]:
    """The script of each character, as a position in :data:`SCRIPTS`; that of all but letters is ``Common``.

    :param codes: code points whose classes were asked for before.
    """
    return _TABLES.scripts.take(codes)


def signs(codes: Codes) -> npt.NDArray[np.uint32]:
    """The sign of each character in shapes, as a code point.

    :param codes: code points whose classes were asked for before.
    """
    return _TABLES.signs.take(codes)


def _look_up(code: int) -> None:
    """Enter a code point. Threads that do it at the same time enter the same; the class comes last."""
    character = chr(code)
    category = unicodedata.category(character)
    kind = DIGIT if category == "Nd" else _CLASSES.get(category[0], OTHER)
    if character.isspace():
        kind = WHITE_SPACE
    _TABLES.scripts[code] = _script(character) if kind == LETTER else COMMON
    _TABLES.signs[code] = _sign(code, kind, category)
    _TABLES.classes[code] = kind


def _script(character: str) -> int:
    name = unicodedata.name(character, "")
    for form in _FORMS:
        name = name.removeprefix(form)
    if name.startswith(_SHARED):
        return COMMON
    return _BY_NAME.get(name.partition(" ")[0], len(SCRIPTS) - 1)


def _sign(code: int, kind: int, category: str) -> int:
    if kind == LETTER:
        return ord("A" if category in ("Lu", "Lt") else "a" if category == "Ll" else "x")
    if kind == DIGIT:
        return ord("9")
    if kind == WHITE_SPACE:
        return ord(" ")
    # What cannot be seen, or breaks a line, must not reach a document.
    return _NOTHING if category[0] == "C" else code


def _look_alikes() -> dict[tuple[int, int], npt.NDArray[np.bool_]]:
    found = {}
    for one, another in itertools.permutations((LATIN, GREEK, CYRILLIC), 2):
        table = np.zeros(0x500, np.bool_)
        for group in _ALIKE:
            if "." not in (group[one - LATIN], group[another - LATIN]):
                table[ord(group[one - LATIN])] = True
        found[one, another] = table
    return found


#: By a script and another one: which code points of the former, all below 0x500, look like a letter of the latter.
LOOK_ALIKES: Final = _look_alikes()
