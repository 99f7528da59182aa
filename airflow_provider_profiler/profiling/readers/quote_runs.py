"""Where quotes stand in a text and whether they make sense, for whole arrays of them at a time.

Quotes side by side are a run. A run of an odd number opens a cell where a cell may begin, closes one where a cell
may end, and is a stray quote elsewhere; of an even number it is an empty cell or quotes within one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.profiling.readers.row_form import RowForm

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class QuoteRuns:
    """The runs of quotes of a text, in order."""

    starts: Positions
    odd: Flags
    opens: Flags
    """A cell may begin with the run."""
    closes: Flags
    """A cell may end with the run."""
    longest: int

    @classmethod
    def of(cls, text: bytes, stop: int, form: RowForm) -> "QuoteRuns":
        """The runs of the text before ``stop``.

        :param text: begins with a record, ends with one or with the file.
        """
        quotes = positions_of(text, stop, form.quote, form) if form.quote else np.empty(0, np.int64)
        if not len(quotes):
            nothing = np.empty(0, np.bool_)
            return cls(np.empty(0, np.int64), nothing, nothing, nothing, 0)
        first = np.empty(len(quotes), np.bool_)
        first[0] = True
        np.not_equal(quotes[1:], quotes[:-1] + 1, out=first[1:])
        index = np.flatnonzero(first)
        starts = quotes[index]
        lengths = np.diff(index, append=len(quotes))
        data = np.frombuffer(text, np.uint8, stop)
        boundary = np.zeros(256, np.bool_)
        boundary[[ord(form.delimiter), ord("\n"), ord("\r")]] = True
        opens = boundary[data[starts - 1]]
        opens[0] |= starts[0] == 0
        behind = starts + lengths
        closes = boundary[data[np.minimum(behind, stop - 1)]] | (behind == stop)
        return cls(starts, (lengths & 1).astype(np.bool_), opens, closes, int(lengths.max()))


def _escaped(data: Bytes, quotes: Positions, escape: int) -> Flags:
    """Which quotes stand behind an odd number of escapes."""
    behind = np.flatnonzero(data[quotes - 1] == escape)
    found = np.zeros(len(quotes), np.bool_)
    for index in behind.tolist():
        first = position = int(quotes[index])
        while first > 0 and data[first - 1] == escape:
            first -= 1
        found[index] = (position - first) % 2 == 1
    return found


def stray(runs: QuoteRuns, first: int, last: int, inside: bool) -> tuple[Flags, Flags]:
    """Judge runs by counting, as if none were stray.

    :param inside: whether the first of them stands within a cell that is enclosed.
    :return: for each run whether it stands within an enclosed cell, and whether it makes no sense there.
    """
    odd = runs.odd[first:last]
    within: Flags = np.not_equal((np.cumsum(odd) - odd + inside) & 1, 0)
    closes = runs.closes[first:last]
    wrong = np.where(within, odd & ~closes, ~runs.opens[first:last] | ~(odd | closes))
    return within, wrong


def positions_of(text: bytes, stop: int, mark: bytes, form: RowForm) -> Positions:
    """Where a character that is not escaped stands in the text before ``stop``."""
    data = np.frombuffer(text, np.uint8, stop)
    found = np.flatnonzero(data == ord(mark))
    return found[~_escaped(data, found, ord(form.escape))] if form.escape and len(found) else found


def is_escaped(text: bytes, position: int, form: RowForm) -> bool:
    """Whether the byte at a position stands behind an odd number of escapes."""
    if not form.escape:
        return False
    first = position
    while first > 0 and text[first - 1 : first] == form.escape:
        first -= 1
    return (position - first) % 2 == 1
