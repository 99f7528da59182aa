"""Walking a dataset's folders: every entry at any depth, links resolved inside the root, nothing dropped."""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.storage.object_stores import ObjectStamp
from airflow_provider_profiler.storage.opening import FileStamp, open_folder_beneath
from airflow_provider_profiler.storage.roots import ResolvedDataset

#: Links to folders that one walk follows: two links in each of n folders would be 2**n folders.
MOST_FOLDER_LINKS = 1000


@dataclass(frozen=True)
class Entry:
    """A file that was found, or something in its place."""

    path: str
    """Relative to the dataset, as people see it: bytes that are not UTF-8 stand as ``\\xNN``."""
    location: str = ""
    """Real path under the root, without links, for opening; of an object its bucket and key."""
    stamp: FileStamp | ObjectStamp | None = None
    reason: FileReason | None = None
    """Why it is no file that can be read; then ``stamp`` is None."""
    is_folder: bool = False


@dataclass(frozen=True)
class _Folder:
    location: str
    path: str
    ancestors: frozenset[tuple[int, int]]


def walk(dataset: ResolvedDataset) -> list[Entry]:
    """Everything in a dataset, sorted by path; the dataset itself where it is a file."""
    location = dataset.path.relative_to(dataset.root).as_posix()
    if dataset.is_file:
        status = dataset.path.lstat()
        return [Entry(path=shown(dataset.path.name), location=location, stamp=FileStamp.of(status))]
    walker = _Walker(dataset.root)
    pending = [_Folder(location if location != "." else "", "", frozenset())]
    while pending:
        pending.extend(walker.enter(pending.pop()))
    return sorted(walker.entries, key=lambda entry: entry.path)


def shown(name: str) -> str:
    """A file's name for documents: what is not UTF-8 in it is written out, since no document could hold it."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


class _Walker:
    """Enters folders one by one and keeps what it found in them."""

    def __init__(self, root: Path) -> None:
        self.entries: list[Entry] = []
        self._root = root
        self._followed = 0

    def enter(self, folder: _Folder) -> list[_Folder]:
        """Note the files of a folder and return its folders."""
        try:
            descriptor = open_folder_beneath(self._root, folder.location)
        except OSError as error:
            self._fail(folder.path, FileReasonCode.UNREADABLE, f"the folder cannot be entered: {error.strerror}", True)
            return []
        try:
            status = os.fstat(descriptor)
            identity = (status.st_dev, status.st_ino)
            if identity in folder.ancestors:
                self._fail(folder.path, FileReasonCode.LINK_LOOP, "the link leads back to a folder that holds it")
                return []
            names = sorted(os.listdir(descriptor))  # noqa: PTH208 - a path cannot stand for a descriptor
            inner = []
            for name in names:
                path = f"{folder.path}/{shown(name)}" if folder.path else shown(name)
                location = f"{folder.location}/{name}" if folder.location else name
                try:
                    entry = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                    if stat.S_ISLNK(entry.st_mode):
                        location, entry = self._follow(location)
                except _BadLink as error:
                    self._fail(path, error.code, str(error))
                    continue
                except FileNotFoundError:
                    self._fail(path, FileReasonCode.CHANGED_WHILE_READ, "was removed while its folder was listed")
                    continue
                except OSError as error:
                    self._fail(path, FileReasonCode.UNREADABLE, f"cannot be looked at: {error.strerror}")
                    continue
                if stat.S_ISDIR(entry.st_mode):
                    inner.append(_Folder(location, path, folder.ancestors | {identity}))
                elif stat.S_ISREG(entry.st_mode):
                    self.entries.append(Entry(path=path, location=location, stamp=FileStamp.of(entry)))
                else:
                    what = _KINDS.get(stat.S_IFMT(entry.st_mode), "special file")
                    self._fail(path, FileReasonCode.NOT_A_FILE, f"is a {what}, not a file")
            return inner
        except OSError as error:
            self._fail(folder.path, FileReasonCode.UNREADABLE, f"the folder cannot be listed: {error.strerror}", True)
            return []
        finally:
            os.close(descriptor)

    def _follow(self, location: str) -> tuple[str, os.stat_result]:
        """The real path, without links, that a link leads to.

        :raises _BadLink: when it leads nowhere, out of the root, or around in circles.
        """
        link = self._root / location
        try:
            link.stat()
        except OSError as error:
            # The system follows 40 links, one after another, and Python any number, in ever more time.
            if error.errno == errno.ELOOP:
                what = "the link leads around in circles, or through too many other links"
                raise _BadLink(FileReasonCode.LINK_LOOP, what) from None
        real = Path(os.path.realpath(link))
        if not real.is_relative_to(self._root):
            raise _BadLink(FileReasonCode.LINK_OUTSIDE_ROOT, "the link leads out of the data root and is not followed")
        try:
            status = real.lstat()
        except FileNotFoundError:
            raise _BadLink(FileReasonCode.LINK_BROKEN, "the link leads to nothing") from None
        if stat.S_ISDIR(status.st_mode):
            self._followed += 1
            if self._followed > MOST_FOLDER_LINKS:
                raise _BadLink(
                    FileReasonCode.LINK_LOOP,
                    f"the dataset has more than {MOST_FOLDER_LINKS} links to folders; this one is not followed",
                )
        relative = real.relative_to(self._root).as_posix()
        return "" if relative == "." else relative, status

    def _fail(self, path: str, code: FileReasonCode, message: str, is_folder: bool = False) -> None:
        reason = FileReason(code=code, message=message)
        self.entries.append(Entry(path=path or ".", reason=reason, is_folder=is_folder))


class _BadLink(Exception):
    """A link that is not followed."""

    def __init__(self, code: FileReasonCode, message: str) -> None:
        super().__init__(message)
        self.code = code


_KINDS = {
    stat.S_IFIFO: "named pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFBLK: "block device",
    stat.S_IFCHR: "character device",
}
