"""The state of texts and binary values, and of what the texts of a delimited file may mean."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.profiling.semantics.evidence import Evidence, is_textual
from airflow_provider_profiler.profiling.semantics.recognition import Recognised, recognise
from airflow_provider_profiler.profiling.statistics.encoding import part
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering
from airflow_provider_profiler.profiling.statistics.heavy_hitters import HeavyHitters
from airflow_provider_profiler.profiling.statistics.hyperloglog import HyperLogLog
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys
from airflow_provider_profiler.profiling.statistics.lengths import Lengths
from airflow_provider_profiler.profiling.statistics.value_sample import ValueSample
from airflow_provider_profiler.profiling.statistics.values import Values

_NO_ROWS = np.zeros(0, np.int64)
NO_TEXTS: Final = ExactTable(BytesKeys(pa.nulls(0, pa.large_binary())), _NO_ROWS, _NO_ROWS)


class TextKind(StrEnum):
    """What the bytes of a column are."""

    INFERRED = "inferred"
    """Texts that may mean numbers or dates."""
    TEXT = "text"
    BINARY = "binary"


@dataclass(frozen=True)
class TextSketch:
    """What is kept of texts that are too many to list.

    The distinct texts that are nothing but text (``plain``) and those that were recognised as something are counted
    apart: a column of numbers adds its distinct numbers to the former, a column of text unites both.
    """

    lengths: Lengths
    plain: HyperLogLog
    recognised: HyperLogLog
    hitters: HeavyHitters[BytesKeys]
    evidence: Evidence | None
    """None for binary values, which mean nothing."""
    sample: ValueSample | None
    """None for binary values, which are not looked into."""

    @property
    def distinct(self) -> int:
        """Distinct texts, whatever they mean."""
        return self.plain.merge(self.recognised).estimate()

    def merge(self, other: "TextSketch") -> "TextSketch":
        """The sketch of both parts' rows."""
        evidence = self.evidence
        if evidence is not None and other.evidence is not None:
            evidence = evidence.merge(other.evidence)
        sample = self.sample
        if sample is not None and other.sample is not None:
            sample = sample.merge(other.sample)
        return TextSketch(
            self.lengths.merge(other.lengths),
            self.plain.merge(other.plain),
            self.recognised.merge(other.recognised),
            self.hitters.merge(other.hitters),
            evidence,
            sample,
        )

    def renumbered(self, numbering: Numbering) -> "TextSketch":
        """The sketch of the same rows with other numbers."""
        evidence, sample = self.evidence, self.sample
        return replace(
            self,
            evidence=None if evidence is None else evidence.renumbered(numbering),
            sample=None if sample is None else sample.renumbered(numbering),
        )

    def encode(self) -> dict[str, Any]:
        """All parts by name."""
        return {
            "lengths": self.lengths.encode(),
            "plain": self.plain.encode(),
            "recognised": self.recognised.encode(),
            "hitters": self.hitters.encode(),
            "evidence": None if self.evidence is None else self.evidence.encode(),
            "sample": None if self.sample is None else self.sample.encode(),
        }

    @classmethod
    def decode(cls, encoded: Any) -> "TextSketch":
        """Rebuild the sketch.

        :raises ValueError: when a part is damaged.
        """
        return cls(
            Lengths.decode(part(encoded, "lengths", dict)),
            HyperLogLog.decode(part(encoded, "plain", dict)),
            HyperLogLog.decode(part(encoded, "recognised", dict)),
            HeavyHitters.decode(part(encoded, "hitters", dict), BytesKeys),
            None if encoded.get("evidence") is None else Evidence.decode(part(encoded, "evidence", dict)),
            None if encoded.get("sample") is None else ValueSample.decode(part(encoded, "sample", dict)),
        )


@dataclass(frozen=True)
class TextValues(Values[BytesKeys, TextSketch]):
    """Texts as UTF-8, or bytes."""

    kind: TextKind = TextKind.TEXT

    def with_parts(self, seed: int, table: ExactTable[BytesKeys] | None, sketch: TextSketch | None) -> "TextValues":
        """The same kind of values with other content."""
        return TextValues(self.capacity, seed, table, sketch, self.kind)

    def sketched(self, table: ExactTable[BytesKeys]) -> TextSketch:
        """The sketch of a table's rows."""
        is_text = self.kind is not TextKind.BINARY
        hashes = table.keys.hashes()
        seen = self.recognised(table)
        plain = np.ones(len(table), np.bool_) if seen is None else is_textual(seen.votes)
        return TextSketch(
            Lengths.of(table.keys.values, table.counts, characters=is_text),
            HyperLogLog.of(hashes[plain]),
            HyperLogLog.of(hashes[~plain]),
            HeavyHitters.of(table),
            None if seen is None else Evidence.of(table, self.capacity, self.seed, seen),
            ValueSample.of(table.keys, hashes, table.first_rows) if is_text else None,
        )

    def recognised(self, table: ExactTable[BytesKeys]) -> Recognised | None:
        """What a table's texts can be taken for; None for binary values."""
        if self.kind is TextKind.BINARY:
            return None
        return recognise(table.keys.values, words_only=self.kind is TextKind.TEXT)


@dataclass(frozen=True)
class TextState:
    """Texts or binary values of a column, none of them empty texts."""

    tag: ClassVar[str] = "text"

    values: TextValues

    @classmethod
    def identity(cls, kind: TextKind, capacity: int, seed: int) -> "TextState":
        """The state of no rows."""
        return cls(TextValues(capacity, seed, NO_TEXTS, None, kind))

    def merge(self, other: "TextState") -> "TextState":
        """The state of both parts' rows.

        :raises ValueError: when one is of texts and the other of binary values.
        """
        if self.values.kind is not other.values.kind:
            raise ValueError("Texts, texts whose type is inferred, and binary values cannot be merged with each other.")
        return TextState(self.values.merge(other.values))

    def renumbered(self, numbering: Numbering) -> "TextState":
        """The state of the same rows with other numbers."""
        return TextState(self.values.renumbered(numbering))

    def encode(self) -> dict[str, Any]:
        """Kind and values."""
        return {"kind": self.values.kind.value, "values": self.values.encode()}

    @classmethod
    def decode(cls, encoded: Any) -> "TextState":
        """Rebuild the state.

        :raises ValueError: when a part is damaged.
        """
        parts = Values.decode_parts(part(encoded, "values", dict), BytesKeys, TextSketch.decode)
        return cls(TextValues(*parts, TextKind(part(encoded, "kind", str))))
