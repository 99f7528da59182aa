"""The lengths of texts in characters, or of binary values in bytes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.statistics.encoding import Integers, count
from airflow_provider_profiler.profiling.statistics.keys import utf8_texts


@dataclass(frozen=True)
class Lengths:
    """Shortest, longest and total length of ``rows`` values, and how many are white space alone."""

    rows: int = 0
    minimum: int = 0
    maximum: int = 0
    total: int = 0
    blank: int = 0

    @classmethod
    def of(cls, values: pa.Array, counts: Integers, *, characters: bool) -> "Lengths":
        """The lengths of values that occur so often.

        :param values: a ``large_binary`` array.
        :param characters: the bytes are UTF-8 and are measured in code points.
        """
        if not len(values):
            return cls()
        blank = 0
        if characters:
            texts = utf8_texts(values)
            lengths = pc.utf8_length(texts).to_numpy(zero_copy_only=False)
            blank = int(counts[pc.utf8_is_space(texts).to_numpy(zero_copy_only=False)].sum())
        else:
            lengths = pc.binary_length(values).to_numpy(zero_copy_only=False)
        lengths = lengths.astype(np.int64)
        return cls(int(counts.sum()), int(lengths.min()), int(lengths.max()), int((lengths * counts).sum()), blank)

    def merge(self, other: "Lengths") -> "Lengths":
        """The lengths of both parts' values."""
        if not other.rows:
            return self
        if not self.rows:
            return other
        return Lengths(
            self.rows + other.rows,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
            self.total + other.total,
            self.blank + other.blank,
        )

    def encode(self) -> dict[str, Any]:
        """All parts by name."""
        return {
            "rows": self.rows,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "total": self.total,
            "blank": self.blank,
        }

    @classmethod
    def decode(cls, encoded: Any) -> "Lengths":
        """Rebuild the lengths.

        :raises ValueError: when a part is missing or negative.
        """
        return cls(*(count(encoded, name) for name in ("rows", "minimum", "maximum", "total", "blank")))
