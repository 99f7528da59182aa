"""Cutting a delimited text into partitions that begin and end with whole records, whatever stands in quotes.

One vectorised pass over the file, in blocks: quotes are counted, a line end behind an even number of them ends a
record. Counting alone is right only where quotes open cells and nothing else (``5" pipe`` breaks it), so each block
is checked for that, and walked quote by quote where it does not hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from airflow_provider_profiler.contract.profile import Dialect

BLOCK = 4 * 1024 * 1024
#: A run is kept whole, and takes many times its size while it is scanned.
_LONGEST_RUN = 2 * BLOCK
_FIRST_STEP = 64
Units = npt.NDArray[Any]
Positions = npt.NDArray[np.int64]


class EndlessRun(Exception):
    """Quotes or escapes follow each other for longer than any text has them."""


@dataclass
class QuoteScanner:
    """Tells, block by block, where records end. Blocks are arrays of code units."""

    dialect: Dialect
    inside: bool = False
    """Whether the last block ended within a quoted cell."""
    opened_at: int | None = None
    """Where the quote stands that opened the cell that is still open, in units from the first block's start."""
    _offset: int = 0
    _before: int = field(default=ord("\n"))

    def record_ends(self, units: Units) -> Positions:
        """Positions in this block just behind the line ends that end a record.

        A block must not end within a run of quotes or escapes: see :func:`whole_runs`.
        """
        line_end = ord("\r") if self.dialect.line_ending == "cr" else ord("\n")
        toggles = self._toggles(units)
        ends = np.flatnonzero(units == line_end)
        if self.dialect.escape:
            previous = np.where(ends > 0, units[ends - 1], self._before)
            ends = ends[previous != ord(self.dialect.escape)]
        if len(toggles) or self.inside:
            within = (np.searchsorted(toggles, ends) + self.inside) & 1
            ends = ends[within == 0]
        self._advance(units, toggles)
        return ends + 1

    def skip(self, units: Units) -> None:
        """Go over a block in which no record end is asked for."""
        self._advance(units, self._toggles(units))

    def _advance(self, units: Units, toggles: Positions) -> None:
        if len(toggles):
            self.inside ^= bool(len(toggles) & 1)
            if not self.inside:
                self.opened_at = None
            elif (opener := _last_opener(toggles)) is not None:
                self.opened_at = self._offset + opener
        self._offset += len(units)
        if len(units):
            self._before = int(units[-1])

    def _toggles(self, units: Units) -> Positions:
        """Positions of the quotes that open or close a cell. Doubled quotes may be in it twice, to no effect."""
        nothing = np.empty(0, np.int64)
        if self.dialect.quote is None:
            return nothing
        quote = ord(self.dialect.quote)
        quotes = np.flatnonzero(units == quote)
        if not len(quotes):
            return nothing
        if self.dialect.escape:
            quotes = _unescaped(units, quotes, ord(self.dialect.escape))
            if not len(quotes):
                return nothing
        before = units[quotes - 1].astype(np.int64)
        if quotes[0] == 0:
            before[0] = self._before
        opens = np.isin(before, [ord(self.dialect.delimiter), ord("\n"), ord("\r")])
        # Behind a closing quote, an opening one is the second of a pair that stands for one quote.
        pair = np.zeros(len(quotes), bool)
        pair[1:] = np.diff(quotes) == 1
        should_open = (np.arange(len(quotes)) + self.inside) % 2 == 0
        if (opens | pair)[should_open].all():
            return quotes
        return self._walk(quotes, opens)

    def _walk(self, quotes: Positions, opens: npt.NDArray[np.bool_]) -> Positions:
        """The same, exactly, where quotes also stand inside cells that are not quoted."""
        toggles = []
        inside = self.inside
        positions = quotes.tolist()
        index = 0
        while index < len(positions):
            position = positions[index]
            if not inside:
                if opens[index]:
                    toggles.append(position)
                    inside = True
            elif index + 1 < len(positions) and positions[index + 1] == position + 1:
                index += 1
            else:
                toggles.append(position)
                inside = False
            index += 1
        return np.array(toggles, np.int64)


def _last_opener(toggles: Positions) -> int | None:
    """The quote that opened the cell in which the toggles end; None where that was in an earlier block."""
    left = len(toggles)
    # Two quotes side by side stand for one quote of the cell, or for an empty cell: neither opens the last one.
    while left > 1 and toggles[left - 1] - toggles[left - 2] == 1:
        left -= 2
    return int(toggles[left - 1]) if left else None


def _unescaped(units: Units, quotes: Positions, escape: int) -> Positions:
    """Without the quotes behind an odd number of escapes."""
    kept = []
    for position in quotes.tolist():
        first = position
        while first > 0 and units[first - 1] == escape:
            first -= 1
        if (position - first) % 2 == 0:
            kept.append(position)
    return np.array(kept, np.int64)


def whole_runs(units: Units, dialect: Dialect) -> int:
    """How many units of a block may be scanned so that no run of quotes or escapes is torn."""
    marks = [ord(mark) for mark in (dialect.quote, dialect.escape) if mark]
    length = len(units)
    step = _FIRST_STEP
    # Backwards in growing steps: runs are short, but for files that are made to be slow to read.
    while length:
        start = max(0, length - step)
        others = np.flatnonzero(~np.isin(units[start:length], marks))
        if len(others):
            return start + int(others[-1]) + 1
        length, step = start, step * 16
    return length


def blocks(stream: BinaryIO, size: int = BLOCK) -> Iterator[bytes]:
    """The rest of a stream in blocks of at most ``size`` bytes."""
    while block := stream.read(size):
        yield block


@dataclass(frozen=True)
class Cuts:
    """Where the partitions of a text begin and end, in bytes."""

    partitions: tuple[tuple[int, int], ...]
    unclosed_quote: int | None
    """Offset in bytes of a quote that opens a cell and is never closed."""


def cut_records(
    content: Iterator[bytes],
    *,
    start: int,
    unit_type: str,
    dialect: Dialect,
    partition_bytes: int,
    splittable: bool = True,
) -> Cuts:
    """Plan partitions of at least ``partition_bytes`` (but for the last) that end with the first record end behind.

    :param content: the bytes from ``start`` on, in blocks of any size.
    :param start: offset of the first record in the file, in bytes.
    :param unit_type: numpy type of one code unit.
    :param splittable: False for encodings in which bytes mean something else from place to place.
    :raises EndlessRun: where so many quotes or escapes follow each other that they cannot be kept until they end.
    """
    scanner = QuoteScanner(dialect)
    width = np.dtype(unit_type).itemsize
    partitions: list[tuple[int, int]] = []
    position = begin = start
    rest = b""
    last = False
    while not last:
        block = next(content, None)
        last = block is None
        data = rest + (block or b"")
        units = np.frombuffer(data, dtype=unit_type, count=len(data) // width)
        if not last and len(units):
            units = units[: whole_runs(units, dialect)]
        rest = data[len(units) * width :]
        if len(rest) > _LONGEST_RUN:
            raise EndlessRun(f"quotes or escapes follow each other for more than {_LONGEST_RUN} bytes")
        if position + len(units) * width - begin < partition_bytes or not splittable:
            scanner.skip(units)
        else:
            ends = position + scanner.record_ends(units) * width
            while len(ends := ends[np.searchsorted(ends, begin + partition_bytes) :]):
                partitions.append((begin, int(ends[0])))
                begin = int(ends[0])
        position += len(units) * width
    position += len(rest)
    if begin < position:
        partitions.append((begin, position))
    unclosed = None if scanner.opened_at is None else start + scanner.opened_at * width
    return Cuts(tuple(partitions), unclosed)
