"""The process that a workbook is parsed in: its parser keeps a whole sheet in memory and ends its process if it fails.

A workbook of two kilobytes may name two cells that are 16,384 columns and 1,048,576 rows apart, for which the parser
asks for half a terabyte; what it cannot have ends the process. So it works in one of its own, with limits on memory
and time, and sends what it reads as messages of msgpack. This file is run as a script: it imports nothing of ours.
"""

import datetime
import resource
import sys
from collections.abc import Iterator, Sequence
from typing import Any

#: Address space in bytes: a sheet of a million rows and twenty columns fits, and no more than some of them at a time.
MOST_MEMORY = 2 * 1024**3
#: Seconds of processor time. The parser takes a million cells in about two.
MOST_SECONDS = 900
#: Rows that are shown from a sheet's beginning, to find its header in, and from its end, to find notes in.
HEAD, TAIL = 200, 120
_CHUNK_CELLS = 100_000

# What a column's cells are, as bits.
TEXT, WHOLE, FRACTION, HUGE, BOOLEAN, DATE, MOMENT, TIME, DURATION = (1 << bit for bit in range(9))
#: Whole numbers up to here are integers: a double holds each of them (IEEE 754), and so does int64.
_LARGEST_WHOLE = 2.0**53
# How temporal values travel.
EXTENSIONS: dict[int, type] = {1: datetime.date, 2: datetime.datetime, 3: datetime.time, 4: datetime.timedelta}
_BITS = {
    bool: BOOLEAN,
    datetime.date: DATE,
    datetime.datetime: MOMENT,
    datetime.time: TIME,
    datetime.timedelta: DURATION,
}
_CODES = {kind: code for code, kind in EXTENSIONS.items()}

# Patterns are compiled where they are used: starting this process is most of what a small workbook costs.
_ERROR_CELL = rb"""\bt\s*=\s*["']e["']"""
# The parser gives a sheet up over an error value that Excel has learned since; what it stands for is the same.
_ERROR_VALUE = rb"(<(?:\w+:)?v>)#[A-Z_/0-9?!]{3,30}(</(?:\w+:)?v>)"

Cells = Sequence[Any]


def kinds_of(cells: Cells) -> int:
    """What the cells of a column are: bits of the kinds that occur; 0 where all are empty or hold but blanks."""
    kinds = set(map(type, cells))
    found = 0
    for kind in kinds & _BITS.keys():
        found |= _BITS[kind]
    if str in kinds and any(cell.strip() for cell in cells if type(cell) is str):
        found |= TEXT
    if float in kinds or int in kinds:
        numbers = {cell for cell in cells if type(cell) is float or type(cell) is int}
        if not all(float(number).is_integer() for number in numbers):
            found |= FRACTION
        whole = [abs(number) for number in numbers if float(number).is_integer()]
        found |= (WHOLE if whole else 0) | (HUGE if max(whole, default=0) > _LARGEST_WHOLE else 0)
    return found


def _pack(value: Any) -> Any:
    from msgpack import ExtType  # noqa: PLC0415 - the path to it is told when this file is run

    if isinstance(value, datetime.timedelta):
        return ExtType(4, str(value // datetime.timedelta(microseconds=1)).encode())
    return ExtType(_CODES[type(value)], value.isoformat().encode())


def unpack(code: int, data: bytes) -> Any:
    """The value that :func:`_pack` packed.

    :raises ValueError: when it is none.
    """
    kind = EXTENSIONS.get(code)
    if kind is None:
        raise ValueError(f"a value of the unknown kind {code}")
    text = data.decode("ascii")
    return datetime.timedelta(microseconds=int(text)) if kind is datetime.timedelta else kind.fromisoformat(text)  # type: ignore[attr-defined]


def _is_blank(row: Cells) -> bool:
    return bool(row.count("") == len(row)) or not any(type(cell) is not str or cell.strip() for cell in row)


def _describe(sheet: Any, skipped: int) -> Iterator[list[Any]]:
    """What a sheet holds: its first and last rows, and what the columns between them are.

    :param skipped: rows at the top that are not looked at.
    """
    head: list[Cells] = []
    waiting: list[Cells] = []
    first = max(sheet.start[0], skipped)
    kinds = [0] * sheet.width
    between = blank = 0

    def summarise(rows: list[Cells]) -> None:
        nonlocal between, blank
        for column, cells in enumerate(zip(*rows, strict=True)):
            kinds[column] |= kinds_of(cells)
        between += len(rows)
        blank += sum(map(_is_blank, rows))

    most = TAIL + max(1, _CHUNK_CELLS // len(kinds))
    for number, row in enumerate(sheet.iter_rows()):
        if number < first:
            continue
        if len(head) < HEAD:
            head.append(row)
            continue
        waiting.append(row)
        if len(waiting) >= most:
            summarise(waiting[:-TAIL])
            waiting = waiting[-TAIL:]
    if len(waiting) > TAIL:
        summarise(waiting[:-TAIL])
        waiting = waiting[-TAIL:]
    left = sheet.start[1]  # the parser counts rows from the sheet's top, but columns from the first that is used
    merged = [
        ((top, first_column - left), (bottom, last_column - left))
        for (top, first_column), (bottom, last_column) in sheet.merged_cell_ranges or []
    ]
    yield ["cells", first, merged, head, between, blank, kinds, waiting]


class _Workbook:
    """A workbook whose sheets are parsed when they are asked for."""

    def __init__(self, path: str) -> None:
        from python_calamine import CalamineWorkbook  # noqa: PLC0415 - the path to it is told when this file is run

        self._path = path
        self._parse = CalamineWorkbook.from_path
        self._book = self._parse(path)
        self._mended = False

    @property
    def sheets(self) -> Sequence[Any]:
        sheets: Sequence[Any] = self._book.sheets_metadata
        return sheets

    def sheet(self, index: int) -> Any:
        try:
            return self._book.get_sheet_by_index(index)
        except Exception as error:
            if self._mended or "Unsupported cell error value" not in str(error):
                raise
            self._mended = True
            self._book = self._parse(_mended(self._path))
            return self.sheet(index)


def _plan(book: _Workbook, skipped: int) -> Iterator[list[Any]]:
    for index, metadata in enumerate(book.sheets):
        yield ["sheet", index, metadata.name, _word(metadata.typ), _word(metadata.visible)]
        if _word(metadata.typ) != "WorkSheet":
            continue
        try:
            sheet = book.sheet(index)
            if sheet.start is not None:
                yield from _describe(sheet, skipped)
        except (MemoryError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # the parser's panics are no exceptions
            yield ["broken", _told(error)]


def _rows(book: _Workbook, index: int, rows: tuple[int, int], columns: tuple[int, int]) -> Iterator[list[Any]]:
    """The rows of a part of a sheet without the blank ones, their numbers, and how many rows have been passed."""
    most = max(1, _CHUNK_CELLS // (columns[1] - columns[0]))
    chunk: list[Cells] = []
    numbers: list[int] = []
    for number, row in enumerate(book.sheet(index).iter_rows()):
        if not rows[0] <= number < rows[1]:
            continue
        cells = row[columns[0] : columns[1]]
        if not _is_blank(cells):
            chunk.append(cells)
            numbers.append(number + 1)
        if len(chunk) >= most:
            yield ["rows", number + 1 - rows[0], chunk, numbers]
            chunk, numbers = [], []
    if chunk:
        yield ["rows", rows[1] - rows[0], chunk, numbers]


def _word(member: Any) -> str:
    return str(member).rpartition(".")[2]


def _told(error: BaseException) -> str:
    return f"{error}"[:300] or type(error).__name__


def _error_cells(path: str) -> int:
    """Cells of an Excel workbook in XML that hold an error value: the parser shows them as empty ones."""
    import re  # noqa: PLC0415
    import zipfile  # noqa: PLC0415

    pattern = re.compile(_ERROR_CELL)
    count = 0
    with zipfile.ZipFile(path) as archive:
        for name in filter(_is_sheet, archive.namelist()):
            with archive.open(name) as part:
                rest = b""
                while block := part.read(1 << 20):
                    text = rest + block
                    cut = text.rfind(b"<")
                    rest = text[cut:] if cut > 0 else b""
                    count += sum(1 for _ in pattern.finditer(text, 0, len(text) - len(rest)))
    return count


def _mended(path: str) -> str:
    """A copy of an Excel workbook in XML in which the error values are such as the parser knows."""
    import re  # noqa: PLC0415
    import zipfile  # noqa: PLC0415

    copy = f"{path}.mended.xlsx"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as mended:
        for entry in archive.infolist():
            content = archive.read(entry)
            if _is_sheet(entry.filename):
                content = re.sub(_ERROR_VALUE, rb"\1#N/A\2", content)
            mended.writestr(entry.filename, content)
    return copy


def _is_sheet(name: str) -> bool:
    return name.startswith("xl/worksheets/") and name.endswith(".xml")


def _messages(task: dict[str, Any]) -> Iterator[list[Any]]:
    book = _Workbook(task["path"])
    if "sheet" in task:
        yield from _rows(book, task["sheet"], tuple(task["rows"]), tuple(task["columns"]))
        return
    if task["path"].endswith("xlsx"):
        yield ["errors", _error_cells(task["path"])]
    yield from _plan(book, task["skip"])


def main(task: dict[str, Any]) -> None:
    """Read what the task says and write it to the standard output; the last message says how it ended."""
    import msgpack  # noqa: PLC0415

    packer = msgpack.Packer(default=_pack)
    limits = {resource.RLIMIT_AS: MOST_MEMORY, resource.RLIMIT_CPU: MOST_SECONDS, resource.RLIMIT_CORE: 0}
    for limit, most in limits.items():
        # The hard limit may be lower where this runs, and cannot be raised.
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    write = sys.stdout.buffer.write
    try:
        for message in _messages(task):
            write(packer.pack(message))
        write(packer.pack(["end"]))
    except MemoryError:
        write(packer.pack(["failed", "MemoryError", ""]))
    except BaseException as error:  # the parser's panics are no exceptions
        write(packer.pack(["failed", type(error).__name__, _told(error)]))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.path[:] = sys.argv[2:]
    from msgpack import unpackb

    main(unpackb(bytes.fromhex(sys.argv[1])))
