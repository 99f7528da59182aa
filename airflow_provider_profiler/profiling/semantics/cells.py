"""One cell of text as a value of its column's type."""

import math
import re

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.contract.statistics import Scalar
from airflow_provider_profiler.profiling.semantics.units import (
    UNITS_BEFORE,
    UNITS_BEHIND_A_BLANK,
)
from airflow_provider_profiler.profiling.semantics.vocabulary import BOOLEAN_TRUTHS, BOOLEAN_WORDS

_TRUTHS = {word.replace("ς", "σ"): truth for word, truth in zip(BOOLEAN_WORDS, BOOLEAN_TRUTHS, strict=True)}
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BLANKS = str.maketrans(dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}", " "))
_WRITTEN = re.compile(
    r"(?P<open>\()?(?P<sign>[+-]|\N{MINUS SIGN})? ?(?P<before>[^0-9\s.,()+-]+\.?)? ?(?P<inner>[+-])? ?"
    r"(?P<number>[0-9][0-9 .,'\N{RIGHT SINGLE QUOTATION MARK}]*?) ?(?P<behind>[^0-9\s.,()+-][^\s()+-]*)?\)?"
    r"(?P<minus>-)?"
)


def typed_cell(text: str, data_type: DataType, decimal_mark: str | None = None) -> Scalar:
    """The value that the text is written for; the text itself where it is not of the type, or is a date.

    :param data_type: what the column's values were found to be.
    :param decimal_mark: of the column's numbers, where these are not written as programs do.
    """
    word = text.strip()
    if data_type is DataType.BOOLEAN:
        return _TRUTHS.get(word.lower().replace("ς", "σ"), text)
    if data_type not in (DataType.INTEGER, DataType.FLOAT):
        return text
    number = word if decimal_mark is None else _as_programs_write(word, decimal_mark)
    if _PLAIN.fullmatch(number) is None:  # Python reads 1_000 and Arabic digits, nobody else does
        return text
    try:
        value = int(number) if data_type is DataType.INTEGER else float(number)
    except ValueError:
        return text
    return value if math.isfinite(value) else text


def _as_programs_write(word: str, decimal_mark: str) -> str:
    match = _WRITTEN.fullmatch(word.translate(_BLANKS))
    if match is None or (_PLAIN.fullmatch(word) and decimal_mark == "."):
        return word
    before, behind = match["before"], match["behind"]
    if (before is not None and before not in UNITS_BEFORE) or (
        behind is not None and behind not in UNITS_BEHIND_A_BLANK
    ):
        return word
    whole, _, fraction = match["number"].partition(decimal_mark)
    digits = re.sub(r"[^0-9]", "", whole)
    signs = (match["sign"] or "") + (match["inner"] or "") + (match["minus"] or "")
    negative = match["open"] is not None or any(sign != "+" for sign in signs)
    return f"{'-' if negative else ''}{digits}{'.' if fraction else ''}{fraction}"
