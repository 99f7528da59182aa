"""The base of every model that travels: frozen, closed, and free of NaN and infinity."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An immutable value.

    Unknown fields are refused, so that a misspelt option is an error instead of a silent default, and
    non-finite floats are refused, so that no document ever holds a token that JSON does not know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


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
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode("utf-8")
