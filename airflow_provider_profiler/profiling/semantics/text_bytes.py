"""Texts as the bytes they are, for questions that numpy answers for all of them at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.statistics.encoding import Integers

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

#: The bytes of a text that are among its first four, by its length.
_FILLED = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF], np.uint32)
_NO_BYTES = np.zeros(1, np.uint8)


@dataclass(frozen=True)
class TextBytes:
    """Texts in one buffer, none of them null or empty.

    Text ``i`` is ``data[starts[i] : starts[i] + lengths[i]]``; the texts stand in the buffer without gaps.
    """

    array: pa.Array
    data: Bytes
    starts: Integers
    lengths: Integers

    @classmethod
    def of(cls, array: pa.Array) -> "TextBytes":
        """A view of the texts.

        :param array: ``large_binary`` or ``large_string``, without nulls and empty texts.
        """
        _, places, content = array.buffers()
        offsets = np.frombuffer(places, np.int64)[array.offset : array.offset + len(array) + 1]
        data = _NO_BYTES if content is None or not content.size else np.frombuffer(content, np.uint8)
        return cls(array, data, offsets[:-1], np.diff(offsets))

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def body(self) -> Bytes:
        """The bytes of all texts, one after the other."""
        if not len(self):
            return _NO_BYTES[:0]
        return self.data[self.starts[0] : self.starts[-1] + self.lengths[-1]]

    @cached_property
    def strings(self) -> pa.Array:
        """The texts as ``large_string``, without copying them."""
        array = self.array
        return pa.Array.from_buffers(pa.large_string(), len(array), array.buffers(), 0, array.offset)

    @cached_property
    def width(self) -> int:
        """The length that all texts have; 0 where they have several."""
        return self.shortest if self.shortest == int(self.lengths.max()) else 0

    @cached_property
    def shortest(self) -> int:
        """The length of the shortest text."""
        return int(self.lengths.min())

    @cached_property
    def first(self) -> Bytes:
        """The first byte of each text."""
        if self.width:
            return np.ascontiguousarray(self.matrix[:, 0])
        return self.data.take(self.starts)

    @cached_property
    def last(self) -> Bytes:
        """The last byte of each text."""
        return self.data.take(self.starts + (self.lengths - 1))

    @property
    def matrix(self) -> Bytes:
        """The texts as rows, where all have one length: shape (texts, length)."""
        return self.body.reshape(len(self), self.width)

    @cached_property
    def heads(self) -> npt.NDArray[np.uint32]:
        """The first four bytes of each text, the first one lowest, filled up with zeros."""
        data, starts = self.data, self.starts
        last = len(data) - 4
        inner = len(starts) if len(starts) and starts[-1] <= last else int(np.searchsorted(starts, last, "right"))
        found = np.empty(len(starts), np.uint32)
        if inner:
            words = np.ndarray((last + 1,), "<u4", buffer=data, strides=(1,))
            found[:inner] = words[starts[:inner]]
        for row in range(inner, len(starts)):
            found[row] = int.from_bytes(data[starts[row] : starts[row] + 4].tobytes(), "little")
        if self.shortest < 4:
            if self.width:
                found &= _FILLED[self.width]
            else:
                found &= _FILLED.take(self.lengths, mode="clip")
        return found

    def holding(self, hits: Integers) -> Integers:
        """The texts that hold these places of :attr:`body`, each text once.

        :param hits: ascending positions.
        """
        rows: Integers = np.searchsorted(self.starts, hits + self.starts[0], side="right") - 1
        repeated: Mask = rows[1:] == rows[:-1]
        return np.concatenate((rows[:1], rows[1:][~repeated]))

    def take(self, rows: Integers) -> "TextBytes":
        """The texts at these positions."""
        return TextBytes.of(self.array.take(pa.array(rows)))

    def trimmed(self) -> "TextBytes":
        """The texts without surrounding white space; one of white space alone becomes empty."""
        return TextBytes.of(pc.utf8_trim_whitespace(self.strings))

    def items(self) -> list[bytes]:
        """The texts as Python objects."""
        return list(self.array.cast(pa.large_binary()).to_pylist())
