"""A file of a dataset as tasks carry it: where it lies, and how it looked when it was listed."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from airflow_provider_profiler.profiling.readers.reader import ChangedWhileRead
from airflow_provider_profiler.storage.opening import FileStamp, NotARegularFile, open_beneath

# What opening says where a regular file at a path without links was listed, and is not any more.
_NOT_AS_LISTED = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.ENXIO}


@dataclass(frozen=True)
class FileSource:
    """Implements :class:`~airflow_provider_profiler.profiling.readers.reader.Source`; picklable."""

    root: Path
    location: str
    """Real path under the root, free of links. Not for people: it may hold surrogates for bytes that are not UTF-8."""
    path: str
    media_type: str
    stamp: FileStamp

    @property
    def size(self) -> int:
        """Bytes, as listed."""
        return self.stamp.size

    def open(self) -> BinaryIO:
        """Open for reading from the start, without following links.

        :raises ChangedWhileRead: when the file is not the one that was listed.
        :raises OSError: when it cannot be opened.
        """
        try:
            file = open_beneath(self.root, self.location)
        except OSError as error:
            if isinstance(error, NotARegularFile) or error.errno in _NOT_AS_LISTED:
                raise ChangedWhileRead(f"{self.path}: was removed or replaced after it was listed") from error
            raise
        if FileStamp.of(os.fstat(file.fileno())) != self.stamp:
            file.close()
            raise ChangedWhileRead(f"{self.path}: was replaced or written to after it was listed")
        return file

    def open_beside(self, ending: str) -> BinaryIO:
        """Open the file whose name is this one's with an ending, as programs keep their logs beside a database.

        :raises OSError: when there is none, or it cannot be opened.
        """
        return open_beneath(self.root, self.location + ending)

    def check_unchanged(self) -> None:
        """Compare the file with what was listed.

        :raises ChangedWhileRead: when it was replaced or written since.
        """
        self.open().close()
