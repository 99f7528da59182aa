"""What the texts of a column look like: characters and shapes, from all texts or from a sample of the distinct ones."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from airflow_provider_profiler.contract.statistics import Accuracy, CharacterStatistics, Method
from airflow_provider_profiler.profiling.statistics.character_classes import read_characters
from airflow_provider_profiler.profiling.statistics.encoding import Integers
from airflow_provider_profiler.profiling.statistics.exact_table import ExactTable
from airflow_provider_profiler.profiling.statistics.keys import BytesKeys
from airflow_provider_profiler.profiling.statistics.shapes import Shapes, read_shapes
from airflow_provider_profiler.profiling.statistics.value_sample import SHARE_BOUND, ValueSample

#: Texts shown of those that mix scripts: the smallest, so that they do not depend on the partitioning.
EXAMPLES = 5


@dataclass(frozen=True)
class TextContent:
    """Characters and shapes, with the accuracy of both."""

    characters: CharacterStatistics
    shapes: Shapes
    mixed: tuple[tuple[bytes, int], ...] = ()
    """Some of the texts that mix scripts inside a word, each with its first row, 0 where that is not known."""
    accuracy: Accuracy = field(default_factory=Accuracy)

    @classmethod
    def of_table(cls, table: ExactTable[BytesKeys]) -> "TextContent":
        """Of all rows."""
        rows = np.zeros(len(table), np.int64) if table.first_rows is None else table.first_rows
        return cls._of(table.keys.values, table.counts, rows, Accuracy())

    @classmethod
    def of_sample(cls, sample: ValueSample) -> "TextContent":
        """Of the distinct values of a sample, each counted once: how many rows hold them is not known."""
        accuracy = Accuracy(method=Method.SAMPLE, bound=SHARE_BOUND)
        return cls._of(sample.keys.values, np.ones(len(sample), np.int64), sample.first_rows, accuracy)

    @classmethod
    def _of(cls, values: pa.Array, counts: Integers, rows: Integers, accuracy: Accuracy) -> "TextContent":
        characters = read_characters(values, counts)
        mixed: tuple[tuple[bytes, int], ...] = ()
        if len(characters.mixed):
            texts = values.take(pa.array(characters.mixed)).to_pylist()
            mixed = tuple(sorted(zip(texts, rows[characters.mixed].tolist(), strict=True))[:EXAMPLES])
        return cls(characters.statistics, read_shapes(values, counts), mixed, accuracy)
