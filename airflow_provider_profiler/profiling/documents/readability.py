"""How hard a text is to read, by the formula that was made for its language."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

import pyphen

from airflow_provider_profiler.contract.content import Readability
from airflow_provider_profiler.profiling.documents.words import is_worded, words_of

#: Flesch's own passages were of a hundred words; shorter texts give scores by chance.
LEAST_WORDS = 100
_LONG = 6
_MANY_SYLLABLES = 3
_RUSSIAN_VOWELS = frozenset("аеёиоуыэюя")


@dataclass
class _Counts:
    words: int = 0
    sentences: int = 0
    letters: int = 0
    syllables: int = 0
    long: int = 0
    """Words of more than six letters."""
    one_syllable: int = 0
    many_syllables: int = 0

    @property
    def words_a_sentence(self) -> float:
        return self.words / self.sentences

    @property
    def syllables_a_word(self) -> float:
        return self.syllables / self.words

    def per_cent(self, count: int) -> float:
        return 100 * count / self.words


def _flesch(base: float, sentence: float, syllable: float) -> Callable[[_Counts], float]:
    return lambda text: base - sentence * text.words_a_sentence - syllable * text.syllables_a_word


def _wiener(text: _Counts) -> float:
    return (
        0.1935 * text.per_cent(text.many_syllables)
        + 0.1672 * text.words_a_sentence
        + 0.1297 * text.per_cent(text.long)
        - 0.0327 * text.per_cent(text.one_syllable)
        - 0.875
    )


def _lix(text: _Counts) -> float:
    return text.words_a_sentence + text.per_cent(text.long)


def _gulpease(text: _Counts) -> float:
    return 89 + (300 * text.sentences - 10 * text.letters) / text.words


#: Formula and its name by language.
_FORMULAS: dict[str, tuple[str, Callable[[_Counts], float]]] = {
    "en": ("Flesch reading ease", _flesch(206.835, 1.015, 84.6)),
    "es": ("Flesch-Szigriszt", _flesch(206.835, 1.0, 62.3)),
    "fr": ("Kandel-Moles", _flesch(207.0, 1.015, 73.6)),
    "pt": ("Flesch-Martins", _flesch(248.835, 1.015, 84.6)),
    "nl": ("Flesch-Douma", _flesch(206.835, 0.93, 77.0)),
    "ru": ("Flesch-Oborneva", _flesch(206.836, 1.3, 60.1)),
    "de": ("Wiener Sachtextformel 1", _wiener),
    "it": ("Gulpease", _gulpease),
    "sv": ("LIX", _lix),
    "da": ("LIX", _lix),
    "no": ("LIX", _lix),
    "nb": ("LIX", _lix),
}


def readability(sentences: Iterable[str], language: str) -> Readability | None:
    """The score of sentences in one language, rounded to two decimals.

    Sources: Flesch, *A new readability yardstick* (1948), and adaptations of its weights: Szigriszt Pazos (1993) for
    Spanish, Kandel and Moles (1958) for French, Martins et al. (1996) for Portuguese, Douma (1960) for Dutch, Oborneva
    (2006) for Russian: of 100 and more, the easiest. Bamberger and Vanecek, *Lesen - Verstehen - Lernen - Schreiben*
    (1984) for German: a school year. Lucisano and Piemontese, *Gulpease* (1988) for Italian: of 100, the easiest.
    Björnsson, *Läsbarhet* (1968) for Swedish, Danish and Norwegian: 20 is very easy, 60 very hard.

    Syllables are those that hyphenation knows, a little fewer than are spoken; in Russian, vowels.

    :param language: an ISO 639-1 code.
    :return: None where no formula is made for the language, or the text has fewer than a hundred words.
    """
    found = _FORMULAS.get(language)
    if found is None:
        return None
    counts = _Counts()
    for sentence in sentences:
        words = [word for word in words_of(sentence) if is_worded(word)]
        counts.sentences += bool(words)
        for word in words:
            syllables = _syllables(word.lower(), language)
            counts.words += 1
            counts.letters += len(word)
            counts.syllables += syllables
            counts.long += len(word) > _LONG
            counts.one_syllable += syllables == 1
            counts.many_syllables += syllables >= _MANY_SYLLABLES
    if counts.words < LEAST_WORDS:
        return None
    name, formula = found
    return Readability(formula=name, language=language, score=round(formula(counts), 2))


@lru_cache(maxsize=50_000)
def _syllables(word: str, language: str) -> int:
    if language == "ru":
        return max(1, sum(letter in _RUSSIAN_VOWELS for letter in word))
    return len(_hyphenation(language).positions(word)) + 1


@cache
def _hyphenation(language: str) -> pyphen.Pyphen:
    # Its dictionaries are part of the wheel.
    return pyphen.Pyphen(lang="nb" if language == "no" else language)
