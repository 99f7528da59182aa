"""A compressed file as the stream of its content: read forward, unpacked as it is read, and never more than allowed."""

import io
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa

from airflow_provider_profiler.contract.options import ReadingOptions
from airflow_provider_profiler.profiling.readers.reader import TooMuchData, UnreadableFile
from airflow_provider_profiler.profiling.stopping import check_wanted

#: The codecs by how their streams begin.
MAGICS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
# Below, the ratio says nothing: a file of a few equal lines shrinks a thousandfold.
_LEAST_TELLING_BYTES = 64 * 1024 * 1024
_SKIPPED = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """How much a stream may hold."""

    most_bytes: int
    most_ratio: int

    @classmethod
    def of(cls, reading: ReadingOptions) -> "Limits":
        """The limits that options set."""
        return cls(reading.max_decompressed_bytes, reading.max_compression_ratio)

    def check(self, position: int, consumed: int, path: str) -> None:
        """Compare what was unpacked with what it was unpacked from.

        :param position: bytes of content so far.
        :param consumed: bytes of the file so far.
        :raises TooMuchData: naming the option.
        """
        if position > self.most_bytes:
            raise TooMuchData(
                f"{path}: its content has more than the {self.most_bytes} bytes that the option "
                "reading.max_decompressed_bytes allows"
            )
        if position > _LEAST_TELLING_BYTES and position > consumed * self.most_ratio:
            raise TooMuchData(
                f"{path}: its content is more than {self.most_ratio} times as large as the file, which is how files "
                "that are made to fill memory look; if it is sound, raise the option reading.max_compression_ratio"
            )


def codec_of(head: bytes) -> str | None:
    """``gzip`` or ``zstd`` by the first bytes of a file, None for any other."""
    return next((codec for magic, codec in MAGICS.items() if head.startswith(magic)), None)


class DecompressedFile(io.RawIOBase):
    """The content of a gzip or Zstandard file, of however many members or frames.

    Going back starts again from the file's beginning; a pass over the content therefore reads it from start to end.
    """

    def __init__(self, file: BinaryIO, codec: str, path: str, limits: Limits | None = None) -> None:
        """Start at the beginning of the content.

        :param file: the compressed file; it is closed with this one.
        :param codec: ``gzip`` or ``zstd``.
        :param path: the file's path, for messages.
        :param limits: None where an earlier pass has held the same content against them.
        """
        super().__init__()
        self._file = file
        self._codec = codec
        self._path = path
        self._limits = limits
        self._position = 0
        self._stream = self._begin()

    def _begin(self) -> pa.CompressedInputStream:
        self._file.seek(0)
        self._position = 0
        return pa.CompressedInputStream(pa.PythonFile(_Unclosed(self._file), mode="r"), self._codec)

    @property
    def consumed(self) -> int:
        """Bytes of the compressed file that were read so far."""
        return self._file.tell()

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always, though only going forward is cheap."""
        return True

    def tell(self) -> int:
        """The position in the content."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position of the content, counted from its start; behind the end is the end.

        :raises UnreadableFile: when the stream is damaged on the way.
        """
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("the length of a compressed stream is not known")
        if offset < self._position:
            self._stream = self._begin()
        while self._position < offset and self.read(min(_SKIPPED, offset - self._position)):
            pass
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes of content, fewer at its end alone; all that is left where it is negative.

        :raises UnreadableFile: when the stream is damaged or cut short.
        :raises TooMuchData: when it holds more than allowed.
        """
        parts = []
        left = size if size >= 0 else 1 << 62
        while left:
            check_wanted()
            part = self._read_some(min(left, _SKIPPED))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _read_some(self, size: int) -> bytes:
        try:
            part: bytes = self._stream.read(size)
        except OSError as error:
            if error.errno is not None:  # the file could not be read, whatever is in it
                raise
            raise UnreadableFile(
                f"{self._path}: cannot be decompressed as {self._codec} behind byte {self._position} of its content: "
                f"{error}"
            ) from error
        self._position += len(part)
        if self._limits is not None:
            self._limits.check(self._position, self.consumed, self._path)
        return part

    def close(self) -> None:
        """Close the compressed file too."""
        if not self.closed:
            self._file.close()
        super().close()


class _Unclosed:
    """What Arrow reads from: Arrow closes what it is given, and going back needs the file again."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        self.closed = True
