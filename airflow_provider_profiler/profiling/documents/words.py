"""Words and sentences, in whatever script they are written."""

from collections.abc import Iterator

import regex
import sentencex

# A run of letters, marks and digits is a word, with what stands inside of words: apostrophes, hyphens, points between
# digits. Scripts that are written without blanks have a word for each ideograph; a run of kana is one. Close to the
# default of Unicode (UAX 29), which cuts at hyphens too.
_WORD = regex.compile(
    r"[\p{Han}]|[\p{Hiragana}\p{Katakana}ー]+"
    r"|(?:(?![\p{Han}\p{Hiragana}\p{Katakana}])[\p{L}\p{N}])"
    r"(?:(?![\p{Han}\p{Hiragana}\p{Katakana}])[\p{L}\p{M}\p{N}\u200c\u200d\u00ad])*+"
    r"(?:['’ʼ‑·\-](?=\p{L})(?:(?![\p{Han}])[\p{L}\p{M}\p{N}])++|(?<=\p{N})[.,](?=\p{N})\p{N}++)*+"
)
_LETTER = regex.compile(r"\p{L}")
#: The language that is told where none is known: its rules for sentences are the common ones.
_COMMON = "en"
_LONGEST = 100_000


def words_of(text: str) -> Iterator[str]:
    """The words in their order, as they are written."""
    for found in _WORD.finditer(text):
        yield found[0]


def is_worded(word: str) -> bool:
    """Whether a word has letters, and is no number."""
    return _LETTER.search(word) is not None


def sentences_of(text: str, language: str | None) -> Iterator[str]:
    """The sentences of a paragraph. What holds no letter is none.

    Abbreviations, and the marks that end a sentence, are those of the language: ``;`` asks in Greek.

    :param language: an ISO 639-1 code.
    """
    # Unicode has the question mark of Greek twice, and means the semicolon.
    text = text.replace("\u037e", ";")
    for start in range(0, len(text), _LONGEST):
        for sentence in sentencex.segment(language or _COMMON, text[start : start + _LONGEST]):
            if is_worded(sentence):
                yield sentence
