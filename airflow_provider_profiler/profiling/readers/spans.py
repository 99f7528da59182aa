"""Places in a partition as plain bytes: there may be millions of them, and they travel to where they are used."""

from collections.abc import Sequence

import numpy as np

Span = tuple[int, int]


def packed(spans: Sequence[Span]) -> bytes:
    """Starts and stops as bytes."""
    return np.array(spans, "<i8").tobytes()


def unpacked(spans: bytes) -> list[Span]:
    """What was packed."""
    pairs: list[list[int]] = np.frombuffer(spans, "<i8").reshape(-1, 2).tolist()
    return [(start, stop) for start, stop in pairs]
