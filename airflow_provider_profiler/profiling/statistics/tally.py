"""Counting the values of a batch: distinct ones and how often each occurs."""

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.profiling.statistics.encoding import Array, Integers
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys, NumberKeys


def tally_numbers(values: Array, weights: Integers | None = None) -> ExactTable[NumberKeys]:
    """Count numbers by sorting them, the fastest way where many differ.

    :param values: int64, uint64 or finite float64 values in any order.
    :param weights: how many rows each stands for; one where it is None.
    """
    if not len(values):
        return ExactTable(NumberKeys(values), np.zeros(0, np.int64))
    if values.dtype.kind == "f":
        # Zero has two signs that compare equal: which one a sort leaves first would depend on the input's order.
        values = values + 0.0
    cumulative = None
    if weights is None or weights.max() == 1:
        ordered = np.sort(values)
    else:
        order = np.argsort(values, kind="stable")
        ordered, cumulative = values[order], np.cumsum(weights[order])
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1, len(ordered))
    reached = ends if cumulative is None else cumulative[ends - 1]
    counts = np.diff(reached, prepend=0).astype(np.int64)
    return ExactTable(NumberKeys(ordered[ends - 1]), counts)


def tally_bytes(values: pa.Array, weights: Integers | None = None) -> ExactTable[BytesKeys]:
    """Count byte strings.

    :param values: a ``large_binary`` array without nulls.
    :param weights: how many rows each stands for; one where it is None.
    """
    encoded = values.dictionary_encode()
    places = encoded.indices.to_numpy(zero_copy_only=False)
    counts = np.zeros(len(encoded.dictionary), np.int64)
    if weights is None:
        counts += np.bincount(places, minlength=len(counts))
    else:
        np.add.at(counts, places, weights)
    return ExactTable(BytesKeys(encoded.dictionary), counts)
