"""A file in an archive as tasks carry it: it is unpacked where it is read, and only then."""

import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, cast

from airflow_provider_profiler.profiling.archives.compression import UnpackedStream
from airflow_provider_profiler.profiling.archives.spool import SPOOL, SPOOL_BYTES, Section, copied
from airflow_provider_profiler.profiling.archives.zip_content import DAMAGE, ZipPlace, zip_content
from airflow_provider_profiler.profiling.readers.reader import Source, TooMuchData, UnreadableFile

_BUFFER = 64 * 1024


@dataclass(frozen=True)
class TarPlace:
    """Where an entry of a tar file lies."""

    offset: int
    """Of its content, in the unpacked tar file."""
    codec: str | None = None
    """That the tar file is compressed in."""
    unpacked: int = 0
    """Bytes of the unpacked tar file up to the end of its last entry."""


@dataclass(frozen=True)
class MemberSource:
    """Implements :class:`~airflow_provider_profiler.profiling.readers.reader.Source`; picklable.

    Each process unpacks a member once and keeps it as long as there is room. What is stored in a plain tar file is read
    where it is.
    """

    container: Source
    """The archive: a file, or a member of another archive."""
    place: ZipPlace | TarPlace
    path: str
    size: int
    media_type: str

    def open(self) -> BinaryIO:
        """Open the content for reading.

        :raises ChangedWhileRead: when the archive is not the one that was listed.
        :raises UnreadableFile: when it cannot be unpacked, or its checksum does not fit.
        :raises TooMuchData: when it is larger than what a process may unpack.
        """
        place = self.place
        if isinstance(place, TarPlace) and place.codec is None:
            section = Section(self.container.open(), place.offset, self.size, owned=True)
            return cast(BinaryIO, io.BufferedReader(section, _BUFFER))
        self.container.check_unchanged()
        if self.size > SPOOL_BYTES:
            raise TooMuchData(
                f"{self.path}: has {self.size} bytes, more than the {SPOOL_BYTES} that are unpacked of an archive to "
                "be read; unpack the archive"
            )
        container = pickle.dumps(self.container)
        if isinstance(place, TarPlace) and place.unpacked <= SPOOL_BYTES:
            # The members of a stream lie behind one another: unpacked once, it serves them all.
            return SPOOL.opened(
                (container, place.codec),
                place.unpacked,
                lambda write: self._unpack_tar(0, place.unpacked, write),
                self.path,
                start=place.offset,
                length=self.size,
            )
        return SPOOL.opened((container, place), self.size, self._unpack, self.path)

    def check_unchanged(self) -> None:
        """Compare the archive with what was listed.

        :raises ChangedWhileRead: when it was replaced or written since.
        """
        self.container.check_unchanged()

    def _unpack(self, write: Callable[[bytes], object]) -> None:
        if isinstance(self.place, TarPlace):
            self._unpack_tar(self.place.offset, self.size, write)
            return
        with self.container.open() as file:
            try:
                copied(zip_content(file, self.place, self.size, self.path), self.size + 1, write)
            except DAMAGE as error:
                raise UnreadableFile(f"{self.path}: cannot be unpacked: {error}") from error

    def _unpack_tar(self, start: int, size: int, write: Callable[[bytes], object]) -> None:
        codec = self.place.codec if isinstance(self.place, TarPlace) else None
        with self.container.open() as file:
            stream = cast(BinaryIO, UnpackedStream(file, codec or "", self.path))
            stream.seek(start)
            copied(stream, size, write)
