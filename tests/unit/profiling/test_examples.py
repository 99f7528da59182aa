"""Example cells are scalars that any document can hold."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_profiler.profiling.examples import LONGEST_EXAMPLE, example_rows, scalar


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (2**63, 2**63),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ("é", "é"),
        (b"\x00\xff", "00ff"),
        (Decimal("1.50"), "1.50"),
        (date(2024, 1, 2), "2024-01-02"),
        (datetime(2024, 1, 2, 3, 4, tzinfo=UTC), "2024-01-02T03:04:00+00:00"),
        (time(1, 2), "01:02:00"),
        (timedelta(hours=1), "1:00:00"),
        ("x" * LONGEST_EXAMPLE, "x" * LONGEST_EXAMPLE),
        ("x" * 10_000, "x" * (LONGEST_EXAMPLE - 1) + "…"),
    ],
)
def test_scalars(value: Any, shown: Any) -> None:
    assert scalar(value) == shown


def test_rows_of_a_batch() -> None:
    batch = pa.RecordBatch.from_arrays(
        [pa.array([1, 2, 3]), pa.array([2**62, 0, None], pa.timestamp("s"))], names=["a", "a"]
    )
    rows = example_rows(batch, 2)
    assert rows[1] == (2, "1970-01-01T00:00:00")
    assert "4611686018427387904" in str(rows[0][1])
    assert example_rows(batch.slice(0, 0)) == ()


def test_nested_and_encoded_columns() -> None:
    moment = pa.array([{"t": 2**62}, None], pa.struct([("t", pa.timestamp("s"))]))
    numbers = pa.array([[1, None], []], pa.list_(pa.int8()))
    words = pa.array(["é", None]).dictionary_encode()
    rows = example_rows(pa.RecordBatch.from_arrays([moment, numbers, words], names=["m", "n", "w"]))
    assert "4611686018427387904" in str(rows[0][0])
    assert rows[0][1:] == ("[1,null]", "é")
    assert rows[1] == (None, "[]", None)
