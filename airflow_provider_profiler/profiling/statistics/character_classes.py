"""What texts are made of: letters, digits, white space and the rest, by script, and words that mix scripts."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.contract.statistics import CharacterClasses, CharacterStatistics, ScriptCount
from airflow_provider_profiler.profiling.statistics.alphabet import (
    COMMON,
    CYRILLIC,
    GREEK,
    LATIN,
    LETTER,
    LOOK_ALIKES,
    SCRIPTS,
    classes,
    scripts,
)
from airflow_provider_profiler.profiling.statistics.code_points import CodePoints, blocks
from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers

_NAMES = tuple(CharacterClasses.model_fields)
_CONFUSABLE = (LATIN, GREEK, CYRILLIC)
_SHORTEST_WORD = 3


@dataclass(frozen=True)
class Characters:
    """The statistics, and the positions of the texts that mix scripts inside a word."""

    statistics: CharacterStatistics
    mixed: Integers


def read_characters(values: pa.Array, counts: Integers) -> Characters:
    """Count the characters of texts.

    :param values: a ``large_binary`` array of UTF-8 without nulls.
    :param counts: how many rows each text stands for.
    :raises UnicodeDecodeError: when they are not UTF-8.
    """
    characters, holding = np.zeros(len(_NAMES), np.int64), np.zeros(len(_NAMES), np.int64)
    letters: Counter[int] = Counter()
    texts: Counter[int] = Counter()
    mixed = [np.zeros(0, np.int64)]
    for place, points in blocks(values):
        rows = counts[place]
        kinds, owners = classes(points.codes), points.owners
        table = np.bincount(owners * len(_NAMES) + kinds, minlength=len(rows) * len(_NAMES))
        table = table.reshape(len(rows), len(_NAMES))
        characters += (table * rows[:, None]).sum(axis=0)
        holding += ((table > 0) * rows[:, None]).sum(axis=0)
        if points.ascii:
            letters[LATIN] += int((table[:, LETTER] * rows).sum())
            texts[LATIN] += int(rows[table[:, LETTER] > 0].sum())
            continue
        spots = np.flatnonzero(kinds == LETTER)
        written, whose = scripts(points.codes[spots]), owners[spots]
        for script in np.flatnonzero(np.bincount(written)).tolist():
            its = whose[written == script]
            letters[script] += int(rows[its].sum())
            texts[script] += int(rows[_distinct(its)].sum())
        mixed.append(place.start + _mixed(points, spots, written, whose))
    found = sorted((script for script in letters if script != COMMON and letters[script]), key=lambda n: -letters[n])
    places = np.concatenate(mixed)
    statistics = CharacterStatistics(
        examined=int(counts.sum()),
        characters=CharacterClasses(**dict(zip(_NAMES, characters.tolist(), strict=True))),
        values=CharacterClasses(**dict(zip(_NAMES, holding.tolist(), strict=True))),
        scripts=tuple(
            ScriptCount(script=SCRIPTS[script], letters=letters[script], values=texts[script]) for script in found
        ),
        mixed_scripts=int(counts[places].sum()),
    )
    return Characters(statistics, places)


def _distinct(ascending: Integers) -> Integers:
    return ascending[np.flatnonzero(np.diff(ascending, prepend=-1))]


def _mixed(points: CodePoints, spots: Integers, written: Array, whose: Integers) -> Integers:
    """The texts that have a word in which every letter of one script looks like a letter of another one in it.

    A word is a run of letters. That all look alike tells a slip of the keyboard from notations such as "μm", and that
    there are at least three tells it from "ΔT".

    :param spots: where the letters are, ``written`` their scripts, ``whose`` the texts that they belong to.
    """
    present = np.flatnonzero(np.bincount(written, minlength=len(SCRIPTS)))
    used = [script for script in _CONFUSABLE if script in present]
    if len(used) < 2:
        return np.zeros(0, np.int64)
    starts = np.concatenate(([True], (np.diff(spots) > 1) | (np.diff(whose) > 0)))
    words = np.cumsum(starts) - 1
    total = int(words[-1]) + 1
    holds = {script: np.bincount(words[written == script], minlength=total) > 0 for script in used}
    odd = np.zeros(total, np.bool_)
    for one, another in LOOK_ALIKES:
        if one not in used or another not in used:
            continue
        both = holds[one] & holds[another]
        if not both.any():
            continue
        alike = LOOK_ALIKES[one, another]
        its = np.flatnonzero((written == one) & both[words])
        codes = points.codes[spots[its]]
        plain = (codes >= len(alike)) | ~alike[np.minimum(codes, len(alike) - 1)]
        odd |= both & (np.bincount(words[its[plain]], minlength=total) == 0)
    odd &= np.bincount(words) >= _SHORTEST_WORD
    return _distinct(whose[odd[words]])
