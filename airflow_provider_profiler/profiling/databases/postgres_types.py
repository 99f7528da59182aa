"""How each type of PostgreSQL is asked for, and what arrives: the driver's own binary form where it is sound.

Everything else is asked for as text, which every type has. Arrays are asked for as JSON, since the driver forgets that
an array has several dimensions. Dates and moments are asked for where Arrow can hold them: the driver turns the
infinite ones, and those after the year 294246, into some other moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.databases.identifiers import quoted

_NATIVE: Mapping[str, tuple[pa.DataType, DataType]] = {
    "int2": (pa.int16(), DataType.INTEGER),
    "int4": (pa.int32(), DataType.INTEGER),
    "int8": (pa.int64(), DataType.INTEGER),
    "float4": (pa.float32(), DataType.FLOAT),
    "float8": (pa.float64(), DataType.FLOAT),
    "bool": (pa.bool_(), DataType.BOOLEAN),
    "text": (pa.string(), DataType.TEXT),
    "varchar": (pa.string(), DataType.TEXT),
    "bpchar": (pa.string(), DataType.TEXT),
    "name": (pa.string(), DataType.TEXT),
    "bytea": (pa.binary(), DataType.TEXT),
    "date": (pa.date32(), DataType.DATE),
    "time": (pa.time64("us"), DataType.TIME),
    "timestamp": (pa.timestamp("us"), DataType.DATE_TIME),
    "timestamptz": (pa.timestamp("us", tz="UTC"), DataType.DATE_TIME),
}
#: Bounds within which a date or a moment is the one that arrives.
_LIMITS = {
    "date": "pg_catalog.isfinite({0})",
    "timestamp": "{0} > '-infinity' AND {0} < '294247-01-01'",
    "timestamptz": "{0} > '-infinity' AND {0} < '294247-01-01 00:00:00+00'",
}
#: Types whose text is what everybody expects of them: nothing has to be said about it.
_TEXTS = frozenset({"json", "jsonb", "xml", "uuid", "interval", "char"})
#: PostgreSQL's type modifiers begin behind a header of four bytes (src/include/utils/numeric.c, make_numeric_typmod).
_HEADER = 4
#: Digits that Arrow's decimals have at most.
_MOST_DIGITS = 76


@dataclass(frozen=True)
class PostgresType:
    """A row of ``pg_type``."""

    name: str
    own: bool
    """Whether it is one of the server's own types, and not of an extension or the database."""
    kind: str
    """``b`` base, ``d`` domain, ``e`` enum, ``r`` and ``m`` ranges."""
    category: str
    base: int
    """Of a domain: the type below it."""
    base_modifier: int


@dataclass(frozen=True)
class Asked:
    """How a column is asked for, and what arrives."""

    expression: str
    kind: pa.DataType
    declared: DataType
    note: bool = False
    """Whether it arrives as text although it is something else."""
    limit: str = ""


def asked(column: str, oid: int, modifier: int, types: Mapping[int, PostgresType]) -> Asked:
    """How to ask for a column.

    :param oid: its type in ``types``; one that is not there is a row type.
    :param modifier: the column's own, -1 where it has none.
    """
    name = quoted(column)
    found = types.get(oid)
    while found is not None and found.kind == "d":
        modifier = found.base_modifier if modifier < 0 else modifier
        found = types.get(found.base)
    if found is None:
        return _text(f"pg_catalog.to_json({name})::text")
    if found.category == "A":
        return _text(f"pg_catalog.array_to_json({name})::text")
    if not found.own:
        return _text(f"{name}::text", note=found.kind != "e")
    return _own(name, found.name, modifier)


def _own(name: str, kind: str, modifier: int) -> Asked:
    """How to ask for a column of one of the server's own types."""
    if kind in _NATIVE:
        arrow, declared = _NATIVE[kind]
        if kind not in _LIMITS:
            return Asked(name, arrow, declared)
        limit = _LIMITS[kind].format(name)
        return Asked(f"CASE WHEN {limit} THEN {name} END", arrow, declared, limit=limit)
    match kind:
        case "numeric":
            return _numeric(name, modifier)
        case "money":
            return Asked(f"{name}::numeric::text", pa.float64(), DataType.FLOAT)
        case "oid":
            return Asked(f"{name}::int8", pa.int64(), DataType.INTEGER)
        case _:
            return _text(f"{name}::text", note=kind not in _TEXTS)


def _text(expression: str, *, note: bool = False) -> Asked:
    return Asked(expression, pa.string(), DataType.TEXT, note=note)


def _numeric(name: str, modifier: int) -> Asked:
    """As decimals of the declared digits; as doubles where none are declared."""
    if modifier >= _HEADER:
        digits, scale = (modifier - _HEADER) >> 16 & 0xFFFF, (modifier - _HEADER) & 0x7FF
        declared = DataType.FLOAT if scale else DataType.INTEGER
        if scale <= digits <= _MOST_DIGITS:
            make = pa.decimal128 if digits <= 38 else pa.decimal256
            return Asked(f"{name}::text", make(digits, scale), declared)
    return Asked(f"{name}::text", pa.float64(), DataType.FLOAT)
