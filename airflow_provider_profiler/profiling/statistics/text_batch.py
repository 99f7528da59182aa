"""From a batch of texts to their state: by listing the distinct ones or, where those are too many, by their hashes."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.statistics.hashing import Hashes, hash_bytes
from airflow_provider_profiler.profiling.statistics.leading import WINDOW, Leading
from airflow_provider_profiler.profiling.statistics.row_hashes import CellHashes
from airflow_provider_profiler.profiling.statistics.tally import tally_bytes, tally_texts
from airflow_provider_profiler.profiling.statistics.text_rows import perhaps_too_many, sketch_of_rows
from airflow_provider_profiler.profiling.statistics.texts import TextKind, TextState


@dataclass(frozen=True)
class TextBatch:
    """What is known of a batch of texts."""

    state: TextState
    missing: int
    leading: Leading
    cells: CellHashes | None = None


def analyze_texts(
    values: pa.Array, kind: TextKind, capacity: int, seed: int, leading: int, *, hashed: bool
) -> TextBatch:
    """The state of texts or byte strings.

    :param values: a string or binary array; nulls and empty texts are missing.
    :param capacity: distinct texts that a table may hold.
    :param leading: the first distinct texts that are kept.
    :param hashed: whether the cells' hashes are wanted too.
    """
    if perhaps_too_many(values, capacity):
        batch = _sketched(values, kind, capacity, seed, leading, hashed=hashed)
        if batch is not None:
            return batch
    tally = tally_texts(values, empty_is_missing=kind is not TextKind.BINARY)
    table, texts, told = tally.table, tally.texts, values.type
    codes = tally.present_codes(WINDOW)
    if kind is TextKind.BINARY or _is_utf_8(table.keys.values):
        first = Leading.of_codes(table.keys, codes, leading)
    else:
        repaired = _repaired(table.keys.values)
        first = Leading.of_texts(repaired.take(pa.array(codes)), leading)
        table, texts = tally_bytes(repaired, table.counts, table.first_rows), _repaired(texts)
        told = texts.type
    cells = CellHashes(_cell_hashes(texts, told), tally.codes) if hashed else None
    identity = TextState.identity(kind, capacity, seed)
    state = replace(identity, values=identity.values.holding(table))
    return TextBatch(state, tally.missing, first, cells)


def _sketched(
    values: pa.Array, kind: TextKind, capacity: int, seed: int, leading: int, *, hashed: bool
) -> TextBatch | None:
    texts = values.cast(pa.large_binary())
    there: npt.NDArray[np.bool_] | None = None
    filled = texts.is_valid()
    if kind is not TextKind.BINARY:
        filled = pc.fill_null(pc.greater(pc.binary_length(texts), 0), False)
    if not pc.all(filled, min_count=0).as_py():
        there = filled.to_numpy(zero_copy_only=False)
        texts = texts.filter(filled)
    if kind is not TextKind.BINARY and not _is_utf_8(texts):
        texts = _repaired(texts)
    hashes = hash_bytes(texts)
    places = np.arange(1, len(values) + 1) if there is None else np.flatnonzero(there) + 1
    sketch = sketch_of_rows(texts, hashes, kind, capacity, seed, places=places)
    if sketch is None:
        return None
    identity = TextState.identity(kind, capacity, seed)
    state = replace(identity, values=identity.values.with_parts(seed, None, sketch))
    cells = CellHashes(_told_from_missing(hashes, values.type), there=there) if hashed else None
    return TextBatch(state, len(values) - len(texts), Leading.of_texts(texts, leading), cells)


def _cell_hashes(texts: pa.Array, kind: pa.DataType) -> Hashes:
    """The hash of each text, 0 where it is null.

    :param texts: a ``large_binary`` array.
    :param kind: what they are told to be.
    """
    filled = pc.fill_null(texts, b"") if texts.null_count else texts
    hashes = _told_from_missing(hash_bytes(filled), kind)
    return hashes * texts.is_valid().to_numpy(zero_copy_only=False) if texts.null_count else hashes


def _told_from_missing(hashes: Hashes, kind: pa.DataType) -> Hashes:
    """Hashes of which that of no bytes, which is 0, is no other's: where no bytes are not the same as nothing."""
    return hashes + np.uint64(1) if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else hashes


def _is_utf_8(values: pa.Array) -> bool:
    texts = pa.Array.from_buffers(pa.large_string(), len(values), values.buffers(), values.null_count, values.offset)
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _repaired(values: pa.Array) -> pa.Array:
    """A file may claim text and hold anything: what is no UTF-8 is replaced by the character that says so."""
    cells = values.cast(pa.large_binary()).to_pylist()
    texts = [None if cell is None else cell.decode("utf-8", "replace").encode() for cell in cells]
    return pa.array(texts, pa.large_binary())
