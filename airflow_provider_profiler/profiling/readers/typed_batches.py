"""Batches of typed columns of files that hold Arrow's types: their columns, and pieces that fit into memory."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.readers.column_names import unique_names
from airflow_provider_profiler.profiling.readers.layouts import in_known_layouts
from airflow_provider_profiler.profiling.readers.reader import Column, check_width

#: Bytes of values that one batch is meant to have.
BATCH_BYTES = 32 * 1024 * 1024
#: Bytes that the values of one batch may take at worst, where values that stand in the file once are written out.
_MOST_BATCH_BYTES = 256 * 1024 * 1024


def typed_columns(schema: pa.Schema, path: str) -> tuple[Column, ...]:
    """The columns of a schema, which keep the types they have.

    :raises TooMuchData: when there are too many.
    """
    check_width(len(schema), path)
    return tuple(
        Column(name=name, original_name=field.name, physical_type=str(field.type), textual=False)
        for name, field in zip(unique_names(schema.names), schema, strict=True)
    )


def pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The rows of a batch in pieces of bounded size, in layouts that all functions of Arrow know.

    :param batch: checked as a whole: its offsets and indices are within bounds.
    """
    if not batch.num_rows:
        yield in_known_layouts(batch)
        return
    average = max(1, batch.nbytes // batch.num_rows)
    rows = min(BATCH_BYTES // average, _MOST_BATCH_BYTES // max(1, sum(map(_widest, batch.columns))))
    for start in range(0, batch.num_rows, max(1, rows)):
        yield in_known_layouts(batch.slice(start, max(1, rows)))


def _widest(values: pa.Array) -> int:
    """Bytes that a row takes at most once it is written out; 0 where it takes no more than it does already.

    Dictionaries, run lengths and views let many rows share one value.
    """
    kind = values.type
    if isinstance(values, pa.ExtensionArray):
        return _widest(values.storage)
    found = 0
    if pa.types.is_dictionary(kind):
        found = _longest(values.dictionary)
    elif pa.types.is_run_end_encoded(kind):
        found = _longest(values.values)
    elif _is_view(kind) or _is_list_view(kind):
        found = _longest(values)
    elif pa.types.is_struct(kind):
        found = sum(_widest(values.field(index)) for index in range(kind.num_fields))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        found = _most_items(values) * _widest(values.values)
    elif pa.types.is_map(kind):
        found = _most_items(values) * (_widest(values.keys) + _widest(values.items))
    return found


def _longest(values: pa.Array) -> int:
    """Bytes of the longest value of an array, or more."""
    kind = values.type
    if not len(values):
        return 0
    if _is_view(kind):
        # The first four bytes of each view of sixteen are its length.
        views = np.frombuffer(values.buffers()[1], "<i4")[::4][values.offset : values.offset + len(values)]
        return int(views.max())
    if kind in (pa.string(), pa.binary(), pa.large_string(), pa.large_binary()):
        return int(pc.max(pc.binary_length(values)).as_py() or 0)
    if _is_list_view(kind):
        return int(pc.max(values.sizes).as_py() or 0) * max(8, _longest(values.values))
    if pa.types.is_nested(kind):
        return int(values.nbytes)
    return max(8, _widest(values))


def _is_view(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string_view(kind) or pa.types.is_binary_view(kind))


def _is_list_view(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind))


def _most_items(values: pa.Array) -> int:
    if pa.types.is_fixed_size_list(values.type):
        return int(values.type.list_size)
    return int(np.diff(values.offsets.to_numpy()).max(initial=0))
