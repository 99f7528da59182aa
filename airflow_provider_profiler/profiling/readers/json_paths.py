"""The columns of objects within objects: one for each path of keys that leads to a value that is no object."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

Keys = tuple[str, ...]
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class KeyTree:
    """The keys of many objects, in the order of their first appearance.

    A key is a column of its own where some value of it is no object, or where none of its objects has a member: an
    object without members says as little as null.
    """

    members: dict[str, "KeyTree"] = field(default_factory=dict)
    has_values: bool = False
    """Whether there are values that are neither null nor an object."""

    def add(self, value: Any) -> None:
        """Take one value, as JSON's reader returns it."""
        if isinstance(value, dict):
            for key, member in value.items():
                self._member(key).add(member)
        elif value is not None:
            self.has_values = True

    def add_fields(self, fields: Iterable[pa.Field]) -> None:
        """Take the fields that Arrow found for many objects."""
        for item in fields:
            member = self._member(item.name)
            if pa.types.is_struct(item.type):
                member.add_fields(item.type)
            elif not pa.types.is_null(item.type):
                member.has_values = True

    def _member(self, key: str) -> "KeyTree":
        found = self.members.get(key)
        if found is None:
            found = self.members[key] = KeyTree()
        return found

    def size(self) -> int:
        """How many keys there are, at all levels."""
        return sum(1 + member.size() for member in self.members.values())

    def columns(self, before: Keys = ()) -> Iterator[Keys]:
        """The paths of all columns."""
        for key, member in self.members.items():
            path = (*before, key)
            if member.has_values or not member.members:
                yield path
            yield from member.columns(path)


def path_values(objects: Sequence[Any], paths: Sequence[Keys]) -> Iterator[list[Any]]:
    """For each path the value that it leads to in each object; None where it leads to none, or to an object.

    :param paths: as :meth:`KeyTree.columns` orders them, or some of them in that order.
    """
    level: dict[Keys, Sequence[Any]] = {(): objects}
    for path in paths:
        for length in range(1, len(path)):
            before = path[:length]
            if before not in level:
                level[before] = _members(level[path[: length - 1]], path[length - 1])
        values = _members(level[path[:-1]], path[-1])
        yield [None if isinstance(value, dict) else value for value in values]


def _members(objects: Iterable[Any], key: str) -> list[Any]:
    return [item.get(key) if isinstance(item, dict) else None for item in objects]


def dotted(keys: Sequence[str]) -> str:
    """The name of a column or a table that a path leads to."""
    return ".".join(keys)


def json_path(keys: Sequence[str], start: str = "$") -> str:
    """A path as JSONPath (RFC 9535): ``$.data.items``, with quotes around keys that are no plain words.

    :param start: what the path goes on from.
    """
    return start + "".join(f".{key}" if _PLAIN.fullmatch(key) else f"['{_escaped(key)}']" for key in keys)


_ESCAPES: Mapping[int, str] = str.maketrans(
    {"\\": "\\\\", "'": "\\'", **{chr(code): f"\\u{code:04x}" for code in range(32)}}
)


def _escaped(key: str) -> str:
    return written_out(key).translate(_ESCAPES)


def written_out(key: str) -> str:
    """The key; what JSON can escape and UTF-8 cannot hold, halves of surrogate pairs, stands in it as an escape."""
    return key.encode("utf-8", "backslashreplace").decode()
