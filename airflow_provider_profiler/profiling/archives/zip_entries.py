"""The entries of a ZIP file, refused where it was made to fill memory."""

import stat
import struct
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import BinaryIO

from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.profiling.archives.entries import Budget, Entry, looked_at, moment
from airflow_provider_profiler.profiling.archives.zip_content import DAMAGE, ZipPlace, zip_content
from airflow_provider_profiler.profiling.archives.zip_directory import DamagedDirectory, count_entries, find_directory
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile

#: Bytes of a directory: those of a million entries with names of usual length take a hundred megabytes.
_LONGEST_DIRECTORY = 512 * 1024 * 1024
_LOCAL_HEADER = 30
_ENCRYPTED = 0x41
_UTF_8 = 0x800
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_UNIX = 3
#: The extra field in which Info-ZIP keeps the time in UTC, to the second.
_TIMESTAMP = 0x5455


def zip_entries(file: BinaryIO, path: str, budget: Budget, head_bytes: int, *, checksum: bool) -> Iterator[Entry]:
    """Look at all entries but folders, one after another.

    :param file: the open archive, and ``path`` its name in messages.
    :param checksum: whether each of them is read whole.
    :raises UnreadableFile: when it has no directory that can be read.
    :raises TooMuchData: when it has too many entries, unpacks to too much, or its entries overlap.
    """
    for info in _directory(file, path, budget):
        name, modified = _name(info), _modified(info)
        size = info.file_size
        if info.is_dir():
            continue
        cause, why = _not_read(info)
        if why:
            yield Entry(name, size, modified, listed=why, listed_by=cause)
            continue
        place = ZipPlace(info.header_offset, info.compress_type, info.compress_size, info.CRC)
        content = None
        try:
            budget.limits.check(size, info.compress_size, name)
            content = zip_content(file, place, size, name)
            head, digest = looked_at(content, size, head_bytes, checksum=checksum, spend=budget.take_bytes)
        except TooMuchData as error:
            if content is not None:  # it is the archive as a whole that is too large
                raise
            yield Entry(name, size, modified, failed=FileReason(code=FileReasonCode.TOO_LARGE, message=str(error)))
            continue
        except (*DAMAGE, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:  # the archive itself cannot be read
                raise
            message = f"{name}: cannot be unpacked: {error}"
            yield Entry(name, size, modified, failed=FileReason(code=FileReasonCode.MALFORMED, message=message))
            continue
        yield Entry(name, size, modified, place, head, digest)


def _directory(file: BinaryIO, path: str, budget: Budget) -> Sequence[zipfile.ZipInfo]:
    try:
        directory = find_directory(file)
        budget.take_entries(max(directory.entries, count_entries(file, directory, budget.entries)))
        if directory.length > _LONGEST_DIRECTORY:
            raise TooMuchData(f"{path}: has a directory of {directory.length} bytes, too long to be looked at")
        infos = zipfile.ZipFile(file).infolist()
    except (DamagedDirectory, zipfile.BadZipFile, struct.error, UnicodeDecodeError, NotImplementedError) as error:
        raise UnreadableFile(f"{path}: cannot be read as ZIP: {error}") from error
    _check_apart(infos, directory.start, path)
    # Before any of it is unpacked: what a directory says is the most that its entries are unpacked to.
    sound = [info for info in infos if _fits(budget, info)]
    packed = sum(info.compress_size for info in sound)
    budget.limits.check(sum(info.file_size for info in sound), packed, path)
    return infos


def _fits(budget: Budget, info: zipfile.ZipInfo) -> bool:
    try:
        budget.limits.check(info.file_size, info.compress_size, "")
    except TooMuchData:
        return False
    return True


def _check_apart(infos: Sequence[zipfile.ZipInfo], stop: int, path: str) -> None:
    """Refuse entries that share bytes: a file of a few of them unpacks to petabytes.

    :raises TooMuchData: naming two of them.
    """
    ordered = sorted(infos, key=lambda info: info.header_offset)
    for info, after in zip(ordered, [*ordered[1:], None], strict=True):
        end = info.header_offset + _LOCAL_HEADER + info.compress_size
        if end > (stop if after is None else after.header_offset):
            other = "its directory" if after is None else repr(_name(after))
            raise TooMuchData(
                f"{path}: the entry {_name(info)!r} overlaps {other}, which is how archives that are made to fill "
                "memory look; it is not unpacked"
            )


def _not_read(info: zipfile.ZipInfo) -> tuple[str, str]:
    """The reason code and the reason of an entry that is only listed."""
    unix = info.external_attr >> 16 if info.create_system == _UNIX else 0
    if stat.S_ISLNK(unix):
        return FileReasonCode.NOT_A_FILE, "is a link in an archive, which is not followed"
    if info.flag_bits & _ENCRYPTED:
        return FileReasonCode.UNSUPPORTED_FORMAT, "is encrypted in its archive"
    if info.compress_type not in _METHODS:
        return FileReasonCode.UNSUPPORTED_FORMAT, f"is compressed by a method ({info.compress_type}) that is not read"
    return "", ""


def _name(info: zipfile.ZipInfo) -> str:
    """The name; one that does not say how it is written is UTF-8 if it can be, else the code page of old PCs."""
    name = info.filename
    if not info.flag_bits & _UTF_8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name


def _modified(info: zipfile.ZipInfo) -> datetime | None:
    """When it was modified: in UTC where it says so, else the time that it says, taken for UTC."""
    extra = info.extra
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == _TIMESTAMP and 5 <= length <= len(extra) - 4 and extra[4] & 1:
            return moment(struct.unpack_from("<i", extra, 5)[0])
        extra = extra[4 + length :]
    try:
        return datetime(*info.date_time, tzinfo=UTC)
    except (ValueError, TypeError):
        return None
