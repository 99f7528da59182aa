"""What is kept of a column until all tables are read, to see which column's values are those of another."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.contract.profile import DataType, Field
from airflow_provider_profiler.profiling.semantics.semantic_types import whole_floats
from airflow_provider_profiler.profiling.semantics.value_patterns import Weighed, weighed
from airflow_provider_profiler.profiling.statistics.column import ColumnState
from airflow_provider_profiler.profiling.statistics.encoding import Integers
from airflow_provider_profiler.profiling.statistics.hashing import Hashes, hash_bytes
from airflow_provider_profiler.profiling.statistics.numbers import NumberState
from airflow_provider_profiler.profiling.statistics.texts import TextKind, TextState

#: What may separate the keys of a list, the plainest first.
SEPARATORS = (";", "|", ",", " ")
#: Bytes of the longest value that may be a key.
LONGEST = 64
#: Of the distinct texts those that have to hold a separator, and their number.
_LEAST_LISTS, _FEWEST_LISTS = 0.05, 2
#: Up to here a double holds every whole number.
_WHOLE_FLOATS = 2.0**53
#: Different keys that the lists of a column may hold together.
_MOST_PARTS = 1 << 16


@dataclass(frozen=True)
class KeptValues:
    """Distinct values as texts, numbers without signs of their origin, and how many rows hold each of them."""

    texts: pa.Array
    rows: Integers
    exact: bool
    """All values there are; else those of a sample, which count once each."""
    separator: str = ""
    """Of the lists that the values are the parts of."""

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def hashes(self) -> Hashes:
        """The fixed hash of each value."""
        return hash_bytes(self.texts.cast(pa.large_binary()))

    @property
    def size(self) -> int:
        """Bytes in memory, with the hashes."""
        return int(self.texts.nbytes) + 16 * len(self)

    @property
    def longest(self) -> int:
        """Bytes of the longest value."""
        return int(pc.max(pc.binary_length(self.texts)).as_py() or 0)


def kept_values(field: Field, state: ColumnState) -> KeptValues | None:
    """The values of a column that may be keys; None for what is none: fractions, dates, booleans, and what is lost."""
    values, numeric = state.values, field.statistics.numeric is not None
    if numeric and field.data_type is DataType.FLOAT and not whole_floats(field.statistics, field.sample):
        return None
    if isinstance(values, NumberState):
        return _of_numbers(values)
    if not isinstance(values, TextState) or values.values.kind is TextKind.BINARY:
        return None
    if not numeric and field.data_type is not DataType.TEXT:
        return None
    found, exact = _texts(field, values)
    texts = found.texts
    if numeric:
        texts = pc.replace_substring_regex(pc.replace_substring_regex(texts, r"^\+", ""), r"\.0*$", "")
    return KeptValues(*_distinct(texts, found.rows), exact)


def _of_numbers(state: NumberState) -> KeptValues | None:
    table = state.values.table
    if table is None:
        return None
    numbers = table.keys.values
    if numbers.dtype.kind == "f":
        if (np.abs(numbers) >= _WHOLE_FLOATS).any() or (np.floor(numbers) != numbers).any():
            return None
        numbers = numbers.astype(np.int64)
    return KeptValues(pa.array(numbers).cast(pa.large_string()), table.counts, exact=True)


def listed_values(field: Field, kept: KeptValues) -> KeptValues | None:
    """The parts of a column's values, where these are lists of short values; else None.

    The separator is the first of :data:`SEPARATORS` that a twentieth of the distinct values holds.
    """
    if field.data_type is not DataType.TEXT or field.statistics.text is None:
        return None
    for separator in SEPARATORS:
        having = pc.match_substring(kept.texts, separator).to_numpy(zero_copy_only=False)
        if having.sum() >= max(_FEWEST_LISTS, _LEAST_LISTS * len(kept)):
            break
    else:
        return None
    lists = pc.split_pattern(kept.texts, separator)
    parts = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    rows = kept.rows[pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)]
    there = pc.not_equal(parts, "")
    texts, rows = _distinct(parts.filter(there), rows[there.to_numpy(zero_copy_only=False)])
    found = KeptValues(texts, rows, kept.exact, separator)
    return found if len(found) <= _MOST_PARTS and found.longest <= LONGEST else None


def _texts(field: Field, state: TextState) -> tuple[Weighed, bool]:
    tokens = frozenset(token.token for token in field.statistics.null_tokens)
    values = state.values
    if values.table is not None:
        return weighed(values.table.keys.values, values.table.counts, tokens), True
    if values.sketch is None or values.sketch.sample is None:
        raise AssertionError("texts that are not listed have a sample")
    sample = values.sketch.sample.keys
    return weighed(sample.values, np.ones(len(sample), np.int64), tokens), False


def _distinct(texts: pa.Array, rows: Integers) -> tuple[pa.Array, Integers]:
    encoded = texts.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    amounts = np.zeros(len(encoded.dictionary), np.int64)
    np.add.at(amounts, codes, rows)
    return encoded.dictionary, amounts
