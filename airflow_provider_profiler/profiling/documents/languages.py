"""Which languages a text is written in, and where."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import py3langid.langid
import regex

from airflow_provider_profiler.contract.content import Language
from airflow_provider_profiler.profiling.documents.words import is_worded, words_of

#: Characters of one look: fewer tell little, more may be of two languages.
_LEAST, _MOST = 300, 1000
#: Letters that a text must have, and that a language must have in it unless it has most of them. Formulas, names and
#: quotations look like anything.
_LEAST_LETTERS = 20
_OTHER_LETTERS = 200
_OTHER_SHARE = 0.02
#: Probabilities from which a look counts; the second one where no look reaches the first.
_SURE = 0.5
_LIKELY = 0.25
_CANDIDATES = 8
_DIGIT = regex.compile(r"\p{N}")


@dataclass(frozen=True)
class Stretch:
    """Characters [start, stop) of the whole text and the language that they are in."""

    start: int
    stop: int
    letters: int
    language: str


def stretches(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Stretch, ...]:
    """The languages of a text, stretch by stretch; nothing where there are too few letters to tell.

    Two looks: the first one finds which languages the text has enough of, the second one decides among those.

    :param spans: where there is prose in the text, in order.
    """
    read = []
    for start, stop in _windows(text, spans):
        words = [word for word in words_of(text[start:stop]) if is_worded(word)]
        read.append((start, stop, sum(map(len, words)), words))
    if sum(letters for _, _, letters, _ in read) < _LEAST_LETTERS:
        return ()
    looks = []
    for start, stop, letters, words in read:
        # A letter alone, or with digits, is a variable of a formula, except where scripts have a word for each.
        told = [word for word in words if (len(word) > 1 or word >= "\u3000") and not _DIGIT.search(word)]
        ranked = _model().rank(" ".join(told))[:_CANDIDATES] if told else []
        looks.append((start, stop, letters, ranked))
    votes: Counter[str] = Counter()
    sureness = _SURE if any(ranked and ranked[0][1] >= _SURE for _, _, _, ranked in looks) else _LIKELY
    for _, _, letters, ranked in looks:
        if ranked and ranked[0][1] >= sureness:
            votes[ranked[0][0]] += letters
    if not votes:
        return ()
    main = _most(votes)
    enough = max(_OTHER_LETTERS, _OTHER_SHARE * votes.total())
    candidates = {language for language, letters in votes.items() if letters >= enough} | {main}
    return tuple(
        Stretch(start, stop, letters, _best(ranked, candidates, main)) for start, stop, letters, ranked in looks
    )


def shares(found: Sequence[Stretch]) -> tuple[Language, ...]:
    """The languages by their share of the letters, the most used first."""
    letters: Counter[str] = Counter()
    for stretch in found:
        letters[stretch.language] += stretch.letters
    total = letters.total()
    ordered = sorted(letters.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Language(code=code, share=round(count / total, 4)) for code, count in ordered if count)


def language_at(found: Sequence[Stretch], start: int, stop: int) -> str | None:
    """The language that most of a piece of the text is in."""
    overlap: Counter[str] = Counter()
    for stretch in found:
        common = min(stop, stretch.stop) - max(start, stretch.start)
        if common > 0:
            overlap[stretch.language] += common
    return _most(overlap) if overlap else None


def _best(ranked: Sequence[tuple[str, float]], candidates: set[str], main: str) -> str:
    return next((language for language, _ in ranked if language in candidates), main)


def _most(counted: Counter[str]) -> str:
    return min(counted.items(), key=lambda item: (-item[1], item[0]))[0]


def _windows(text: str, spans: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """The spans, long ones cut between words and short ones joined with what follows."""
    begun: int | None = None
    end = 0
    for first, stop in spans:
        start = first
        if begun is not None and start - end > _LEAST:  # what lies between is no prose
            yield begun, end
            begun = None
        begun = start if begun is None else begun
        while stop - begun > _MOST:
            cut = max(text.rfind(" ", begun + _LEAST, begun + _MOST), text.rfind("\n", begun + _LEAST, begun + _MOST))
            cut = cut if cut > begun else begun + _MOST
            yield begun, cut
            begun = cut
        end = stop
        if end - begun >= _LEAST:
            yield begun, end
            begun = None
    if begun is not None:
        yield begun, end


@cache
def _model() -> Any:
    # The model is part of the library's wheel.
    model = py3langid.langid.LanguageIdentifier.from_model_file(py3langid.langid.MODEL_FILE, norm_probs=True)
    # Those without a code of ISO 639-1 are close relatives of others, and short texts look like them by chance.
    model.set_languages([language for language in model.labels if len(language) == 2])
    return model
