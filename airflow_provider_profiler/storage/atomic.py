"""Writes that are there whole or not at all, and that outlive a power cut once they have returned."""

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from airflow_provider_profiler.storage.fencing import check_fence

#: Documents are made to be read by other programs; the process's umask may take bits away.
FILE_MODE = 0o644
_COPY_BYTES = 1024 * 1024
#: All of a file, or its pieces in order, which need not be in memory together.
Content = bytes | Iterable[bytes]


def write_atomic(path: Path, content: Content, *, durable: bool = True) -> None:
    """Write a file so that readers see its old content or its new one, never a part of it.

    :param path: the file; its folder must exist.
    :param content: all of its bytes, or pieces of them; what making a piece raises leaves an earlier file as it was.
    :param durable: False to leave it to the system when the bytes get to disk: a power cut may empty the file.
    :raises OSError: when the folder is missing, full or not writable.
    """
    with open_atomic(path, durable=durable) as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            file.writelines(content)


def read_chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file in pieces. The file is opened at once: it may be replaced before the pieces are taken.

    :raises OSError: when it cannot be opened.
    """
    file = path.open("rb")

    def chunks() -> Iterator[bytes]:
        with file:
            while chunk := file.read(_COPY_BYTES):
                yield chunk

    return chunks()


@contextmanager
def open_atomic(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A file to write piece by piece, which takes its place at the end of the block.

    The content goes to a temporary name in the same folder, is forced to disk and renamed; then the folder is
    forced to disk as well, because a rename alone may be undone by a power cut. After an error nothing is left
    behind and an earlier file stands as it was.

    :param path: the file; its folder must exist.
    :param durable: False to force nothing to disk.
    :raises OSError: when the folder is missing, full or not writable.
    """
    # The leading dot and the ending keep a leftover of a killed process out of every "*.json".
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        check_fence()
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync_folder(path.parent)


def open_appending(path: Path) -> BinaryIO:
    """A file, made where it is not there, to which unbuffered writes add at the end.

    :param path: the file; its folder must exist. A link is not followed.
    :raises OSError: when it cannot be opened.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, FILE_MODE), "ab", buffering=0)


def write_staged(path: Path, content: Content) -> None:
    """Write a file that nobody looks for before :func:`move_atomic` gives it its place.

    Its bytes are forced to disk, its name is not: that is done once it has its place. What lay there before loses this
    name and stays what it is, for it may have others.

    :param path: the file; its folder must exist. What is left of it after an error is not whole.
    :param content: all of its bytes, or pieces of them.
    :raises OSError: when the folder is missing, full or not writable.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines((content,) if isinstance(content, bytes) else content)
        file.flush()
        os.fsync(file.fileno())


def move_atomic(source: Path, path: Path, *, durable: bool = True) -> None:
    """Give a finished file its place, as :func:`write_atomic` does with bytes.

    Within one file system it is renamed, which takes no time whatever its size; otherwise it is copied.

    :param source: a file that nobody writes to any more and that is forced to disk already; it is gone afterwards.
    :param path: the place; its folder must exist.
    :param durable: False where the caller forces the folder to disk, after moving more files into it.
    :raises OSError: when the source is missing, or the folder is missing, full or not writable.
    """
    if source.stat().st_dev == path.parent.stat().st_dev:
        check_fence()
        source.replace(path)
        if durable:
            sync_folder(path.parent)
        return
    with source.open("rb") as finished, open_atomic(path) as file:
        shutil.copyfileobj(finished, file, _COPY_BYTES)
    source.unlink()


def make_folder(path: Path) -> None:
    """Make a folder and its missing parents durably; nothing happens where it exists.

    :raises OSError: when it cannot be made, or a file is in the way.
    """
    missing: list[Path] = []
    folder = path
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
    if not path.is_dir():
        raise NotADirectoryError(f"{path} is a file where a folder is needed; move it away.")


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to disk: new names, renames and removals.

    :raises OSError: when the folder cannot be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
