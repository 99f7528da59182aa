"""In which line of its file each row of a partition begins.

Nearly always one row follows the other, a line each, and counting both says so. Where rows of several lines, blank
lines, comments, or rows that were set aside stand between them, the ends of all records are looked for.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.contract.profile import Dialect
from airflow_provider_profiler.profiling.readers.mended_text import MendedText
from airflow_provider_profiler.profiling.statistics.encoding import Integers
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering

_LINE_FEED, _RETURN = ord("\n"), ord("\r")


def row_lines(
    text: bytes, mended: MendedText, dialect: Dialect, *, rows: int, set_aside: Sequence[int], lines: tuple[int, int]
) -> Numbering:
    """The line of each row.

    :param text: the partition in UTF-8.
    :param mended: what of it was parsed.
    :param rows: that were parsed.
    :param set_aside: which of all records that were parsed are none of them, from 1 on; blank lines are no records.
    :param lines: of the file before the partition, and in it.
    """
    before, within = lines
    unterminated = bool(text) and text[-1] not in (_LINE_FEED, _RETURN)
    if not mended.pieces and not set_aside and within + unterminated == rows:
        return Numbering(before)
    for plain in (True, False):
        starts = _starts(mended.text, dialect, all_quotes=plain)
        if len(starts) == rows + len(set_aside):
            break
    else:  # quotes that are read in another way
        return Numbering(numbers=np.zeros(rows, np.int64))
    starts = np.delete(starts, np.array(set_aside, np.int64) - 1)
    ends = _line_ends(np.frombuffer(text, np.uint8))
    return Numbering(numbers=np.searchsorted(ends, mended.places(starts)) + (before + 1))


def _line_ends(data: npt.NDArray[np.uint8]) -> Integers:
    """Where the last byte of each line end is; CR LF is one."""
    is_end = data == _LINE_FEED
    returns = data == _RETURN
    if returns.any():
        returns[:-1] &= ~is_end[1:]
        is_end |= returns
    return np.flatnonzero(is_end)


def _starts(text: bytes, dialect: Dialect, *, all_quotes: bool) -> Integers:
    """Where the records begin that are not blank lines.

    :param all_quotes: whether each quote opens or closes a cell, or only those at the edge of one do: others may stand
        for inches.
    """
    data = np.frombuffer(text, np.uint8)
    ends = _line_ends(data)
    escaped = _escaped(data, dialect.escape)
    if len(escaped):
        ends = ends[~np.isin(ends, escaped)]
    if dialect.quote:
        quotes = np.flatnonzero(data == ord(dialect.quote))
        if len(escaped):
            quotes = quotes[~np.isin(quotes, escaped)]
        if not all_quotes:
            quotes = quotes[_at_edges(data, quotes, dialect.delimiter)]
        # Behind an odd number of quotes a line end is part of a cell.
        ends = ends[np.searchsorted(quotes, ends) & 1 == 0]
    starts = np.concatenate((np.zeros(1, np.int64), ends + 1))
    starts = starts[starts < len(data)]
    first = data[starts]
    filled: Integers = starts[(first != _LINE_FEED) & (first != _RETURN)]
    return filled


def _at_edges(data: npt.NDArray[np.uint8], places: Integers, delimiter: str) -> npt.NDArray[np.bool_]:
    """Which bytes stand beside a delimiter, a line end, or an end of the text."""
    between = np.isin(data, [ord(delimiter), _LINE_FEED, _RETURN])
    last = len(data) - 1
    before = (places == 0) | between[np.maximum(places - 1, 0)]
    behind = (places == last) | between[np.minimum(places + 1, last)]
    at_edges: npt.NDArray[np.bool_] = before | behind
    return at_edges


def _escaped(data: npt.NDArray[np.uint8], escape: str | None) -> Integers:
    """Where bytes stand behind an escape character that is not escaped itself."""
    if not escape:
        return np.zeros(0, np.int64)
    places = np.flatnonzero(data == ord(escape))
    if not len(places):
        return places
    first = np.concatenate((np.ones(1, np.bool_), np.diff(places) != 1))
    run = np.arange(len(places)) - np.maximum.accumulate(np.where(first, np.arange(len(places)), 0))
    behind: Integers = places[run % 2 == 0] + 1
    return behind
