"""Lists of numbers in cells are no numbers, and numbers are no lists."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile

AMOUNTS = ["1,234,567", "12,345", "999", "250,000", "81"]


@pytest.mark.parametrize(
    ("texts", "separator"),
    [
        (["12;15;3", "4", "7;8"], ";"),
        (["1|2", "3 | 4", "5"], "|"),
        (["103, 107", "102", "101, 104"], ","),
        (["12,5,7", "4,5,6", "3"], ","),
        (["104,106,107", "103,107", "102,105", "101", "104"], ","),
    ],
)
def test_lists_are_text_without_a_finding(
    profile: Callable[..., ColumnProfile], texts: list[str], separator: str
) -> None:
    found = profile(pa.array(texts, pa.string()), textual=True)
    assert (found.data_type, found.list_separator, found.findings) == (DataType.TEXT, separator, ())
    assert found.notes == (f"Kept as text: lists of numbers with {separator!r} between them",)
    assert found.sample == tuple(texts)


@pytest.mark.parametrize(
    ("texts", "data_type"),
    [
        (AMOUNTS, DataType.INTEGER),
        (["100,200,300", "100,200,400"], DataType.INTEGER),  # too few to say more than that
        (["104,106,107", "103,107,101", "102,105,103", "101,102,103", "104,105,101"], DataType.INTEGER),  # one length
        (["3,14", "2,5", "12,75"], DataType.FLOAT),
        (["1,234.50", "12.5"], DataType.FLOAT),
        (["a;b", "1;2", "c"], DataType.TEXT),
        (["Athens, Greece", "Berlin, Germany"], DataType.TEXT),
    ],
)
def test_numbers_and_texts_are_none(
    profile: Callable[..., ColumnProfile], texts: list[str], data_type: DataType
) -> None:
    found = profile(pa.array(texts, pa.string()), textual=True)
    assert (found.data_type, found.list_separator) == (data_type, "")


def test_of_lists_that_are_too_many_a_sample_is_looked_at(profile: Callable[..., ColumnProfile]) -> None:
    texts = pa.array([f"{number};{number + 1}" for number in range(3000)], pa.string())
    found = profile(texts, textual=True, exact_values=1000)
    assert found.list_separator == ";"
