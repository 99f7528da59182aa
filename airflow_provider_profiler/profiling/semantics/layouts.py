"""Grouping texts by their layout: where digits and letters stand, and what else is written between them.

Texts of one layout have their parts at the same places. What a layout can mean is worked out once, and its texts are
read together, column of bytes by column of bytes.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.semantics.text_bytes import Bytes, Mask, TextBytes
from airflow_provider_profiler.profiling.statistics.encoding import Integers

#: No text with more bytes is a date, a time or a number as people write it.
LONGEST = 64

_TABLE = bytes(
    ord("9") if 48 <= byte <= 57 else ord("b") if byte >= 128 else ord("a") if chr(byte).isalpha() else byte
    for byte in range(256)
)
#: Lowest byte, and bytes from there on, that a sign of a layout stands for.
_RANGES = {ord("9"): (48, 9), ord("b"): (128, 127)}
#: Codes have nearly as many layouts as there are of them. From so many on most are sorted out all at once.
_MANY = 64
#: Groups of fewer texts are taken apart in Python, which is faster than starting numpy.
_SMALL = 96
#: The same for texts of different lengths, each of which is a group at least.
_FEW = 2048
_PROBE = 16
#: Bytes that are compared with a layout at a time, so that they stay in the processor's cache.
_BLOCK = 1 << 17


@dataclass(frozen=True)
class LayoutGroup:
    """Texts of one layout.

    A layout has ``9`` for a digit, ``a`` for an ASCII letter, ``b`` for a byte that is not ASCII; any other character
    stands for itself.
    """

    layout: str
    rows: Integers | None
    """Their positions among all texts; None where these are all."""
    matrix: Bytes
    """Their bytes: shape (texts, length)."""


def layout_of(text: bytes) -> bytes:
    """The layout of a text."""
    return text.translate(_TABLE)


def outline(pattern: str) -> str:
    """A pattern without names, references and conditions: it lets all pass that the pattern does, and some more.

    Python is slow where many thousands of layouts are to be looked at, and RE2 knows no references.
    """
    plain = re.sub(r"\(\?P<\w+>", "(?:", pattern)
    plain = re.sub(r"\(\?<?[!=][^)]*\)", "", plain)
    return re.sub(r"\(\?P=\w+\)|\\[0-9]", "[-/. ',]", plain)


def layout_groups(texts: TextBytes, wanted: Callable[[str], object], perhaps: str) -> Iterator[LayoutGroup]:
    """Texts of at most :data:`LONGEST` bytes, grouped by their layout.

    :param wanted: whether texts of a layout are of any interest; the others are left out.
    :param perhaps: a pattern of RE2 that all wanted layouts match.
    """
    if len(texts) <= _SMALL or (len(texts) <= _FEW and not texts.width):
        yield from _few(texts, wanted)
        return
    if texts.width:
        yield from _of_one_length(None, texts.matrix, wanted, perhaps)
        return
    order = np.argsort(texts.lengths.astype(np.uint8), kind="stable")
    ordered = texts.take(order)
    edges = np.flatnonzero(np.diff(ordered.lengths)) + 1
    for start, stop in zip([0, *edges.tolist()], [*edges.tolist(), len(order)], strict=True):
        width = int(ordered.lengths[start])
        first = int(ordered.starts[start])
        matrix = ordered.data[first : first + width * (stop - start)].reshape(-1, width)
        yield from _of_one_length(order[start:stop], matrix, wanted, perhaps)


def _few(texts: TextBytes, wanted: Callable[[str], object]) -> Iterator[LayoutGroup]:
    groups: dict[bytes, list[int]] = {}
    items = texts.items()
    for place, text in enumerate(items):
        groups.setdefault(text.translate(_TABLE), []).append(place)
    for layout, places in groups.items():
        if wanted(layout.decode()):
            content = b"".join([items[place] for place in places])
            matrix = np.frombuffer(content, np.uint8).reshape(len(places), len(layout))
            yield LayoutGroup(layout.decode(), np.array(places), matrix)


def _of_one_length(
    rows: Integers | None, matrix: Bytes, wanted: Callable[[str], object], perhaps: str
) -> Iterator[LayoutGroup]:
    """First the layouts that a few texts have, which are mostly all there are; then the others."""
    if len(matrix) > _SMALL:
        step = len(matrix) // _PROBE
        probes = Counter(layout_of(text.tobytes()) for text in matrix[: step * _PROBE : step])
        for layout, _ in probes.most_common():
            if not wanted(layout.decode()):
                continue
            fits = fits_layout(matrix, layout)
            if fits.all():
                yield LayoutGroup(layout.decode(), rows, matrix)
                return
            if rows is None:
                rows = np.arange(len(matrix))
            yield LayoutGroup(layout.decode(), rows[fits], matrix[fits])
            rows, matrix = rows[~fits], matrix[~fits]
            if not len(rows):
                return
    if rows is None:
        rows = np.arange(len(matrix))
    layouts = np.frombuffer(matrix.tobytes().translate(_TABLE), np.uint8)
    buffers = [None, pa.py_buffer(layouts)]
    kind = pa.binary(matrix.shape[1])
    encoded = pa.FixedSizeBinaryArray.from_buffers(kind, len(rows), buffers).dictionary_encode()
    found = encoded.dictionary.to_pylist()
    kept = np.ones(len(found), np.bool_)
    if len(found) > _MANY:
        matches = pc.match_substring_regex(encoded.dictionary.cast(pa.binary()), perhaps)
        kept = matches.to_numpy(zero_copy_only=False).copy()
    for code in np.flatnonzero(kept).tolist():
        kept[code] = bool(wanted(found[code].decode()))
    if not kept.any():
        return
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(found) + 1))
    for code in np.flatnonzero(kept).tolist():
        chosen = order[edges[code] : edges[code + 1]]
        yield LayoutGroup(found[code].decode(), rows[chosen], matrix[chosen])


def fits_layout(matrix: Bytes, layout: bytes) -> Mask:
    """Which texts have the layout.

    :param matrix: the texts' bytes, contiguous: shape (texts, length of the layout).
    """
    width = len(layout)
    ranges = [(65, 57) if sign == ord("a") else _RANGES.get(sign, (sign, 0)) for sign in layout]
    repeats = min(max(_BLOCK // width, 1), len(matrix))
    low, span = (np.tile(np.array(column, np.uint8), repeats) for column in zip(*ranges, strict=True))
    letters = np.flatnonzero(np.frombuffer(layout, np.uint8) == ord("a"))
    found = np.empty(len(matrix), np.bool_)
    for start in range(0, len(matrix), repeats):
        block = matrix[start : start + repeats]
        flat = block.reshape(-1)
        off = (flat - low[: len(flat)]) > span[: len(flat)]
        fits = found[start : start + repeats]
        if off.any():
            np.logical_not(off.reshape(block.shape).any(axis=1), out=fits)
        else:
            fits[:] = True
        for place in letters.tolist():
            fits &= ((block[:, place] | 32) - 97) < 26
    return found
