"""From what people hold in their hands to an Arrow table: pandas, Polars and all that speaks Arrow's interface."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from airflow_provider_profiler.contract.job import JobWarning


def is_tabular(data: object) -> bool:
    """Whether :func:`arrow_table` takes it."""
    return _is_pandas(data) or isinstance(data, pa.RecordBatchReader) or hasattr(data, "__arrow_c_stream__")


def arrow_table(data: Any) -> tuple[pa.Table, list[JobWarning]]:
    """The table, and what a person should know about how it was taken.

    A pandas DataFrame enters without its index, column by column. A column of Python objects that are not all of one
    type is taken as their texts, with a warning. A stream of record batches is read to its end.

    :param data: a pandas or Polars DataFrame, a table, record batch or stream of Arrow.
    """
    warnings: list[JobWarning] = []
    if _is_pandas(data):
        columns = list(_pandas_columns(data, warnings))
        names = [str(name) for name in data.columns]
        schema = pa.schema([pa.field(name, column.type) for name, column in zip(names, columns, strict=True)])
        return pa.Table.from_arrays(columns, schema=schema), warnings
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data]), warnings
    return data if isinstance(data, pa.Table) else pa.table(data), warnings


def _is_pandas(data: object) -> bool:
    # By its name: pandas need not be installed, and is not imported for the others.
    return any(
        kind.__name__ == "DataFrame" and kind.__module__.partition(".")[0] == "pandas" for kind in type(data).__mro__
    )


def _pandas_columns(frame: Any, warnings: list[JobWarning]) -> Iterator[pa.ChunkedArray]:
    for position in range(frame.shape[1]):
        series = frame.iloc[:, position]
        try:
            column = pa.Array.from_pandas(series)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
            kinds = ", ".join(sorted({type(value).__name__ for value in series[series.notna()]}))
            message = (
                f"The column {str(frame.columns[position])!r} was taken as text: it holds values of the types {kinds}."
            )
            warnings.append(JobWarning(code="mixed_types", message=message))
            present = series.notna()
            column = pa.array(
                [str(value) if there else None for value, there in zip(series, present, strict=True)], pa.large_string()
            )
        yield column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
