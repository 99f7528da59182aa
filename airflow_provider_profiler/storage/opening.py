"""Opening files beneath a root without ever following a link, and telling whether a file is still the same one."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# Without O_NONBLOCK the open of a FIFO waits for a writer that may never come.
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class NotARegularFile(OSError):
    """There is a FIFO, a socket, a device or a folder where a file was expected."""


@dataclass(frozen=True)
class FileStamp:
    """What tells a file from one that replaced it or from its own later content.

    The device number is left out: the same shared volume has another one on every host that mounts it, and work on
    one file may be spread over hosts.
    """

    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileStamp":
        """The stamp of a file whose status was asked for."""
        return cls(inode=status.st_ino, size=status.st_size, modified_ns=status.st_mtime_ns)


def open_folder_beneath(root: Path, relative: str) -> int:
    """Open a folder, component by component, and return its descriptor, which the caller closes.

    :param root: a real path; it is trusted.
    :param relative: plain path under the root, ``""`` for the root itself.
    :raises OSError: when a component is missing, is a link, or may not be entered.
    """
    descriptor = os.open(root, _FOLDER)
    for name in filter(None, relative.split("/")):
        try:
            inner = os.open(name, _FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def open_beneath(root: Path, relative: str) -> BinaryIO:
    """Open a regular file for reading; no component of its path under the root is followed if it is a link.

    :param root: a real path; it is trusted.
    :param relative: plain path of the file under the root.
    :raises NotARegularFile: for anything but a regular file; opening a FIFO does not wait.
    :raises OSError: when a component is missing, is a link, or may not be read.
    """
    folder, _, name = relative.rpartition("/")
    parent = open_folder_beneath(root, folder)
    try:
        descriptor = os.open(name, _FILE, dir_fd=parent)
    finally:
        os.close(parent)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotARegularFile(f"{name!r} is not a regular file")
    return os.fdopen(descriptor, "rb")
