"""Tables in memory: cut by bytes, read a partition at a time, whatever the layout of their columns."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from airflow_provider_profiler.contract.options import ExecutionOptions, ReadingOptions
from airflow_provider_profiler.profiling.readers.layouts import known_layout
from airflow_provider_profiler.profiling.readers.memory import MemoryReader, TableSource
from airflow_provider_profiler.profiling.readers.reader import Table


def plan(source: TableSource, partition_bytes: int) -> Table:
    execution = ExecutionOptions().model_copy(update={"partition_bytes": partition_bytes})
    (table,) = MemoryReader().tables(source, ReadingOptions(), execution)
    return table


@pytest.mark.parametrize("rows", [0, 1, 7, 1000])
@pytest.mark.parametrize("partition_bytes", [1, 100, 10_000_000])
def test_partitions_hold_every_row_once(rows: int, partition_bytes: int) -> None:
    parts = (range(rows // 3), range(rows // 3, rows))
    numbers = pa.chunked_array([pa.array(part, pa.int64()) for part in parts])
    source = TableSource("t", pa.table({"a": numbers, "b": numbers.cast(pa.string())}))
    table = plan(source, partition_bytes)
    batches = [batch for partition in table.partitions for batch in MemoryReader().read(source, table, partition)]
    assert [row for batch in batches for row in batch.rows.column(0).to_pylist()] == list(range(rows))
    assert sum(batch.bytes_read for batch in batches) == (source.size if rows else 0)
    assert (len(table.partitions) > 1) == (partition_bytes < source.size and rows > 1)


def test_names_are_made_unique_and_only_wanted_columns_are_read() -> None:
    content = pa.Table.from_arrays([pa.array([1]), pa.array(["x"]), pa.array([2])], names=["a", "", "a"])
    source = TableSource("t", content)
    table = plan(source, 1000)
    assert [(column.name, column.textual) for column in table.columns] == [
        ("a", False), ("column_2", True), ("a_2", False),
    ]  # fmt: skip
    (batch,) = MemoryReader().read(source, replace(table, only=(2,)), table.partitions[0])
    assert [column.to_pylist() for column in batch.rows.columns] == [[2]]
    (batch,) = MemoryReader().read(source, replace(table, only=()), table.partitions[0])
    assert (batch.rows.num_rows, batch.rows.num_columns) == (1, 0)


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["a", None, "b"], pa.string_view()),
        pa.array([b"a", None, b"b"], pa.binary_view()),
        pa.array([["a"], None, []], pa.list_(pa.string_view())),
        pa.array([{"x": "a"}, None, {"x": None}], pa.struct([("x", pa.string_view())])),
        pa.RunEndEncodedArray.from_arrays([2, 3], ["a", "b"]),
        pa.DictionaryArray.from_arrays([0, None, 1], pa.array(["a", "b"], pa.string_view())),
    ],
    ids=lambda values: str(values.type),
)
def test_rows_can_be_taken_from_every_layout(values: Any) -> None:
    known = known_layout(values)
    assert known.to_pylist() == values.to_pylist()
    assert known.filter(pa.array([True, False, True])).to_pylist() == [values[0].as_py(), values[2].as_py()]


def test_known_layouts_are_left_alone() -> None:
    for values in (pa.array([1]), pa.array(["a"]), pa.array(["a"]).dictionary_encode(), pa.array([[{"a": 1}]])):
        assert known_layout(values) is values
