"""The content of one entry of a ZIP file, unpacked piece by piece.

Python's reader of entries unpacks at once whatever it has read of bzip2 or LZMA: of bzip2 a hundred bytes may be a
hundred megabytes, however few of them the directory claims. These two are therefore unpacked here.
"""

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from airflow_provider_profiler.profiling.archives.spool import Section
from airflow_provider_profiler.profiling.readers.reader import TooMuchData

#: What the libraries raise of a damaged entry.
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, ValueError)
_LOCAL = struct.Struct("<4s5H3L2H")
#: In front of LZMA's data: the version of its SDK, the length of what follows, and its properties (APPNOTE.TXT, 5.8.8).
_LZMA_HEAD = struct.Struct("<2sHBL")
_LZMA_PROPERTIES = 5
_LEAST_DICTIONARY = 4096
#: Bytes that the dictionary of LZMA may take: the highest of its usual levels takes 64 MiB.
_LARGEST_DICTIONARY = 128 * 1024 * 1024
_BLOCK = 64 * 1024


@dataclass(frozen=True)
class ZipPlace:
    """Where an entry of a ZIP file lies, as its directory says."""

    offset: int
    """Of its local header."""
    method: int
    packed: int
    """Bytes that it takes in the archive."""
    crc: int


def zip_content(file: BinaryIO, place: ZipPlace, size: int, name: str) -> BinaryIO:
    """The content of an entry, from an open ZIP file; at its end its checksum is compared.

    :param size: bytes of the content, as the directory says; no more are unpacked.
    :param name: names the entry in messages.
    :raises zipfile.BadZipFile: when there is no entry in this place.
    :raises TooMuchData: when unpacking it takes too much memory.
    """
    file.seek(place.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile("there is no entry where the directory says")
    *_, name_length, extra = _LOCAL.unpack(header)
    section = io.BufferedReader(Section(file, place.offset + _LOCAL.size + name_length + extra, place.packed), _BLOCK)
    if place.method == zipfile.ZIP_BZIP2:
        return _bounded(section, bz2.BZ2Decompressor(), place, size)
    if place.method == zipfile.ZIP_LZMA:
        return _bounded(section, _lzma_decompressor(section, size, name), place, size)
    info = zipfile.ZipInfo("member")
    info.compress_type, info.compress_size, info.file_size, info.CRC = place.method, place.packed, size, place.crc
    return cast(BinaryIO, zipfile.ZipExtFile(cast(BinaryIO, section), "r", info))


def _lzma_decompressor(packed: BinaryIO, size: int, name: str) -> lzma.LZMADecompressor:
    _, length, properties, dictionary = _LZMA_HEAD.unpack(packed.read(_LZMA_HEAD.size))
    packed.read(max(0, length - _LZMA_PROPERTIES))
    # What is shorter than its dictionary never looks back further than to its own beginning.
    dictionary = max(_LEAST_DICTIONARY, min(dictionary, size))
    if dictionary > _LARGEST_DICTIONARY:
        raise TooMuchData(
            f"{name}: was compressed so that it takes more than {_LARGEST_DICTIONARY} bytes of memory to unpack"
        )
    rest, lc = divmod(properties, 9)
    pb, lp = divmod(rest, 5)
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)


def _bounded(packed: BinaryIO, decompressor: Any, place: ZipPlace, size: int) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Unpacked(packed, decompressor, size, place.crc), _BLOCK))


class _Unpacked(io.RawIOBase):
    """What a decompressor makes of an entry, and no more of it at a time than is asked for."""

    def __init__(self, packed: BinaryIO, decompressor: Any, size: int, crc: int) -> None:
        super().__init__()
        self._packed = packed
        self._decompressor = decompressor
        self._left = size
        self._expected = crc
        self._crc = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._left)
        found = b""
        while wanted and not found:
            if self._decompressor.eof:
                raise EOFError("it is shorter than its archive says")
            block = self._packed.read(_BLOCK) if self._decompressor.needs_input else b""
            if self._decompressor.needs_input and not block:
                raise EOFError("its end is missing")
            found = self._decompressor.decompress(block, wanted)
        buffer[: len(found)] = found
        self._left -= len(found)
        self._crc = zlib.crc32(found, self._crc)
        if not self._left and self._crc != self._expected:
            raise zipfile.BadZipFile("its checksum does not fit")
        return len(found)
