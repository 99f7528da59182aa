"""What counts as data, and how it comes out as Parquet."""

import io
import sys
from typing import Any

import pandas
import polars
import pyarrow
import pytest
from pyarrow import parquet

from airflow_provider_profiler.decorators.frames import frames_of, write_parquet
from airflow_provider_profiler.hooks.errors import RequestRefused


def written(frame: Any) -> Any:
    file = io.BytesIO()
    rows = write_parquet(frame, "f", file)
    table = parquet.read_table(io.BytesIO(file.getvalue()))
    assert table.num_rows == rows
    return table


PANDAS = pandas.DataFrame({"port": ["A", "B", "C"], "level": [1, 2, None]})
ARROW = pyarrow.table({"port": ["A", "B", "C"], "level": [1, 2, None]})


@pytest.mark.parametrize(
    "frame",
    [
        PANDAS,
        PANDAS[PANDAS.level != 2],  # what is left of the index after filtering is no column of anybody's
        polars.DataFrame({"port": ["A", "B"], "level": [1, None]}),
        ARROW,
        pyarrow.RecordBatchReader.from_batches(ARROW.schema, ARROW.to_batches(max_chunksize=1)),
    ],
    ids=["pandas", "pandas filtered", "polars", "arrow table", "arrow reader"],
)
def test_frames_of_all_kinds_keep_their_columns(frame: Any) -> None:
    assert written(frame).column_names == ["port", "level"]


def test_an_index_that_has_a_name_is_a_column() -> None:
    table = written(PANDAS.set_index("port"))
    assert set(table.column_names) == {"port", "level"}
    assert table.num_rows == 3


@pytest.mark.parametrize(
    "frame",
    [
        pandas.DataFrame({"mixed": ["a secret value", 7]}),
        pandas.DataFrame([[1, 2]], columns=["twice", "twice"]),
    ],
    ids=["mixed types", "one name twice"],
)
def test_what_parquet_cannot_hold_is_told_without_a_value(frame: Any) -> None:
    with pytest.raises(RequestRefused, match="'f' cannot be written") as caught:
        written(frame)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(RequestRefused, match="pip install"):
        write_parquet(ARROW, "f", io.BytesIO())


def test_which_values_are_data() -> None:
    assert frames_of(ARROW, "t") == {"t": ARROW}
    assert frames_of({"orders": ARROW, "order items": PANDAS}, "t") == {"orders": ARROW, "order items": PANDAS}
    for other in ("sales", {"path": "sales"}, {}, None):
        assert frames_of(other, "t") is None
    with pytest.raises(RequestRefused, match="'path'"):
        frames_of({"orders": ARROW, "path": "sales"}, "t")


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", 7])
def test_a_name_that_is_no_file_is_refused(name: Any) -> None:
    with pytest.raises(RequestRefused, match="file"):
        frames_of({name: ARROW}, "t")
