"""One look at a text of whole lines: which quotes open and close cells, and where a record is damaged."""

from functools import cached_property

import numpy as np

from airflow_provider_profiler.profiling.readers.mending import VIEW, mend, view_end
from airflow_provider_profiler.profiling.readers.quote_runs import Positions, QuoteRuns, is_escaped, positions_of, stray
from airflow_provider_profiler.profiling.readers.row_form import RowForm

#: Bytes in which a quote that was opened is expected to be closed; a cell of several lines is not longer.
FAR = 16 * 1024 * 1024
_LONGEST_RUN = 8 * 1024 * 1024
#: Runs judged at a time: few behind a stray one, for they are gone over one by one up to the next.
_LEAST_RUNS, _MOST_RUNS = 128, 8192
#: Lines that show whether a cell that is not closed in sight goes over rows.
_TELLING_LINES = 8
#: Lines behind a cell of several lines that may be pieces of rows.
_MOST_PIECES = 32

Span = tuple[int, int]


class EndlessRun(Exception):
    """Quotes follow each other for longer than any text has them."""


class TextScan:
    """Finds out about the records of a text that begins with one. Places are offsets in it."""

    def __init__(self, text: bytes, form: RowForm, *, final: bool, torn: bool = False) -> None:
        """Prepare.

        :param final: whether nothing follows the text.
        :param torn: whether nothing of what follows will ever be looked at, although there is more.
        """
        self.text = text
        self.form = form
        self.final = final
        self.torn = torn
        self.limit = self._last_line_end()
        """Whole lines end here."""
        self.done = 0
        """Up to here the records are known."""
        self._closed: list[Positions] = []
        self.damaged: list[Span] = []
        self.comments: list[Span] = []
        self._no_comments_before = 0
        self._toggles = np.empty(0, np.int64)
        """The quotes that open and close cells, in turn, from ``done`` on."""
        self._checked = 0
        """Up to here cells of several lines were looked at."""

    def run(self) -> None:
        """Look at as much as can be decided.

        :raises EndlessRun: where too many quotes follow each other.
        """
        if self._runs.longest > _LONGEST_RUN:
            raise EndlessRun(f"quotes follow each other for more than {_LONGEST_RUN} bytes")
        while self.done < self.limit:
            comment = self._next_comment()
            if not self._go(comment):
                return
            if self.done == comment < self.limit:
                self.done = self._line_stop(comment)
                self.comments.append((comment, self.done))

    def closed(self) -> Positions:
        """Where a line end ends no record: starts and stops of cells in quotes, and of damaged records, in order."""
        return np.concatenate(self._closed).reshape(-1, 2) if self._closed else np.empty((0, 2), np.int64)

    @cached_property
    def _runs(self) -> QuoteRuns:
        return QuoteRuns.of(self.text, self.limit, self.form)

    @cached_property
    def _line_ends(self) -> Positions:
        ends = positions_of(self.text, self.limit, self.form.line_end, self.form)
        if self.final and (not len(ends) or ends[-1] + 1 < self.limit):
            ends = np.append(ends, self.limit)
        return ends

    @cached_property
    def _delimiters(self) -> Positions:
        return positions_of(self.text, self.limit, self.form.delimiter, self.form)

    def _last_line_end(self) -> int:
        if self.final:
            return len(self.text)
        end = self.text.rfind(self.form.line_end)
        while end > 0 and is_escaped(self.text, end, self.form):
            end = self.text.rfind(self.form.line_end, 0, end)
        return end + 1

    def _line_stop(self, place: int) -> int:
        end = self.text.find(self.form.line_end, place, self.limit)
        return self.limit if end < 0 else end + 1

    def _next_comment(self) -> int:
        """Where the next line begins that is a comment if a record begins there; the limit where there is none."""
        prefix, line_end = self.form.comment, self.form.line_end
        place = max(self.done, self._no_comments_before)
        while prefix and place < self.limit:
            at_line_start = not place or self.text.startswith(line_end, place - 1)
            if not (at_line_start and self.text.startswith(prefix, place)):
                found = self.text.find(line_end + prefix, place, self.limit)
                if found < 0:
                    break
                place = found + 1
            stop = self._line_stop(place)
            if self.form.is_comment(self.text[place:stop].rstrip(b"\r\n")):
                return place
            place = stop
        return self.limit

    def _go(self, stop: int) -> bool:
        """Take the records before ``stop``, or up to a damaged one; False where that takes more text."""
        runs = self._runs
        index, last = np.searchsorted(runs.starts, (self.done, stop)).tolist()
        self._toggles, self._checked = runs.starts[:0], self.done
        inside = False
        size = _LEAST_RUNS
        while index < last:
            behind = min(index + size, last)
            toggles, inside, stray_one = self._judged(index, behind, inside)
            self._toggles = np.concatenate((self._toggles, toggles))
            following = int(runs.starts[behind]) if behind < last else stop + (stop == self.limit)
            doubtful = self._doubtful(following if stray_one is None else stray_one)
            if doubtful is None and stray_one is not None:
                doubtful = self._record_start(stray_one)
            if doubtful is not None:
                return self._mend(self._with_suspect(doubtful))
            size = min(4 * size, _MOST_RUNS)
            index = behind
        if inside:
            return self._left_open(last, stop)
        # What comes may show that a cell of several lines is none, as long as nothing but pieces of rows follow it.
        self.done = stop if self.final or stop < self.limit else self._with_suspect(stop)
        return self.done == stop

    def _judged(self, first: int, behind: int, inside: bool) -> tuple[Positions, bool, int | None]:
        """Go over some runs: the quotes that open and close cells, whether the last one opens, and the first stray."""
        runs = self._runs
        within, wrong = stray(runs, first, behind, inside)
        good = int(np.argmax(wrong)) if wrong.any() else behind - first
        odd = runs.odd[first : first + good]
        toggles = runs.starts[first : first + good][odd]
        if first + good == behind:
            return toggles, inside ^ bool(len(toggles) & 1), None
        inside = bool(within[good])
        more = []
        start: int | None
        part = slice(first + good, behind)
        for start, is_odd, opens, closes in zip(
            *(values[part].tolist() for values in (runs.starts, runs.odd, runs.opens, runs.closes)), strict=True
        ):
            if inside:
                if is_odd and not closes:
                    break
                toggle = is_odd
            elif opens:
                if not is_odd and not closes:
                    break
                toggle = is_odd
            else:
                # Within a cell that is not enclosed a quote is a character, and as good as any.
                if closes and not self._is_plain_row(start):
                    break
                toggle = False
            if toggle:
                more.append(start)
                inside = not inside
        else:
            start = None
        return np.concatenate((toggles, np.array(more, np.int64))), inside, start

    def _is_plain_row(self, place: int) -> bool:
        """Whether the line around a place has as many delimiters as a row, in whatever cells."""
        start = self.text.rfind(self.form.line_end, 0, place) + 1
        return self.text.count(self.form.delimiter, start, self._line_stop(place)) == self.form.width - 1

    def _record_start(self, place: int) -> int:
        """Where the record begins in which a place lies, by the quotes that were judged."""
        index = int(np.searchsorted(self._line_ends, place)) - 1
        while index >= 0 and (end := int(self._line_ends[index])) >= self.done:
            before = int(np.searchsorted(self._toggles, end))
            if before % 2 == 0:
                return end + 1
            index = int(np.searchsorted(self._line_ends, self._toggles[before - 1])) - 1
        return self.done

    def _with_suspect(self, start: int) -> int:
        """Where a record of several lines begins that stands right before a place, but for lines that are no rows.

        A stray quote and the quote of a later row enclose a cell that looks sound but for the pieces behind it.

        :return: that record's start; the place itself where there is none.
        """
        place = start
        for _ in range(_MOST_PIECES):
            if place <= self.done:
                break
            before = self._record_start(place - 1)
            line = self.text[before:place].rstrip(b"\r\n")
            if self.form.line_end in line:
                return before
            if line.strip() and line.count(self.form.delimiter) == self.form.width - 1:
                break
            place = before
        return start

    def _doubtful(self, safe: int) -> int | None:
        """Look at the records that end before ``safe`` and have cells of several lines.

        :return: where the first one begins that has another width than the table or seems to hold rows.
        """
        ends, start = self._line_ends, self._checked
        first, last = np.searchsorted(ends, (start, safe)).tolist()
        lines = ends[first:last]
        within = np.searchsorted(self._toggles, lines) & 1 == 1
        stops = lines[~within]
        if not len(stops):
            return None
        self._checked = int(stops[-1]) + 1
        inner = lines[within & (lines < self._checked)]
        if not len(inner):
            return None
        starts = np.concatenate(([start], stops[:-1] + 1))
        records = _distinct(np.searchsorted(stops, inner))
        marks = self._delimiters[slice(*np.searchsorted(self._delimiters, (starts[records[0]], self._checked)))]
        outer = marks[np.searchsorted(self._toggles, marks) & 1 == 0]
        widths = np.searchsorted(outer, stops[records]) - np.searchsorted(outer, starts[records]) + 1
        wrong = widths != self.form.width
        # Delimiters of each line, in quotes or not: a row by itself has as many as the table.
        counts = np.diff(np.searchsorted(marks, lines), prepend=np.searchsorted(marks, start))
        like_rows = np.concatenate(([0], np.cumsum(counts == self.form.width - 1)))
        line_from, line_to = np.searchsorted(lines, starts[records]), np.searchsorted(lines, stops[records]) + 1
        like_rows = like_rows[line_to] - like_rows[line_from]
        wrong |= (like_rows >= 0.9 * (line_to - line_from)) | (stops[records] - starts[records] > VIEW)
        for index in np.flatnonzero(wrong).tolist():
            place, stop = int(starts[records[index]]), int(stops[records[index]])
            if int(widths[index]) != self.form.width or self._seems_to_hold_rows(place, stop):
                self._close(inner[inner < place])
                return place
        self._close(inner)
        return None

    def _close(self, inner: Positions) -> None:
        """Keep the cells in which line ends lie."""
        index = _distinct(np.searchsorted(self._toggles, inner))
        self._closed.append(np.stack((self._toggles[index - 1], self._toggles[index]), axis=1).ravel())

    def _seems_to_hold_rows(self, start: int, stop: int) -> bool:
        """Whether a record of several lines is too long for one, or holds lines that are rows by themselves."""
        if stop - start >= FAR:
            return True
        if stop - start <= VIEW:
            return self.form.all_lines_are_rows(self.text[start:stop])
        return self.form.all_lines_are_rows(self.text[self._line_stop(start) : start + VIEW], _TELLING_LINES)

    def _left_open(self, last: int, stop: int) -> bool:
        """A cell is not closed before ``stop``: by the run ``last`` and later ones, perhaps."""
        start = self._record_start(int(self._toggles[-1]))
        if stop < self.limit:
            # What looks like a comment stands within a cell so far: look for the next one behind its end.
            later = np.flatnonzero(self._runs.odd[last:] & self._runs.closes[last:])
            self._no_comments_before = int(self._runs.starts[last + later[0]]) if len(later) else self.limit
            return True
        self.done = self._with_suspect(start)
        if self.torn and not self.form.all_lines_are_rows(
            self.text[self._line_stop(start) : self.limit], _TELLING_LINES
        ):
            return False
        if not self.final:
            sees = view_end(self.text, start, self.form)
            if sees is None or not self._seems_to_hold_rows(start, len(self.text)):
                return False
        return self._mend(self.done)

    def _mend(self, start: int) -> bool:
        """Mend the record that begins at ``start``, and what follows with it; False where that takes more text."""
        self.done = start
        closed = self.closed()
        self._closed = [closed[closed[:, 0] < start].ravel()]
        stop = view_end(self.text, start, self.form)
        if stop is None and not self.final:
            return False
        mended = mend(self.text, start, stop or len(self.text), self.form, torn=stop is not None)
        self.damaged.extend(mended.damaged)
        self.comments.extend(mended.comments)
        self._closed.extend(np.array((begin, end - 1), np.int64) for begin, end in mended.whole)
        self.done = mended.stop
        return True


def _distinct(ascending: Positions) -> Positions:
    kept: Positions = ascending[np.diff(ascending, prepend=-1) != 0]
    return kept
