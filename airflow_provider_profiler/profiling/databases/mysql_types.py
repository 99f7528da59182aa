"""How each type of MySQL and MariaDB is asked for, and what arrives.

The server writes all values as text; Arrow reads them by the column. What is neither text nor a number nor a moment is
asked for as text. Dates with a day or a month of zero, which these servers allow, are asked for as missing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.databases.identifiers import backquoted

_WHOLE = frozenset({"tinyint", "smallint", "mediumint", "int", "integer", "bigint"})
_TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json"})
_BYTES = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
_SHAPES = frozenset(
    {
        *("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"),
        *("geometrycollection", "geomcollection"),
    }
)
_MOMENTS: Mapping[str, tuple[pa.DataType, DataType]] = {
    "date": (pa.date32(), DataType.DATE),
    "datetime": (pa.timestamp("us"), DataType.DATE_TIME),
    "timestamp": (pa.timestamp("us", tz="UTC"), DataType.DATE_TIME),
}
_DIGITS = re.compile(r"decimal\((\d+),(\d+)\)", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """How a column is asked for, and what arrives."""

    expression: str
    kind: pa.DataType
    declared: DataType
    note: bool = False
    """Whether it arrives as text although it is something else."""
    limit: str = ""


def asked(column: str, data_type: str, column_type: str) -> Asked:
    """How to ask for a column.

    :param data_type: the name of its type alone, and ``column_type`` with its parameters.
    """
    name, kind = backquoted(column), data_type.lower()
    if kind in _WHOLE or kind == "year":
        unsigned = "unsigned" in column_type.lower()
        return Asked(name, pa.uint64() if unsigned and kind == "bigint" else pa.int64(), DataType.INTEGER)
    if kind in ("decimal", "numeric"):
        return _decimal(name, column_type)
    if kind in ("float", "double", "real"):
        # The server rounds a float to six digits where it writes it, but not the double that it makes of it.
        return Asked(f"({name} + 0e0)" if kind == "float" else name, pa.float64(), DataType.FLOAT)
    if kind == "bit":
        return Asked(f"({name} + 0)", pa.uint64(), DataType.INTEGER)
    if kind in _MOMENTS:
        arrow, declared = _MOMENTS[kind]
        limit = f"MONTH({name}) > 0 AND DAYOFMONTH({name}) > 0"
        return Asked(f"CASE WHEN {limit} THEN {name} END", arrow, declared, limit=limit)
    return _other(name, kind)


def _other(name: str, kind: str) -> Asked:
    if kind in _TEXTS:
        return Asked(name, pa.string(), DataType.TEXT)
    if kind in _BYTES:
        return Asked(name, pa.binary(), DataType.TEXT)
    if kind in _SHAPES:
        return Asked(f"ST_AsText({name})", pa.string(), DataType.TEXT, note=True)
    known = kind in ("time", "uuid", "inet4", "inet6")
    return Asked(f"CAST({name} AS CHAR)", pa.string(), DataType.TEXT, note=not known)


def _decimal(name: str, column_type: str) -> Asked:
    digits = _DIGITS.match(column_type)
    if digits is None:
        return Asked(name, pa.float64(), DataType.FLOAT)
    precision, scale = int(digits[1]), int(digits[2])
    make = pa.decimal128 if precision <= 38 else pa.decimal256
    return Asked(name, make(precision, scale), DataType.FLOAT if scale else DataType.INTEGER)
