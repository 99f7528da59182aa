"""Figures as people read them."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.render.report.figures import day_and_time, number, rounded, scalar, when


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "–"),
        (0, "0"),
        (-52, "-52"),
        (1234567, "1,234,567"),
        (6.0, "6"),
        (0.1 + 0.2, "0.3"),
        (57.95, "57.95"),
        (71.2854, "71.2854"),
        (123456.789, "123,456.79"),
        (3004.8, "3,004.8"),
        (1999.999, "2,000"),
        (0.0000123456789, "1.23457e-05"),
        (1e300, "1e+300"),
        (math.inf, "inf"),
        (math.nan, "nan"),
    ],
)
def test_a_number_of_the_data(value, told):
    assert number(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "–"),
        (3, "3"),
        (1.64215, "1.642"),
        (0.533299, "0.5333"),
        (97.0468, "97.05"),
        (11950.2, "11,950"),
        (999.96, "1000"),
        (2.0, "2"),
        (1e300, "1e+300"),
        (math.nan, "nan"),
    ],
)
def test_a_number_that_was_worked_out(value, told):
    assert rounded(value) == told


@given(st.floats())
def test_any_number_is_told(value):
    assert number(value)
    assert rounded(value)
    assert scalar(value)


def test_values_of_cells_are_never_shortened():
    assert [scalar(value) for value in (None, True, 6.0, 0.1234567890123, 10**20, "06.0", 1e16)] == [
        "",
        "true",
        "6",
        "0.1234567890123",
        "100000000000000000000",
        "06.0",
        "1e+16",
    ]


def test_moments():
    assert day_and_time("2019-01-01T00:00:50") == "2019-01-01 00:00:50"
    assert day_and_time("2019-01-01") == "2019-01-01"
    there = timezone(timedelta(hours=3))
    assert when(datetime(2026, 3, 1, 1, 5, tzinfo=there)) == "28 February 2026, 22:05 UTC"
    assert when(datetime(2026, 11, 27, 14, 29, 3, tzinfo=UTC)) == "27 November 2026, 14:29 UTC"
