"""The words and phrases that tell most about a text: what occurs often and is not in every text."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from math import log2

import regex
import stopwordsiso

from airflow_provider_profiler.profiling.documents.words import words_of

MOST = 10
_LONGEST_PHRASE = 3
_LEAST_LETTERS = 3
_LEAST_COUNT = 2
#: Distinct phrases that are counted at a time; the rarest make room.
_MOST_PHRASES = 200_000
#: Languages whose words are not told apart by blanks.
_UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my"})
_PARTED = regex.compile(r"[^\p{L}\p{M}\p{N}\s'’·\-‑]+")
_WORDED = regex.compile(r"\p{L}[\p{L}\p{M}'’·\-‑]*")


def keywords(sentences: Iterable[str], language: str) -> tuple[str, ...]:
    """Up to ten phrases of one to three words, the most telling first.

    Phrases are runs without stop words and marks, weighed by C-value (Frantzi, Ananiadou and Mima, *Automatic
    recognition of multi-word terms*, 2000), with one added to the length so that single words take part: how often a
    phrase occurs, less what longer phrases account for.

    :param language: an ISO 639-1 code.
    :return: nothing where there is no list of the language's stop words, or its words are not parted by blanks.
    """
    if language in _UNSPACED or not stopwordsiso.has_lang(language):
        return ()
    counts: Counter[tuple[str, ...]] = Counter()
    written: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for run in _runs(sentence, _stop_words(language)):
            for phrase in _phrases(run):
                key = tuple(word.casefold() for word in phrase)
                counts[key] += 1
                written[key][" ".join(phrase)] += 1
        if len(counts) > _MOST_PHRASES:
            for key, count in list(counts.items()):
                if count < _LEAST_COUNT:
                    del counts[key], written[key]
    scored = sorted(_scores(counts).items(), key=lambda item: (-item[1], item[0]))
    return tuple(_chosen([(key, score) for key, score in scored if score > 0], written))


def _runs(sentence: str, stop_words: frozenset[str]) -> Iterator[list[str]]:
    for part in _PARTED.split(sentence):
        run: list[str] = []
        for word in words_of(part):
            if _WORDED.fullmatch(word) and len(word) >= _LEAST_LETTERS and word.casefold() not in stop_words:
                run.append(word)
            elif run:
                yield run
                run = []
        if run:
            yield run


def _phrases(run: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(len(run)):
        for stop in range(start + 1, min(start + _LONGEST_PHRASE, len(run)) + 1):
            yield tuple(run[start:stop])


def _scores(counts: Counter[tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    frequent = {key: count for key, count in counts.items() if count >= _LEAST_COUNT}
    longer: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for key, count in frequent.items():
        for part in set(_phrases(key)) - {key}:
            longer[part].append(count)
    scores = {}
    for key, count in frequent.items():
        within = longer.get(key)
        own = count - sum(within) / len(within) if within else count
        scores[key] = log2(len(key) + 1) * own
    return scores


def _chosen(
    scored: Sequence[tuple[tuple[str, ...], float]], written: dict[tuple[str, ...], Counter[str]]
) -> Iterator[str]:
    """The best ones, without those whose words are all in a better one, in the same form or another."""
    taken: list[tuple[str, ...]] = []
    for key, _ in scored:
        if len(taken) == MOST:
            return
        if any(all(any(_alike(word, other) for other in better) for word in key) for better in taken):
            continue
        taken.append(key)
        yield min(written[key].items(), key=lambda item: (-item[1], item[0]))[0]


def _alike(first: str, second: str) -> bool:
    """Whether two words differ in their endings at most: singular and plural in many languages."""
    common = max(_LEAST_LETTERS, min(len(first), len(second)) - 1)
    return abs(len(first) - len(second)) <= 2 and first[:common] == second[:common]


@cache
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in stopwordsiso.stopwords(language))
