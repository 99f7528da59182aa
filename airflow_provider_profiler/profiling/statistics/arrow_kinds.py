"""From Arrow's many types to the few kinds of values that statistics know."""

from dataclasses import dataclass

import pyarrow as pa

from airflow_provider_profiler.profiling.statistics.encoding import Array
from airflow_provider_profiler.profiling.statistics.nested import plain_values, render_json
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


def readable_values(values: pa.Array) -> pa.Array:
    """The values as one of the types that statistics know: what is nested becomes text, what is encoded is decoded.

    :param values: an array of any type.
    """
    plain = plain_values(values)
    kind = plain.type
    if pa.types.is_nested(kind) or pa.types.is_union(kind) or pa.types.is_interval(kind):
        return render_json(plain)
    if pa.types.is_string_view(kind):
        return plain.cast(pa.large_string())
    if pa.types.is_fixed_size_binary(kind) or pa.types.is_binary_view(kind):
        return plain.cast(pa.large_binary())
    return plain


def text_kind(kind: pa.DataType) -> TextKind | None:
    """Whether values of a type of :func:`readable_values` are texts or bytes; None for all others."""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return TextKind.TEXT
    return TextKind.BINARY if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else None


def present_values(values: pa.Array) -> Numbers | Temporals | Booleans:
    """The values that are there, as one of the kinds that are numbers underneath.

    :param values: as :func:`readable_values` returns them, neither null nor text.
    """
    kind = values.type
    if values.null_count:
        values = values.drop_null()
    if pa.types.is_boolean(kind):
        return Booleans(values)
    if pa.types.is_temporal(kind) and not pa.types.is_duration(kind):
        return _temporals(values)
    return Numbers(_numbers(values).to_numpy(zero_copy_only=False))


def _numbers(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_uint64(kind):
        return values
    if pa.types.is_integer(kind) or pa.types.is_duration(kind):
        return values.cast(pa.int64())
    if pa.types.is_decimal(kind):
        # No decimal is beyond a double: its 76 digits end long before 1.8e308.
        whole = kind.scale == 0 and kind.precision <= _INT64_DIGITS
        return values.cast(pa.int64() if whole else pa.float64())
    return values.cast(pa.float64())


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
