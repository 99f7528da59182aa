"""The entries of a tar file, compressed or not, in one pass over it."""

import tarfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.profiling.archives.compression import UnpackedStream
from airflow_provider_profiler.profiling.archives.entries import Budget, Entry, looked_at, moment
from airflow_provider_profiler.profiling.archives.member import TarPlace
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile

#: Bytes that the library may take at once: it reads what stands before an entry (long names) in one piece.
_LARGEST_HEADER = 64 * 1024
#: All that stands before one entry: names, attributes, and where the holes of a file are.
_LARGEST_HEADERS = 8 * 1024 * 1024
_DAMAGE = (tarfile.TarError, EOFError, ValueError, LookupError, OverflowError, RecursionError, UnreadableFile)


class TarEnds(Exception):
    """The archive is damaged from a place on; what stands before it is sound."""


def tar_entries(
    file: BinaryIO, path: str, codec: str | None, budget: Budget, head_bytes: int, *, checksum: bool
) -> Iterator[Entry]:
    """Look at all entries but folders, one after another.

    :param file: the open archive, and ``path`` its name in messages.
    :param codec: that it is compressed in.
    :raises TooMuchData: when it has too many entries or unpacks to too much.
    :raises TarEnds: when it is damaged behind the entries that were found.
    """
    stream = _Forward(file if codec is None else UnpackedStream(file, codec, path, budget.limits), path)
    try:
        with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r:") as archive:
            while (info := archive.next()) is not None:
                # The library would keep all of them, each with attributes of up to a megabyte.
                archive.members.clear()  # type: ignore[attr-defined]
                stream.begin_entry()
                budget.take_entries(1)
                if info.size < 0:
                    raise TarEnds(f"the entry {info.name!r} says that it has {info.size} bytes")
                if info.isdir():
                    continue
                if codec is not None:
                    # What is passed over has to be unpacked too.
                    budget.take_bytes(info.size)
                yield _entry(stream, info, codec, head_bytes, checksum=checksum)
    except OSError as error:
        if error.errno is not None:
            raise
        raise TarEnds(str(error)) from error
    except _DAMAGE as error:
        raise TarEnds(str(error)) from error


def _entry(stream: "_Forward", info: tarfile.TarInfo, codec: str | None, head_bytes: int, *, checksum: bool) -> Entry:
    # Programs that do not know it, or will not tell, write zero.
    modified = moment(info.mtime) if info.mtime else None
    if info.issym() or info.islnk():
        why = "is a link in an archive, which is not followed"
        return Entry(info.name, 0, modified, listed=why, listed_by=FileReasonCode.NOT_A_FILE)
    if not info.isreg():
        why = "is no file, but something special in an archive"
        return Entry(info.name, 0, modified, listed=why, listed_by=FileReasonCode.NOT_A_FILE)
    if info.issparse():
        why = "is kept with holes in its archive, which is not read"
        return Entry(info.name, info.size, modified, listed=why, listed_by=FileReasonCode.UNSUPPORTED_FORMAT)
    content = cast(BinaryIO, _Content(stream, info.offset_data, info.size))
    try:
        head, digest = looked_at(content, info.size, head_bytes, checksum=checksum, spend=_nothing)
    except (UnreadableFile, EOFError) as error:
        message = f"{info.name}: its archive is damaged or ends within it: {error}"
        return Entry(info.name, info.size, modified, failed=FileReason(code=FileReasonCode.MALFORMED, message=message))
    return Entry(info.name, info.size, modified, TarPlace(info.offset_data, codec), head, digest)


def _nothing(count: int) -> None:
    """Bytes of a tar file are counted by the entry."""


class _Forward:
    """The tar file for the library, which goes forward but for a byte, and takes nothing large at once.

    Going back would unpack a compressed file once more, and an archive may say that a name has gigabytes.
    """

    def __init__(self, file: Any, path: str) -> None:
        self._file = file
        self._path = path
        self._position = 0
        self._last = b""
        self._headers = 0

    def begin_entry(self) -> None:
        """What is read from here on is about another entry."""
        self._headers = 0

    def read(self, size: int = -1) -> bytes:
        self._headers += size
        if not 0 <= size <= _LARGEST_HEADER or self._headers > _LARGEST_HEADERS:
            most = _LARGEST_HEADERS if 0 <= size <= _LARGEST_HEADER else _LARGEST_HEADER
            raise TooMuchData(f"{self._path}: says in more than {most} bytes what one of its entries is called")
        return self.take(size)

    def take(self, size: int) -> bytes:
        """Read on, however much that is."""
        before = b""
        behind = self._file.tell()
        if self._position == behind - 1 and size and self._last:
            before, size = self._last, size - 1
        elif self._position != behind:
            self._file.seek(self._position)
        found: bytes = self._file.read(size) if size else b""
        found = before + found
        if found:
            self._last = found[-1:]
            self._position += len(found)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence:
            raise ValueError("only positions from the start are known")
        self._position = offset
        return offset

    def tell(self) -> int:
        return self._position


class _Content:
    """The content of one entry."""

    def __init__(self, stream: _Forward, start: int, size: int) -> None:
        self._stream = stream
        self._position = start
        self._stop = start + size

    def read(self, size: int) -> bytes:
        self._stream.seek(self._position)
        found = self._stream.take(min(size, self._stop - self._position))
        self._position += len(found)
        return found
