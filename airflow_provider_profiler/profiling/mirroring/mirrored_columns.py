"""The values of a column as its mirror holds them: of the column's type where every one of them is, else as text.

Texts are taken for what they are written as alone: ``007``, ``1,234`` and ``12 %`` stay text, because what they stand
for is a reading, and the rows have to come back as they are. Mirrors are read by pandas, which makes doubles of
integers beside missing values: those that a double cannot hold are text.
"""

from collections.abc import Callable
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from airflow_provider_profiler.contract.profile import DataType, Field
from airflow_provider_profiler.profiling.readers.reader import Column
from airflow_provider_profiler.profiling.semantics.vocabulary import BOOLEAN_TRUTHS, BOOLEAN_WORDS
from airflow_provider_profiler.profiling.statistics.arrow_kinds import readable_values

#: Beyond it doubles skip integers.
_WHOLE_DOUBLES: Final = 2**53
#: Decimal digits that a double keeps (IEEE 754).
_DIGITS_OF_DOUBLE: Final = 15
_INTEGERS: Final = frozenset({"integer"})
_FLOATS: Final = frozenset({"integer", "float", "infinity", "float_or_grouped"})
_TEMPORAL: Final = {
    DataType.DATE: frozenset({"date"}),
    DataType.DATE_TIME: frozenset({"date_time"}),
    DataType.TIME: frozenset({"time"}),
}
_ISO_FORMATS: Final = {
    DataType.DATE: {"%Y-%m-%d"},
    DataType.DATE_TIME: {f"%Y-%m-%d{gap}{time}" for gap in " T" for time in ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f")},
    DataType.TIME: {"%H:%M:%S"},
}
_WORD_TRUTHS: Final = dict(zip(BOOLEAN_WORDS, BOOLEAN_TRUTHS, strict=True))


class NotOfItsType(Exception):
    """A value of a column is not of the type that its mirror was to have."""


class MirroredColumn(Protocol):
    """How a column is written."""

    @property
    def type(self) -> pa.DataType:
        """The column's type in the mirror."""
        ...

    @property
    def data_type(self) -> DataType:
        """The same in the vocabulary of Croissant."""
        ...

    def __call__(self, values: pa.Array) -> pa.Array:
        """The values of a batch as the mirror holds them.

        :raises NotOfItsType: when one of them cannot be.
        """
        ...


class ConvertedColumn:
    """A column that is converted by a function."""

    def __init__(self, kind: pa.DataType, data_type: DataType, convert: Callable[[pa.Array], pa.Array]) -> None:
        self.type = kind
        self.data_type = data_type
        self._convert = convert

    def __call__(self, values: pa.Array) -> pa.Array:
        """The values of a batch."""
        try:
            converted = self._convert(readable_values(values))
        except (pa.ArrowException, OverflowError) as error:
            raise NotOfItsType(str(error)) from error
        return converted if converted.type == self.type else converted.cast(self.type)


def as_text() -> ConvertedColumn:
    """Values as they are written; empty texts are missing values, as everywhere in a profile."""

    def convert(values: pa.Array) -> pa.Array:
        texts = values.cast(pa.string())
        return _without(texts, pc.equal(texts, ""))

    return ConvertedColumn(pa.string(), DataType.TEXT, convert)


def mirrored_column(field: Field, column: Column, kind: pa.DataType | None) -> ConvertedColumn:
    """How a column is written, going by what is known of all its values.

    :param kind: the type in which its reader delivers it, of :func:`readable_values`; None where there are no rows.
    """
    if column.textual or kind is None:
        return _of_texts(field)
    return _of_typed(field, kind)


def _of_texts(field: Field) -> ConvertedColumn:
    votes = {vote.type for vote in field.votes}
    kinds = votes - {"null_token", "nan"}
    tokens = [item.token.strip() for item in field.statistics.null_tokens]
    data_type = field.data_type
    if data_type is DataType.INTEGER and kinds == _INTEGERS and _fits(field, bool(tokens) or "nan" in votes):
        return ConvertedColumn(pa.int64(), data_type, _parsed(tokens, pa.int64()))
    if data_type is DataType.FLOAT and kinds and kinds <= _FLOATS and field.decimal_mark != ",":
        return ConvertedColumn(pa.float64(), data_type, _parsed(tokens, pa.float64()))
    if data_type is DataType.BOOLEAN and field.boolean_words:
        return ConvertedColumn(pa.bool_(), data_type, _truths(tokens, field.boolean_words))
    if kinds and kinds <= _TEMPORAL.get(data_type, frozenset()) and field.language is None:
        arrow = {DataType.DATE: pa.date32(), DataType.DATE_TIME: pa.timestamp("us"), DataType.TIME: pa.time64("us")}
        if field.format in _ISO_FORMATS[data_type]:
            return ConvertedColumn(arrow[data_type], data_type, _parsed(tokens, arrow[data_type]))
        if field.format is not None and data_type is not DataType.TIME:
            return ConvertedColumn(arrow[data_type], data_type, _by_format(tokens, field.format, arrow[data_type]))
    return as_text()


def _of_typed(field: Field, kind: pa.DataType) -> ConvertedColumn:
    found = _target(field, kind)
    if found is None:
        return as_text()
    target, data_type = found
    return ConvertedColumn(target, data_type, lambda values: values.cast(target))


def _target(field: Field, kind: pa.DataType) -> tuple[pa.DataType, DataType] | None:
    """The type of a typed column in its mirror; None where it is written as text."""
    kinds: tuple[tuple[bool, pa.DataType, DataType], ...] = (
        (pa.types.is_boolean(kind), kind, DataType.BOOLEAN),
        (pa.types.is_integer(kind) and _fits(field, False), kind, DataType.INTEGER),
        (pa.types.is_floating(kind), kind, DataType.FLOAT),
        (pa.types.is_decimal(kind) and kind.precision <= _DIGITS_OF_DOUBLE, pa.float64(), DataType.FLOAT),
        (pa.types.is_date(kind), pa.date32(), DataType.DATE),
        (pa.types.is_timestamp(kind), kind, DataType.DATE_TIME),
        (pa.types.is_time(kind), pa.time64("us"), DataType.TIME),
        (pa.types.is_binary(kind) or pa.types.is_large_binary(kind), pa.binary(), DataType.TEXT),
    )
    return next(((target, data_type) for fits, target, data_type in kinds if fits), None)


def _fits(field: Field, tokens: bool) -> bool:
    """Whether pandas loses no digit of the integers."""
    numeric = field.statistics.numeric
    if numeric is None:
        return False
    largest = max(abs(numeric.minimum), abs(numeric.maximum))
    missing = bool(field.statistics.missing_count) or tokens
    return largest <= _WHOLE_DOUBLES if missing else numeric.minimum >= -(2**63) and numeric.maximum < 2**63


def _present(values: pa.Array, tokens: list[str]) -> pa.Array:
    """Texts without white space around them, those that stand for no value as nulls."""
    texts = pc.utf8_trim_whitespace(values.cast(pa.string()))
    known = pa.array(sorted({token.lower() for token in tokens} | {""}), pa.string())
    return _without(texts, pc.is_in(pc.utf8_lower(texts), known))


def _without(texts: pa.Array, these: pa.Array) -> pa.Array:
    return pc.if_else(these, pa.scalar(None, pa.string()), texts)


def _parsed(tokens: list[str], kind: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    def parse(values: pa.Array) -> pa.Array:
        texts = _present(values, tokens)
        if pa.types.is_integer(kind):
            texts = pc.replace_substring_regex(texts, r"^\+", "")
        return texts.cast(kind)

    return parse


def _by_format(tokens: list[str], notation: str, kind: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    def parse(values: pa.Array) -> pa.Array:
        return pc.strptime(_present(values, tokens), format=notation, unit="us").cast(kind)

    return parse


def _truths(tokens: list[str], words: tuple[str, ...]) -> Callable[[pa.Array], pa.Array]:
    def of(truth: bool) -> pa.Array:
        return pa.array([word for word in words if _WORD_TRUTHS.get(word) is truth], pa.string())

    def parse(values: pa.Array) -> pa.Array:
        texts = pc.utf8_lower(_present(values, tokens))
        true, false = pc.is_in(texts, of(True)), pc.is_in(texts, of(False))
        if pc.any(pc.and_(texts.is_valid(), pc.invert(pc.or_(true, false)))).as_py():
            raise pa.ArrowInvalid("a word that is neither true nor false")
        return pc.if_else(texts.is_valid(), true, pa.scalar(None, pa.bool_()))

    return parse
