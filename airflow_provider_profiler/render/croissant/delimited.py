"""Delimited text as pandas reads it without options: comma or tab, UTF-8, one header line, types found by itself.

pandas makes numbers of whatever looks like them, so that ``001`` comes back as 1, and takes words such as ``NA`` for
missing. The votes of a column tell whether any of its values can suffer from that.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeGuard

from airflow_provider_profiler.contract.profile import (
    DataType,
    Distribution,
    Field,
    QualityErrorType,
    Reading,
    RecordSet,
)
from airflow_provider_profiler.contract.statistics import Scalar
from airflow_provider_profiler.render.croissant.promise import LoadedField, Loading, NotLoadable, check_integers

_FORMATS: Final = {",": "text/csv", "\t": "text/tab-separated-values"}
#: What ``pandas.read_csv`` takes for a missing value (its STR_NA_VALUES); compared as it is written.
PANDAS_NULLS: Final = frozenset(
    {
        *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>"),
        *("N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    }
)
#: Votes of values that pandas can make a number or a boolean of. All others stay as they are written.
_LIKE_NUMBERS: Final = frozenset(
    {
        *("integer", "float", "infinity", "float_or_grouped", "leading_zero", "big_integer", "phone_number"),
        *("date", "date_short_year", "date_time", "boolean"),
    }
)
_NEUTRAL: Final = frozenset({"null_token", "nan"})
_FLOATS: Final = frozenset({"integer", "float", "infinity", "float_or_grouped"})
_DATES: Final = {
    DataType.DATE: ({"date"}, {"%Y-%m-%d", "%Y/%m/%d"}),
    DataType.DATE_TIME: (
        {"date_time", "date_time_with_zone"},
        {f"%Y-%m-%d{gap}{time}" for gap in " T" for time in ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f")},
    ),
    DataType.TIME: ({"time"}, {"%H:%M:%S"}),
}
#: ``pandas.read_csv`` finds types in parts of the text of so many cells, rounded to a power of two rows.
_CELLS_AT_A_TIME: Final = 2**20


def load_delimited(record_set: RecordSet, files: Sequence[Distribution], complete: bool) -> Loading:
    """How delimited files with the rows of a table are loaded.

    :param complete: all columns of the files are there.
    :raises NotLoadable: when they would not come back as they are written.
    """
    formats = {_format(item) for item in files}
    if len(formats) > 1:
        raise NotLoadable("its files are not written in the same way")
    if record_set.rejected_rows:
        raise NotLoadable("some of its rows do not have the table's columns")
    fields = record_set.fields
    for field in fields:
        if field.name != field.original_name.strip():
            raise NotLoadable("names of its columns are missing or repeated")
    if complete and len(fields) == 1 and _may_have_blank_lines(fields[0]):
        raise NotLoadable("it has blank lines, which stand for missing values in a table of one column")
    # How many columns there are beside those that were profiled is not known: nothing is found out in one part then.
    in_one_part = complete and len(files) == 1 and record_set.row_count <= rows_at_a_time(len(fields))
    inconsistent = {
        error.column for error in record_set.quality if error.error_type is QualityErrorType.FORMAT_INCONSISTENCY
    }
    return Loading(
        tuple(
            LoadedField(
                _data_type(field, in_one_part=in_one_part, consistent=field.name not in inconsistent),
                {"column": field.original_name},
            )
            for field in fields
        ),
        formats.pop(),
    )


def rows_at_a_time(columns: int) -> int:
    """Rows in which pandas finds the types of columns together, as its C parser computes them."""
    rows = 1
    while rows * 2 < _CELLS_AT_A_TIME // max(columns, 1):
        rows *= 2
    return rows


def _format(item: Distribution) -> tuple[str, ...]:
    """What a file is to be declared as.

    :raises NotLoadable: when readers do not find out how it is written.
    """
    if item.reading is None:
        raise NotLoadable("it is not known how it was read")
    encoding_format = _check_dialect(item.reading)
    return (encoding_format,) if item.reading.compression is None else (encoding_format, item.media_type)


def _check_dialect(reading: Reading) -> str:
    """The format that the file's text is to be declared as.

    :raises NotLoadable: when readers do not find out its dialect.
    """
    dialect = reading.dialect
    if dialect is None:
        raise NotLoadable("its dialect is not known")
    if (reading.encoding or "").lower() not in ("utf-8", "ascii"):
        raise NotLoadable(f"its encoding is {reading.encoding}")
    encoding_format = _FORMATS.get(dialect.delimiter)
    if encoding_format is None:
        raise NotLoadable(f"its cells are separated by {dialect.delimiter!r}")
    odd = (
        (dialect.quote != '"', "its cells are not quoted by double quotes"),
        (dialect.escape is not None, f"{dialect.escape!r} escapes characters in it"),
        (not dialect.header, "no line of it names the columns"),
        (dialect.header_rows > 1, "several lines of it name the columns"),
        (dialect.line_ending == "mixed", "its lines end in several ways"),
        (bool(reading.skipped_lines or reading.comment_lines or reading.footer_lines), "it has lines that are no rows"),
        (bool(dialect.comment), "it has lines that are comments"),
        (bool(reading.undecodable_bytes), "it has bytes that are not of its encoding"),
        (bool(reading.mended_rows), "it has quotes where no cell can begin or end"),
        (bool(reading.undecodable_bytes), "it has bytes that are not UTF-8"),
        (bool(reading.null_tokens), "words were told to stand for missing values"),
    )
    for is_odd, why in odd:
        if is_odd:
            raise NotLoadable(why)
    return encoding_format


def _may_have_blank_lines(field: Field) -> bool:
    statistics = field.statistics
    return bool(statistics.missing_count) or any(not item.token.strip() for item in statistics.null_tokens)


def _data_type(field: Field, *, in_one_part: bool, consistent: bool) -> DataType:
    """As what a column is loaded so that every value comes back.

    :param in_one_part: its type is found out from all of its rows at a time.
    :param consistent: its dates are written in one way.
    :raises NotLoadable: when there is no such type.
    """
    statistics = field.statistics
    if not statistics.row_count:
        return DataType.TEXT
    votes = {vote.type: vote.count for vote in field.votes}
    if not votes:
        raise NotLoadable(f"what is in its column {field.name!r} was not looked at")
    tokens = {item.token for item in statistics.null_tokens}
    padded = {example for vote in field.votes if vote.type == "null_token" for example in vote.examples}
    # Padded words are no missing values to pandas, and no numbers either.
    as_missing = tokens <= PANDAS_NULLS and not padded and len(tokens) <= 2
    without_nan = as_missing and "nan" not in votes
    kinds = votes.keys() - _NEUTRAL
    data_type = field.data_type
    if without_nan and data_type is DataType.INTEGER and kinds == {"integer"}:
        check_integers(field, missing=bool(statistics.missing_count or tokens))
        return data_type
    if as_missing and data_type is DataType.FLOAT and kinds <= _FLOATS and field.decimal_mark != ",":
        return data_type
    if without_nan and data_type is DataType.BOOLEAN and set(field.boolean_words) <= {"true", "false"}:
        return data_type
    if without_nan and consistent and data_type in _DATES:
        wanted, formats = _DATES[data_type]
        if kinds <= wanted and field.format in formats and field.language is None:
            return data_type
    _check_text(field, votes, tokens, in_one_part=in_one_part)
    return DataType.TEXT


def _is_text(value: Scalar) -> TypeGuard[str]:
    return isinstance(value, str)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_text(field: Field, votes: Mapping[str, int], tokens: set[str], *, in_one_part: bool) -> None:
    """Refuse texts of which pandas would make something else."""
    nulls = sorted(tokens & PANDAS_NULLS) or (["nan"] if votes.get("nan") else [])
    if nulls:
        raise NotLoadable(f"the word {nulls[0]!r} in its column {field.name!r} is taken for a missing value")
    shown = [item for item in (*field.sample, *(top.value for top in field.statistics.top_values)) if _is_text(item)]
    if shown and all(_is_number(item) for item in shown):
        # Nobody but pandas takes 1E400 for one.
        raise NotLoadable(f"values of its text column {field.name!r} look like numbers, whose spelling is not kept")
    like = _LIKE_NUMBERS
    if field.data_type is DataType.BOOLEAN and not {"true", "false"} & set(field.boolean_words):
        like -= {"boolean"}
    if field.format is not None and not field.format.replace("%", "").isalnum():
        like -= {"date", "date_time"}
    if not like & votes.keys():
        return
    certain = sum(count for vote, count in votes.items() if vote not in like | _NEUTRAL)
    if not certain or not in_one_part:
        raise NotLoadable(f"values of its text column {field.name!r} look like numbers, whose spelling is not kept")
