"""From Avro's types to Arrow's: what each is read as, and how its values become an array, column by column.

fastavro reads the plain types alone. What is meant by them, a date or a decimal number, is put on here, whole columns
at a time, so that no value has to fit into a date or number of Python.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from itertools import accumulate, chain
from typing import Any
from uuid import UUID

import pyarrow as pa

from airflow_provider_profiler.profiling.readers.reader import UnsupportedContent
from airflow_provider_profiler.profiling.statistics.nested import render_json

Build = Callable[[Sequence[Any]], pa.Array]

_MOST_DIGITS = 76
_EXACT = Context(prec=_MOST_DIGITS + 1)
_DEEPEST = 64


@dataclass(frozen=True)
class AvroType:
    """A type of a schema."""

    arrow: pa.DataType
    build: Build
    """Makes an array of values as fastavro reads them."""
    python: type | None
    """What fastavro makes of a value; None for null."""
    name: str = ""
    """For people, where Arrow's type does not say it."""
    textual: bool = False
    """The values are made texts, because they are of several types."""
    takes_bytes: bool = True
    """False where a value takes none in the file: nothing bounds how many of them there are."""
    nullable: bool = False


def plain_schema(schema: Any) -> Any:
    """The schema without what is only meant by its types, and without what is not needed to read."""
    if isinstance(schema, list):
        return [plain_schema(branch) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key in _KEPT}
    for key in ("type", "items", "values"):
        if key in kept:
            kept[key] = plain_schema(kept[key])
    if "fields" in kept:
        kept["fields"] = [{"name": item["name"], "type": plain_schema(item["type"])} for item in kept["fields"]]
    return kept


_KEPT = frozenset({"type", "name", "namespace", "fields", "items", "values", "symbols", "size"})


@dataclass
class Compiler:
    """Turns the types of one schema into Arrow's. It knows the types that have names, once it has seen them."""

    path: str
    _named: dict[str, AvroType | None] = field(default_factory=dict)

    def compile(self, schema: Any, namespace: str = "", depth: int = 0) -> AvroType:
        """The type of a part of the schema, which fastavro has accepted.

        :raises UnsupportedContent: for what has no place in a table: records within themselves.
        """
        if depth > _DEEPEST:
            raise UnsupportedContent(f"{self.path}: its types are nested more than {_DEEPEST} levels deep")
        if isinstance(schema, list):
            return _union([self.compile(branch, namespace, depth + 1) for branch in schema])
        kind = schema if isinstance(schema, str) else schema["type"]
        if not isinstance(kind, str):
            found = self.compile(kind, namespace, depth + 1)
        elif kind in ("record", "error", "enum", "fixed"):
            found = self._define(schema, namespace, depth)
        elif kind == "array":
            found = self._list(self.compile(schema["items"], namespace, depth + 1))
        elif kind == "map":
            found = _map(self.compile(schema["values"], namespace, depth + 1))
        elif kind not in _PRIMITIVE:
            found = self._known(kind, namespace)
        else:
            found = _PRIMITIVE[kind] if schema is kind else _logical(schema, _PRIMITIVE[kind])
        return found

    def members(self, schema: Any, namespace: str = "", depth: int = 0) -> list[tuple[str, AvroType]]:
        """Name and type of each field of a record.

        :raises UnsupportedContent: as :meth:`compile` does.
        """
        full, space = _full_name(schema, namespace)
        self._named[full] = None
        return [(item["name"], self.compile(item["type"], space, depth + 1)) for item in schema["fields"]]

    def _define(self, schema: Any, namespace: str, depth: int) -> AvroType:
        full, _ = _full_name(schema, namespace)
        if schema["type"] == "enum":
            found = AvroType(pa.string(), _plain(pa.string()), str)
        elif schema["type"] == "fixed":
            if schema["size"] < 0:
                raise ValueError(f"a type of {schema['size']} bytes")
            kind = pa.binary(schema["size"])
            plain = AvroType(kind, _plain(kind), bytes, takes_bytes=schema["size"] > 0)
            found = _logical(schema, plain)
        else:
            found = _struct(self.members(schema, namespace, depth))
        self._named[full] = found
        return found

    def _known(self, name: str, namespace: str) -> AvroType:
        for full in (name, f"{namespace}.{name}"):
            if full in self._named:
                found = self._named[full]
                if found is None:
                    raise UnsupportedContent(
                        f"{self.path}: its type {full!r} holds itself; records within themselves make no table"
                    )
                return found
        raise UnsupportedContent(f"{self.path}: its schema names the type {name!r}, which is not known")

    def _list(self, items: AvroType) -> AvroType:
        if not items.takes_bytes:
            raise UnsupportedContent(f"{self.path}: has arrays of a type whose values take no bytes")
        kind = pa.list_(items.arrow)

        def build(values: Sequence[Any]) -> pa.Array:
            offsets, mask = _offsets(values)
            content = items.build(list(chain.from_iterable(value for value in values if value is not None)))
            return pa.ListArray.from_arrays(offsets, content, type=kind, mask=mask)

        return AvroType(kind, build, list)


def _full_name(schema: Any, namespace: str) -> tuple[str, str]:
    """The name of a type with its namespace, and the namespace that holds within it."""
    name: str = schema["name"]
    if "." in name:
        return name, name.rpartition(".")[0]
    space: str = schema.get("namespace", namespace)
    return f"{space}.{name}" if space else name, space


def _plain(kind: pa.DataType) -> Build:
    return lambda values: pa.array(values, kind)


def _viewed(stored: pa.DataType, kind: pa.DataType) -> Build:
    return lambda values: pa.array(values, stored).view(kind)


_PRIMITIVE: dict[str, AvroType] = {
    "null": AvroType(pa.null(), lambda values: pa.nulls(len(values)), None, takes_bytes=False, nullable=True),
    "boolean": AvroType(pa.bool_(), _plain(pa.bool_()), bool),
    "int": AvroType(pa.int32(), _plain(pa.int32()), int),
    "long": AvroType(pa.int64(), _plain(pa.int64()), int),
    "float": AvroType(pa.float32(), _plain(pa.float32()), float),
    "double": AvroType(pa.float64(), _plain(pa.float64()), float),
    "bytes": AvroType(pa.binary(), _plain(pa.binary()), bytes),
    "string": AvroType(pa.string(), _plain(pa.string()), str),
}
#: What the numbers of a type mean, by the name of the logical type: the type itself, and Arrow's.
_MEANINGS: dict[str, tuple[pa.DataType, pa.DataType]] = {
    "date": (pa.int32(), pa.date32()),
    "time-millis": (pa.int32(), pa.time32("ms")),
    "time-micros": (pa.int64(), pa.time64("us")),
    **{
        f"{local}timestamp-{name}": (pa.int64(), pa.timestamp(unit, zone))
        for local, zone in (("", "UTC"), ("local-", None))
        for name, unit in (("millis", "ms"), ("micros", "us"), ("nanos", "ns"))
    },
}


def _logical(schema: Any, plain: AvroType) -> AvroType:
    """What is meant by a type; the type itself where nothing is, or something that does not fit it."""
    meaning = schema.get("logicalType")
    stored, kind = _MEANINGS.get(meaning, (None, None)) if isinstance(meaning, str) else (None, None)
    if kind is not None and stored == plain.arrow:
        return AvroType(kind, _viewed(stored, kind), int)
    size = plain.arrow.byte_width if pa.types.is_fixed_size_binary(plain.arrow) else None
    if meaning == "decimal" and plain.python is bytes:
        return _decimal(schema, plain)
    if meaning == "uuid" and size == 16:
        return AvroType(pa.string(), _each(pa.string(), lambda value: str(UUID(bytes=value))), bytes, name="uuid")
    if meaning == "duration" and size == 12:
        return AvroType(pa.string(), _each(pa.string(), _duration), bytes, name="duration")
    return plain


def _decimal(schema: Any, plain: AvroType) -> AvroType:
    precision, scale = schema.get("precision"), schema.get("scale", 0)
    if not (isinstance(precision, int) and isinstance(scale, int) and 0 < precision <= _MOST_DIGITS):
        return plain
    if not 0 <= scale <= precision:
        return plain
    kind = pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)
    # Longer ones are damaged, and a megabyte of digits would take minutes to write out.
    longest = kind.byte_width

    def number(value: bytes) -> Decimal:
        if len(value) > longest and value[:-longest].strip(value[:1]):
            raise ValueError(f"a decimal number has more than {precision} digits")
        return Decimal(int.from_bytes(value[-longest:], "big", signed=True)).scaleb(-scale, _EXACT)

    return AvroType(kind, _each(kind, number), bytes)


def _each(kind: pa.DataType, change: Callable[[bytes], Any]) -> Build:
    return lambda values: pa.array([None if value is None else change(value) for value in values], kind)


def _duration(value: bytes) -> str:
    """Months, days and milliseconds, as ISO 8601 writes them."""
    months, days, millis = (int.from_bytes(value[at : at + 4], "little") for at in (0, 4, 8))
    return f"P{months}M{days}DT{Decimal(millis).scaleb(-3)}S"


def _struct(members: Sequence[tuple[str, AvroType]]) -> AvroType:
    kind = pa.struct([pa.field(name, member.arrow) for name, member in members])

    def build(values: Sequence[Any]) -> pa.Array:
        mask = pa.array([value is None for value in values], pa.bool_())
        if not members:
            return pa.array([None if value is None else {} for value in values], kind)
        columns = [
            member.build([None if value is None else value[name] for value in values]) for name, member in members
        ]
        return pa.StructArray.from_arrays(columns, fields=list(kind), mask=mask)

    return AvroType(kind, build, dict, takes_bytes=any(member.takes_bytes for _, member in members))


def _map(content: AvroType) -> AvroType:
    kind = pa.map_(pa.string(), content.arrow)

    def build(values: Sequence[Any]) -> pa.Array:
        offsets, mask = _offsets(values)
        present = [value for value in values if value is not None]
        keys = pa.array(list(chain.from_iterable(present)), pa.string())
        items = content.build(list(chain.from_iterable(value.values() for value in present)))
        return pa.MapArray.from_arrays(offsets, keys, items, type=kind, mask=mask)

    return AvroType(kind, build, dict)


def _offsets(values: Sequence[Any]) -> tuple[pa.Array, pa.Array]:
    """Where the items of each value begin and end, and which values are missing."""
    lengths = (0 if value is None else len(value) for value in values)
    return (
        pa.array(accumulate(lengths, initial=0), pa.int32()),
        pa.array([value is None for value in values], pa.bool_()),
    )


def _union(branches: Sequence[AvroType]) -> AvroType:
    """One type beside null is that type. Whole numbers are long ones; all else becomes text."""
    there = [branch for branch in branches if branch.python is not None]
    nullable = len(there) < len(branches) or any(branch.nullable for branch in there)
    if len(there) <= 1:
        found = there[0] if there else _PRIMITIVE["null"]
        return AvroType(found.arrow, found.build, found.python, found.name, found.textual, nullable=nullable)
    kinds = {branch.arrow for branch in there}
    for common, narrower in ((pa.int64(), {pa.int32()}), (pa.float64(), {pa.float32(), pa.int32()})):
        if kinds <= {common, *narrower}:
            return AvroType(common, _plain(common), float, nullable=nullable)
    names = ", ".join(branch.name or str(branch.arrow) for branch in there)
    return AvroType(
        pa.string(), lambda values: _mixed(values, there), str, f"union<{names}>", textual=True, nullable=nullable
    )


def _mixed(values: Sequence[Any], branches: Sequence[AvroType]) -> pa.Array:
    """Values of several types as texts: each as its own type is written."""
    texts: list[str | None] = [None] * len(values)
    places: dict[type, list[int]] = {}
    for place, value in enumerate(values):
        if value is not None:
            places.setdefault(type(value), []).append(place)
    for python, found in places.items():
        fitting = [branch for branch in branches if branch.python is python]
        written = _written([values[place] for place in found], fitting)
        for place, text in zip(found, written, strict=True):
            texts[place] = text
    return pa.array(texts, pa.string())


def _written(values: list[Any], branches: Sequence[AvroType]) -> Iterator[str | None]:
    # Of two types that look alike once they are read, none is known to be meant.
    if len(branches) == 1:
        array = branches[0].build(values)
        if pa.types.is_nested(array.type):
            yield from render_json(array).to_pylist()
            return
        if not pa.types.is_binary(array.type) and not pa.types.is_fixed_size_binary(array.type):
            yield from array.cast(pa.string()).to_pylist()
            return
    for value in values:
        yield value if isinstance(value, str) else value.hex() if isinstance(value, bytes) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_unknown)


def _unknown(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
