"""The guide to what a profile says names every statistic, and the constants as they are."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from airflow_provider_profiler.contract import statistics as model
from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.profiling.statistics import (
    aligned_histogram,
    compactor,
    correlations,
    distinct_rows,
    heavy_hitters,
    hyperloglog,
    number_metrics,
    row_sample,
    shapes,
    value_sample,
)
from airflow_provider_profiler.profiling.statistics.character_classes import read_characters

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "profile.md").read_text(encoding="utf-8")


def test_every_statistic_is_explained() -> None:
    explained = {word for span in re.findall(r"`([^`\n]+)`", GUIDE) for word in span.split()}
    models = (
        model.ColumnStatistics,
        model.NumericStatistics,
        model.TextStatistics,
        model.CharacterStatistics,
        model.CharacterClasses,
        model.TemporalStatistics,
        model.BooleanStatistics,
        model.Quantiles,
    )
    names = {name for item in models for name in item.model_fields} - {"numeric", "text", "accuracy"}
    assert names - explained == set()
    assert {str(item) for item in (*model.Method, *model.CorrelationMethod)} - explained == set()
    assert {"duplicate_rows", "correlations", "is_unique", "is_constant", "empty_columns"} - explained == set()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (StatisticsOptions().exact_values, "{:,}; fewer in tables"),
        (hyperloglog.REGISTERS, "{:,} registers"),
        (round(100 * hyperloglog.RELATIVE_BOUND, 1), "relative, {} %"),
        (heavy_hitters.COUNTERS, "{:,} counters"),
        (compactor.K, "levels of {:,} values"),
        (aligned_histogram.CELLS, "at most {:,} cells"),
        (number_metrics.BINS, "{} equal bins from"),
        (number_metrics.FINE_BINS, "{} equal bins between"),
        (value_sample.VALUES, "the {:,} distinct values with"),
        (value_sample.LONGEST, "{} bytes of it"),
        (round(value_sample.SHARE_BOUND, 3), "within {}"),
        (shapes.LONGEST_SHAPE, "at most {} signs"),
        (distinct_rows.CAPACITY, "Up to {:,} distinct rows it is exact"),
        (row_sample.ROWS, "exact up to {:,} distinct rows"),
        (correlations.MOST_COLUMNS, "The first {} columns"),
    ],
)
def test_numbers_are_those_of_the_code(number: float, said: str) -> None:
    assert said.format(number) in GUIDE.replace("\n", " ")


def texts(values: list[str]) -> pa.Array:
    return pa.array(values, pa.large_string()).cast(pa.large_binary())


def test_the_shapes_of_the_examples_are_the_ones_it_shows() -> None:
    tables = re.findall(r"^\| values \| shape \|\n\|---\|---\|\n((?:\|.*\n)+)", GUIDE, re.MULTILINE)
    rows = [re.findall(r"`([^`]+)`", row) for table in tables for row in table.splitlines()]
    assert len(rows) >= 5
    # Many lengths make the shapes by runs the ones that are shown.
    others = ["A" * one + "b" * another for one in range(1, 30) for another in range(1, 30)]
    for *values, shape in rows:
        for value in values:
            fine, coarse = texts([value]), texts([value] * 3 + others)
            by_sign = shapes.read_shapes(fine, np.ones(1, np.int64)).found
            by_run = shapes.read_shapes(coarse, np.ones(len(coarse), np.int64)).found
            assert shape in ([item.shape for item in by_sign] + [item.shape for item in by_run])


def test_the_words_of_the_examples_are_mixed_or_not_as_it_says() -> None:
    found = read_characters(texts(["ΑΓΙOΣ", "μm", "ΔT", "Tシャツ"]), np.ones(4, np.int64))
    assert all(f"`{word}`" in GUIDE for word in ("ΑΓΙOΣ", "μm", "ΔT", "Tシャツ"))
    assert found.mixed.tolist() == [0]
