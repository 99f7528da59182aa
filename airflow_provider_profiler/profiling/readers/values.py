"""Telling values from names: numbers, dates and truth values do not name columns."""

import re

_LONGEST = 64
_DATA = re.compile(
    r"""
    [-+(]?\s*[$€£¥]?\s*\d[\d.,'\s]*(?:[eE][-+]?\d+)?\s*[%$€£¥]?\)?   # numbers, with units
    | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\s]\d{1,2}:\d{2}.*)?       # dates and moments
    | \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?                             # times
    | true | false | null | none | n/?a | nan | -
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_data(cell: str) -> bool:
    """Whether a cell looks like a value (a number, a date, a truth value, a word for "missing") and not like a name."""
    return len(cell) <= _LONGEST and _DATA.fullmatch(cell) is not None
