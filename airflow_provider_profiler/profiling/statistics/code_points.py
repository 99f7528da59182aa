"""Texts as one long array of code points, a block of them at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers

#: Bytes of texts that are taken apart together: what is made of them is several times as large.
_BLOCK = 1 << 20
_ASCII = 0x80


@dataclass(frozen=True)
class CodePoints:
    """The characters of some texts one after the other, and where each text begins."""

    codes: Array
    """uint8 where all are ASCII, else uint32."""
    offsets: Integers
    """One more than there are texts."""

    @property
    def ascii(self) -> bool:
        """Whether all characters are ASCII."""
        return self.codes.dtype == np.uint8

    @property
    def owners(self) -> Integers:
        """The position of the text that each character belongs to."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


def blocks(values: pa.Array) -> Iterator[tuple[slice, CodePoints]]:
    """The code points of texts, in blocks.

    :param values: a ``large_binary`` array of UTF-8 without nulls.
    :return: which of the texts a block holds, and their characters.
    :raises UnicodeDecodeError: when they are not UTF-8.
    """
    if not len(values):
        return
    offsets = np.frombuffer(values.buffers()[1], np.int64)[values.offset : values.offset + len(values) + 1]
    data = values.buffers()[2]
    start = 0
    while start < len(values):
        # At least one text a block, however long it is.
        end = int(np.searchsorted(offsets, offsets[start] + _BLOCK, side="right")) - 1
        end = min(max(end, start + 1), len(values))
        first, last = int(offsets[start]), int(offsets[end])
        raw = data.slice(first, last - first).to_pybytes() if last > first else b""
        yield slice(start, end), _code_points(raw, offsets[start : end + 1] - first)
        start = end


def _code_points(raw: bytes, offsets: Integers) -> CodePoints:
    octets = np.frombuffer(raw, np.uint8)
    if raw.isascii():
        return CodePoints(octets, offsets)
    codes = np.frombuffer(raw.decode().encode("utf-32-le"), "<u4").astype(np.uint32, copy=False)
    # Bytes 10xxxxxx go on with a character that started before.
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum((octets & 0xC0) != _ASCII)))
    return CodePoints(codes, before[offsets])


def texts_of(codes: Array, lengths: Integers) -> pa.Array:
    """The other way round: texts of code points.

    :param lengths: how many of them each text has.
    :return: a ``large_binary`` array of UTF-8.
    """
    if not len(codes) or codes.max() < _ASCII:
        raw, sizes = codes.astype(np.uint8).tobytes(), lengths
    else:
        raw = codes.astype("<u4").tobytes().decode("utf-32-le").encode()
        bytes_each = 1 + (codes >= _ASCII) + (codes >= 0x800) + (codes >= 0x10000).astype(np.int64)
        reached = np.concatenate((np.zeros(1, np.int64), np.cumsum(bytes_each)))
        ends = np.cumsum(lengths)
        sizes = reached[ends] - reached[ends - lengths]
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    return pa.Array.from_buffers(
        pa.large_binary(), len(lengths), [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(raw)]
    )
