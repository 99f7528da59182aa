"""States of small arrays, and partitions of them."""

import itertools
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile, describe
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer, ColumnState
from airflow_provider_profiler.profiling.statistics.first_rows import Numbering


@pytest.fixture(scope="session")
def analyze() -> Callable[..., ColumnState]:
    """The state of an array as one batch of a partition."""

    def analyze(values: Any, *, textual: bool = False, partition: int = 0, **options: Any) -> ColumnState:
        analyzer = ColumnAnalyzer(textual=textual, options=StatisticsOptions(**options), partition_index=partition)
        return analyzer.analyze(values if isinstance(values, pa.Array) else pa.array(values))

    return analyze


@pytest.fixture(scope="session")
def merged(analyze: Callable[..., ColumnState]) -> Callable[..., ColumnState]:
    """The state of an array cut at some rows and merged in order, one partition a piece."""

    def merged(values: pa.Array, cuts: Sequence[int], **options: Any) -> ColumnState:
        edges = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
        pieces = [values.slice(a, b - a) for a, b in itertools.pairwise(edges)]
        states = [
            analyze(piece, partition=index, **options).renumbered(Numbering(start))
            for index, (piece, start) in enumerate(zip(pieces, edges, strict=False))
        ]
        return reduce(ColumnState.merge, states)

    return merged


@pytest.fixture(scope="session")
def profile(analyze: Callable[..., ColumnState]) -> Callable[..., ColumnProfile]:
    """What is said of an array."""

    def profile(values: Any, *, textual: bool = False, **options: Any) -> ColumnProfile:
        return describe(analyze(values, textual=textual, **options), StatisticsOptions(**options))

    return profile
