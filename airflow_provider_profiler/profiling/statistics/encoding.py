"""Reading encoded states back with suspicion: every part's type, length and sign is checked."""

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
Array = npt.NDArray[Any]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def pack(array: Array) -> bytes:
    """The array's items as little-endian bytes."""
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def unpack(data: Any, dtype: str, length: int | None = None) -> Array:
    """An array of packed items.

    :param length: the number of items that must be there; any number where it is None.
    :raises ValueError: when the bytes do not hold that many whole items.
    """
    kind = np.dtype(dtype).newbyteorder("<")
    if not isinstance(data, bytes) or len(data) % kind.itemsize:
        raise ValueError(f"A stored state is damaged: expected whole items of type {dtype}.")
    array = np.frombuffer(data, kind).astype(dtype, copy=False)
    if length is not None and len(array) != length:
        raise ValueError(f"A stored state is damaged: expected {length} items of type {dtype}, found {len(array)}.")
    return array


def unpack_counts(data: Any, length: int | None = None) -> Integers:
    """Packed int64 counts, none of them negative.

    :raises ValueError: when they are not.
    """
    counts = unpack(data, "int64", length)
    if len(counts) and counts.min() < 0:
        raise ValueError("A stored state is damaged: it holds a negative count.")
    return counts


def part(encoded: Any, name: str, kind: type[T]) -> T:
    """A named part of an encoded state.

    :raises ValueError: when it is missing or of another type.
    """
    value = encoded.get(name) if isinstance(encoded, Mapping) else None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"A stored state is damaged: {name!r} is missing or not of type {kind.__name__}.")
    return value


def count(encoded: Any, name: str) -> int:
    """A named part that is a whole number and not negative.

    :raises ValueError: when it is not.
    """
    value = part(encoded, name, int)
    if value < 0:
        raise ValueError(f"A stored state is damaged: {name!r} is negative.")
    return value


def number(encoded: Any, name: str) -> int | float:
    """A named part that is an integer or a float.

    :raises ValueError: when it is neither.
    """
    value = encoded.get(name) if isinstance(encoded, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"A stored state is damaged: {name!r} is missing or not a number.")
    return value
