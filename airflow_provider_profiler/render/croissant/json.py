"""JSON Lines and JSON as mlcroissant reads them: the first through pandas, the second by a path for each field."""

import re
from collections.abc import Sequence
from typing import Final

from airflow_provider_profiler.contract.profile import DataType, Distribution, Field, RecordSet
from airflow_provider_profiler.contract.statistics import Method
from airflow_provider_profiler.render.croissant.promise import LoadedField, Loading, NotLoadable, check_integers

#: Names that ``pandas.read_json`` makes dates of whatever they hold.
_DATED: Final = re.compile(r".*(_at|_time)|timestamp.*|modified|date", re.IGNORECASE)
_NUMBERS: Final = {DataType.INTEGER: {"integer"}, DataType.FLOAT: {"integer", "float", "float_or_grouped"}}
_TEXTS: Final = frozenset({"text", "time", "month", "month_or_years", "version", "network_address"})
#: What the reader's parser of paths stumbles over.
_ODD_PATH: Final = re.compile(r"[^\w.$*\[\]'\- ]")
_LINES: Final = "application/jsonlines"
_BRACKETS: Final = ("{", "[")


def load_json_lines(record_set: RecordSet, files: Sequence[Distribution], complete: bool) -> Loading:
    """How files of JSON Lines are loaded.

    :raises NotLoadable: when values would not come back as they are.
    """
    del complete
    formats = {_format(item) for item in files}
    if len(formats) > 1:
        raise NotLoadable("its files are not written in the same way")
    if record_set.rejected_rows:
        raise NotLoadable("some of its lines are no objects")
    for field in record_set.fields:
        if field.name != field.original_name:
            raise NotLoadable("names of its keys are repeated or cannot be shown")
        if _DATED.fullmatch(field.original_name):
            raise NotLoadable(f"readers make dates of what the key {field.name!r} holds")
    return Loading(
        tuple(LoadedField(_of_lines(field), {"column": field.original_name}) for field in record_set.fields),
        formats.pop(),
    )


def _format(item: Distribution) -> tuple[str, ...]:
    reading = item.reading
    if (
        reading is None
        or (reading.encoding or "").lower() != "utf-8"
        or reading.byte_order_mark
        or reading.undecodable_bytes
    ):
        raise NotLoadable("its encoding is not plain UTF-8")
    return (_LINES,) if reading.compression is None else (_LINES, item.media_type)


def _of_lines(field: Field) -> DataType:
    statistics = field.statistics
    kinds = {vote.type for vote in field.votes}
    if not statistics.row_count:
        return DataType.TEXT
    if kinds and kinds <= _NUMBERS.get(field.data_type, set()):
        check_integers(field, missing=bool(statistics.missing_count))
        return field.data_type
    if kinds == {"text"} and _is_flat(field):
        return DataType.TEXT
    raise NotLoadable(f"readers make something else of what the key {field.name!r} holds")


def _is_flat(field: Field) -> bool:
    """Whether surely no value is an object or an array: those are told as text."""
    text = field.statistics.text
    if text is None or text.characters is None or field.statistics.accuracy.shapes.method is not Method.EXACT:
        return False
    if not text.characters.values.punctuation:
        return True
    return text.shape_count == len(text.shapes) and not any(item.shape.startswith(_BRACKETS) for item in text.shapes)


def load_json(record_set: RecordSet, files: Sequence[Distribution], complete: bool) -> Loading:
    """How the table of a JSON document is loaded: its columns are found one by one, and put side by side.

    :raises NotLoadable: when a column would be shorter than the others, or values would not come back as they are.
    """
    del complete
    reading = files[0].reading
    if len(files) > 1 or reading is None or (reading.encoding or "").lower() != "utf-8" or reading.byte_order_mark:
        raise NotLoadable("it is not one document in plain UTF-8")
    if record_set.rejected_rows:
        raise NotLoadable("some of its items are no objects")
    return Loading(tuple(_of_path(field) for field in record_set.fields), ("application/json",))


def _of_path(field: Field) -> LoadedField:
    if field.json_path is None or _ODD_PATH.search(field.json_path):
        raise NotLoadable(f"readers do not find the values of its key {field.name!r}")
    if field.statistics.missing_count:
        raise NotLoadable(f"its key {field.name!r} is missing in some objects, and readers would shift the others")
    kinds = {vote.type for vote in field.votes}
    extract = {"jsonPath": field.json_path}
    if kinds and kinds <= _NUMBERS.get(field.data_type, set()):
        check_integers(field, missing=False)
        return LoadedField(field.data_type, extract)
    if kinds and kinds <= _TEXTS and _is_flat(field):
        return LoadedField(DataType.TEXT, extract)
    raise NotLoadable(f"readers make something else of what the key {field.name!r} holds")
