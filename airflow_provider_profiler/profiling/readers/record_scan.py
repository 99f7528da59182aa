"""Going over a delimited text record by record without parsing it: where records end, and which are damaged.

A text without quotes is passed over at the speed of looking for one. In a text with quotes their positions are
checked for whole arrays at a time (:mod:`.quote_runs`); only where they make no sense, and where a cell seems to go
over several rows, are lines looked at one by one (:mod:`.mending`). What is decided about a record depends on
nothing but the text up to :data:`~.mending.VIEW` bytes behind its start (:data:`~.text_scan.FAR` where a quote stays
open): neither on blocks nor on where a partition ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from airflow_provider_profiler.profiling.readers.quote_runs import Positions, is_escaped
from airflow_provider_profiler.profiling.readers.row_form import RowForm
from airflow_provider_profiler.profiling.readers.sound_text import is_sound
from airflow_provider_profiler.profiling.readers.text_scan import Span, TextScan

#: A line with quotes is kept whole, and takes many times its size while it is scanned.
_LONGEST_LINE = 256 * 1024 * 1024
#: Damaged records, and their share of the lines, from which on quotes are taken for characters.
_ENOUGH_DAMAGE = 1000
_MOST_DAMAGE = 0.25


class EndlessLine(Exception):
    """A line with quotes is longer than any text has them."""


class MeaninglessQuotes(Exception):
    """So many quotes stand where none can that they are no quotes but characters."""


@dataclass
class Stretch:
    """Some of a text whose records are known. Places are offsets in the whole text."""

    text: bytes
    offset: int
    """Where ``text`` begins in the whole text."""
    start: int
    stop: int
    """The stretch is what stands from ``start`` to ``stop``; before it in ``text`` is the record's beginning."""
    closed: Positions = field(default_factory=lambda: np.empty((0, 2), np.int64))
    """Starts and stops of what lies within records: line ends in there end none."""
    damaged: list[Span] = field(default_factory=list)
    comments: list[Span] = field(default_factory=list)

    def record_end(self, place: int, form: RowForm) -> int | None:
        """The first place behind a record that is not before ``place``; None where that is not in the stretch.

        :param place: an offset in the whole text.
        """
        position = max(place - 1, self.start) - self.offset
        while True:
            found = self.text.find(form.line_end, position, self.stop - self.offset)
            if found < 0:
                return None
            index = int(np.searchsorted(self.closed[:, 0], found + self.offset)) - 1
            if index >= 0 and found + self.offset < self.closed[index, 1]:
                position = int(self.closed[index, 1]) - self.offset
            elif is_escaped(self.text, found, form):
                position = found + 1
            else:
                return found + 1 + self.offset


class RecordScanner:
    """Goes over a text block by block."""

    def __init__(self, form: RowForm, start: int = 0) -> None:
        """Begin.

        :param start: the offset of the first block, with which a record begins.
        """
        self._form = form
        self._told = start
        """What is before is told in stretches."""
        self._kept: list[bytes] = []
        """The text from the beginning of a record on: the last one, or the first one that is not told of."""
        self._kept_from = start
        self._kept_size = 0
        self._wanted = 0
        """Bytes that have to be kept before it makes sense to look at them; 0 where none are waiting."""
        self._damaged = self._lines = 0

    def stretches(self, blocks: Iterator[bytes]) -> Iterator[Stretch]:
        """What the blocks hold, in order and without gaps.

        :raises EndlessLine: where a line with quotes goes on without an end.
        :raises EndlessRun: where quotes follow each other without an end.
        :raises MeaninglessQuotes: where quotes are no quotes.
        """
        for block in blocks:
            if self._wanted or self._concerns(block):
                yield from self._looked_at(block, final=False)
            else:
                yield self._passed(block)
        if self._wanted:
            yield from self._looked_at(b"", final=True)

    def _concerns(self, block: bytes) -> bool:
        form = self._form
        return bool(form.comment or (form.quote and form.quote in block) or (form.escape and form.escape in block))

    def _passed(self, block: bytes) -> Stretch:
        """A block without anything to look at: its last line is kept, in case that something follows in it."""
        stretch = Stretch(block, self._told, self._told, self._told + len(block))
        last = block.rfind(self._form.line_end) + 1
        if last:
            self._keep_only(block[last:], self._told + last)
        else:
            self._keep(block)
        self._told = stretch.stop
        return stretch

    def _keep(self, block: bytes) -> None:
        self._kept.append(block)
        self._kept_size += len(block)

    def _keep_only(self, text: bytes, begin: int) -> None:
        self._kept, self._kept_size, self._kept_from = [text], len(text), begin

    def _looked_at(self, block: bytes, *, final: bool) -> Iterator[Stretch]:
        self._keep(block)
        if self._kept_size < self._wanted and not final:
            return
        text, offset = b"".join(self._kept), self._kept_from
        scan = TextScan(text, self._form, final=final)
        if is_sound(text, scan.limit, self._form):
            scan.done = scan.limit
        else:
            scan.run()
        self._check_sense(scan)
        rest = text[scan.done :]
        waiting = bool(rest) and (scan.done < scan.limit or self._concerns(rest))
        # As much again where nothing was decided: a text without an end is not scanned anew for each of its blocks.
        self._wanted = (len(rest) + 1 if scan.done else 2 * len(rest)) if waiting else 0
        if waiting and len(rest) > _LONGEST_LINE:
            raise EndlessLine(f"a line with quotes goes on for more than {_LONGEST_LINE} bytes")
        self._keep_only(rest, offset + scan.done)
        stop = offset + (scan.done if waiting else len(text))
        if stop > self._told:
            damaged, comments = _moved(scan.damaged, offset), _moved(scan.comments, offset)
            yield Stretch(text, offset, self._told, stop, scan.closed() + offset, damaged, comments)
            self._told = stop

    def _check_sense(self, scan: TextScan) -> None:
        self._damaged += len(scan.damaged)
        self._lines += scan.text.count(self._form.line_end, 0, scan.done) if scan.damaged or self._damaged else 0
        if self._damaged > _ENOUGH_DAMAGE and self._damaged > _MOST_DAMAGE * self._lines:
            raise MeaninglessQuotes


def _moved(spans: list[Span], offset: int) -> list[Span]:
    return [(start + offset, stop + offset) for start, stop in spans]
