"""What is said of an array of values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv

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


@pytest.fixture(scope="session")
def text_columns() -> Callable[[Path], dict[str, pa.Array]]:
    """The columns of a file with commas, as the texts they are."""

    def text_columns(path: Path) -> dict[str, pa.Array]:
        names = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        convert = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        table = csv.read_csv(path, convert_options=convert)
        return {name: table[name].combine_chunks() for name in names}

    return text_columns
