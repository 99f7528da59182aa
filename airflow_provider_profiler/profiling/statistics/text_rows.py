"""The sketch of a batch whose texts are too many to list, without listing them first.

Finding the distinct texts of a batch takes a hash table with all of them. Where nearly every row holds another text
it is several times as fast to hash the rows, sort the hashes, and look only at the few texts that occur often. What
comes out is the sketch that the list of texts would have overflowed into, to the byte.
"""

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.profiling.semantics.evidence import Evidence, is_textual
from airflow_provider_profiler.profiling.semantics.recognition import recognise
from airflow_provider_profiler.profiling.statistics.encoding import Integers
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.hashing import Hashes
from airflow_provider_profiler.profiling.statistics.heavy_hitters import HeavyHitters, most_dropped
from airflow_provider_profiler.profiling.statistics.hyperloglog import HyperLogLog
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys
from airflow_provider_profiler.profiling.statistics.lengths import Lengths
from airflow_provider_profiler.profiling.statistics.texts import TextKind, TextSketch
from airflow_provider_profiler.profiling.statistics.value_sample import ValueSample

#: Rows of a batch that are looked at to judge how many distinct texts it holds.
_PROBE = 1024
#: Bits of a hash by which most rows are found not to hold one of some texts.
_FILTER_BITS = 16


def perhaps_too_many(values: pa.Array, capacity: int) -> bool:
    """Whether a batch looks as if it held more distinct texts than a table may.

    Of m values drawn from D equally frequent ones, m^2 / 2D are expected to be repetitions (the birthday problem).

    :param values: a string or binary array.
    :param capacity: distinct texts that a table may hold.
    """
    if len(values) < max(capacity, 8 * _PROBE):
        return False
    step = len(values) // _PROBE
    probe = values.take(pa.array(np.arange(0, step * _PROBE, step)))
    repeated = _PROBE - len(probe.unique())
    return 2 * repeated * capacity < _PROBE * _PROBE


def sketch_of_rows(
    values: pa.Array, hashes: Hashes, kind: TextKind, capacity: int, seed: int, *, places: Integers
) -> TextSketch | None:
    """The sketch of the texts of a batch; None where they are so few that a table could hold them.

    :param values: a ``large_binary`` array without nulls and empty texts.
    :param hashes: the fixed hash of each of them.
    :param places: the number of each one's row.
    """
    ordered = np.sort(hashes)
    ends = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1, len(ordered))
    if len(ends) <= capacity:
        return None
    counts = np.diff(ends, prepend=0)
    threshold = most_dropped(counts)
    often = np.flatnonzero(counts > threshold)
    frequent = ExactTable(_texts_of(ordered[ends[often] - 1], values, hashes), counts[often])
    rows = ExactTable(BytesKeys(values), np.ones(len(values), np.int64), places)
    is_text = kind is not TextKind.BINARY
    nothing = HyperLogLog.empty()
    plain, recognised, evidence = HyperLogLog.of(hashes), nothing, None
    if is_text:
        seen = recognise(values, words_only=kind is TextKind.TEXT)
        evidence = Evidence.of(rows, capacity, seed, seen)
        textual = is_textual(seen.votes)
        if not textual.all():
            plain, recognised = (
                HyperLogLog.of(hashes[mask]) if mask.any() else nothing for mask in (textual, ~textual)
            )
    return TextSketch(
        Lengths.of(values, rows.counts, characters=is_text),
        plain,
        recognised,
        HeavyHitters.above(frequent, threshold),
        evidence,
        ValueSample.of(rows.keys, hashes, places) if is_text else None,
    )


def _texts_of(wanted: Hashes, values: pa.Array, hashes: Hashes) -> BytesKeys:
    """The texts that have these hashes.

    :param wanted: hashes in ascending order, each of which some row has.
    """
    if not len(wanted):
        return BytesKeys(values.slice(0, 0))
    shift = np.uint64(64 - _FILTER_BITS)
    table = np.zeros(1 << _FILTER_BITS, np.bool_)
    table[wanted >> shift] = True
    rows: Integers = np.flatnonzero(table.take((hashes >> shift).astype(np.int64)))
    places = np.minimum(np.searchsorted(wanted, hashes[rows]), len(wanted) - 1)
    hit = wanted[places] == hashes[rows]
    first = np.zeros(len(wanted), np.int64)
    # Written backwards, so that the first row of each stays.
    first[places[hit][::-1]] = rows[hit][::-1]
    return BytesKeys(values.take(pa.array(first)))
