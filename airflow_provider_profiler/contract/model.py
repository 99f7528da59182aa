"""The base of every model that travels: frozen, closed, and free of NaN and infinity."""

import json
from collections.abc import Iterator
from itertools import groupby
from types import GeneratorType
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An immutable value.

    Unknown fields are refused, so that a misspelt option is an error instead of a silent default, and
    non-finite floats are refused, so that no document ever holds a token that JSON does not know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def dumped_parts(model: Model, **long: Iterator[Any]) -> dict[str, Any]:
    """A model's fields as JSON-ready values in their order, but for those that are given as generators."""
    dumped = model.model_dump(mode="json", exclude=set(long))
    return {name: long[name] if name in long else dumped[name] for name in type(model).model_fields}


def canonical_json(value: Any) -> bytes:
    """Serialise a JSON-ready value compactly with sorted keys: equal values give equal bytes.

    :raises ValueError: when the value holds NaN or infinity.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def document_json(value: Any) -> bytes:
    """Serialise a document for people and programs: UTF-8, indented, keys in the order they were given.

    :raises ValueError: when the value holds NaN or infinity.
    """
    return b"".join(document_chunks(value))


def document_chunks(value: Any) -> Iterator[bytes]:
    """The bytes of :func:`document_json` piece by piece: a long document needs no memory for its whole text.

    :param value: JSON-ready; members of objects at any depth may be generators, which stand for lists and are used up.
    :raises ValueError: when the value holds NaN or infinity.
    """
    for text in _texts(value, "\n", _holders(value)):
        yield text.encode("utf-8")
    yield b"\n"


def _texts(value: Any, line: str, holders: set[int]) -> Iterator[str]:
    """The text of a value.

    :param line: a line's end and what the lines of the value begin with.
    :param holders: the objects that hold a generator at some depth, by their identities.
    """
    inner = line + "  "
    if isinstance(value, GeneratorType):
        before = f"[{inner}"
        for item in value:
            yield before
            yield from _texts(item, inner, _holders(item))
            before = f",{inner}"
        yield f"{line}]" if before[0] == "," else "[]"
    elif id(value) in holders:
        before = "{"
        for is_long, members in groupby(value.items(), lambda member: _is_long(member[1], holders)):
            if is_long:
                for key, member in members:
                    yield f"{before}{inner}{json.dumps(key, ensure_ascii=False)}: "
                    yield from _texts(member, inner, holders)
                    before = ","
            else:
                # Without its braces, and the line of the second one.
                yield f"{before}{_text(dict(members), line)[1 : -1 - len(line)]}"
                before = ","
        yield f"{line}}}"
    else:
        yield _text(value, line)


def _text(value: Any, line: str) -> str:
    # The standard library indents in Python, in four times the time. Line ends within texts are escaped: all that there
    # are stand between the parts of the value.
    dense = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return msgspec.json.format(dense, indent=2).replace("\n", line)


def _holders(value: Any) -> set[int]:
    """The objects of a value that hold a generator at some depth: found in one pass, before any of them is used up."""
    found: set[int] = set()
    _find_holders(value, found)
    return found


def _find_holders(value: Any, found: set[int]) -> bool:
    if not isinstance(value, dict):
        return isinstance(value, GeneratorType)
    holds = False
    for member in value.values():  # each of them, also behind one that holds some
        if isinstance(member, (dict, GeneratorType)) and _find_holders(member, found):
            holds = True
    if holds:
        found.add(id(value))
    return holds


def _is_long(value: Any, holders: set[int]) -> bool:
    return isinstance(value, GeneratorType) or id(value) in holders
