"""How likely it is that some values are among others by nothing but chance."""

from math import log

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.relationships.kept_values import KeptValues

#: What has to speak against chance where names say nothing: about one in a million.
WITHOUT_NAMES = 14.0
#: The same where names are akin.
WITH_KIN = 5.0

_DIGITS, _LETTERS, _SIGNS = 10, 26, 36


def rarity(values: KeptValues) -> float:
    """What a single value that is found among these says against chance: the natural logarithm of one to the odds.

    Whole numbers are taken to be drawn from between the smallest and the largest; texts from all texts of their average
    length in digits, letters or both. A row of numbers without gaps says nothing.
    """
    if not len(values):
        return 0.0
    whole = pc.all(pc.match_substring_regex(values.texts, r"^-?(?:0|[1-9][0-9]{0,17})$")).as_py()
    if whole:
        numbers = values.texts.cast(pa.int64())
        room = log(pc.max(numbers).as_py() - pc.min(numbers).as_py() + 1)
    else:
        digits = pc.all(pc.match_substring_regex(values.texts, "^[0-9]+$")).as_py()
        letters = pc.all(pc.match_substring_regex(values.texts, r"^\pL+$")).as_py()
        signs = _DIGITS if digits else _LETTERS if letters else _SIGNS
        room = pc.mean(pc.utf8_length(values.texts)).as_py() * log(signs)
    return max(0.0, room - log(len(values)))
