"""What is said of an array of values."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile, describe
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer


@pytest.fixture(scope="session")
def profile() -> Callable[..., ColumnProfile]:
    """Analyze an array as one batch and describe it."""

    def profile(values: pa.Array, *, textual: bool = False, **options: Any) -> ColumnProfile:
        chosen = StatisticsOptions(**options)
        analyzer = ColumnAnalyzer(textual=textual, options=chosen, partition_index=0)
        return describe(analyzer.analyze(values), chosen)

    return profile
