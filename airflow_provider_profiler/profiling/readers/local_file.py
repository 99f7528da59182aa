"""A source as a file that the system's own calls can open: libraries of other languages want a descriptor or a path."""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from airflow_provider_profiler.profiling.readers.reader import ChangedWhileRead, Source
from airflow_provider_profiler.profiling.stopping import check_wanted

_BLOCK = 1 << 20


@contextmanager
def local_file(source: Source) -> Iterator[BinaryIO]:
    """The source as an open file with a descriptor of its own.

    A source that is a file is opened where it lies; one that lies in another file or in a store is copied to a
    temporary file, which the block's end removes.

    :raises ChangedWhileRead: when it is not what was listed.
    :raises OSError: when it cannot be opened, or copied.
    """
    with source.open() as file:
        if _has_descriptor(file):
            yield file
            return
        with tempfile.NamedTemporaryFile(prefix="profiler-") as copy:
            copied = 0
            while block := file.read(_BLOCK):
                check_wanted()
                copied += len(block)
                if copied > source.size:
                    raise ChangedWhileRead(f"{source.path}: became longer while it was read")
                copy.write(block)
            copy.seek(0)  # which also writes what is held back
            yield cast(BinaryIO, copy.file)


def path_of(file: BinaryIO) -> str:
    """A path by which this process can open an open file again.

    Libraries that look up what a path leads to before they open it open the file's name instead, which may have come
    to lead elsewhere: :func:`check_opened_again` tells.
    """
    return f"/proc/self/fd/{file.fileno()}"


def descriptors_of(file: BinaryIO) -> set[int]:
    """Descriptors of this process that are open on the same file."""
    same = os.fstat(file.fileno())
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - plain names are wanted
        try:
            status = os.fstat(int(name))
        except OSError:
            continue
        if (status.st_dev, status.st_ino) == (same.st_dev, same.st_ino):
            found.add(int(name))
    return found


def check_opened_again(file: BinaryIO, before: set[int], source: Source) -> None:
    """Make sure that a library, which was given :func:`path_of`, has opened the very file.

    :param before: the descriptors that were open on the file before.
    :raises ChangedWhileRead: when it has opened another one.
    """
    now = descriptors_of(file)
    if now - before:
        return
    if len(now) < 2:
        raise ChangedWhileRead(f"{source.path}: was replaced while it was opened")
    # SQLite takes a descriptor again that another connection of this process has left.
    source.check_unchanged()


def _has_descriptor(file: BinaryIO) -> bool:
    try:
        os.fstat(file.fileno())
    except (OSError, io.UnsupportedOperation, AttributeError):
        return False
    # A descriptor below a stream that unpacks or decodes is not the source's content.
    return isinstance(file, io.BufferedReader | io.FileIO) and isinstance(getattr(file, "raw", file), io.FileIO)
