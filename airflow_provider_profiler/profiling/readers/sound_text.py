"""Texts whose quotes plainly make sense: nearly all there are, and nothing more needs to be known of them."""

import numpy as np

from airflow_provider_profiler.profiling.readers.row_form import RowForm

#: Bytes looked at at a time, so that what is between two steps stays in the processor's cache.
_BLOCK = 256 * 1024


def is_sound(text: bytes, stop: int, form: RowForm) -> bool:
    """Whether every quote plainly opens or closes a cell, and no cell holds a line end.

    That is: the first quote and every other one stand where a cell may begin, the others where one may end, no two
    of them side by side, and no line end between an opening and a closing one. A text of which that is not true may
    be as good, but takes a closer look.

    :param text: begins with a record; whole lines of it end at ``stop``.
    """
    if form.escape or form.comment or not form.quote:
        return False
    quote, line_end = ord(form.quote), ord(form.line_end)
    boundary = np.zeros(256, np.bool_)
    boundary[[ord(form.delimiter), ord("\n"), ord("\r")]] = True
    data = np.frombuffer(text, np.uint8, stop)
    # Made once: an array of this size is new memory each time, which takes longer to get than to fill.
    is_mark, is_end = np.empty((2, min(stop, _BLOCK)), np.bool_)
    inside = False
    for start in range(0, stop, _BLOCK):
        block = data[start : start + _BLOCK]
        found = np.equal(block, quote, out=is_mark[: len(block)])
        found |= np.equal(block, line_end, out=is_end[: len(block)])
        marks = np.flatnonzero(found)
        if not len(marks):
            continue
        is_quote = block[marks] == quote
        within = np.logical_xor.accumulate(is_quote) ^ inside
        if (within & ~is_quote).any():
            return False
        quotes, opens = marks[is_quote] + start, within[is_quote]
        before, behind = quotes[opens] - 1, quotes[~opens] + 1
        if len(before) and not (boundary[data[np.maximum(before, 0)]] | (before < 0)).all():
            return False
        if len(behind) and not (boundary[data[np.minimum(behind, stop - 1)]] | (behind >= stop)).all():
            return False
        inside = bool(within[-1])
    return not inside
