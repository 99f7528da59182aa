"""The shapes of texts: ``AAA-9999`` for number plates, ``A+a+ A+a+`` for names.

Two grains: sign by sign, which tells codes of different length apart, and by runs, where the length of a run no longer
matters. The finer one is shown where a few of its shapes cover most of the texts.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.contract.statistics import ShapeCount
from airflow_provider_profiler.profiling.statistics.alphabet import classes, signs
from airflow_provider_profiler.profiling.statistics.code_points import CodePoints, blocks, texts_of
from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys
from airflow_provider_profiler.profiling.statistics.tally import tally_bytes

#: Shapes that are shown.
SHAPES = 10
#: Signs of a shape before an ellipsis stands for the rest.
LONGEST_SHAPE = 32
#: Characters of a text that the shape by runs is made of.
_LOOKED_AT = 256
#: The share of the texts that the shown shapes sign by sign have to cover.
_MOST = 0.5
_ELLIPSIS = ord("…")
_PLUS = ord("+")


@dataclass(frozen=True)
class Shapes:
    """The most frequent shapes, and how many different ones there are."""

    found: tuple[ShapeCount, ...] = ()
    different: int = 0


def read_shapes(values: pa.Array, counts: Integers) -> Shapes:
    """The shapes of texts.

    :param values: a ``large_binary`` array of UTF-8 without nulls.
    :param counts: how many rows each text stands for.
    :raises UnicodeDecodeError: when they are not UTF-8.
    """
    if not len(values):
        return Shapes()
    signed = []
    for _, points in blocks(values):
        classes(points.codes)  # looks up what was never met
        signed.append(_cut(CodePoints(signs(points.codes), points.offsets), _LOOKED_AT, ellipsis=False))
    fine = _tallied([_cut(block, LONGEST_SHAPE) for block in signed], counts)
    top = fine.top(SHAPES)
    if sum(rows for _, rows in top) < _MOST * int(counts.sum()):
        fine = _tallied([_cut(_runs(block), LONGEST_SHAPE) for block in signed], counts)
        top = fine.top(SHAPES)
    return Shapes(tuple(ShapeCount(shape=shape.decode(), count=rows) for shape, rows in top), len(fine))


def _tallied(shapes: list[CodePoints], counts: Integers) -> ExactTable[BytesKeys]:
    texts = [texts_of(block.codes, np.diff(block.offsets)) for block in shapes]
    return tally_bytes(pa.concat_arrays(texts), counts)


def _runs(points: CodePoints) -> CodePoints:
    """Of every run of one sign the first, and a plus where the run is longer."""
    codes = points.codes.copy()
    starts = np.ones(len(codes), np.bool_)
    starts[1:] = codes[1:] != codes[:-1]
    first = points.offsets[:-1]
    starts[first[first < len(codes)]] = True
    seconds = np.zeros(len(codes), np.bool_)
    seconds[1:] = ~starts[1:] & starts[:-1]
    codes[seconds] = _PLUS
    return _kept(codes, points.offsets, starts | seconds)


def _cut(points: CodePoints, limit: int, *, ellipsis: bool = True) -> CodePoints:
    """The first ``limit`` signs of each text, and an ellipsis for the others."""
    lengths = np.diff(points.offsets)
    if not len(lengths) or lengths.max() <= limit:
        return points
    position = np.arange(len(points.codes)) - np.repeat(points.offsets[:-1], lengths)
    codes = points.codes
    if ellipsis:
        codes = codes.copy()
        codes[position == limit] = _ELLIPSIS
    return _kept(codes, points.offsets, position < limit + ellipsis)


def _kept(codes: Array, offsets: Integers, kept: Array) -> CodePoints:
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(kept)))
    return CodePoints(codes[kept], before[offsets])
