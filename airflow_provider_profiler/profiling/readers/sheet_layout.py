"""Where in a sheet its table stands: titles above it, its header of one row or several, notes below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.readers.header import joined_header, votes_for_header
from airflow_provider_profiler.profiling.readers.sheet_cells import cell_text
from airflow_provider_profiler.profiling.readers.splitting import Record
from airflow_provider_profiler.profiling.readers.surroundings import footer_length, preamble_length
from airflow_provider_profiler.profiling.readers.workbook_process import kinds_of
from airflow_provider_profiler.profiling.readers.workbooks import Cells

_MOST_HEADER_ROWS = 5
_WORDS_OF_A_NOTE = 5


@dataclass(frozen=True)
class SheetLayout:
    """A sheet's table. Rows are counted from 0 at the sheet's top, columns from the first that is used."""

    names: tuple[str, ...]
    """As the sheet has them; empty where it names a column not."""
    kinds: tuple[int, ...]
    """For each column what its cells are, as bits of :mod:`.workbook_process`."""
    first_column: int
    rows: tuple[int, int]
    """[start, stop) of the rows below the header."""
    skipped_rows: int = 0
    header_rows: int = 0
    blank_rows: int = 0
    """Among the rows; they are left out."""
    footer_rows: int = 0


def find_sheet_layout(cells: Cells, reading: ReadingOptions) -> SheetLayout:
    """Find the table of a sheet that is not empty.

    :param reading: what options tell about the header, and rows at the top or bottom to leave out.
    """
    head, origin = [list(row) for row in cells.head], cells.first_row
    leading = next((index for index, row in enumerate(head) if not _is_blank(row)), len(head))
    head, origin = head[leading:], origin + leading
    tail = [list(row) for row in cells.tail]
    columns = _used_columns([*head, *tail], cells.kinds if cells.between else ())
    if columns is None:
        return SheetLayout((), (), 0, (origin, origin))
    first, last = columns
    table = _Table(head, origin, first, last, cells)
    skipped = table.preamble() if reading.skip_lines is None else 0
    names, header_rows = table.header(skipped, reading.header)
    start = skipped + header_rows
    body, bottom = table.texts[start:], table.texts_of(tail)
    footer = _footer(bottom or body, last - first, reading.footer_lines, len(body) if not tail else None)
    rows, below = head[start:], tail
    if tail:
        below = tail[: len(tail) - footer]
    else:
        rows = rows[: len(rows) - footer]
    kinds = [
        kinds_of([row[column] for row in (*rows, *below)]) | (cells.kinds[column] if cells.between else 0)
        for column in range(first, last)
    ]
    blank = sum(_is_blank(row[first:last]) for row in (*rows, *below)) + cells.blank_between
    stop = cells.first_row + cells.rows - footer
    return SheetLayout(
        names=tuple(names),
        kinds=tuple(kinds),
        first_column=first,
        rows=(origin + start, max(stop, origin + start)),
        skipped_rows=origin + skipped,
        header_rows=header_rows,
        blank_rows=blank,
        footer_rows=footer,
    )


class _Table:
    """The first rows of a sheet, from the first that is not blank on, as the texts of their cells."""

    def __init__(self, head: list[list[Any]], origin: int, first: int, last: int, cells: Cells) -> None:
        self._first, self._last, self._origin = first, last, origin
        self.texts = self.texts_of(head)
        self._merged = [
            ((top - origin, left - first), (bottom - origin, right - first))
            for (top, left), (bottom, right) in cells.merged
            if origin <= top < origin + len(head) and first <= left < last and (bottom > top or right > left)
        ]

    def texts_of(self, rows: Sequence[Sequence[Any]]) -> list[list[str]]:
        return [[cell_text(cell) for cell in row[self._first : self._last]] for row in rows]

    def preamble(self) -> int:
        """Rows above the table: titles, blank rows and lists that are narrower than it."""
        width = self._last - self._first
        found = preamble_length(_records(self.texts, width, titles=_titles(self.texts, width)), width)
        return found if found < len(self.texts) else 0

    def header(self, start: int, told: bool | None) -> tuple[list[str], int]:
        """The names of the columns, and the rows that they stand in."""
        width = self._last - self._first
        rows = self.texts[start:]
        merged = self._merged_rows(start) if told is not False else 0
        full = [self._filled(row, start + index) for index, row in enumerate(rows[:_MOST_HEADER_ROWS])]
        if not rows or told is False:
            return [""] * width, 0
        # Where cells are merged, it is what stands one below the other that names a column.
        names, height = (_stacked(full[:merged]), merged) if merged > 1 else (full[0], 1)
        body = [row for row in rows[height:] if not _is_blank(row)]
        if told is None and not votes_for_header(names, body):
            return [""] * width, 0
        while height < min(_MOST_HEADER_ROWS, len(rows) - 1):
            joined = joined_header([names, *([full[height]] if height < len(full) else []), *rows[height + 1 :]])
            if joined is None:
                break
            names, height = list(joined), height + 1
        return [" ".join(name.split()) for name in names], height

    def _merged_rows(self, start: int) -> int:
        """Rows that the header has by its merged cells, in which groups stand above their names; 0 without any."""
        stop = start
        while stop - start < _MOST_HEADER_ROWS:
            touching = [area for area in self._merged if area[0][0] <= stop and area[0][0] >= start]
            further = max(
                (bottom if bottom > top else bottom + (right > left) for (top, left), (bottom, right) in touching),
                default=stop,
            )
            if further <= stop or further >= len(self.texts) - 1:
                break
            named = [cell for cell in self.texts[further] if cell.strip()]
            if len(named) < 2 and further > max(area[1][0] for area in touching):
                break
            stop = further
        return stop - start + 1 if stop > start else 0

    def _filled(self, row: list[str], index: int) -> list[str]:
        """A row with what stands in a merged range in each of its cells to the right; one range alone is a title."""
        filled = list(row)
        if _filled_cells(row) <= 1:
            return filled
        for (top, left), (_, right) in self._merged:
            if top == index and right > left:
                filled[left : right + 1] = [row[left]] * (min(right + 1, len(row)) - left)
        return filled


def _titles(rows: Sequence[Sequence[str]], width: int) -> int:
    """Rows above the first that fills more than a quarter of the columns, where blank ones part them from it."""
    dense = next((index for index, row in enumerate(rows) if _filled_cells(row) > max(1, width // 4)), 0)
    return dense if any(_is_blank(row) for row in rows[:dense]) else 0


def _records(rows: Sequence[Sequence[str]], width: int, titles: int = 0) -> list[Record]:
    """Rows as records of a text.

    One that fills a single cell is that cell; one that fills no more than the first half of the columns ends there.

    :param titles: so many rows at the beginning are titles, of however many cells.
    """
    records = []
    for index, row in enumerate(rows):
        filled = max((place + 1 for place, cell in enumerate(row) if cell.strip()), default=0)
        present = [cell for cell in row if cell.strip()]
        if len(present) <= 1 or index < titles:
            cells: tuple[str, ...] = (" ".join(present),)
        else:
            cells = tuple(row[:filled] if filled <= width // 2 else row)
        records.append(Record(cells, 0, (False,) * len(cells)))
    return records


def _footer(rows: Sequence[Sequence[str]], width: int, told: int | None, most: int | None) -> int:
    """Rows below the last one of the table. Of the whole table, at least one row stays."""
    if told is not None:
        return min(told, len(rows))
    # In a sheet, rows of one cell are nothing strange: only what reads like a note is none of the table's.
    records = [
        record if len(record.cells) > 1 or not record.cells[0] or _is_note(record.cells[0]) else Record(tuple(row), 0)
        for record, row in zip(_records(rows, width), rows, strict=True)
    ]
    found = footer_length(records, width)
    return found if most is None or found < most else 0


def _is_note(text: str) -> bool:
    words = text.split()
    return len(words) >= _WORDS_OF_A_NOTE or footer_length([Record((words[0],), 0)], 3) == 1


def _filled_cells(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _stacked(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names that stand in several rows, from the top one down, each once."""
    names = []
    for cells in zip(*rows, strict=True):
        parts: list[str] = []
        parts.extend(cell.strip() for cell in cells if cell.strip() and cell.strip() not in parts)
        names.append(" ".join(parts))
    return names


def _used_columns(rows: Sequence[Sequence[Any]], kinds: Sequence[int]) -> tuple[int, int] | None:
    """The columns from the first that holds anything to the last, or None where all are empty."""
    width = max((len(row) for row in rows), default=len(kinds))
    used = [column for column in range(width) if (kinds and kinds[column]) or any(row[column] != "" for row in rows)]
    return (used[0], used[-1] + 1) if used else None


def _is_blank(row: Sequence[Any]) -> bool:
    return not any(not isinstance(cell, str) or cell.strip() for cell in row)
