"""Reading a row whose quotes make no sense into as many cells as its table has columns, in the least strange way.

Quotes that a format would not have where they stand are taken for characters of the cell. Each such liberty has a
price; the reading with the lowest sum wins (Dijkstra's algorithm over the places where cells may begin). It is no
reading at all where it costs too much, or where another one costs the same.
"""

import heapq
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from airflow_provider_profiler.profiling.readers.row_form import RowForm

#: The strangest reading that is still believed.
MOST_STRANGE = 2.75
#: A quote within a cell that is not enclosed (5" pipe), at its end (12"), and at its start alone.
_INSIDE, _AT_END, _AT_START = 0.5, 0.75, 2.0
#: A single quote within an enclosed cell; one with which another cell could begin, another row, or this one end.
_STRAY, _STRAY_OPENING, _STRAY_ROW, _STRAY_CLOSING = 1.0, 1.5, 2.0, 2.0
#: Spaces before a quote.
_INDENTED = 0.5
_MOST_STEPS = 20_000

_Place = tuple[int, int]
"""Where a cell begins, and how many stand before it."""


@dataclass(frozen=True)
class Fit:
    """A row as it was read."""

    cells: tuple[bytes, ...]
    """Their contents: without the quotes that enclose them, doubled ones single; escapes stand as they are."""
    quoted: tuple[bool, ...]
    stop: int = 0
    """Where its last cell ends: an offset in the text."""
    cost: float = 0.0
    regular: bool = True
    """Any reader of the dialect would read the same."""
    strange_line_ends: int = 0
    """Line ends in cells that hold a stray quote."""


def fit(line: bytes, form: RowForm) -> Fit | None:
    """Read the text of one record, without its line end, into the columns of a table.

    :return: None where there is no believable reading into as many cells.
    """
    if form.width and not (form.quote and form.quote in line) and not form.escape:
        cells = tuple(line.split(form.delimiter))
        return Fit(cells, (False,) * len(cells), len(line)) if len(cells) == form.width else None
    return next(iter(_Search(line, 0, len(line), form, to_the_end=True).rows()), None)


def fits(text: bytes, start: int, stop: int, form: RowForm) -> Iterator[Fit]:
    """The rows that may begin at ``start``, each ending with another line, the least strange first.

    :param text: holds whole lines up to ``stop``.
    """
    return _Search(text, start, stop, form, to_the_end=False).rows()


def written(cells: tuple[bytes, ...], form: RowForm) -> bytes:
    """A row of such cells as any reader of the dialect reads it."""
    # A line without anything is none: the one cell of a row is written even if it is empty.
    bare = form.width > 1
    return form.delimiter.join(
        b"" if bare and not cell else form.quote + _doubled(cell, form) + form.quote for cell in cells
    )


@dataclass(frozen=True)
class _Cell:
    """One way to read a cell: its content, what follows it, and its price."""

    start: int
    stop: int
    following: int
    """Where the next cell begins, or, if none does, where the row ends."""
    ends_row: bool
    enclosed: bool
    cost: float
    regular: bool


@dataclass
class _Step:
    """The cheapest way to a place."""

    cost: float
    cell: _Cell | None
    before: "_Step | None"
    tie: bool = False


class _Search:
    """Looks for the cheapest ways from the start of a row to its end."""

    def __init__(self, text: bytes, start: int, stop: int, form: RowForm, *, to_the_end: bool) -> None:
        self._text = text
        self._start = start
        self._stop = stop
        self._form = form
        self._to_the_end = to_the_end
        self._patterns = _patterns(form)
        self._found = self._patterns.quotes.finditer(text, start, stop) if form.quote else iter(())
        self._runs: list[tuple[int, int]] = []

    def rows(self) -> Iterator[Fit]:
        """The rows, the least strange first; none of them where another one to the same end is as good."""
        order = count()
        first = (self._start, 0)
        known: dict[_Place, _Step] = {first: _Step(0.0, None, None)}
        heap: list[tuple[float, int, _Place]] = [(0.0, next(order), first)]
        done: set[_Place] = set()
        width = self._form.width
        while heap and len(done) < _MOST_STEPS:
            cost, _, place = heapq.heappop(heap)
            if place in done:
                continue
            done.add(place)
            step = known[place]
            position, cells = place
            if position < 0:  # the end of a row, whose place is told by a negative number
                if (fitted := self._traced(step)) is not None:
                    yield fitted
                continue
            for cell in self._cells(position):
                if cell.ends_row:
                    if cells + 1 != width or (self._to_the_end and cell.following < self._stop):
                        continue
                elif cells + 1 >= width:
                    continue
                total = cost + cell.cost
                if total > MOST_STRANGE:
                    continue
                following = (-1 - cell.following if cell.ends_row else cell.following, cells + 1)
                other = known.get(following)
                if other is None or total < other.cost:
                    known[following] = _Step(total, cell, step)
                    heapq.heappush(heap, (total, next(order), following))
                elif total == other.cost:
                    other.tie = True

    def _traced(self, last: _Step) -> Fit | None:
        """The row to which steps lead; None where others are as good."""
        cells: list[bytes] = []
        quoted: list[bool] = []
        regular = True
        line_ends = 0
        stop = last.cell.following if last.cell else self._start
        step = last
        while step.cell is not None and step.before is not None:
            if step.tie:
                return None
            cell = step.cell
            content = self._text[cell.start : cell.stop]
            cells.append(_single(content, self._form) if cell.enclosed else content)
            quoted.append(cell.enclosed)
            regular &= cell.regular
            line_ends += 0 if cell.regular else content.count(self._form.line_end)
            step = step.before
        return Fit(tuple(cells[::-1]), tuple(quoted[::-1]), stop, last.cost, regular, line_ends)

    def _cells(self, start: int) -> Iterator[_Cell]:
        """The ways to read the cell that begins at a place."""
        bare = self._patterns.bare.match(self._text, start, self._stop)
        if bare is None:  # an escape at the very end
            return
        quote = self._patterns.opening.match(self._text, start, self._stop) if self._form.quote else None
        stop = bare.end()
        content_stop = stop - (self._text.startswith(b"\r\n", stop - 1) and stop > start)
        if quote is None or not self._encloses(quote.end() - 1, content_stop):
            cost = self._bare_cost(start, content_stop, begins=quote is not None and quote.end() == start + 1)
            yield self._followed(start, content_stop, stop, enclosed=False, cost=cost, regular=cost < _AT_START)
        if quote is not None:
            yield from self._enclosed(start, quote.end())

    def _followed(self, start: int, stop: int, behind: int, *, enclosed: bool, cost: float, regular: bool) -> _Cell:
        more = self._text.startswith(self._form.delimiter, behind) and behind < self._stop
        return _Cell(start, stop, behind + more, not more, enclosed, cost, regular)

    def _encloses(self, opening: int, stop: int) -> bool:
        """Whether a text begins and ends with a quote, spaces apart."""
        text = self._text[opening:stop].rstrip(b" ")
        return len(text) > 1 and text.endswith(self._form.quote)

    def _bare_cost(self, start: int, stop: int, *, begins: bool) -> float:
        if begins:
            return _AT_START
        index = self._first_run(start)
        if index is None or self._runs[index][0] >= stop:
            return 0.0
        return _AT_END if self._text.endswith(self._form.quote, start, stop) else _INSIDE

    def _enclosed(self, start: int, inner: int) -> Iterator[_Cell]:
        """The ways to read a cell that begins with a quote: by the quote that closes it.

        :param inner: where its content begins.
        """
        cost = _INDENTED * (inner > start + 1)
        index = self._first_run(inner - 1)
        if index is None:
            return
        # The quotes that begin the cell: all but the first are of its content.
        run_start = inner
        while True:
            run_stop = self._runs[index][1]
            odd = (run_stop - run_start) % 2 == 1
            behind = self._patterns.behind.match(self._text, run_stop, self._stop)
            if behind is not None and run_stop > run_start:
                closing = cost + (0.0 if odd else _STRAY)
                plain = closing == 0 and behind.group(1) in (b"", b"\r")
                yield self._followed(inner, run_stop - 1, behind.end(1), enclosed=True, cost=closing, regular=plain)
            if odd:
                before = self._text[run_start - 1 : run_start] if run_start > inner else b""
                if behind is not None:
                    cost += _STRAY_CLOSING
                elif before in (b"\n", b"\r"):
                    cost += _STRAY_ROW
                else:
                    cost += _STRAY_OPENING if before == self._form.delimiter else _STRAY
            if cost > MOST_STRANGE:
                return
            index += 1
            if not self._has_run(index):
                return
            run_start = self._runs[index][0]

    def _has_run(self, index: int) -> bool:
        while len(self._runs) <= index:
            found = next(self._found, None)
            if found is None:
                return False
            if found.group(1) is not None:
                self._runs.append(found.span())
        return True

    def _first_run(self, place: int) -> int | None:
        """The first run of quotes that ends behind a place."""
        while not self._runs or self._runs[-1][1] <= place:
            if not self._has_run(len(self._runs)):
                return None
        return bisect_left(self._runs, place + 1, key=lambda run: run[1])


def _doubled(cell: bytes, form: RowForm) -> bytes:
    if not form.escape:
        return cell.replace(form.quote, form.quote * 2)
    text = _patterns(form).quotes.sub(lambda run: run.group() if run.group(1) is None else run.group() * 2, cell)
    # An escape at the end would take the closing quote with it.
    return text + form.escape * ((len(text) - len(text.rstrip(form.escape))) % 2)


def _single(cell: bytes, form: RowForm) -> bytes:
    """A cell's content with single quotes for doubled ones, and for the one too many of an odd number."""
    if not form.escape:
        return cell.replace(form.quote * 2, form.quote)

    def halved(run: re.Match[bytes]) -> bytes:
        quotes: bytes | None = run.group(1)
        return run.group() if quotes is None else form.quote * -(-len(quotes) // 2)

    return _patterns(form).quotes.sub(halved, cell)


@dataclass(frozen=True)
class _Patterns:
    """What cells are made of."""

    bare: re.Pattern[bytes]
    """All up to the next delimiter or line end."""
    opening: re.Pattern[bytes]
    behind: re.Pattern[bytes]
    """What stands behind a closing quote: spaces, and then the end of the cell."""
    quotes: re.Pattern[bytes]
    """A run of quotes that are not escaped."""


@lru_cache(maxsize=64)
def _patterns(form: RowForm) -> _Patterns:
    delimiter, quote, escape, end = map(re.escape, (form.delimiter, form.quote, form.escape, form.line_end))
    escaped = escape + rb".|" if escape else b""
    spaces = b"" if form.delimiter == b" " else rb" *"
    return _Patterns(
        bare=re.compile(rb"(?:" + escaped + rb"[^" + delimiter + end + escape + rb"])*+", re.DOTALL),
        opening=re.compile(spaces + quote),
        behind=re.compile(rb"(" + spaces + rb"\r?)(?=" + delimiter + rb"|" + end + rb"|\Z)"),
        quotes=re.compile(escaped + rb"((?:" + quote + rb")+)", re.DOTALL),
    )
