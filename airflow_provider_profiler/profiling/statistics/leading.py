"""The first distinct values of a column in the order in which they appear: a sample that everybody can check."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers, count, pack, part, unpack_counts
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys, NumberKeys

#: Present values of the column among which the distinct ones are looked for.
WINDOW = 4096


@dataclass(frozen=True)
class Leading:
    """Up to ``limit`` distinct values of the first :data:`WINDOW` that are present.

    ``places`` counts the values before the first occurrence of each, so that parts merge into what looking at the
    whole column would have found, wherever it was cut.
    """

    limit: int
    seen: int = 0
    """Values that are present in these rows, counted up to the window."""
    keys: NumberKeys | BytesKeys | None = None
    places: Integers | None = None

    @classmethod
    def of_numbers(cls, values: Array, limit: int) -> "Leading":
        """The first distinct values of a batch.

        :param values: numbers, of which those that are not finite do not count.
        """
        window = values[:WINDOW]
        if window.dtype.kind == "f":
            if not np.isfinite(window).all():
                window = values[np.isfinite(values)][:WINDOW]
            window = window + 0.0
        if not limit or not len(window):
            return cls(limit, len(window))
        _, places = np.unique(window, return_index=True)
        places = np.sort(places)[:limit]
        return cls(limit, len(window), NumberKeys(window[places]), places)

    @classmethod
    def of_codes(cls, texts: BytesKeys, codes: npt.NDArray[np.int32], limit: int) -> "Leading":
        """The first distinct texts of a batch.

        :param texts: the distinct texts in the order in which they appear.
        :param codes: which of them stands in each of the first rows that are present, as many as the window has.
        """
        if not limit or not len(codes):
            return cls(limit, len(codes))
        # Each text that appears for the first time has the next code.
        highest = np.maximum.accumulate(codes)
        found = min(limit, int(highest[-1]) + 1)
        places = np.searchsorted(highest, np.arange(found), side="left")
        return cls(limit, len(codes), _copied(texts.values.slice(0, found)), places)

    @classmethod
    def of_texts(cls, texts: pa.Array, limit: int) -> "Leading":
        """The first distinct texts of a batch.

        :param texts: a ``large_binary`` array without missing ones, as many as the window has.
        """
        encoded = texts.slice(0, WINDOW).dictionary_encode()
        return cls.of_codes(BytesKeys(encoded.dictionary), encoded.indices.to_numpy(), limit)

    def merge(self, other: "Leading") -> "Leading":
        """The first distinct values of this part's rows followed by the other's."""
        seen = min(WINDOW, self.seen + other.seen)
        if other.keys is None or other.places is None or self.seen >= WINDOW:
            return Leading(self.limit, seen, self.keys, self.places)
        places = other.places + self.seen
        theirs = np.flatnonzero(places < WINDOW)
        if self.keys is None or self.places is None:
            return Leading(self.limit, seen, other.keys.take(theirs), places[theirs])
        both: NumberKeys | BytesKeys
        if isinstance(self.keys, NumberKeys) and isinstance(other.keys, NumberKeys):
            # By numpy, where integers meet floats as floats.
            both = NumberKeys(np.concatenate((self.keys.values, other.keys.values[theirs])))
            first = np.sort(np.unique(both.values, return_index=True)[1])
        else:
            both = BytesKeys(pa.concat_arrays([self.keys.values, other.keys.take(theirs).values]))
            codes = both.values.dictionary_encode().indices.to_numpy()
            first = np.sort(np.unique(codes, return_index=True)[1])
        first = first[: self.limit]
        return Leading(self.limit, seen, both.take(first), np.concatenate((self.places, places[theirs]))[first])

    def encode(self) -> dict[str, Any]:
        """The values in order, and where they stand."""
        if self.keys is None or self.places is None:
            return {"limit": self.limit, "seen": self.seen, "keys": None}
        return {"limit": self.limit, "seen": self.seen, "keys": self.keys.encode(), "places": pack(self.places)}

    @classmethod
    def decode(cls, encoded: Any) -> "Leading":
        """Rebuild the sample.

        :raises ValueError: when there are too many values, or they are not values.
        """
        limit, seen = count(encoded, "limit"), count(encoded, "seen")
        keys = encoded.get("keys")
        if keys is None:
            return cls(limit, seen)
        kind = NumberKeys if isinstance(keys, dict) and "type" in keys else BytesKeys
        decoded = kind.decode(keys)
        places = unpack_counts(part(encoded, "places", bytes), len(decoded))
        if len(decoded) > limit or (np.diff(places) <= 0).any() or (len(places) and places[-1] >= seen):
            raise ValueError("A stored state is damaged: its sample is not as it should be.")
        return cls(limit, seen, decoded, places)


def _copied(values: pa.Array) -> BytesKeys:
    # A slice would hold the whole batch in memory.
    return BytesKeys(values.take(pa.array(np.arange(len(values)))))
