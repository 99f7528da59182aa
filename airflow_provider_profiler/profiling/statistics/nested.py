"""One canonical JSON text for each value of a nested column: equal values give equal texts.

Fields keep their order, maps are lists of pairs, numbers that JSON does not know and everything that is not a
number, text or boolean become strings. The rendering goes type by type over whole columns, so that no value of a leaf
passes through a Python object of its own kind.
"""

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_NULL = "null"


def plain_values(values: pa.Array) -> pa.Array:
    """The values without extension types, run lengths and dictionaries, in one array."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
        if isinstance(values, pa.ChunkedArray):
            values = pa.concat_arrays(values.chunks)
    if isinstance(values, pa.ExtensionArray):
        return plain_values(values.storage)
    if pa.types.is_run_end_encoded(values.type):
        return plain_values(pc.run_end_decode(values))
    if pa.types.is_dictionary(values.type):
        return plain_values(values.dictionary_decode())
    return values


def render_json(values: pa.Array) -> pa.Array:
    """The JSON texts of an array's values, null where the value is.

    :param values: an array of any type.
    :return: a ``large_string`` array.
    """
    texts = _texts(values)
    valid = values.is_valid().to_pylist()
    return pa.array([text if there else None for text, there in zip(texts, valid, strict=True)], pa.large_string())


def _texts(values: pa.Array) -> list[str]:
    values = plain_values(values)
    kind = values.type
    if pa.types.is_struct(kind):
        return _structs(values)
    if pa.types.is_map(kind):
        # A map is a list of structs, and only for lists does Arrow follow offsets and nulls when it flattens.
        pairs = pa.struct([pa.field("key", kind.key_type, nullable=False), pa.field("value", kind.item_type)])
        return _lists(values.cast(pa.list_(pairs)), pairs=True)
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        return _list_views(values)
    if pa.types.is_fixed_size_list(kind):
        return _lists(values.cast(pa.large_list(kind.value_field)))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _lists(values)
    return _leaves(values)


def _structs(values: pa.StructArray) -> list[str]:
    names = [json.dumps(field.name, ensure_ascii=False) for field in values.type]
    columns = [_texts(column) for column in values.flatten()]
    valid = values.is_valid().to_pylist()
    rendered = []
    for row, there in enumerate(valid):
        members = (f"{name}:{column[row]}" for name, column in zip(names, columns, strict=True))
        rendered.append("{" + ",".join(members) + "}" if there else _NULL)
    return rendered


def _lists(values: Any, *, pairs: bool = False) -> list[str]:
    items = values.flatten()
    if pairs:
        keys, contents = (_texts(column) for column in items.flatten())
        texts = [f"[{key},{content}]" for key, content in zip(keys, contents, strict=True)]
    else:
        texts = _texts(items)
    rendered = []
    start = 0
    for size in pc.list_value_length(values).to_pylist():
        if size is None:
            rendered.append(_NULL)
            continue
        rendered.append("[" + ",".join(texts[start : start + size]) + "]")
        start += size
    return rendered


def _list_views(values: Any) -> list[str]:
    texts = _texts(values.values)
    places = zip(values.is_valid().to_pylist(), values.offsets.to_pylist(), values.sizes.to_pylist(), strict=True)
    return ["[" + ",".join(texts[at : at + size]) + "]" if there else _NULL for there, at, size in places]


def _leaves(values: pa.Array) -> list[str]:
    kind = values.type
    if pa.types.is_null(kind):
        return [_NULL] * len(values)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return [_NULL if text is None else text for text in values.cast(pa.string()).to_pylist()]
    if pa.types.is_floating(kind):
        numbers = values.cast(pa.float64()).to_pylist()
        return [_NULL if number is None else _number(number) for number in numbers]
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        return [json.dumps(text) for text in _temporal(values)]
    return [_other(item.as_py()) for item in values]


def _temporal(values: pa.Array) -> list[str | None]:
    if pa.types.is_duration(values.type):
        values = values.cast(pa.int64())
    elif pa.types.is_timestamp(values.type) and values.type.tz is not None:
        # Moments in UTC: no table of time zones is needed, and equal moments look alike.
        moments = values.cast(pa.timestamp(values.type.unit)).cast(pa.string()).to_pylist()
        return [None if text is None else text + "Z" for text in moments]
    return list(values.cast(pa.string()).to_pylist())


def _number(number: float) -> str:
    try:
        return json.dumps(number, allow_nan=False)
    except ValueError:
        return json.dumps(str(number))


def _other(value: Any) -> str:
    if value is None:
        return _NULL
    if isinstance(value, bytes):
        return json.dumps(value.hex())
    return json.dumps(value if isinstance(value, str) else str(value), ensure_ascii=False)
