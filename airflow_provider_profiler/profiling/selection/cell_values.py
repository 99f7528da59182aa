"""Cells of text read as numbers, dates or booleans; null where they are none.

Only forms that mean the same everywhere are read: plain numbers with a point, and ISO 8601 dates. A column's own
conventions are known when all its rows have been read, and a condition is asked before.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_NUMBER = r"\A\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*\z"
_MOMENT = (
    r"\A\s*(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?\s*\z"
)


def present_texts(texts: pa.Array) -> pa.Array:
    """The cells as they are; an empty one counts as missing, as it does in every statistic."""
    return pc.if_else(pc.equal(pc.binary_length(texts), 0), pa.scalar(None, texts.type), texts)


def number_cells(texts: pa.Array) -> pa.Array:
    """The cells as doubles.

    :param texts: an array of text.
    """
    plain = pc.match_substring_regex(texts, _NUMBER)
    return pc.if_else(plain, pc.utf8_trim_whitespace(texts), pa.scalar(None, texts.type)).cast(pa.float64())


def boolean_cells(texts: pa.Array) -> pa.Array:
    """The cells ``true`` and ``false``, in any case, as booleans."""
    words = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    true, false = pc.equal(words, "true"), pc.equal(words, "false")
    return pc.if_else(pc.or_(true, false), true, pa.scalar(None, pa.bool_()))


def moment_cells(texts: pa.Array) -> pa.Array:
    """The cells as microseconds since 1970-01-01: midnight of dates, UTC of moments with a zone.

    Digits beyond microseconds are cut off.
    """
    found = pc.extract_regex(texts, _MOMENT)
    valid = found.is_valid().to_numpy(zero_copy_only=False)

    def digits(name: str, missing: int = 0) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        part = pc.struct_field(found, name)
        filled = pc.if_else(pc.equal(pc.binary_length(part), 0), str(missing), part)
        return np.asarray(filled.fill_null(str(missing)).cast(pa.int64()), np.int64)

    year, month, day = digits("year", 1970), digits("month", 1), digits("day", 1)
    hour, minute, second = digits("hour"), digits("minute"), digits("second")
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    days = months.astype("M8[M]").astype("M8[D]") + (day - 1)
    sound = valid & (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("M8[M]").astype(np.int64) == months)
    sound &= (year >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    fraction = pc.utf8_rpad(pc.utf8_slice_codeunits(pc.struct_field(found, "fraction"), 0, 6), 6, "0")
    micros = pc.fill_null(fraction, "0").cast(pa.int64()).to_numpy(zero_copy_only=False)
    seconds = (
        days.astype(np.int64) * 86_400 + hour * 3600 + minute * 60 + second - _offset(pc.struct_field(found, "zone"))
    )
    return pa.array(seconds * 1_000_000 + micros, mask=~sound)


def _offset(zones: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Seconds east of UTC of zones such as ``+02:00``, ``-0330``, ``Z`` and none."""
    distinct = zones.dictionary_encode()
    seconds = [0]
    for zone in distinct.dictionary.to_pylist():
        digits = (zone or "").lstrip("Z+-").replace(":", "").ljust(4, "0")
        east = int(digits[:2]) * 3600 + int(digits[2:]) * 60
        seconds.append(-east if zone and zone[0] == "-" else east)
    places = distinct.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(np.array(seconds, np.int64)[places + 1], np.int64)
