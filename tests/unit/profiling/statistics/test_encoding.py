"""States as bytes: complete, checked, and never another exception than ValueError."""

from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import numpy as np
import pyarrow as pa
import pytest
import xxhash

from airflow_provider_profiler.profiling.statistics.column import ColumnState, decode_state, encode_state


def states(analyze: Callable[..., ColumnState]) -> Iterator[ColumnState]:
    mixed = ["1", "2.5", "NA", "yes", "2024-01-01", "12:30", "03/04/2024", "2024-01-01 10:00", "inf", "nan", None]
    for options in ({}, {"exact_values": 16}):
        yield analyze(np.arange(50) * 0.5, **options)
        yield analyze([*mixed, *(f"x{i}" for i in range(40))], textual=True, **options)
        yield analyze(pa.array(range(40), pa.timestamp("us")), **options)
        yield analyze(pa.array([b"a", b"bc"] * 20), **options)
    yield analyze([True, False, None])
    yield analyze(pa.nulls(2))


def sealed(content: bytes) -> bytes:
    return b"DPC\x04" + len(content).to_bytes(8, "little") + xxhash.xxh64_digest(content) + content


def test_every_cut_is_rejected(analyze: Callable[..., ColumnState]) -> None:
    for state in states(analyze):
        encoded = encode_state(state)
        for length in {*range(0, min(len(encoded), 64)), len(encoded) // 2, len(encoded) - 1}:
            with pytest.raises(ValueError, match=r"not a column's state|damaged"):
                decode_state(encoded[:length])
        with pytest.raises(ValueError, match="damaged"):
            decode_state(encoded + b"\x00")


def test_every_flipped_byte_is_rejected(analyze: Callable[..., ColumnState]) -> None:
    encoded = encode_state(analyze(["a", "b", "1"], textual=True))
    for position in range(len(encoded)):
        damaged = bytearray(encoded)
        damaged[position] ^= 0x10
        with pytest.raises(ValueError, match=r"not a column's state|damaged"):
            decode_state(bytes(damaged))


def test_another_version_is_rejected(analyze: Callable[..., ColumnState]) -> None:
    encoded = encode_state(analyze([1]))
    with pytest.raises(ValueError, match="not a column's state of this version"):
        decode_state(b"DPC\x01" + encoded[4:])


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("new", [None, -1, "x", b"\xff\xff\xff", [], {}, 1.5])
def test_contents_of_another_shape_never_raise_anything_else(analyze: Callable[..., ColumnState], new: Any) -> None:
    for state in states(analyze):
        content = state.encode()
        rejected = 0
        for path in leaves(content):
            try:
                decode_state(sealed(msgpack.packb(replaced(content, path, new))))
            except ValueError:
                rejected += 1
        assert rejected


def test_content_that_is_no_state_is_rejected() -> None:
    for content in (b"", b"\xc1", msgpack.packb([1, 2]), msgpack.packb({"kind": "pickle", "missing": 0})):
        with pytest.raises(ValueError):
            decode_state(sealed(content))


def test_impossible_tables_are_rejected(analyze: Callable[..., ColumnState]) -> None:
    content = analyze([1.0, 2.0]).encode()
    table = ("values", "values", "table")
    twice = np.array([1.0, 1.0]).tobytes()
    for path, new in (
        ((*table, "keys", "items"), twice),
        ((*table, "keys", "items"), np.array([1.0, np.nan]).tobytes()),
        ((*table, "counts"), np.array([1, 0], np.int64).tobytes()),
        ((*table, "counts"), np.array([1, -1], np.int64).tobytes()),
        ((*table, "counts"), np.array([1, 1, 1], np.int64).tobytes()),
        ((*table, "first_rows"), {"width": "uint8", "items": b"\x01"}),
        (("values", "values", "capacity"), 1),
    ):
        with pytest.raises(ValueError, match="damaged"):
            decode_state(sealed(msgpack.packb(replaced(content, path, new))))
