"""The values that tables and sketches count: numbers in a numpy array, texts and bytes in an Arrow array."""

from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers, pack, part, unpack, unpack_counts
from airflow_provider_profiler.profiling.statistics.hashing import Hashes, hash_bytes, hash_numbers

_NUMBER_TYPES = ("int64", "uint64", "float64")


class Keys(Protocol):
    """Distinct values of one kind."""

    def __len__(self) -> int: ...

    def union(self, other: Self) -> tuple[Self, Integers, Integers]:
        """The distinct values of both, and where each operand's values stand among them."""
        ...

    def take(self, rows: Integers) -> Self:
        """The values at these positions."""
        ...

    def order(self) -> Integers:
        """The positions of the values in ascending order."""
        ...

    def sizes(self) -> Integers:
        """Bytes that each value takes."""
        ...

    def hashes(self) -> Hashes:
        """The fixed hash of each value."""
        ...

    def items(self) -> list[Any]:
        """The values as Python objects."""
        ...

    def encode(self) -> dict[str, Any]:
        """The values as msgpack-ready parts."""
        ...


@dataclass(frozen=True)
class NumberKeys:
    """Numbers: int64, uint64 or finite float64."""

    values: Array

    def __len__(self) -> int:
        return len(self.values)

    def union(self, other: "NumberKeys") -> tuple["NumberKeys", Integers, Integers]:
        """The distinct numbers of both, ascending; integers meet floats as floats."""
        both = np.concatenate((self.values, other.values))
        unique, places = np.unique(both, return_inverse=True)
        return NumberKeys(unique), places[: len(self)], places[len(self) :]

    def take(self, rows: Integers) -> "NumberKeys":
        """The numbers at these positions."""
        return NumberKeys(self.values[rows])

    def order(self) -> Integers:
        """The positions of the numbers in ascending order."""
        return np.argsort(self.values, kind="stable")

    def sizes(self) -> Integers:
        """Eight bytes each."""
        return np.full(len(self), 8, np.int64)

    def hashes(self) -> Hashes:
        """The fixed hash of each number."""
        return hash_numbers(self.values)

    def items(self) -> list[int | float]:
        """The numbers as Python objects."""
        return list(self.values.tolist())

    def encode(self) -> dict[str, Any]:
        """Type and packed items."""
        return {"type": self.values.dtype.name, "items": pack(self.values)}

    @classmethod
    def decode(cls, encoded: Any) -> "NumberKeys":
        """Rebuild the keys.

        :raises ValueError: when the parts are not numbers, or not finite.
        """
        kind = part(encoded, "type", str)
        if kind not in _NUMBER_TYPES:
            raise ValueError(f"A stored state is damaged: {kind!r} is not a type of numbers.")
        values = unpack(part(encoded, "items", bytes), kind)
        if kind == "float64" and not np.isfinite(values).all():
            raise ValueError("A stored state is damaged: a table of numbers holds NaN or infinity.")
        return cls(values)


def utf8_texts(values: pa.Array) -> pa.Array:
    """Bytes as the texts they are, without copying them.

    :param values: a ``large_binary`` array.
    :raises pyarrow.ArrowInvalid: when they are not UTF-8.
    """
    texts = values.view(pa.large_string())
    texts.validate(full=True)
    return texts


@dataclass(frozen=True)
class BytesKeys:
    """Texts (as UTF-8) or bytes, in a ``large_binary`` array without nulls."""

    values: pa.Array

    def __len__(self) -> int:
        return len(self.values)

    def union(self, other: "BytesKeys") -> tuple["BytesKeys", Integers, Integers]:
        """The distinct values of both, in the order in which they first appear."""
        encoded = pa.concat_arrays([self.values, other.values]).dictionary_encode()
        places = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        return BytesKeys(encoded.dictionary), places[: len(self)], places[len(self) :]

    def take(self, rows: Integers) -> "BytesKeys":
        """The values at these positions."""
        return BytesKeys(self.values.take(pa.array(rows)))

    def order(self) -> Integers:
        """The positions of the values in the order of their bytes, which is the order of code points."""
        return pc.sort_indices(self.values).to_numpy(zero_copy_only=False).astype(np.int64)  # type: ignore[no-any-return]

    def sizes(self) -> Integers:
        """The length of each value and of its offset."""
        values = self.values
        if not len(values):
            return np.zeros(0, np.int64)
        offsets = np.frombuffer(values.buffers()[1], np.int64)[values.offset : values.offset + len(values) + 1]
        return offsets[1:] - offsets[:-1] + 8

    def hashes(self) -> Hashes:
        """The fixed hash of each value."""
        return hash_bytes(self.values)

    def items(self) -> list[bytes]:
        """The values as Python objects."""
        return list(self.values.to_pylist())

    def encode(self) -> dict[str, Any]:
        """Packed lengths and the bytes one after the other."""
        return {"lengths": pack(self.sizes() - 8), "items": b"".join(self.values.to_pylist())}

    @classmethod
    def decode(cls, encoded: Any) -> "BytesKeys":
        """Rebuild the keys.

        :raises ValueError: when the lengths do not add up to the bytes.
        """
        lengths = unpack_counts(part(encoded, "lengths", bytes))
        data = part(encoded, "items", bytes)
        offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
        if offsets[-1] != len(data) or (offsets < 0).any():
            raise ValueError("A stored state is damaged: the lengths of its texts do not add up.")
        buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)]
        return cls(pa.Array.from_buffers(pa.large_binary(), len(lengths), buffers))
