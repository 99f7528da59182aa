"""Workbooks, parsed in a process of their own and received as sheets and rows: see :mod:`.workbook_process`."""

import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgpack

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.archives.zip_directory import DamagedDirectory, count_entries, find_directory
from airflow_provider_profiler.profiling.formats import MEDIA_TYPES
from airflow_provider_profiler.profiling.readers import workbook_process
from airflow_provider_profiler.profiling.readers.decompression import Limits
from airflow_provider_profiler.profiling.readers.local_file import local_file
from airflow_provider_profiler.profiling.readers.reader import Source, TooMuchData, UnreadableFile

#: Files in a workbook: each sheet, drawing and image is one.
_MOST_ENTRIES = 100_000
#: Bytes of one message: some thousand cells, or a few of the longest texts.
_MOST_MESSAGE = 512 * 1024 * 1024
#: The parser goes by the extension: of Excel's XML formats one does for all.
_EXTENSIONS = {"xlsm": "xlsx", "xlsx": "xlsx", "xlsb": "xlsb", "xls": "xls", "ods": "ods"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Cells:
    """The cells of a sheet. Rows are counted from 0 at the sheet's top, columns from the first that is used."""

    first_row: int
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...]
    """The first and the last cell of each merged range, as row and column."""
    head: tuple[Sequence[Any], ...]
    between: int = 0
    """Rows between head and tail."""
    blank_between: int = 0
    kinds: tuple[int, ...] = ()
    """For each column what its cells between head and tail are."""
    tail: tuple[Sequence[Any], ...] = ()

    @property
    def rows(self) -> int:
        """Rows from the first to the last that holds anything."""
        return len(self.head) + self.between + len(self.tail)


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook."""

    index: int
    name: str
    type: str
    visibility: str
    cells: Cells | None = None
    """None where it is empty, broken, or no worksheet."""
    problem: str = ""
    """Why the parser gave it up."""


@dataclass(frozen=True)
class Workbook:
    """What a workbook holds."""

    sheets: tuple[Sheet, ...]
    error_cells: int = 0
    """Cells that hold an error value, where the format tells."""


def describe_workbook(source: Source, reading: ReadingOptions, parser: Path) -> Workbook:
    """Look at every sheet of a workbook.

    :param parser: the folder that the parser's package lies in.
    :raises UnreadableFile: when it is encrypted, damaged, or no workbook.
    :raises TooMuchData: when it is made to fill memory, or larger than options and limits allow.
    """
    sheets: list[Sheet] = []
    errors = 0
    with _parsing(source, {"skip": reading.skip_lines or 0}, parser, Limits.of(reading)) as messages:
        for kind, *parts in messages:
            match kind:
                case "errors":
                    (errors,) = parts
                case "sheet":
                    sheets.append(Sheet(*parts))
                case "broken":
                    sheets[-1] = replace(sheets[-1], problem=parts[0])
                case "cells":
                    first_row, merged, head, between, blank, kinds, tail = parts
                    ranges = tuple((tuple(first), tuple(last)) for first, last in merged)
                    cells = Cells(first_row, ranges, tuple(head), between, blank, tuple(kinds), tuple(tail))
                    sheets[-1] = replace(sheets[-1], cells=cells)
    return Workbook(tuple(sheets), errors)


def read_sheet(
    source: Source, index: int, rows: tuple[int, int], columns: tuple[int, int], parser: Path
) -> Iterator[tuple[int, list[Sequence[Any]], list[int]]]:
    """The cells of a part of a sheet in chunks: how many rows have been passed, and those that are not blank.

    Beside them stand their numbers, which count from 1 at the sheet's top.

    :param rows: [start, stop), counted from the sheet's top.
    :param columns: [start, stop), counted from the first that is used.
    :raises UnreadableFile: as :func:`describe_workbook`.
    :raises TooMuchData: as :func:`describe_workbook`.
    """
    task = {"sheet": index, "rows": rows, "columns": columns}
    with _parsing(source, task, parser, None) as messages:
        for _, passed, cells, numbers in messages:
            yield passed, cells, numbers


@contextmanager
def _parsing(source: Source, task: dict[str, Any], parser: Path, limits: Limits | None) -> Iterator[Iterator[Any]]:
    """The messages of a process that parses a workbook; it ends with the block."""
    with local_file(source) as file, tempfile.TemporaryDirectory(prefix="profiler-") as folder:
        extension = _extension(file, source)
        if limits is not None and extension != "xls":
            _check_size(file, source, limits)
        # The parser wants a path with an extension; this one leads to the file that is open, wherever its name leads.
        path = Path(folder) / f"workbook.{extension}"
        path.symlink_to("/proc/self/fd/0")
        python_path = [str(parser), str(Path(msgpack.__file__).parents[1]), *sys.path]
        asked = msgpack.packb({**task, "path": str(path)}).hex()
        command = [sys.executable, "-I", "-S", workbook_process.__file__, asked, *python_path]
        file.seek(0)
        # Without this process's environment, which may hold secrets.
        process = subprocess.Popen(  # noqa: S603 - the command is made here
            command,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={},
        )
        try:
            yield _messages(process, source, extension)
        finally:
            process.kill()
            process.wait()
            cast(BinaryIO, process.stdout).close()


def _messages(process: subprocess.Popen[bytes], source: Source, extension: str) -> Iterator[Any]:
    unpacker = msgpack.Unpacker(process.stdout, ext_hook=workbook_process.unpack, max_buffer_size=_MOST_MESSAGE)
    try:
        for message in unpacker:
            if message[0] == "end":
                return
            if message[0] == "failed":
                raise _failure(source, extension, *message[1:])
            yield message
    except (ValueError, msgpack.UnpackException, msgpack.BufferFull) as error:
        raise UnreadableFile(f"{source.path}: its cells could not be taken over: {error}") from error
    code = process.wait()
    if code == -signal.SIGXCPU:
        raise TooMuchData(
            f"{source.path}: took the parser of workbooks more than {workbook_process.MOST_SECONDS} seconds; "
            "save its sheets as CSV or Parquet"
        )
    if code in (-signal.SIGABRT, -signal.SIGKILL):
        raise _too_large(source)
    raise UnreadableFile(f"{source.path}: the parser of workbooks broke down over it")


def _failure(source: Source, extension: str, kind: str, message: str) -> Exception:
    if kind == "MemoryError":
        return _too_large(source)
    if kind == "PasswordError":
        return _encrypted(source)
    return UnreadableFile(f"{source.path}: is damaged and cannot be read as {extension}: {message.strip()}")


def _encrypted(source: Source) -> UnreadableFile:
    return UnreadableFile(f"{source.path}: is encrypted with a password; save it without one, since none is asked for")


def _too_large(source: Source) -> TooMuchData:
    return TooMuchData(
        f"{source.path}: a sheet of it needs more than {workbook_process.MOST_MEMORY >> 20} MiB of memory: cells far "
        "apart, or too many of them; save its sheets as CSV or Parquet"
    )


def _extension(file: BinaryIO, source: Source) -> str:
    """The extension by which the parser reads a file: by its first bytes, for names are often wrong.

    :raises UnreadableFile: when it is no workbook.
    """
    file.seek(0)
    head = file.read(8)
    declared = next((name for name in _EXTENSIONS if MEDIA_TYPES[name] == source.media_type), "xlsx")
    if head == _OLE:
        if declared != "xls" and _holds_encrypted(file):
            raise _encrypted(source)
        return "xls"
    if head[:2] == b"PK":
        return _EXTENSIONS[declared] if declared != "xls" else "xlsx"
    if declared == "xls" and head[:1] == b"\x09":  # before Excel 5 there was no container
        return "xls"
    raise UnreadableFile(f"{source.path}: is no workbook: it begins with {head!r}; give it its right extension")


def _holds_encrypted(file: BinaryIO) -> bool:
    """Whether a workbook of today's formats lies encrypted in a file: see MS-OFFCRYPTO, 1.3.3."""
    wanted = "EncryptedPackage".encode("utf-16-le")
    file.seek(0)
    rest = b""
    while block := file.read(1 << 20):
        if wanted in rest + block:
            return True
        rest = block[-len(wanted) :]
    return False


def _check_size(file: BinaryIO, source: Source, limits: Limits) -> None:
    """Compare what a workbook says that it unpacks to with what is allowed.

    :raises TooMuchData: naming the option.
    :raises UnreadableFile: when its directory is damaged.
    """
    try:
        directory = find_directory(file)
        if count_entries(file, directory, _MOST_ENTRIES) > _MOST_ENTRIES:
            raise TooMuchData(f"{source.path}: holds more than {_MOST_ENTRIES} files, too many for a workbook")
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (DamagedDirectory, zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise UnreadableFile(f"{source.path}: is cut short or damaged: {error}") from error
    limits.check(sum(entry.file_size for entry in entries), source.size, source.path)
