"""Counting the values of a batch: distinct ones and how often each occurs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.statistics.encoding import Array, Floats, Integers
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.first_rows import earliest, first_rows_of_codes
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys, NumberKeys

#: Values from which on it pays to look whether they lie close enough together to be counted in place.
_WORTH_A_LOOK = 4096
#: Cells a value: numbers that span no more than so many times their count are counted in place, without sorting.
_CELLS_A_VALUE = 4
#: Decimal places that prices, distances and coordinates are written with.
_SCALES = (1.0, 10.0, 100.0, 1000.0, 10000.0)
#: Values by which it is decided how to count the others, and distinct ones of them that are few.
_HEAD = 1024
_FEW = 24
#: Values handled at a time, so that what is between two steps stays in the processor's cache.
_BLOCK = 1 << 13
#: Whole numbers up to here are exact as doubles.
_WHOLE = float(1 << 53)


@dataclass(frozen=True)
class TextTally:
    """The texts of a batch, counted; ``codes`` says which of them stands in each row.

    ``table`` holds the texts that are there; ``texts`` all that ``codes`` point to, as ``large_binary``, an absent one
    as a null or an empty text.
    """

    table: ExactTable[BytesKeys]
    missing: int
    codes: npt.NDArray[np.int32]
    texts: pa.Array
    there: npt.NDArray[np.bool_]
    """Which of the texts are in the table."""

    def present_codes(self, limit: int) -> npt.NDArray[np.int32]:
        """Which text of the table stands in each of the first rows that hold one, up to ``limit`` of them."""
        if self.there.all():
            return self.codes[:limit]
        present = self.codes[:0]
        # Further and further down: most columns hold a value in most rows.
        for rows in (2 * limit, 32 * limit, len(self.codes)):
            head = self.codes[:rows]
            present = head[self.there.take(head)]
            if len(present) >= limit:
                break
        places = np.cumsum(self.there, dtype=np.int32) - np.int32(1)
        return places.take(present[:limit])


def tally_numbers(values: Array, weights: Integers | None = None) -> ExactTable[NumberKeys]:
    """Count numbers: in place where they lie close together, else by sorting them.

    :param values: int64, uint64 or finite float64 values in any order.
    :param weights: how many rows each stands for; one where it is None.
    """
    if not len(values):
        return ExactTable(NumberKeys(values), np.zeros(0, np.int64))
    cumulative = None
    if weights is None or weights.max() == 1:
        if len(values) >= _WORTH_A_LOOK:
            counted = _count_decimals(values) if values.dtype.kind == "f" else _count_in_place(values)
            if counted is not None:
                return counted
        ordered = np.sort(values)
    else:
        order = np.argsort(values, kind="stable")
        ordered, cumulative = values[order], np.cumsum(weights[order])
    if values.dtype.kind == "f":
        # Zero has two signs that compare equal: which one is left would depend on the input's order.
        ordered += 0.0
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1, len(ordered))
    reached = ends if cumulative is None else cumulative[ends - 1]
    counts = np.concatenate((reached[:1], reached[1:] - reached[:-1])).astype(np.int64, copy=False)
    return ExactTable(NumberKeys(ordered[ends - 1]), counts)


def _count_in_place(values: Array) -> ExactTable[NumberKeys] | None:
    """Count integers by their distance from the smallest; None where they span too much."""
    low = values.min()
    if int(values.max()) - int(low) > _CELLS_A_VALUE * len(values):
        return None
    cells = np.bincount((values - low).astype(np.int64, copy=False))
    found = np.flatnonzero(cells)
    return ExactTable(NumberKeys(found.astype(values.dtype) + low), cells[found])


def _count_decimals(values: Floats) -> ExactTable[NumberKeys] | None:
    """Count doubles that are decimals of few places, as whole numbers of the last place; None where they are not.

    A double that is the nearest one to k / 10^d is what dividing k by 10^d gives: nothing is rounded on the way.
    """
    head = np.sort(values[:_HEAD])
    if np.count_nonzero(head[1:] != head[:-1]) < _FEW:
        # Sorting is faster still where nearly all values are the same few ones.
        return None
    scale = next((scale for scale in _SCALES if np.array_equal(np.rint(head * scale) / scale, head)), None)
    if scale is None:
        return None
    low, high = np.rint(float(values.min()) * scale), np.rint(float(values.max()) * scale)
    if not (low > -_WHOLE and high < _WHOLE and high - low <= _CELLS_A_VALUE * len(values)):
        return None
    cells = np.empty(len(values), np.int64)
    for start in range(0, len(values), _BLOCK):
        block = values[start : start + _BLOCK]
        units = block * scale
        np.rint(units, out=units)
        if not np.array_equal(units / scale, block):
            return None
        units -= low
        cells[start : start + _BLOCK] = units
    counts = np.bincount(cells)
    found = np.flatnonzero(counts)
    return ExactTable(NumberKeys((found + low) / scale + 0.0), counts[found])


def tally_texts(values: pa.Array, *, empty_is_missing: bool = True) -> TextTally:
    """Count texts or byte strings, and tell which stands in each row.

    :param values: a string or binary array; nulls are missing.
    """
    encoded = pc.dictionary_encode(values, null_encoding="encode")
    codes = encoded.indices.to_numpy()
    texts = encoded.dictionary.cast(pa.large_binary())
    counts = np.bincount(codes, minlength=len(texts)).astype(np.int64, copy=False)
    least = 1 if empty_is_missing else 0
    # The length of what is null is NaN here, which is below every number.
    there = pc.binary_length(texts).to_numpy(zero_copy_only=False) >= least
    first_rows = first_rows_of_codes(codes, len(texts))
    missing = 0
    kept = texts
    if not there.all():
        missing = int(counts[~there].sum())
        kept, counts, first_rows = texts.filter(pa.array(there)), counts[there], first_rows[there]
    table = ExactTable(BytesKeys(kept), counts, first_rows)
    return TextTally(table, missing, codes, texts, there)


def tally_bytes(
    values: pa.Array, weights: Integers | None = None, first_rows: Integers | None = None
) -> ExactTable[BytesKeys]:
    """Count byte strings.

    :param values: a ``large_binary`` array without nulls.
    :param weights: how many rows each stands for; one where it is None.
    :param first_rows: the first row of each; None where nobody asks for them.
    """
    encoded = values.dictionary_encode()
    places = encoded.indices.to_numpy(zero_copy_only=False)
    counts = np.zeros(len(encoded.dictionary), np.int64)
    if weights is None:
        counts += np.bincount(places, minlength=len(counts))
    else:
        np.add.at(counts, places, weights)
    if first_rows is not None:
        first_rows = first_rows[earliest(places, first_rows, len(counts))]
    return ExactTable(BytesKeys(encoded.dictionary), counts, first_rows)
