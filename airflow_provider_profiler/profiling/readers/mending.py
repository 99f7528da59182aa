"""Finding the way back to whole rows where quotes make no sense: the least strange reading of a few lines.

From a place where a record begins, lines are read as rows of their own, as parts of rows whose cells hold line ends,
or as rows that cannot be taken. Each has a price (see :mod:`.cell_fit`); the cheapest way that arrives at several
rows in a row that nothing is wrong with is the one that is taken (Dijkstra's algorithm over lines). So a quote too
many costs its row and not the rows up to the next quote.
"""

import heapq
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, islice

from airflow_provider_profiler.profiling.readers.cell_fit import Fit, fit, fits
from airflow_provider_profiler.profiling.readers.row_form import RowForm

#: Bytes behind a record's start that are looked at; longer ones to the end of their line.
VIEW = 128 * 1024
#: A row that cannot be taken, and one behind another: pieces of the same, perhaps.
_REJECTED, _REJECTED_NEXT = 3.0, 0.25
#: Several lines as one such row.
_REJECTED_TOGETHER = 1.5
#: The first line end within a row with stray quotes, each other one, and one within a row that cannot be taken.
_LINE_END, _MORE_LINE_ENDS, _REJECTED_LINE_END = 1.5, 0.05, 0.25
#: A cell over lines each of which could be a row: two stray quotes do that sooner than a person.
_ROWS_WITHIN_A_CELL = 4.0
#: Each line within another row that could be one.
_ROW_WITHIN = 1.0
_COMMENT = 0.1
#: So many good rows, one behind the other, show that the way back is found.
_GOOD_ROWS = 4
#: Readings of a row, each to the end of another line, that are tried.
_MOST_ENDS = 4
_MOST_STEPS = 4000


@dataclass(frozen=True)
class Mended:
    """What was made of some lines. Places are offsets in the text that was looked at."""

    damaged: tuple[tuple[int, int], ...]
    """Records that other readers would read otherwise, or that cannot be taken."""
    comments: tuple[tuple[int, int], ...]
    whole: tuple[tuple[int, int], ...]
    """Records of several lines, damaged or not: nothing in them ends a record."""
    stop: int
    """Where the next record begins."""


@dataclass(frozen=True)
class _Step:
    """A record on the way: where it begins, how it was read, and how the way led there."""

    first_line: int
    behind: int
    cost: float
    fitted: Fit | None
    comment: bool
    before: "_Step | None"
    good_rows: int
    rejecting: bool = False
    """Nothing but rows that cannot be taken and blank lines stands since the last such row."""


def view_end(text: bytes, start: int, form: RowForm) -> int | None:
    """Where the lines end that :func:`mend` looks at from ``start`` on; None where the text is too short to tell."""
    if len(text) - start <= VIEW:
        return None
    end = text.find(form.line_end, start + VIEW)
    return end + 1 if end >= 0 else None


def mend(text: bytes, start: int, stop: int, form: RowForm, *, torn: bool) -> Mended:
    """Read what begins at ``start`` in the least strange way, as far as it takes to find good rows again.

    :param text: holds whole lines up to ``stop``.
    :param start: where a record begins.
    :param stop: the end of the file, or of the view: see :func:`view_end`.
    :param torn: whether it is that of the view, so that a record may go on behind it.
    """
    return _Search(text, start, stop, form).result(torn=torn)


class _Search:
    """The search for the cheapest way over lines."""

    def __init__(self, text: bytes, start: int, stop: int, form: RowForm) -> None:
        self._text = text
        self._form = form
        self._starts = [start]
        self._stop = stop

    def result(self, *, torn: bool) -> Mended:
        """The cheapest way, without the good rows at its end."""
        damaged: list[tuple[int, int]] = []
        comments: list[tuple[int, int]] = []
        whole: list[tuple[int, int]] = []
        last = self._cheapest()
        stop = 0
        step: _Step | None = last
        steps = []
        while step is not None and step.behind > step.first_line:
            steps.append(step)
            step = step.before
        steps.reverse()
        # Good rows at the end are read by others; only the first record has to be taken.
        taken = len(steps)
        while taken > 1 and steps[taken - 1].good_rows:
            taken -= 1
        if last.good_rows < _GOOD_ROWS and torn:
            # The last record may be half a one: trust no more than leads to the first good row.
            taken = max(1, next((index for index, step in enumerate(steps) if step.good_rows), 1))
        for step in steps[:taken]:
            start, stop = self._start(step.first_line), self._start(step.behind)
            if step.comment:
                comments.append((start, stop))
            elif damaged and step.rejecting and damaged[-1][1] == start and self._is_fragment(step):
                # No single mistake makes a row of it: it belongs to the one before.
                start = damaged.pop()[0]
                damaged.append((start, stop))
            elif step.fitted is None or not step.fitted.regular:
                damaged.append((start, stop))
            if self._line_of(stop - 1) > self._line_of(start):
                if whole and whole[-1][0] == start:
                    whole.pop()
                whole.append((start, stop))
        return Mended(tuple(damaged), tuple(comments), tuple(whole), stop)

    def _is_fragment(self, step: _Step) -> bool:
        """Whether lines that cannot be taken have neither one delimiter too many nor one too few."""
        text = self._content(step.first_line, step.behind)
        delimiters = text.count(self._form.delimiter)
        return abs(delimiters - self._form.width + 1) > 1 or (self._form.width == 2 and not delimiters)

    def _cheapest(self) -> _Step:
        order = count()
        origin = _Step(0, 0, 0.0, None, False, None, 0)
        heap: list[tuple[float, int, _Step]] = [(0.0, next(order), origin)]
        done: set[int] = set()
        farthest = origin
        while heap:
            _, _, step = heapq.heappop(heap)
            if step.behind in done:
                continue
            done.add(step.behind)
            farthest = max(farthest, step, key=lambda known: known.behind)
            if step.good_rows >= _GOOD_ROWS or self._start(step.behind) >= self._stop:
                return step
            if len(done) > _MOST_STEPS:
                break
            for following in self._steps(step):
                if following.behind not in done:
                    heapq.heappush(heap, (following.cost, next(order), following))
        return farthest

    def _steps(self, before: _Step) -> list[_Step]:
        """The records that may begin where a step ended."""
        first = before.behind
        line = self._content(first, first + 1)
        if self._form.is_comment(line):
            return [_Step(first, first + 1, before.cost + _COMMENT, None, True, before, 0)]
        if not line.strip():
            return [
                _Step(first, first + 1, before.cost, Fit((), ()), False, before, before.good_rows, before.rejecting)
            ]
        start = self._start(first)
        if self._form.quote not in line or not self._form.quote:
            fitted = fit(line, self._form)
            return [self._rejected(before, first + 1) if fitted is None else self._row(before, first + 1, fitted)]
        rows = islice(fits(self._text, start, self._stop, self._form), _MOST_ENDS)
        steps = [self._row(before, self._line_of(max(fitted.stop - 1, start)) + 1, fitted) for fitted in rows]
        ends = {step.behind for step in steps}
        if first + 1 not in ends:
            steps.append(self._rejected(before, first + 1))
        if (plain_end := self._end(first, sound=False)) not in {first + 1, *ends}:
            steps.append(self._rejected(before, plain_end, sound=self._end(first, sound=True) == plain_end))
        return steps

    def _row(self, before: _Step, behind: int, fitted: Fit) -> _Step:
        """Some lines as one row."""
        first, lines = before.behind, behind - before.behind
        strange = self._form.strangeness(fitted.cells, fitted.quoted)
        cost = fitted.cost + strange
        good = fitted.regular and cost == 0
        if lines > 1:
            text = self._content(first, behind)
            if fitted.strange_line_ends:
                cost += _LINE_END + _MORE_LINE_ENDS * (fitted.strange_line_ends - 1)
                cost += _ROW_WITHIN * self._form.rows_within(text)
            elif self._form.all_lines_are_rows(text):
                cost += max(_ROWS_WITHIN_A_CELL, _ROW_WITHIN * self._form.rows_within(text))
                good = False
        return _Step(first, behind, before.cost + cost, fitted, False, before, before.good_rows + 1 if good else 0)

    def _rejected(self, before: _Step, behind: int, *, sound: bool = False) -> _Step:
        """Some lines as a row that cannot be taken.

        :param sound: whether it has no stray quotes, but only too many or too few cells.
        """
        cost = _REJECTED_NEXT if before.rejecting else _REJECTED
        if (lines := behind - before.behind) > 1:
            within = self._form.rows_within(self._content(before.behind, behind))
            cost += _REJECTED_LINE_END * (lines - 1) + _ROW_WITHIN * within
            cost += 0.0 if sound else _REJECTED_TOGETHER
        return _Step(before.behind, behind, before.cost + cost, None, False, before, 0, True)

    def _end(self, first: int, *, sound: bool) -> int:
        """The line behind the record as a plain reader takes it, who closes a cell at the first single quote.

        :param sound: whether nothing may stand behind that quote but the end of the cell.
        """
        record = _record(self._form, sound).match(self._text, self._start(first), self._stop)
        return first + 1 if record is None else self._line_of(max(record.end() - 1, self._start(first))) + 1

    def _content(self, first: int, behind: int) -> bytes:
        """Some lines without the last one's end."""
        return self._text[self._start(first) : self._start(behind)].rstrip(b"\r\n")

    def _start(self, line: int) -> int:
        """Where a line begins; the stop where there are not so many."""
        while len(self._starts) <= line and self._starts[-1] < self._stop:
            end = self._text.find(self._form.line_end, self._starts[-1], self._stop)
            self._starts.append(self._stop if end < 0 else end + 1)
        return self._starts[line] if line < len(self._starts) else self._stop

    def _line_of(self, place: int) -> int:
        """The line in which a place lies."""
        while self._starts[-1] <= place and self._starts[-1] < self._stop:
            self._start(len(self._starts))
        return bisect_right(self._starts, place) - 1


@lru_cache(maxsize=64)
def _record(form: RowForm, sound: bool) -> re.Pattern[bytes]:
    delimiter, quote, escape, end = map(re.escape, (form.delimiter, form.quote, form.escape, form.line_end))
    escaped = escape + rb".|" if escape else b""
    inside = rb"(?:" + escaped + rb"[^" + quote + escape + rb"]|" + quote + quote + rb")*+"
    bare = rb"(?:" + escaped + rb"[^" + delimiter + end + escape + rb"])*+"
    enclosed = quote + inside + quote
    cell = (
        rb"(?:" + enclosed + rb"\r?|(?!" + quote + rb")" + bare + rb")"
        if sound
        else rb"(?:" + enclosed + rb")?+" + bare
    )
    return re.compile(cell + rb"(?:" + delimiter + cell + rb")*+(?:" + end + rb"|\Z)", re.DOTALL)
