"""The state of one column: missing values, the first values, and the values themselves by their kind."""

from dataclasses import dataclass, replace
from typing import Any

import msgpack
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.profiling.statistics.arrow_kinds import (
    Booleans,
    Numbers,
    present_values,
    readable_values,
    text_kind,
)
from airflow_provider_profiler.profiling.statistics.booleans import BooleanState
from airflow_provider_profiler.profiling.statistics.encoding import count, part
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering
from airflow_provider_profiler.profiling.statistics.leading import Leading
from airflow_provider_profiler.profiling.statistics.numbers import NumberState
from airflow_provider_profiler.profiling.statistics.row_hashes import CellHashes
from airflow_provider_profiler.profiling.statistics.temporals import TemporalState
from airflow_provider_profiler.profiling.statistics.text_batch import analyze_texts
from airflow_provider_profiler.profiling.statistics.texts import TextKind, TextState

ValuesState = NumberState | TemporalState | BooleanState | TextState

#: Leading values kept beyond those shown, as null tokens and values of another type are left out of a sample.
LEADING_SPARE = 32
#: First bytes of an encoded state; the last one is the version, raised with every change of layout or hashing.
_MAGIC = b"DPC\x04"
_STATES: dict[str, type[Any]] = {state.tag: state for state in (NumberState, TemporalState, BooleanState, TextState)}


@dataclass(frozen=True)
class ColumnState:
    """What is remembered of some rows of a column."""

    missing: int
    leading: Leading
    values: ValuesState | None
    """None while no value was there that has a type."""

    def merge(self, other: "ColumnState") -> "ColumnState":
        """The state of this part's rows followed by the other's.

        :raises ValueError: when the parts hold values of different kinds, or were made with different options.
        """
        values: ValuesState | None
        if self.values is None or other.values is None:
            values = self.values if other.values is None else other.values
        elif type(self.values) is type(other.values):
            values = self.values.merge(other.values)  # type: ignore[arg-type]
        else:
            raise ValueError(
                f"A column of {self.values.tag} values cannot be merged with one of {other.values.tag} values: "
                "its type changes between parts of the table."
            )
        leading = self.leading.merge(other.leading)
        return ColumnState(self.missing + other.missing, leading, values)

    def renumbered(self, numbering: Numbering) -> "ColumnState":
        """The state of the same rows with other numbers."""
        if self.values is None or isinstance(self.values, BooleanState) or not numbering.changes:
            return self
        return replace(self, values=self.values.renumbered(numbering))

    def encode(self) -> dict[str, Any]:
        """All parts by name."""
        return {
            "missing": self.missing,
            "leading": self.leading.encode(),
            "kind": None if self.values is None else self.values.tag,
            "values": None if self.values is None else self.values.encode(),
        }

    @classmethod
    def decode(cls, encoded: Any) -> "ColumnState":
        """Rebuild the state.

        :raises ValueError: when a part is damaged.
        """
        values = None
        if isinstance(encoded, dict) and encoded.get("kind") is not None:
            kind = part(encoded, "kind", str)
            if kind not in _STATES:
                raise ValueError(f"A stored state is damaged: {kind!r} is not a kind of values.")
            values = _STATES[kind].decode(part(encoded, "values", dict))
        leading = Leading.decode(part(encoded, "leading", dict))
        return cls(count(encoded, "missing"), leading, values)


class ColumnAnalyzer:
    """Computes the states of a column's batches within one partition.

    :param textual: the values arrive as text although they may mean numbers or dates.
    :param partition_index: position of the partition in the plan; it seeds the draws of sketches.
    """

    def __init__(self, *, textual: bool, options: StatisticsOptions, partition_index: int) -> None:
        self._textual = textual and options.infer_types
        self._capacity = options.exact_values
        self._leading = options.sample_values + LEADING_SPARE if options.sample_values else 0
        self._seed = partition_index

    def identity(self) -> ColumnState:
        """The state of no rows."""
        return ColumnState(0, Leading(self._leading), None)

    def analyze(self, values: pa.Array) -> ColumnState:
        """The state of these values, missing ones included.

        :param values: an array of any type; dictionary-encoded, run-end-encoded and extension types too.
        """
        return self.analyze_cells(values, hashed=False)[0]

    def analyze_cells(self, values: pa.Array, *, hashed: bool) -> tuple[ColumnState, CellHashes | None]:
        """The state of these values and, where they are wanted, the hashes of all cells.

        :param values: an array of any type, as for :meth:`analyze`.
        :return: no hashes where no cell has a value.
        """
        plain = readable_values(values)
        if pa.types.is_null(plain.type):
            return ColumnState(len(plain), Leading(self._leading), None), None
        kind = text_kind(plain.type)
        if kind is not None:
            if kind is TextKind.TEXT and self._textual:
                kind = TextKind.INFERRED
            texts = analyze_texts(plain, kind, self._capacity, self._seed, self._leading, hashed=hashed)
            return ColumnState(texts.missing, texts.leading, texts.state), texts.cells
        there = plain.is_valid().to_numpy(zero_copy_only=False) if hashed and plain.null_count else None
        missing = plain.null_count
        present = present_values(plain)
        state: ValuesState
        if isinstance(present, Booleans):
            true = int(pc.sum(present.values, min_count=0).as_py())
            state = BooleanState(true, len(present.values) - true)
            numbers = present.values.cast(pa.int8()).cast(pa.int64()).to_numpy(zero_copy_only=False)
        elif isinstance(present, Numbers):
            numbers = present.values
            state = NumberState.of(numbers, self._capacity, self._seed)
        else:
            numbers = present.values
            state = TemporalState.of(numbers, present.calendar, self._capacity, self._seed)
        if missing and not isinstance(state, BooleanState) and not state.odd.empty:
            rows = plain.is_valid().to_numpy(zero_copy_only=False) if there is None else there
            state = state.renumbered(Numbering.of_places(np.flatnonzero(rows)))
        leading = Leading.of_numbers(numbers, self._leading)
        return ColumnState(missing, leading, state), CellHashes.of_numbers(numbers, there) if hashed else None


def encode_state(state: ColumnState) -> bytes:
    """The state as bytes: magic and version, length and XXH64 of the content, content in msgpack."""
    content: bytes = msgpack.packb(state.encode(), use_bin_type=True)
    return _MAGIC + len(content).to_bytes(8, "little") + xxhash.xxh64_digest(content) + content


def decode_state(encoded: bytes) -> ColumnState:
    """Rebuild a state from :func:`encode_state`'s bytes.

    :raises ValueError: when the bytes are of another version, cut short, longer, or damaged.
    """
    head = len(_MAGIC)
    if encoded[:head] != _MAGIC:
        raise ValueError("These bytes are not a column's state of this version; profile the data again.")
    content = encoded[head + 16 :]
    if len(content) != int.from_bytes(encoded[head : head + 8], "little"):
        raise ValueError("A stored state is damaged: its length is not the one it was written with.")
    if xxhash.xxh64_digest(content) != encoded[head + 8 : head + 16]:
        raise ValueError("A stored state is damaged: its checksum does not fit.")
    try:
        return ColumnState.decode(msgpack.unpackb(content, raw=False, strict_map_key=True))
    except (msgpack.UnpackException, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"A stored state is damaged: {error}.") from error
