"""The first distinct values of a column in the order in which they appear: a sample that everybody can check."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.profiling.statistics.encoding import Array, count
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys, NumberKeys

#: Values among which the first distinct ones are looked for; None for all.
_HEADS = (256, 4096, None)


@dataclass(frozen=True)
class Leading:
    """Up to ``limit`` distinct values."""

    limit: int
    keys: NumberKeys | BytesKeys | None = None

    @classmethod
    def of_numbers(cls, values: Array, limit: int, distinct: int) -> "Leading":
        """The first distinct values of a batch.

        :param values: finite numbers.
        :param distinct: how many distinct values the batch has.
        """
        if not limit or not len(values):
            return cls(limit)
        for head in _HEADS:
            found = pa.array(values[:head]).unique()
            # Looking at the whole batch is needed only where few distinct values hide behind many repetitions.
            if len(found) >= min(limit, distinct):
                break
        return cls(limit, _keys(found.slice(0, limit)))

    @classmethod
    def of_texts(cls, texts: BytesKeys, limit: int) -> "Leading":
        """The first ones of texts that are distinct and in the order in which they appear."""
        if not limit or not len(texts):
            return cls(limit)
        return cls(limit, _keys(texts.values.slice(0, limit)))

    def merge(self, other: "Leading") -> "Leading":
        """The first distinct values of this part's rows followed by the other's."""
        if other.keys is None:
            return self
        if self.keys is None:
            return other
        if isinstance(self.keys, NumberKeys) and isinstance(other.keys, NumberKeys):
            # By numpy, where integers meet floats as floats.
            both = pa.array(np.concatenate((self.keys.values, other.keys.values)))
        else:
            both = pa.concat_arrays([self.keys.values, other.keys.values])
        return Leading(self.limit, _keys(both.unique().slice(0, self.limit)))

    def encode(self) -> dict[str, Any]:
        """The values in order."""
        return {"limit": self.limit, "keys": None if self.keys is None else self.keys.encode()}

    @classmethod
    def decode(cls, encoded: Any) -> "Leading":
        """Rebuild the sample.

        :raises ValueError: when there are too many values, or they are not values.
        """
        limit = count(encoded, "limit")
        keys = encoded.get("keys")
        if keys is None:
            return cls(limit)
        kind = NumberKeys if isinstance(keys, dict) and "type" in keys else BytesKeys
        decoded = kind.decode(keys)
        if len(decoded) > limit:
            raise ValueError("A stored state is damaged: its sample is longer than its limit.")
        return cls(limit, decoded)


def _keys(values: pa.Array) -> NumberKeys | BytesKeys:
    if pa.types.is_large_binary(values.type):
        # A copy: a slice would hold the whole batch in memory.
        return BytesKeys(values.take(pa.array(np.arange(len(values)))))
    return NumberKeys(values.to_numpy(zero_copy_only=False))
