"""A cell of text becomes the value that it is written for, and nothing that it is not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.semantics.cells import typed_cell


@pytest.mark.parametrize(
    ("text", "data_type", "value"),
    [
        ("7", DataType.INTEGER, 7),
        (" -12 ", DataType.INTEGER, -12),
        ("1.5", DataType.FLOAT, 1.5),
        ("2", DataType.FLOAT, 2.0),
        ("Yes", DataType.BOOLEAN, True),
        ("f", DataType.BOOLEAN, False),
        ("001", DataType.TEXT, "001"),
        ("2026-06-01", DataType.DATE, "2026-06-01"),
        ("n/a", DataType.INTEGER, "n/a"),
        ("1_000", DataType.INTEGER, "1_000"),
        ("inf", DataType.FLOAT, "inf"),
        ("nan", DataType.FLOAT, "nan"),
        ("1e999", DataType.FLOAT, "1e999"),
        ("maybe", DataType.BOOLEAN, "maybe"),
        ("ΝΑΙ", DataType.BOOLEAN, True),
        ("nein", DataType.BOOLEAN, False),
        ("\u0661\u0662", DataType.INTEGER, "\u0661\u0662"),
    ],
)
def test_cells(text: str, data_type: DataType, value: object) -> None:
    found = typed_cell(text, data_type)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1.234,56 €", ",", 1234.56),
        ("€ -5", ",", -5.0),
        ("(1,234.50)", ".", -1234.5),
        ("123,45-", ",", -123.45),
        ("1\u00a0234,5", ",", 1234.5),
        ("12 %", ".", 12.0),
        ("1e5", ".", 100000.0),
        ("1.234", ",", 1234.0),
        ("x 5", ",", "x 5"),
        ("5 apples", ".", "5 apples"),
        ("1,2,3 and more", ",", "1,2,3 and more"),
    ],
)
def test_numbers_as_people_write_them(text: str, mark: str, value: object) -> None:
    assert typed_cell(text, DataType.FLOAT, mark) == value


@given(st.text(), st.sampled_from(DataType))
def test_any_text_in_any_column_gives_a_value(text: str, data_type: DataType) -> None:
    found = typed_cell(text, data_type)
    assert not isinstance(found, float) or math.isfinite(found)
    if data_type is DataType.TEXT:
        assert found == text
