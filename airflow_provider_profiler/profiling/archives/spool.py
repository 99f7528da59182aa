"""What this process has unpacked: small contents in memory, others in files without a name, and no more than a budget.

A file without a name is gone when the process is, however it ends, and no name from an archive is ever one on disk.
"""

import io
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from airflow_provider_profiler.profiling.readers.reader import UnreadableFile
from airflow_provider_profiler.profiling.stopping import check_wanted

#: Bytes on disk that one process keeps unpacked, and the most that one content may have.
SPOOL_BYTES = 4 * 1024 * 1024 * 1024
#: Bytes in memory that it keeps, and up to which a content stays there.
MEMORY_BYTES = 64 * 1024 * 1024
SMALL_BYTES = 4 * 1024 * 1024
_BUFFER = 64 * 1024
_BLOCK = 1024 * 1024

#: Writes a content's bytes by blocks.
Fill = Callable[[Callable[[bytes], object]], None]


class _Content:
    """An unpacked content: bytes, or a file that closes when nobody reads from it any more."""

    def __init__(self, size: int, fill: Fill, path: str) -> None:
        written = 0
        small = bytearray()
        self.file: Any = tempfile.TemporaryFile() if size > SMALL_BYTES else None  # noqa: SIM115 - lives as long as this

        def write(block: bytes) -> None:
            nonlocal written
            written += len(block)
            if written > size:
                raise UnreadableFile(f"{path}: holds more than the {size} bytes that its archive says")
            if self.file is None:
                small.extend(block)
            else:
                self.file.write(block)

        fill(write)
        if written != size:
            raise UnreadableFile(f"{path}: holds {written} bytes where its archive says {size}")
        if self.file is not None:
            self.file.flush()
        self.data = bytes(small)
        self.size = size

    def opened(self, start: int, length: int) -> BinaryIO:
        if self.file is None:
            return io.BytesIO(self.data if (start, length) == (0, self.size) else self.data[start : start + length])
        return cast(BinaryIO, io.BufferedReader(_Window(self, start, length), _BUFFER))


class _Window(io.RawIOBase):
    """A part of an unpacked file. Any number of them read from the same file at the same time."""

    def __init__(self, content: _Content, start: int, length: int) -> None:
        super().__init__()
        self._content = content
        self._start = start
        self._length = length
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError("a position before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(0, self._length - self._position))
        found = os.pread(self._content.file.fileno(), wanted, self._start + self._position)
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)


class Spool:
    """Contents by key; those that were not asked for longest make room for others."""

    def __init__(self, disk: int = SPOOL_BYTES, memory: int = MEMORY_BYTES) -> None:
        self._budget = {True: disk, False: memory}
        self._contents: OrderedDict[object, _Content] = OrderedDict()
        self._lock = threading.Lock()
        self._filling: dict[object, threading.Lock] = {}

    def opened(
        self, key: object, size: int, fill: Fill, path: str, *, start: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Open a content for reading; it is unpacked where it is not there.

        :param key: equal for equal contents alone.
        :param size: bytes of the content, which ``fill`` has to write.
        :param path: names it in messages.
        :param start: first byte of the part that is wanted, and ``length`` how many.
        :raises UnreadableFile: when it has another size.
        """
        with self._lock:
            waiting = self._filling.setdefault(key, threading.Lock())
        try:
            with waiting:  # whoever comes second finds what the first one unpacked
                with self._lock:
                    content = self._contents.get(key)
                    if content is not None:
                        self._contents.move_to_end(key)
                if content is None:
                    self._make_room(size)
                    content = _Content(size, fill, path)
                    with self._lock:
                        self._contents[key] = content
        finally:
            with self._lock:
                self._filling.pop(key, None)
        return content.opened(start, size if length is None else length)

    def _make_room(self, size: int) -> None:
        on_disk = size > SMALL_BYTES
        with self._lock:
            mine = [key for key, content in self._contents.items() if (content.file is not None) == on_disk]
            used = sum(self._contents[key].size for key in mine)
            for key in mine:
                if used + size <= self._budget[on_disk]:
                    break
                used -= self._contents.pop(key).size


#: That of this process.
SPOOL = Spool()


def copied(file: BinaryIO, size: int, write: Callable[[bytes], object]) -> None:
    """Copy so many bytes by blocks, or as many as there are."""
    while size > 0 and (block := file.read(min(size, _BLOCK))):
        check_wanted()
        write(block)
        size -= len(block)


class Section(io.RawIOBase):
    """A part of an open file."""

    def __init__(self, file: BinaryIO, start: int, length: int, *, owned: bool = False) -> None:
        """Take a part.

        :param start: its first byte in the file.
        :param owned: whether the file is closed with it.
        """
        super().__init__()
        self._owned = owned
        self._file = file
        self._start = start
        self._length = length
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place within the part."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}[whence]
        if base + offset < 0:
            raise ValueError("a position before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Read on."""
        wanted = min(len(buffer), max(0, self._length - self._position))
        if self._file.tell() != self._start + self._position:
            self._file.seek(self._start + self._position)
        found = self._file.read(wanted)
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)

    def close(self) -> None:
        """Close the file too where it is owned."""
        if self._owned and not self.closed:
            self._file.close()
        super().close()
