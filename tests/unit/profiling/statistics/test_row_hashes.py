"""Equal rows have equal hashes, different ones different: whatever the columns' types, cuts and threads."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.options import StatisticsOptions
from airflow_provider_profiler.profiling.statistics.column import ColumnAnalyzer
from airflow_provider_profiler.profiling.statistics.hashing import Hashes
from airflow_provider_profiler.profiling.statistics.row_hashes import row_hashes

TYPES: tuple[tuple[pa.DataType, st.SearchStrategy[Any]], ...] = (
    (pa.int64(), st.integers(-3, 3)),
    (pa.uint64(), st.integers(2**64 - 3, 2**64 - 1)),
    (pa.float64(), st.sampled_from([0.0, -0.0, 1.0, 1.5, -1.5, 1e300, float("inf")])),
    (pa.bool_(), st.booleans()),
    (pa.string(), st.sampled_from(["", "a", "b", "ab", "0"])),
    (pa.date32(), st.dates()),
    (pa.binary(), st.sampled_from([b"", b"\0", b"\0\0"])),
    (pa.list_(pa.int64()), st.lists(st.integers(0, 2), max_size=2)),
)


def hashes_of(columns: Sequence[pa.Array], rows: int) -> Hashes:
    analyzer = ColumnAnalyzer(textual=True, options=StatisticsOptions(), partition_index=0)
    return row_hashes([analyzer.analyze_cells(column, hashed=True)[1] for column in columns], rows)


def identity(value: Any) -> Any:
    if value is None or value == "":
        return None
    return 0.0 if value == 0 and isinstance(value, float) else str(value)


@given(st.data(), st.lists(st.sampled_from(TYPES), min_size=1, max_size=4), st.integers(1, 12))
def test_rows_are_equal_where_their_hashes_are(
    data: st.DataObject, types: list[tuple[pa.DataType, st.SearchStrategy[Any]]], rows: int
) -> None:
    cells = [data.draw(st.lists(st.none() | values, min_size=rows, max_size=rows)) for _, values in types]
    columns = [pa.array(column, kind) for column, (kind, _) in zip(cells, types, strict=True)]
    hashes = hashes_of(columns, rows).tolist()
    table = [tuple(identity(value) for value in row) for row in zip(*cells, strict=True)]
    for one in range(rows):
        for other in range(one):
            assert (hashes[one] == hashes[other]) == (table[one] == table[other])
    cut = data.draw(st.integers(0, rows))
    parts = [[column.slice(0, cut) for column in columns], [column.slice(cut) for column in columns]]
    assert hashes_of(parts[0], cut).tolist() + hashes_of(parts[1], rows - cut).tolist() == hashes


def test_a_cell_is_told_from_the_same_one_in_another_column() -> None:
    one, two = pa.array(["x", None, "x", "y"]), pa.array([None, "x", "y", "x"])
    assert len(set(hashes_of([one, two], 4).tolist())) == 4


def test_columns_without_any_value_change_nothing() -> None:
    column = pa.array([1, 2, 1])
    hashes = hashes_of([column], 3)
    assert hashes.tolist() == hashes_of([column, pa.nulls(3), pa.array(["", "", ""])], 3).tolist()


@pytest.mark.parametrize("step", [1, 256, 2**40])
def test_rows_of_numbers_do_not_collide(step: int) -> None:
    size = 300
    left, right = np.meshgrid(np.arange(size) * step, np.arange(size) * step)
    for kind in (np.int64, np.float64):
        columns = [pa.array(side.ravel().astype(kind)) for side in (left, right)]
        assert len(np.unique(hashes_of(columns, size * size))) == size * size
