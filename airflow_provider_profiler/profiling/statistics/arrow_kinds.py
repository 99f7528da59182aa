"""From Arrow's many types to the few kinds of values that statistics know."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.statistics.encoding import Array
from airflow_provider_profiler.profiling.statistics.nested import render_json
from airflow_provider_profiler.profiling.statistics.temporals import Calendar
from airflow_provider_profiler.profiling.statistics.texts import TextKind

#: A decimal of so many digits without a fraction always fits int64.
_INT64_DIGITS = 18


@dataclass(frozen=True)
class Numbers:
    """int64, uint64 or float64 values."""

    values: Array


@dataclass(frozen=True)
class Temporals:
    """int64 values and what they mean."""

    values: Array
    calendar: Calendar


@dataclass(frozen=True)
class Booleans:
    """A boolean array without nulls."""

    values: pa.Array


@dataclass(frozen=True)
class Texts:
    """A ``large_binary`` array without nulls; texts are never empty."""

    values: pa.Array
    kind: TextKind


def present_values(values: pa.Array) -> Numbers | Temporals | Booleans | Texts | None:
    """The values that are there, as one of the kinds; None for a column without a type.

    :param values: as :func:`plain_values` returns them. Empty texts count as not there.
    """
    kind = values.type
    if pa.types.is_null(kind):
        return None
    if pa.types.is_nested(kind) or pa.types.is_union(kind) or pa.types.is_interval(kind):
        values = render_json(values)
        kind = values.type
    if values.null_count:
        values = values.drop_null()
    if pa.types.is_boolean(kind):
        return Booleans(values)
    if pa.types.is_temporal(kind) and not pa.types.is_duration(kind):
        return _temporals(values)
    numbers = _numbers(values)
    if numbers is not None:
        return Numbers(numbers.to_numpy(zero_copy_only=False))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return Texts(_texts(values), TextKind.TEXT)
    if pa.types.is_fixed_size_binary(kind):
        values = values.cast(pa.binary())
    return Texts(values.cast(pa.large_binary()), TextKind.BINARY)


def _numbers(values: pa.Array) -> Any | None:
    kind = values.type
    if pa.types.is_uint64(kind):
        return values
    if pa.types.is_integer(kind) or pa.types.is_duration(kind):
        return values.cast(pa.int64())
    if pa.types.is_decimal(kind):
        # No decimal is beyond a double: its 76 digits end long before 1.8e308.
        whole = kind.scale == 0 and kind.precision <= _INT64_DIGITS
        return values.cast(pa.int64() if whole else pa.float64())
    if pa.types.is_floating(kind):
        return values.cast(pa.float64())
    return None


def _temporals(values: pa.Array) -> Temporals:
    kind = values.type
    if pa.types.is_date(kind):
        days = values.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
        return Temporals(days.to_numpy(zero_copy_only=False), Calendar("D"))
    if pa.types.is_time32(kind):
        values = values.cast(pa.int32())
    numbers = values.cast(pa.int64()).to_numpy(zero_copy_only=False)
    if pa.types.is_timestamp(kind):
        return Temporals(numbers, Calendar(kind.unit, zoned=kind.tz is not None))
    return Temporals(numbers, Calendar(kind.unit, time_of_day=True))


def _texts(values: pa.Array) -> pa.Array:
    texts = values.cast(pa.large_string())
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        # A file may claim text and hold anything; every function on text further on would refuse it.
        repaired = [item.decode("utf-8", "replace") for item in texts.cast(pa.large_binary()).to_pylist()]
        texts = pa.array(repaired, pa.large_string())
    filled = pc.not_equal(pc.binary_length(texts), 0)
    if not pc.all(filled, min_count=0).as_py():
        texts = texts.filter(filled)
    return texts.cast(pa.large_binary())
