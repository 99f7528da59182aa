"""Columns in the layouts that every function of Arrow knows: texts and bytes without views, run lengths written out."""

import pyarrow as pa
import pyarrow.compute as pc


def in_known_layouts(rows: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with each of its columns as :func:`known_layout` makes it."""
    columns = [known_layout(column) for column in rows.columns]
    if all(new is old for new, old in zip(columns, rows.columns, strict=True)):
        return rows
    fields = [pa.field(name, column.type) for name, column in zip(rows.schema.names, columns, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))


def known_layout(column: pa.Array) -> pa.Array:
    """The same values in a layout that rows can be taken from; the array itself where it has one."""
    kind = column.type
    if pa.types.is_run_end_encoded(kind):
        return known_layout(pc.run_end_decode(column))
    if pa.types.is_dictionary(kind):
        values = known_layout(column.dictionary)
        return column if values is column.dictionary else pa.DictionaryArray.from_arrays(column.indices, values)
    wanted = _without_views(kind)
    return column if wanted == kind else column.cast(wanted)


def _without_views(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_binary_view(kind):
        return pa.large_binary()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        found = _without_views(kind.value_type)
        return kind if found == kind.value_type else pa.large_list(found)
    if pa.types.is_struct(kind):
        fields = [pa.field(field.name, _without_views(field.type), field.nullable) for field in kind]
        return kind if fields == list(kind) else pa.struct(fields)
    return kind
