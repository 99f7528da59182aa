"""What is found in an archive before anybody knows what its members are."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.archives.member import TarPlace
from airflow_provider_profiler.profiling.archives.zip_content import ZipPlace
from airflow_provider_profiler.profiling.readers.decompression import Limits
from airflow_provider_profiler.profiling.readers.reader import TooMuchData
from airflow_provider_profiler.profiling.stopping import check_wanted

_BLOCK = 1024 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """A file in an archive."""

    name: str
    size: int
    modified: datetime | None
    place: ZipPlace | TarPlace | None = None
    """None where it cannot be read."""
    head: bytes = b""
    """Its first bytes, where its media type follows from them alone."""
    sha256: str | None = None
    listed: str = ""
    """Why it is no file that is read, although nothing is wrong with it."""
    listed_by: str = ""
    """The reason code of that."""
    failed: FileReason | None = None


class Budget:
    """What looking into one file of a dataset may cost, archives in it included."""

    def __init__(self, path: str, size: int, limits: Limits, entries: int) -> None:
        """Begin with nothing spent.

        :param path: the file's path, and ``size`` its bytes.
        :param entries: that there may be in all.
        """
        self.entries = entries
        self.limits = limits
        self._path = path
        self._size = size
        self._most = entries
        self._spent = 0

    def take_entries(self, count: int) -> None:
        """Count entries.

        :raises TooMuchData: when there are too many.
        """
        self.entries -= count
        if self.entries < 0:
            raise TooMuchData(
                f"{self._path}: has more than the {self._most} entries that the option "
                "discovery.max_archive_entries allows"
            )

    def take_bytes(self, count: int) -> None:
        """Count bytes that are unpacked.

        :raises TooMuchData: when they are too many, or too many for the size of the file.
        """
        self._spent += count
        self.limits.check(self._spent, self._size, self._path)


def looked_at(
    content: BinaryIO, size: int, head_bytes: int, *, checksum: bool, spend: Callable[[int], None]
) -> tuple[bytes, str | None]:
    """The first bytes of an entry, and its SHA-256 where that is wanted, for which all of it is read.

    :param spend: is told of the bytes that were read.
    :raises EOFError: when there are fewer than ``size``.
    """
    head = content.read(head_bytes)
    spend(len(head))
    if not checksum:
        return head, None
    state = hashlib.sha256(head)
    done = len(head)
    while block := content.read(_BLOCK):
        check_wanted()
        spend(len(block))
        done += len(block)
        state.update(block)
    if done != size:
        raise EOFError(f"it ends after {done} of {size} bytes")
    return head, state.hexdigest()


def moment(seconds: float) -> datetime | None:
    """A moment in seconds since 1970, None where a date cannot be so."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def in_memory(head: bytes) -> BinaryIO:
    """The first bytes as a file."""
    return io.BytesIO(head)
