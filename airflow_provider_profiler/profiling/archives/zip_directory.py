"""The directory at the end of a ZIP file, in memory that its own size bounds: see APPNOTE.TXT 6.3, 4.3.12 to 4.3.16."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

#: The end record and the longest comment behind it.
_TAIL = 22 + 65535
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_BLOCK = 1 << 20
#: Names that tell what kind of document it is: they stand among the first ones.
_MOST_NAMES = 2000


class DamagedDirectory(Exception):
    """There is no directory that could be read."""


@dataclass(frozen=True)
class ZipDirectory:
    """Where the directory lies."""

    entries: int
    start: int
    """Offset in the file."""
    length: int


def find_directory(file: BinaryIO) -> ZipDirectory:
    """Find the directory from the end of a file.

    :raises DamagedDirectory: when there is none, or it lies elsewhere than its end says.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or place + _END.size > len(tail):
        raise DamagedDirectory("it has no directory at its end")
    *_, entries, length, _, _ = _END.unpack_from(tail, place)
    end = size - len(tail) + place
    if place >= _LOCATOR.size and tail[place - _LOCATOR.size :].startswith(b"PK\x06\x07"):
        _, _, offset, _ = _LOCATOR.unpack_from(tail, place - _LOCATOR.size)
        # What stands before the archive (a program that unpacks it) shifts what is in it.
        end -= _LOCATOR.size + _END_64.size
        for position in (offset, end):
            if not 0 <= position < size:
                continue
            file.seek(position)
            record = file.read(_END_64.size)
            if record.startswith(b"PK\x06\x06") and len(record) == _END_64.size:
                *_, entries, length, _ = _END_64.unpack(record)
                end = position
                break
        else:
            raise DamagedDirectory("its directory lies beyond its end")
    if length > end:
        raise DamagedDirectory("its directory is longer than the file")
    return ZipDirectory(entries, end - length, length)


def zip_names(file: BinaryIO) -> list[str]:
    """The first names of a ZIP file's entries, as far as they are ASCII.

    :raises DamagedDirectory: as :func:`find_directory`.
    """
    directory = find_directory(file)
    names = []
    for name in _names(file, directory):
        names.append(name.decode("ascii", "replace"))
        if len(names) >= _MOST_NAMES:
            break
    return names


def count_entries(file: BinaryIO, directory: ZipDirectory, most: int) -> int:
    """Entries that the directory really has, whatever its end says; not counted beyond ``most`` + 1."""
    count = 0
    for _ in _names(file, directory):
        count += 1
        if count > most:
            break
    return count


def _names(file: BinaryIO, directory: ZipDirectory) -> Iterator[bytes]:
    position, stop = directory.start, directory.start + directory.length
    data, origin = b"", position
    while position + _ENTRY.size <= stop:
        if position + _ENTRY.size + 65535 > origin + len(data):
            file.seek(position)
            data, origin = file.read(min(_BLOCK, stop - position)), position
        at = position - origin
        if data[at : at + 4] != b"PK\x01\x02" or at + _ENTRY.size > len(data):
            return
        fields = _ENTRY.unpack_from(data, at)
        name, extra, comment = fields[10:13]
        yield data[at + _ENTRY.size : at + _ENTRY.size + name]
        position += _ENTRY.size + name + extra + comment
