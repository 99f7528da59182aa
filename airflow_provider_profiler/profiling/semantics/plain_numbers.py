"""Numbers as programs write them: digits, at most one point, an exponent, a sign.

Arrow reads them all at once, but takes ``007``, ``+5`` and ``0x1F`` for numbers too and stops at the first text that is
none. So the bytes are looked at first; what they are is clear then, for nearly all columns without reading them twice.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.semantics.recognised import Recognised
from airflow_provider_profiler.profiling.semantics.text_bytes import Mask, TextBytes
from airflow_provider_profiler.profiling.semantics.votes import Vote
from airflow_provider_profiler.profiling.statistics.encoding import Floats, Integers

#: Any integer of so many digits fits int64, and one of so many is exact as a double.
_SAFE_DIGITS = 18
_EXACT_DIGITS = 15
_PLUS, _MINUS, _POINT, _SLASH, _ZERO, _NINE = (ord(sign) for sign in "+-./09")
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"


def read_plain_numbers(texts: TextBytes, found: Recognised) -> Integers:
    """Vote for the numbers among texts that mostly are some.

    Numbers with an exponent or a plus sign are left to others.

    :return: the positions of all other texts, in ascending order.
    """
    body = texts.body
    shifted = body - np.uint8(_MINUS)
    # From "-" to "9" there are but the digits, the point and the slash.
    strange = shifted > _NINE - _MINUS
    strange |= shifted == _SLASH - _MINUS
    outside = np.zeros(0, np.int64)
    if strange.any():
        outside = texts.holding(np.flatnonzero(strange))
        if len(outside) == len(texts):
            return outside
    rows: Integers | None = None
    numbers = texts
    if len(outside):
        rows = _others(len(texts), outside)
        numbers = texts.take(rows)
    odd = _read(numbers, rows, found)
    if len(odd):
        outside = np.sort(np.concatenate((outside, odd)))
    return outside


def read_long_numbers(texts: TextBytes, rows: Integers, found: Recognised) -> None:
    """Vote for the numbers among texts of any length and kind.

    :param rows: the texts' positions.
    """
    places = np.flatnonzero(pc.match_substring_regex(texts.strings, _NUMBER).to_numpy(zero_copy_only=False))
    if len(places):
        numbers, rows = texts.take(places), rows[places]
        scientific = pc.match_substring_regex(numbers.strings, "[eE]").to_numpy(zero_copy_only=False)
        for mask, exponent in ((~scientific, False), (scientific, True)):
            if mask.any():
                chosen = np.flatnonzero(mask)
                read_numbers(numbers.take(chosen), rows[chosen], found, exponent=exponent)


def read_numbers(texts: TextBytes, rows: Integers, found: Recognised, *, exponent: bool) -> None:
    """Vote for numbers.

    :param texts: a sign or none, digits with at most one point, and no letter but in the place of the exponent's.
    :param rows: the texts' positions.
    :param exponent: whether all of them have an exponent, and not a number or a unit after another letter.
    """
    if (texts.first == _PLUS).any():
        texts = TextBytes.of(pc.ascii_ltrim(texts.strings, "+"))
    if exponent:
        right = np.flatnonzero(pc.greater_equal(pc.find_substring(texts.strings, "e", ignore_case=True), 0))
        if len(right):
            _scientific(texts.take(right), rows[right], found)
    elif len(_read(texts, rows, found)):
        raise AssertionError("these are numbers, all of them")


def _others(size: int, rows: Integers) -> Integers:
    kept = np.ones(size, np.bool_)
    kept[rows] = False
    return np.flatnonzero(kept)


def _places(rows: Integers | None, places: Integers) -> Integers:
    return places if rows is None else rows[places]


def _read(texts: TextBytes, rows: Integers | None, found: Recognised) -> Integers:
    """Read texts of digits, points and minus signs; the positions of those that are no numbers are returned."""
    body = texts.body
    points = int(np.count_nonzero(body == _POINT))
    minus = int(np.count_nonzero(body == _MINUS))
    try:
        if points:
            numbers = texts.strings.cast(pa.float64()).to_numpy(zero_copy_only=False)
        else:
            numbers = texts.strings.cast(pa.int64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return _read_apart(texts, rows, found)
    negative = texts.first == _MINUS if minus else None
    if points:
        _floats(texts, rows, numbers, negative, found)
    else:
        found.set_votes(rows, Vote.INTEGER)
        found.set_values("integers", rows, numbers)
    leading = _leading_zeros(texts, negative)
    if len(leading):
        found.set_votes(_places(rows, leading), Vote.LEADING_ZERO)
    return np.zeros(0, np.int64)


def _read_apart(texts: TextBytes, rows: Integers | None, found: Recognised) -> Integers:
    """Texts that Arrow does not read all: some are no numbers, or integers beyond 64 bits."""
    body, start = texts.body, int(texts.starts[0])
    signs = np.flatnonzero(body == _MINUS)
    owners = np.searchsorted(texts.starts, signs + start, side="right") - 1
    odd = np.zeros(len(texts), np.bool_)
    odd[owners[texts.starts[owners] != signs + start]] = True
    points = np.searchsorted(texts.starts, np.flatnonzero(body == _POINT) + start, side="right") - 1
    per_text = np.bincount(points, minlength=len(texts))
    odd |= per_text > 1
    signed = texts.first == _MINUS
    odd |= texts.lengths - per_text - signed < 1
    whole = (per_text == 0) & ~odd
    long = whole & (texts.lengths - signed > _SAFE_DIGITS)
    for mask in (whole & ~long, (per_text == 1) & ~odd):
        if mask.any():
            places = np.flatnonzero(mask)
            _read(texts.take(places), _places(rows, places), found)
    if long.any():
        _long_integers(texts, np.flatnonzero(long), rows, found)
    return _places(rows, np.flatnonzero(odd))


def _long_integers(texts: TextBytes, places: Integers, rows: Integers | None, found: Recognised) -> None:
    numbers = texts.take(places)
    leading = np.isin(np.arange(len(places)), _leading_zeros(numbers, numbers.first == _MINUS))
    for place, text, zero in zip(_places(rows, places).tolist(), numbers.items(), leading.tolist(), strict=True):
        if zero:
            found.votes[place] = Vote.LEADING_ZERO.code
            continue
        # By length first: Python refuses to read thousands of digits.
        value = int(text) if len(text) <= _SAFE_DIGITS + 2 else 1 << 63
        if -(1 << 63) <= value < 1 << 63:
            found.votes[place] = Vote.INTEGER.code
            found.set_values("integers", np.array([place]), np.array([value]))
        else:
            found.votes[place] = Vote.BIG_INTEGER.code


def _leading_zeros(texts: TextBytes, negative: Mask | None) -> Integers:
    """The texts whose first digit is a zero with another digit behind it."""
    first = texts.first
    if negative is not None and negative.any():
        behind = np.minimum(texts.starts + 1, len(texts.data) - 1)
        first = np.where(negative, texts.data.take(behind), first)
    zeros = np.flatnonzero(first == _ZERO)
    if not len(zeros):
        return zeros
    sign = 0 if negative is None else negative[zeros]
    longer = texts.lengths[zeros] > 1 + sign
    zeros = zeros[longer]
    second = texts.data.take(texts.starts[zeros] + 1 + (0 if negative is None else negative[zeros]))
    return zeros[(second >= _ZERO) & (second <= _NINE)]


def _floats(texts: TextBytes, rows: Integers | None, numbers: Floats, negative: Mask | None, found: Recognised) -> None:
    """Vote for floats and for the integers among them."""
    # Each text that was read has one point at most.
    whole = None
    if np.count_nonzero(texts.body == _POINT) < len(texts):
        whole = pc.less(pc.find_substring(texts.strings, "."), 0).to_numpy(zero_copy_only=False)
    found.set_votes(rows, Vote.FLOAT)
    found.set_values("floats", rows, numbers)
    three = _three_decimals(texts, negative)
    if len(three):
        found.set_votes(_places(rows, three), Vote.FLOAT_OR_GROUPED)
        grouped = np.rint(numbers[three] * 1000).astype(np.int64)
        found.set_values("integers", _places(rows, three), grouped)
    finite = np.isfinite(numbers)
    if not finite.all():
        # Beyond a double: it stays text, as infinity would be a lie.
        found.set_votes(_places(rows, np.flatnonzero(~finite)), Vote.TEXT)
    if whole is None:
        return
    places = np.flatnonzero(whole)
    short = texts.lengths[places] <= _EXACT_DIGITS
    exact = places[short]
    found.set_votes(_places(rows, exact), Vote.INTEGER)
    found.set_values("integers", _places(rows, exact), numbers[exact].astype(np.int64))
    if not short.all():
        others = places[~short]
        _read(texts.take(others), _places(rows, others), found)


def _three_decimals(texts: TextBytes, negative: Mask | None) -> Integers:
    """The texts with three digits behind the point and one to three before it that do not begin with zero."""
    fourth = texts.starts + (texts.lengths - 4)
    # Before the first text there may be nothing.
    places = np.flatnonzero(texts.data.take(fourth, mode="clip") == _POINT)
    if not len(places):
        return places
    sign = 0 if negative is None else negative[places]
    digits = texts.lengths[places] - sign
    first = texts.data.take(texts.starts[places] + sign)
    grouped: Mask = (digits >= 5) & (digits <= 7) & (first != _ZERO)
    return places[grouped]


def _scientific(texts: TextBytes, rows: Integers, found: Recognised) -> None:
    numbers = texts.strings.cast(pa.float64()).to_numpy(zero_copy_only=False)
    finite = np.isfinite(numbers)
    found.set_votes(rows[finite], Vote.FLOAT)
    found.set_values("floats", rows[finite], numbers[finite])
    leading = _leading_zeros(texts, texts.first == _MINUS)
    found.set_votes(rows[leading], Vote.LEADING_ZERO)
