"""Tar files that are compressed as a whole: recognised by their content, and unpacked as a stream within limits."""

import lzma
from typing import Any, BinaryIO

from airflow_provider_profiler.profiling.formats import MEDIA_TYPES
from airflow_provider_profiler.profiling.readers.decompression import DecompressedFile, Limits
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile

#: Media types of one compressed stream, each with its codec as Arrow calls it; ``xz`` is unpacked by Python.
PACKED = {
    MEDIA_TYPES["gz"]: "gzip",
    MEDIA_TYPES["zst"]: "zstd",
    MEDIA_TYPES["bz2"]: "bz2",
    MEDIA_TYPES["xz"]: "xz",
}
_MAGICS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}
#: A tar header, and the place of its signature.
_HEADER = 512
_PLACE = slice(257, 262)
#: Bytes that the dictionary of an xz stream may take: the highest of its usual levels takes 65 MiB.
_XZ_MEMORY = 128 * 1024 * 1024
_XZ_BLOCK = 64 * 1024


def packed_codec(head: bytes) -> str | None:
    """The codec of a compressed stream by its first bytes."""
    return next((codec for magic, codec in _MAGICS.items() if head.startswith(magic)), None)


def compressed_tar(file: BinaryIO, head: bytes) -> str | None:
    """The codec of a compressed tar file, None where the file is none.

    :param file: the file; it is read from its start, no further than the first header needs.
    """
    codec = packed_codec(head)
    if codec is None:
        return None
    try:
        header = UnpackedStream(file, codec, "").read(_HEADER)
    except UnreadableFile:
        return None
    return codec if header[_PLACE] == b"ustar" else None


class UnpackedStream(DecompressedFile):
    """The content of a file in any of the codecs; the file is not closed with it."""

    def __init__(self, file: BinaryIO, codec: str, path: str, limits: Limits | None = None) -> None:
        """Start at the beginning of the content; see :class:`DecompressedFile`."""
        super().__init__(file, codec, path, limits)

    def _begin(self) -> Any:
        if self._codec != "xz":
            return super()._begin()
        self._file.seek(0)
        self._position = 0
        return _XzStream(self._file, self._path)

    def close(self) -> None:
        """Forget the stream; whoever opened the file closes it."""


class _XzStream:
    """Unpacks xz in bounded memory: a stream names the size of its dictionary, which may be four gigabytes."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self._file = file
        self._path = path
        self._decompressor = self._new()
        self._ended = False

    def read(self, size: int) -> bytes:
        try:
            return self._read(size)
        except lzma.LZMAError as error:
            if "memory" in str(error).lower():
                raise TooMuchData(
                    f"{self._path}: was compressed so that it takes more than {_XZ_MEMORY} bytes of memory to unpack"
                ) from error
            raise OSError(str(error)) from error

    def _read(self, size: int) -> bytes:
        while not self._ended:
            if self._decompressor.eof:
                rest = self._decompressor.unused_data.lstrip(b"\0") or self._file.read(_XZ_BLOCK).lstrip(b"\0")
                if not rest:
                    self._ended = True
                    break
                self._decompressor = self._new()
            elif self._decompressor.needs_input:
                rest = self._file.read(_XZ_BLOCK)
                if not rest:
                    raise OSError("its end is missing")
            else:
                rest = b""
            if found := self._decompressor.decompress(rest, size):
                return found
        return b""

    def _new(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
