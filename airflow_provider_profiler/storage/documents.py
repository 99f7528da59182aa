"""A revision's documents as files: listed, and opened so that nothing leads out of their folder."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from airflow_provider_profiler.storage.results import MIRROR

_PIECE = 1024 * 1024
#: The last three: a link, a pipe or socket that nobody serves, a name that no file can have.
_NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG)


@dataclass(frozen=True)
class DocumentFacts:
    """What is known of a document without reading it."""

    name: str
    size: int
    modified: datetime
    tag: str
    """Changes whenever the content does: documents are replaced, never changed, but for the log, which grows."""


class OpenDocument:
    """A document that is open for reading: it stays as it was, also when another one takes its place.

    :param descriptor: of a plain file; closed with this object.
    """

    def __init__(self, name: str, descriptor: int) -> None:
        self._descriptor = descriptor
        self.facts = _facts(name, os.fstat(descriptor))

    @property
    def size(self) -> int:
        """Bytes at the moment it was opened; what is appended later is not read."""
        return self.facts.size

    def pread(self, length: int, offset: int) -> bytes:
        """Bytes from a place on; fewer only where the file ends before.

        :raises OSError: when it cannot be read.
        """
        parts = []
        while length > 0 and (part := os.pread(self._descriptor, min(length, _PIECE), offset)):
            parts.append(part)
            length, offset = length - len(part), offset + len(part)
        return b"".join(parts)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from ``start`` up to, and without, ``end``, in pieces.

        :raises EOFError: when the file turns out shorter than it was.
        """
        while start < end:
            piece = os.pread(self._descriptor, min(_PIECE, end - start), start)
            if not piece:
                raise EOFError(f"{self.facts.name} became shorter while it was read")
            start += len(piece)
            yield piece

    def sha256(self) -> str:
        """Of the whole content, in hexadecimal digits."""
        digest = sha256()
        for piece in self.pieces(0, self.size):
            digest.update(piece)
        return digest.hexdigest()

    def close(self) -> None:
        """Close the file; nothing happens where it is closed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> "OpenDocument":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def list_documents(folder: Path) -> tuple[DocumentFacts, ...]:
    """The plain files of a revision's folder and of its ``mirror``, by name; none where the folder is missing.

    Links, folders and files that are being written are left out.
    """
    found: list[DocumentFacts] = []
    for prefix, place in (("", folder), (f"{MIRROR}/", folder / MIRROR)):
        try:
            opened = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            for name in os.listdir(opened):  # noqa: PTH208 - of the folder that is open, whatever takes its place
                if not is_document_name(prefix + name):
                    continue
                try:
                    status = os.stat(name, dir_fd=opened, follow_symlinks=False)
                except FileNotFoundError:  # removed meanwhile
                    continue
                if stat.S_ISREG(status.st_mode):
                    found.append(_facts(prefix + name, status))
        finally:
            os.close(opened)
    return tuple(sorted(found, key=lambda item: item.name))


def open_document(folder: Path, name: str) -> OpenDocument | None:
    """Open a document of a revision's folder, following no link.

    :param name: as :func:`list_documents` tells it; any other text is no document.
    :return: None where there is no such plain file.
    :raises OSError: when it is there but cannot be opened.
    """
    if not is_document_name(name):
        return None
    below, _, plain = name.rpartition("/")
    try:
        place = os.open(folder / below, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _NOTHING_THERE:
            return None
        raise
    try:
        # Without waiting: a pipe that lies there would never open.
        descriptor = os.open(plain, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place)
    except OSError as error:
        if error.errno in _NOTHING_THERE:
            return None
        raise
    finally:
        os.close(place)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return OpenDocument(name, descriptor)


def is_document_name(name: str) -> bool:
    """Whether a document can be called so: plain, or in the folder ``mirror``, and not hidden."""
    plain = name.removeprefix(f"{MIRROR}/")
    if not plain or plain.startswith(".") or any(character in plain for character in "/\\\x00"):
        return False
    try:
        plain.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _facts(name: str, status: os.stat_result) -> DocumentFacts:
    # A file that takes another one's place has another inode or another time; one that grows, another size.
    mark = f"{name}\n{status.st_ino}\n{status.st_size}\n{status.st_mtime_ns}".encode("utf-8", "surrogateescape")
    return DocumentFacts(
        name=name,
        size=status.st_size,
        modified=datetime.fromtimestamp(status.st_mtime_ns // 1_000_000_000, UTC),
        tag=sha256(mark).hexdigest()[:32],
    )
