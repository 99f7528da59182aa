"""Cells against a literal or against other cells: null where a cell is missing or is not of the other's kind."""

from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.profiling.selection.cell_values import (
    boolean_cells,
    moment_cells,
    number_cells,
    present_texts,
)
from airflow_provider_profiler.profiling.selection.condition import Moment, Value, moment_of
from airflow_provider_profiler.profiling.selection.kinds import Kind, NotComparable, kind_of_type, misfit_of_literal

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}
#: Integers below it are doubles, each of them another one.
_EXACT_DOUBLES = 2**53
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_MICROSECONDS = 1_000_000
_DAY = 86_400
_DECIMAL_DIGITS = 76


def compare_literal(values: pa.Array, operator: str, value: Value) -> pa.BooleanArray:
    """Compare cells with a literal.

    :param values: an array without dictionary.
    :param operator: one of ``= != < <= > >=``.
    :return: one answer a cell.
    :raises NotComparable: when the literal does not fit the array's type.
    """
    kind = kind_of_type(values.type)
    if why := misfit_of_literal(kind, value):
        raise NotComparable(f"{values.type} {why}")
    if kind is Kind.TEXT:
        return _text(values, operator, value)
    if isinstance(value, Decimal):
        return _numbers(values, operator, value)
    if isinstance(value, bool):
        return _OPERATORS[operator](values, pa.scalar(value))
    moment = moment_of(value) if isinstance(value, str) else value
    if moment is None:
        raise AssertionError("a text that is no date was refused before")
    return _moments(values, operator, moment)


def compare_columns(left: pa.Array, operator: str, right: pa.Array) -> pa.BooleanArray:
    """Compare the cells of two columns row by row; two texts that are both numbers as numbers.

    :raises NotComparable: when the columns are of different kinds.
    """
    kind = kind_of_type(left.type)
    if kind is not kind_of_type(right.type) or kind is Kind.OTHER:
        raise NotComparable(f"{left.type} cannot be compared with {right.type}")
    compare = _OPERATORS[operator]
    if kind is Kind.TEXT:
        numbers = compare(number_cells(left), number_cells(right))
        return pc.coalesce(numbers, compare(present_texts(left), present_texts(right)))
    if kind is Kind.MOMENT:
        return compare(_in_nanoseconds(left), _in_nanoseconds(right))
    if kind is Kind.NUMBER and left.type != right.type:
        whole = pa.types.is_integer(left.type) and pa.types.is_integer(right.type)
        common = pa.decimal128(20) if whole else pa.float64()
        return compare(left.cast(common, safe=False), right.cast(common, safe=False))
    return compare(left, right)


def _text(texts: pa.Array, operator: str, value: Value) -> pa.BooleanArray:
    """Cells of text, read as what the literal is."""
    compare = _OPERATORS[operator]
    if isinstance(value, str):
        return compare(present_texts(texts), pa.scalar(value, texts.type))
    if isinstance(value, bool):
        return compare(boolean_cells(texts), pa.scalar(value))
    if isinstance(value, Moment):
        return compare(moment_cells(texts), pa.scalar(value.microseconds, pa.int64()))
    cells = number_cells(texts)
    answer = compare(cells, pa.scalar(float(value)))
    if abs(value) < _EXACT_DOUBLES:
        return answer
    # Doubles in between are not all integers: cells that round to the literal's double are looked at digit by digit.
    close = np.flatnonzero(pc.fill_null(pc.equal(cells, pa.scalar(float(value))), False).to_numpy(zero_copy_only=False))
    if not len(close):
        return answer
    exact = np.array([_exactly(Decimal(text.strip()), operator, value) for text in texts.take(close).to_pylist()])
    found = answer.to_numpy(zero_copy_only=False).astype(object)
    found[close] = exact
    return pa.array(found, pa.bool_())


def _exactly(number: Decimal, operator: str, value: Decimal) -> bool:
    return {
        "=": number == value,
        "!=": number != value,
        "<": number < value,
        "<=": number <= value,
        ">": number > value,
        ">=": number >= value,
    }[operator]


def _numbers(values: pa.Array, operator: str, value: Decimal) -> pa.BooleanArray:
    kind = values.type
    if pa.types.is_integer(kind):
        return _integers(values, operator, Fraction(value), kind)
    if pa.types.is_decimal(kind):
        wide = pa.decimal256(_DECIMAL_DIGITS, kind.scale)
        whole, operator, answer = _on_the_grid(operator, Fraction(value) * 10**kind.scale)
        if answer is None and abs(whole) >= 10**_DECIMAL_DIGITS:
            answer = _beyond(operator, above=whole > 0)
        if answer is not None:
            return _always(values, answer)
        limit = pa.scalar(Decimal(whole).scaleb(-kind.scale, Context(prec=_DECIMAL_DIGITS + 1)), wide)
        return _OPERATORS[operator](values.cast(wide), limit)
    # NaN is neither equal nor less nor greater, but it is different.
    return _OPERATORS[operator](values.cast(pa.float64()), pa.scalar(float(value)))


def _moments(values: pa.Array, operator: str, moment: Moment) -> pa.BooleanArray:
    """Dates and moments as the integers that Arrow keeps of them; moments with a zone are in UTC."""
    kind = values.type
    if pa.types.is_date32(kind):
        values, per_second = values.cast(pa.int32()), Fraction(1, _DAY)
    elif pa.types.is_date64(kind):
        values, per_second = values.cast(pa.int64()), Fraction(_PER_SECOND["ms"])
    else:
        values, per_second = values.cast(pa.int64()), Fraction(_PER_SECOND[kind.unit])
    return _integers(values, operator, Fraction(moment.microseconds, _MICROSECONDS) * per_second, values.type)


def _integers(values: pa.Array, operator: str, limit: Fraction, kind: pa.DataType) -> pa.BooleanArray:
    """Compare integers with any number, exactly."""
    whole, operator, answer = _on_the_grid(operator, limit)
    bounds = np.iinfo(kind.to_pandas_dtype())
    if answer is None and not bounds.min <= whole <= bounds.max:
        answer = _beyond(operator, above=whole > bounds.max)
    if answer is not None:
        return _always(values, answer)
    return _OPERATORS[operator](values, pa.scalar(whole, kind))


def _on_the_grid(operator: str, limit: Fraction) -> tuple[int, str, bool | None]:
    """The same question about integers: the integer and the operator, or the answer where it is always the same."""
    if operator in ("=", "!="):
        return floor(limit), operator, None if limit.denominator == 1 else operator == "!="
    return ceil(limit) if operator in ("<", ">=") else floor(limit), operator, None


def _beyond(operator: str, *, above: bool) -> bool:
    """The answer about every value where the limit is beyond what the type holds."""
    return operator == "!=" or operator in (("<", "<=") if above else (">", ">="))


def _always(values: pa.Array, answer: bool) -> pa.BooleanArray:
    return pc.if_else(pc.is_valid(values), pa.scalar(answer), pa.scalar(None, pa.bool_()))


def _in_nanoseconds(values: pa.Array) -> pa.Array:
    """Moments as decimals, which have room for nanoseconds of any year."""
    kind = values.type
    if pa.types.is_date32(kind):
        numbers, scale = values.cast(pa.int32()).cast(pa.int64()), _DAY * _PER_SECOND["ns"]
    elif pa.types.is_date64(kind):
        numbers, scale = values.cast(pa.int64()), _PER_SECOND["ns"] // _PER_SECOND["ms"]
    else:
        numbers, scale = values.cast(pa.int64()), _PER_SECOND["ns"] // _PER_SECOND[kind.unit]
    return pc.multiply(numbers.cast(pa.decimal128(19)), pa.scalar(Decimal(scale), pa.decimal128(18)))
