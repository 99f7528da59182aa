"""Cutting a text into records and cells: the way Arrow's parser does, but for records that are damaged."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from airflow_provider_profiler.profiling.readers.cell_fit import fit
from airflow_provider_profiler.profiling.readers.row_form import RowForm
from airflow_provider_profiler.profiling.readers.text_scan import TextScan

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Record:
    """One record of a text: its cells, and where it ends."""

    cells: tuple[str, ...]
    stop: int
    """Offset in characters behind the record's line end."""
    enclosed: tuple[bool, ...] = ()
    """For each cell whether quotes enclose it."""
    damaged: bool = False
    """Other readers would read it otherwise, or not at all."""

    @property
    def is_blank(self) -> bool:
        """Whether the line holds nothing at all."""
        return self.cells == ("",) and not any(self.enclosed)


def records_of(text: str, form: RowForm, *, complete: bool, known: Sequence[Record] | None = None) -> Sequence[Record]:
    """The records of a text, damaged ones as they are read in the least strange way.

    A damaged record that cannot be taken has its whole text as its one cell, and comments are left out.

    :param complete: whether that is all of the text; otherwise a record that it does not end is left out.
    :param known: the records of the text if no row is damaged and none is a comment.
    """
    data = text.encode()
    scan = TextScan(data, form, final=True, torn=not complete)
    scan.run()
    if known is not None and not scan.damaged and not scan.comments and scan.done == len(data):
        return known
    apart = sorted([*((*span, True) for span in scan.damaged), *((*span, False) for span in scan.comments)])
    records: list[Record] = []
    place = characters = 0

    def take(stop: int) -> None:
        nonlocal place, characters
        part = data[place:stop].decode()
        records.extend(
            Record(record.cells, record.stop + characters, record.enclosed)
            for record in split_records(
                part, form.delimiter.decode(), form.quote.decode() or None, form.escape.decode() or None
            )
        )
        place, characters = stop, characters + len(part)

    for start, stop, is_row in apart:
        take(start)
        line = data[start:stop]
        place, characters = stop, characters + len(line.decode())
        if is_row:
            fitted = fit(line.rstrip(b"\r\n"), form)
            if fitted is not None:
                cells = tuple(cell.decode() for cell in fitted.cells)
                records.append(Record(cells, characters, fitted.quoted, damaged=True))
            else:
                records.append(Record((line.decode(),), characters, (False,), damaged=True))
    take(scan.done)
    return records


def split_records(text: str, delimiter: str, quote: str | None, escape: str | None = None) -> list[Record]:
    """Cut a text into records and cells, the way Arrow's parser does.

    A quote opens a quoted cell only as the first character of the cell; what stands behind the closing quote is
    taken as it is. A record that the text does not end is the last one.
    """
    if escape is None and (quote is None or quote not in text):
        return list(_split_plain(text, delimiter, 0, len(text)))
    return list(_split(text, delimiter, quote, escape))


def _split_plain(text: str, delimiter: str, start: int, stop: int) -> Iterator[Record]:
    """The same of a part of a text in which nothing is quoted or escaped, many times faster."""
    for end in _LINE_END.finditer(text, start, stop):
        cells = text[start : end.start()].split(delimiter)
        start = end.end()
        yield Record(tuple(cells), start, (False,) * len(cells))
    if start < stop:
        cells = text[start:stop].split(delimiter)
        yield Record(tuple(cells), stop, (False,) * len(cells))


def _split(text: str, delimiter: str, quote: str | None, escape: str | None) -> Iterator[Record]:
    end = re.escape(delimiter) + r"\r\n"
    escaped = re.escape(escape) if escape else ""
    inner = rf"{escaped}." if escape else ""
    # Nothing is given back once it is taken: where an escape ends the text, a cell that could be cut up in any way
    # would be, and that takes exponential time.
    plain = rf"(?:[^{end}{escaped}]|{inner})*+" if escape else rf"[^{end}]*+"
    if quote:
        mark = re.escape(quote)
        content = "|".join(filter(None, (rf"[^{mark}{escaped}]++", rf"{mark}{mark}", inner)))
        pattern = rf"(?:{mark}((?:{content})*+)(?:{mark}({plain})|\Z)|({plain}))({re.escape(delimiter)}|\r\n|\r|\n|\Z)"
    else:
        pattern = rf"()()({plain})({re.escape(delimiter)}|\r\n|\r|\n|\Z)"
    cell_pattern = re.compile(pattern, re.DOTALL)
    cells: list[str] = []
    enclosed: list[bool] = []
    position = 0
    while position < len(text) or cells:
        if quote and not escape and not cells:
            if (quoted := _line_with(quote, text, position)) > position:
                yield from _split_plain(text, delimiter, position, quoted)
                position = quoted
                continue
            if record := _simple_record(text, position, delimiter, quote):
                position = record.stop
                yield record
                continue
        match = cell_pattern.match(text, position)
        if match is None:  # an escape at the very end of the text
            yield Record((*cells, text[position:]), len(text), (*enclosed, False))
            break
        inside, behind, bare, terminator = match.groups()
        if inside is not None and quote:
            inside = inside.replace(quote * 2, quote)
            cells.append(_unescape(inside, escape) + _unescape(behind or "", escape))
            enclosed.append(True)
        else:
            cells.append(_unescape(bare, escape))
            enclosed.append(False)
        position = match.end()
        if terminator != delimiter:
            yield Record(tuple(cells), position, tuple(enclosed))
            cells, enclosed = [], []
            if not terminator:
                break


def _line_with(mark: str, text: str, start: int) -> int:
    """The offset at which the first line begins that has a mark, or the end of the text."""
    place = text.find(mark, start)
    if place < 0:
        return len(text)
    return max(text.rfind("\n", start, place), text.rfind("\r", start, place), start - 1) + 1


def _simple_record(text: str, start: int, delimiter: str, quote: str) -> Record | None:
    """The record that begins at a place, if quotes enclose whole cells only and hold nothing special: as most do.

    A cell with a delimiter, a line end or a quote in it leaves a piece that begins with a quote and does not end with
    the next one: that takes a closer look.
    """
    end = _LINE_END.search(text, start)
    if end is None:
        return None
    cells = text[start : end.start()].split(delimiter)
    enclosed = [cell[:1] == quote for cell in cells]
    place = -1
    for _ in range(sum(enclosed)):
        place = enclosed.index(True, place + 1)
        cell = cells[place]
        if cell.find(quote, 1) != len(cell) - 1 or len(cell) < 2:
            return None
        cells[place] = cell[1:-1]
    return Record(tuple(cells), end.end(), tuple(enclosed))


def _unescape(cell: str, escape: str | None) -> str:
    return re.sub(re.escape(escape) + r"(.)", r"\1", cell, flags=re.DOTALL) if escape else cell
