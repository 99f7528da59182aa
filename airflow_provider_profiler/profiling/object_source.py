"""An object of a store as tasks carry it: where it lies, and how it looked when it was listed."""

import errno
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from airflow_provider_profiler.contract.errors import ConnectionFailed, CredentialsMissing
from airflow_provider_profiler.profiling.readers.reader import ChangedWhileRead
from airflow_provider_profiler.profiling.stopping import check_wanted
from airflow_provider_profiler.storage.object_stores import ObjectStamp, ObjectStore, stamp_of

#: Bytes that are fetched at a time: a partition takes a few requests, and memory stays bounded.
_BLOCK = 4 * 1024 * 1024
_BUFFER = 64 * 1024


@dataclass(frozen=True)
class ObjectSource:
    """Implements :class:`~airflow_provider_profiler.profiling.readers.reader.Source`; picklable."""

    store: ObjectStore
    key: str
    path: str
    media_type: str
    stamp: ObjectStamp

    @property
    def size(self) -> int:
        """Bytes, as listed."""
        return self.stamp.size

    def open(self) -> BinaryIO:
        """Open for reading from the start; the store is asked for the listed version alone where it keeps tags.

        :raises ChangedWhileRead: when the object is not the one that was listed.
        :raises OSError: when it cannot be read.
        """
        self.check_unchanged()
        with self._told():
            opened = self.store.filesystem().open(self.key, "rb", block_size=_BLOCK, cache_type="readahead")
        return cast(BinaryIO, io.BufferedReader(_Delivered(opened), _BUFFER))

    def check_unchanged(self) -> None:
        """Compare the object with what was listed.

        :raises ChangedWhileRead: when it was replaced or removed since.
        :raises OSError: when the store does not tell.
        """
        filesystem = self.store.filesystem()
        try:
            with self._told():
                now = stamp_of(filesystem.info(self.key))
        except FileNotFoundError:
            raise ChangedWhileRead(f"{self.path}: was removed after it was listed") from None
        if now != self.stamp:
            raise ChangedWhileRead(f"{self.path}: was replaced after it was listed")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the store refuses of one object is a fault of this object, and none that ends a job."""
        try:
            with self.store.told():
                yield
        except (ConnectionFailed, CredentialsMissing) as error:
            raise OSError(errno.EIO, str(error).rstrip(".")) from None


class _Delivered(io.RawIOBase):
    """The bytes of an opened object; what its store's client raises on the way becomes an ``OSError``.

    Each client has exceptions of its own, whose texts may quote credentials.
    """

    def __init__(self, opened: Any) -> None:
        self._opened = opened

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return int(self._opened.tell())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._opened.seek(offset, whence))

    def readinto(self, buffer: Any) -> int:
        check_wanted()
        try:
            content = self._opened.read(len(buffer))
        except Exception as error:
            raise OSError(errno.EIO, f"the object store did not deliver it ({type(error).__name__})") from None
        buffer[: len(content)] = content
        return len(content)

    def close(self) -> None:
        if not self.closed:
            self._opened.close()
        super().close()
