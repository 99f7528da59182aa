"""Parquet as pandas reads it: types are told, but integers beside nulls, nesting and long decimals are lost."""

import re
from collections.abc import Sequence
from typing import Final

from airflow_provider_profiler.contract.profile import DataType, Distribution, Field, RecordSet
from airflow_provider_profiler.render.croissant.promise import LoadedField, Loading, NotLoadable, check_integers

_LIST: Final = re.compile(r"(?:large_|fixed_size_)?list<(?:\w+): (.+?)( not null)?>(?:\[\d+\])?")
_DECIMAL: Final = re.compile(r"decimal(?:32|64|128|256)\((\d+), -?\d+\)")
_DICTIONARY: Final = re.compile(r"dictionary<values=(.+), indices=\w+, ordered=\w+>")
#: Decimal digits that a double keeps (IEEE 754).
_DIGITS_OF_DOUBLE: Final = 15
_TYPES: Final = {
    **dict.fromkeys((f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)), DataType.INTEGER),
    **dict.fromkeys(("halffloat", "float", "double"), DataType.FLOAT),
    **dict.fromkeys(("string", "large_string", "binary", "large_binary"), DataType.TEXT),
    "bool": DataType.BOOLEAN,
    "date32[day]": DataType.DATE,
    "time32[s]": DataType.TIME,
    "time32[ms]": DataType.TIME,
    "time64[us]": DataType.TIME,
}
_TEXTS: Final = frozenset({"string", "large_string"})


def load_parquet(record_set: RecordSet, files: Sequence[Distribution], complete: bool) -> Loading:
    """How Parquet files with the rows of a table are loaded.

    :raises NotLoadable: when values would not come back as they are.
    """
    del files, complete
    for field in record_set.fields:
        if field.name != field.original_name:
            raise NotLoadable("names of its columns are missing or repeated")
    return Loading(tuple(_loaded(field) for field in record_set.fields))


def _loaded(field: Field) -> LoadedField:
    extract = {"column": field.original_name}
    physical = field.physical_type
    data_type = _scalar(field, physical)
    if data_type is not None:
        if data_type is DataType.INTEGER:
            check_integers(field, missing=bool(field.statistics.missing_count))
        return LoadedField(data_type, extract)
    depth = 0
    never_null = False
    while found := _LIST.fullmatch(physical):
        depth += 1
        physical, never_null = found[1], bool(found[2])
    leaf = _TYPES.get(physical)
    # A null among numbers turns all of a list into doubles.
    if depth and leaf is not None and (physical in _TEXTS or (never_null and depth == 1)):
        return LoadedField(leaf, extract, depth)
    raise NotLoadable(f"its column {field.name!r} is of the type {field.physical_type}, which readers take apart")


def _scalar(field: Field, physical: str) -> DataType | None:
    if physical.startswith("timestamp["):
        return DataType.DATE_TIME
    if (known := _TYPES.get(physical)) is not None:
        return known
    if (dictionary := _DICTIONARY.fullmatch(physical)) is not None:
        return DataType.TEXT if dictionary[1] in _TEXTS else None
    if (decimal := _DECIMAL.fullmatch(physical)) is not None and int(decimal[1]) <= _DIGITS_OF_DOUBLE:
        return DataType.FLOAT if field.data_type in (DataType.FLOAT, DataType.INTEGER) else None
    return None
