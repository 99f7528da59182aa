"""Planning the reading of a delimited text: partitions of whole records, and what in them is no sound row."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from airflow_provider_profiler.profiling.readers.reader import Partition
from airflow_provider_profiler.profiling.readers.record_scan import RecordScanner, Stretch
from airflow_provider_profiler.profiling.readers.row_form import RowForm
from airflow_provider_profiler.profiling.readers.spans import Span, packed
from airflow_provider_profiler.profiling.readers.splitting import records_of
from airflow_provider_profiler.profiling.readers.surroundings import footer_length
from airflow_provider_profiler.profiling.readers.text_blocks import TextBlocks

#: Bytes at the end of a text that are looked at for a footer; more where the user tells how many lines it has.
_TAIL = 64 * 1024
_TOLD_TAIL = 16 * 1024 * 1024


@dataclass(frozen=True)
class Planned:
    """The plan of a text."""

    partitions: tuple[Partition, ...]
    comment_lines: int = 0
    footer_lines: int = 0
    damaged_rows: int = 0


def plan_partitions(
    content: TextBlocks, form: RowForm, *, start: Span, partition_bytes: int, footer_lines: int | None = None
) -> Planned:
    """Go over a text once, and cut it into partitions of at least ``partition_bytes`` (but for the last).

    :param content: the text.
    :param form: what its rows look like.
    :param start: where the first record begins: an offset in the text's UTF-8, and in the file.
    :param partition_bytes: bytes of UTF-8.
    :param footer_lines: lines at the end that are no rows; None where they are to be found.
    :raises EndlessLine: see :class:`~.record_scan.RecordScanner`.
    :raises EndlessRun: see there.
    :raises MeaninglessQuotes: see there.
    :raises WrongEncoding: when the text is not of its encoding.
    """
    plan = _Plan(content, form, partition_bytes, _TOLD_TAIL if footer_lines else _TAIL, bounds=[start])
    for stretch in RecordScanner(form, start[0]).stretches(_without_first(iter(content), start[0])):
        plan.take(stretch)
    return plan.finished(footer_lines)


@dataclass
class _Plan:
    """A plan in the making. Places are offsets in the text's UTF-8."""

    content: TextBlocks
    form: RowForm
    partition_bytes: int
    tail_bytes: int
    bounds: list[Span]
    """Where partitions begin: in the text, and in the file."""
    damaged: list[Span] = field(default_factory=list)
    comments: list[Span] = field(default_factory=list)
    tail: deque[Stretch] = field(default_factory=deque)

    def take(self, stretch: Stretch) -> None:
        """Cut a stretch, and keep it as long as it may be of the text's end."""
        while self.content.encoding.is_stateless:
            end = stretch.record_end(self.bounds[-1][0] + self.partition_bytes, self.form)
            if end is None:
                break
            self.bounds.append((end, self.content.source_offset(end)))
        self.damaged.extend(stretch.damaged)
        self.comments.extend(stretch.comments)
        self.tail.append(stretch)
        while stretch.stop - self.tail[0].stop >= self.tail_bytes:
            self.tail.popleft()

    def finished(self, footer_lines: int | None) -> Planned:
        """The plan, once the whole text was taken."""
        end = self.content.size
        footer = self._footer(footer_lines)
        places, offsets = [place for place, _ in self.bounds], [offset for _, offset in self.bounds]
        partitions: list[Partition] = []
        damaged, comments = deque(self.damaged), deque(self.comments)
        for begin, stop, offset, offset_stop in zip(
            places, [*places[1:], end], offsets, [*offsets[1:], self.content.end], strict=True
        ):
            if begin >= stop:
                continue
            skipped = _taken(comments, begin, min(stop, footer))
            if footer < stop:
                skipped.append((max(begin, footer) - begin, stop - begin))
            rows = _taken(damaged, begin, min(stop, footer))
            part = Partition(len(partitions), offset, offset_stop, damaged=packed(rows), skipped=packed(skipped))
            partitions.append(part)
        lines = b"".join(self._text_from(footer)).rstrip().count(self.form.line_end) + 1 if footer < end else 0
        behind = sum(start >= footer for start, _ in self.comments)
        rows_damaged = sum(start < footer for start, _ in self.damaged)
        return Planned(tuple(partitions), len(self.comments), lines - behind, rows_damaged)

    def _footer(self, told_lines: int | None) -> int:
        """Where the footer begins; the end of the text where there is none."""
        end = self.content.size
        start = max(self.bounds[0][0], end - self.tail_bytes)
        if start > self.bounds[0][0]:
            found = (stretch.record_end(start, self.form) for stretch in self.tail)
            start = next((place for place in found if place is not None), end)
        text = b"".join(self._text_from(start))
        if told_lines is not None:
            kept = text.rstrip(b"\r\n").split(self.form.line_end)[:-told_lines] if told_lines else [text]
            return start + sum(len(line) + 1 for line in kept) if told_lines else end
        records = records_of(text.decode(), self.form, complete=True)
        length = footer_length(records, self.form.width)
        if not length:
            return end
        rows = records[:-length]
        return start + (len(text.decode()[: rows[-1].stop].encode()) if rows else 0)

    def _text_from(self, place: int) -> Iterator[bytes]:
        for stretch in self.tail:
            if stretch.stop > place:
                yield stretch.text[max(stretch.start, place) - stretch.offset : stretch.stop - stretch.offset]


def _taken(spans: deque[Span], begin: int, stop: int) -> list[Span]:
    """The spans before ``stop``, as offsets from ``begin``. They are taken out."""
    taken: list[Span] = []
    while spans and spans[0][0] < stop:
        start, end = spans.popleft()
        taken.append((start - begin, end - begin))
    return taken


def _without_first(content: Iterator[bytes], length: int) -> Iterator[bytes]:
    """The content from ``length`` bytes on; what is before is checked all the same."""
    for block in content:
        if length < len(block):
            yield block[length:] if length else block
        length = max(0, length - len(block))
