"""Lists of whole numbers in one cell: ``12;15;3``, ``104,106``, as people write several keys of another table."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.semantics.value_patterns import Weighed
from airflow_provider_profiler.profiling.semantics.votes import WINNING_SHARE

#: What stands between the numbers, the plainest first.
_SEPARATORS = (";", "|", ",")
#: Distinct texts that have to be lists, and distinct texts in all, for lists that could be numbers with thousands.
_FEWEST_LISTS = 3
_FEWEST_TEXTS = 5
#: Of the lists with commas those that can be nothing else.
_LEAST_TELLING = 0.05
#: Thousands, and as they are grouped in India: ``12,34,567``.
_GROUPED = r"^(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})$"


def number_list_separator(found: Weighed) -> str:
    """What separates the numbers of a column whose cells hold one or several each; ``""`` for other columns.

    A comma may stand between thousands or before decimals as well. It separates a list where a twentieth of the lists
    cannot be read as one number, or where every part has three digits and the lists are of different lengths: amounts
    would have some with one or two digits before the first comma.

    :param found: the distinct texts of the column, or a sample of them.
    """
    for separator in _SEPARATORS:
        having = pc.match_substring(found.texts, separator).to_numpy(zero_copy_only=False).astype(np.bool_)
        if having.sum() < 2:
            continue
        mark = f"\\{separator}"
        lists = _matches(found.texts, rf"^[0-9]+(?:\s*{mark}\s*[0-9]+)*\s*{mark}?$")
        if found.share(lists) < WINNING_SHARE or not (having & lists).any():
            continue
        several = found.texts.filter(pa.array(having & lists))
        if separator != "," or _telling(several) or _all_of_three_digits(found.texts.filter(pa.array(lists)), several):
            return separator
    return ""


def _telling(lists: pa.Array) -> bool:
    """Whether enough lists have blanks, or more than two parts that are no groups of digits of one number."""
    blanks = _matches(lists, r"\s")
    more = _matches(lists, ",.*,") & ~_matches(lists, _GROUPED)
    return bool((blanks | more).mean() >= _LEAST_TELLING)


def _all_of_three_digits(texts: pa.Array, several: pa.Array) -> bool:
    if len(several) < _FEWEST_LISTS or len(texts) < _FEWEST_TEXTS:
        return False
    lengths = pc.binary_length(texts)
    return bool(_matches(texts, r"^[0-9]{3}(?:,[0-9]{3})*$").all()) and len(lengths.unique()) > 1


def _matches(texts: pa.Array, pattern: str) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    found = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return found.astype(np.bool_)  # type: ignore[no-any-return]
