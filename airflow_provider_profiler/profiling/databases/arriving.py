"""From what a server sends to what a column is: numbers that come as text become numbers, column by column."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.databases.table_source import ReadColumn
from airflow_provider_profiler.profiling.statistics.nested import plain_values


def as_asked(rows: pa.RecordBatch, columns: Sequence[ReadColumn]) -> pa.RecordBatch:
    """The rows with every column as its kind, under names of their own.

    Where a decimal column holds NaN or infinity, which decimals do not know, its batch comes as doubles.

    :param rows: as they arrived.
    """
    found = [_as_kind(plain_values(values), column.kind) for values, column in zip(rows.columns, columns, strict=True)]
    schema = pa.schema([pa.field(f"c{place}", values.type) for place, values in enumerate(found)])
    return pa.RecordBatch.from_arrays(found, schema=schema)


def unnamed(pieces: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The pieces without what a driver notes beside their columns, so that they can be put together."""
    for piece in pieces:
        arrays = [plain_values(values) for values in piece.columns]
        yield pa.RecordBatch.from_arrays(arrays, names=[f"c{place}" for place in range(len(arrays))])


def _as_kind(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if values.type == kind:
        return values
    if pa.types.is_decimal(kind):
        try:
            return pc.cast(values, kind)
        except pa.ArrowInvalid:
            return _doubles(values)
    if pa.types.is_floating(kind) and _is_text(values.type):
        return _doubles(values)
    if pa.types.is_temporal(kind) and _is_text(values.type):
        return _moments(values, kind)
    return pc.cast(values, kind)


def _doubles(values: pa.Array) -> pa.Array:
    try:
        return pc.cast(values, pa.float64())
    except pa.ArrowInvalid:  # a number that no double holds is infinite
        return pa.array([None if text is None else float(text) for text in values.to_pylist()], pa.float64())


def _moments(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Dates and moments, in UTC where they have a zone. A 30th of February, which a server may allow, is none."""
    plain = pa.timestamp(kind.unit) if pa.types.is_timestamp(kind) else kind
    try:
        found = pc.cast(values, plain)
    except pa.ArrowInvalid:
        found = pa.array([_moment(text) for text in values.to_pylist()], pa.timestamp("us")).cast(plain)
    return found if plain == kind else found.cast(kind)


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
