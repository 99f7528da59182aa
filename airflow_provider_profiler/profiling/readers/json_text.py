"""JSON objects as cells of text: numbers as they are written, nested values as canonical JSON."""

import json
import math
from typing import Any

import pyarrow as pa

from airflow_provider_profiler.profiling.readers.reader import UnreadableFile

#: Levels of arrays and objects that a value may have.
DEEPEST = 200


class NotAnObject(Exception):
    """The text is not one JSON object with distinct keys."""


class NotJson(NotAnObject):
    """The text is no JSON at all."""


class Literal(str):
    """A number as it is written: digits beyond a double's, and 1.0 beside 1, are part of what a column says."""

    __slots__ = ()


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotAnObject("a key stands twice in one object")
    return members


_decoder = json.JSONDecoder(
    object_pairs_hook=_distinct,
    parse_int=Literal,
    parse_float=Literal,
    # NaN and Infinity are no JSON, but what Python and others write: they are known as words.
    parse_constant=str,
)
#: For objects of nothing but scalars: four times as fast, as no function of Python is called for each value.
_flat_decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def read_object(text: str) -> dict[str, Any]:
    """Read one JSON object; numbers in it are texts, and those in nested values of :class:`Literal`.

    :raises NotJson: when it is no JSON.
    :raises NotAnObject: when it is anything else, also where readers would differ over it (a key that stands twice),
        and when it is nested too deeply.
    """
    try:
        value = _flat_object(text)
        if value is None:
            value = _decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from None
    if not isinstance(value, dict):
        raise NotAnObject("not an object")
    if text.count("[") + text.count("{") > DEEPEST:
        canonical(value)
    if "\\ud" in text or "\\uD" in text:
        for key in value:
            if printable(key) != key:
                raise NotAnObject("a key is not Unicode")
    return value


def read_document(text: str) -> Any:
    """Read any JSON; numbers in it are of :class:`Literal`.

    :raises NotJson: when it is none.
    :raises NotAnObject: when a key stands twice in an object.
    """
    try:
        return _decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def _flat_object(text: str) -> dict[str, Any] | None:
    """The object if it certainly holds scalars alone and no key twice, None where that takes a closer look.

    :raises ValueError: when it is not JSON.
    """
    if text.count("{") != 1 or "[" in text:
        return None
    value = _flat_decoder.decode(text)
    if not isinstance(value, dict):
        return None
    # Each key has a colon behind it: where there are no more of them than members, no key was there before.
    if text.count(":") == len(value):
        return value
    spaced = " :" in text or "\t:" in text or "\r:" in text
    return value if not spaced and text.count('":') == len(value) else None


def cell_text(value: Any) -> str | None:
    """The text of one value: a string as it is, None for null, canonical JSON for arrays and objects."""
    if value is None or isinstance(value, str):
        return value
    return canonical(value)


def canonical(value: Any, depth: int = 0) -> str:
    """JSON without white space and with sorted keys, so that equal values give equal texts.

    Numbers that no double holds, NaN and infinity become strings, as they do wherever nested values are rendered.

    :raises NotAnObject: when the value is nested too deeply.
    """
    if depth > DEEPEST:
        raise NotAnObject("nested too deeply")
    match value:
        case Literal():
            return _number(value)
        case dict():
            members = (f"{_quoted(key)}:{canonical(value[key], depth + 1)}" for key in sorted(value))
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(canonical(item, depth + 1) for item in value) + "]"
        case _:
            return _quoted(value)


def _quoted(value: str | bool | None) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(literal: str) -> str:
    if literal.lstrip("-").isdigit():
        return "0" if literal == "-0" else str(literal)
    number = float(literal)
    return json.dumps(number) if math.isfinite(number) else _quoted(str(literal))


def text_column(values: list[Any]) -> pa.Array:
    """Values as an array of their texts (:func:`cell_text`). Most hold strings and numbers, which are texts already."""
    try:
        return pa.array(values, pa.string())
    except pa.ArrowTypeError:
        texts = [cell_text(value) for value in values]
    except UnicodeEncodeError:
        texts = [printable(cell_text(value)) for value in values]
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        return pa.array([printable(text) for text in texts], pa.string())


def text_rows(columns: list[pa.Array], count: int) -> pa.RecordBatch:
    """A batch of such columns, which may be none.

    :param count: rows.
    """
    # Arrow gets names of its own: those of the table need not be what it takes for a name.
    schema = pa.schema([pa.field(f"c{index}", pa.string()) for index in range(len(columns))])
    # As a struct, rows without any column are still counted.
    return pa.RecordBatch.from_struct_array(
        pa.StructArray.from_arrays(columns, fields=list(schema)) if columns else pa.array([{}] * count, pa.struct([]))
    )


def printable(text: str | None) -> str | None:
    """The text without lone halves of surrogate pairs, which JSON can escape and UTF-8 cannot hold."""
    return None if text is None else text.encode("utf-8", "replace").decode()


def check_begins_with_object(text: str, path: str) -> None:
    """Refuse one array of objects, the commonest thing that is called JSON Lines and is none.

    :param text: the beginning of the file.
    :raises UnreadableFile: with what to do about it.
    """
    if text.lstrip().startswith("["):
        raise UnreadableFile(
            f"{path}: begins with an array, not with one object a line; write each of its items on a line of its own "
            "(jq -c '.[]'), or give the file the extension .json"
        )
