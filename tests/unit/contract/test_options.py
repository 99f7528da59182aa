"""Options that could never be honoured are refused when they are sent."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from airflow_provider_profiler.contract.options import ProfileOptions


def read(section: str, name: str, value: Any) -> ProfileOptions:
    return ProfileOptions.model_validate_json(json.dumps({section: {name: value}}))


@pytest.mark.parametrize("seconds", [0, -1, 1e300, True, "5"])
def test_deadlines_that_are_no_durations(seconds: Any) -> None:
    with pytest.raises(ValidationError):
        read("execution", "deadline_seconds", seconds)


def test_deadlines() -> None:
    assert read("execution", "deadline_seconds", 60).execution.deadline_seconds == 60
    assert read("execution", "deadline_seconds", 0.5).execution.deadline_seconds == 0.5


@pytest.mark.parametrize(
    "codec", ["zlib", "bz2", "hex", "base64", "rot13", "idna", "punycode", "unicode_escape", "undefined", "nonsense"]
)
def test_codecs_that_no_text_file_has(codec: str) -> None:
    with pytest.raises(ValidationError):
        read("reading", "encoding", codec)


@pytest.mark.parametrize("codec", ["utf-8", "UTF-8-SIG", "cp1252", "latin-1", "utf-16", "gb18030", "cp037", "utf-7"])
def test_codecs_of_text_files(codec: str) -> None:
    assert read("reading", "encoding", codec).reading.encoding == codec


@pytest.mark.parametrize("delimiter", ["", ";;", "\n", "\r", "\0", '"', "'", "\\", "é", "€"])
def test_characters_that_cannot_separate(delimiter: str) -> None:
    with pytest.raises(ValidationError):
        read("reading", "delimiter", delimiter)


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", " ", "\x1f", "x"])
def test_characters_that_can_separate(delimiter: str) -> None:
    assert read("reading", "delimiter", delimiter).reading.delimiter == delimiter


@pytest.mark.parametrize(
    ("sampling", "said"),
    [
        ({"method": "head"}, "needs 'rows'"),
        ({"method": "random"}, "needs 'rows'"),
        ({"method": "nth"}, "needs 'n'"),
        ({"method": "percent"}, "needs 'percent'"),
        ({"rows": 1}, "no meaning for the method 'full'"),
        ({"method": "nth", "n": 1, "percent": 1}, "no meaning for the method 'nth'"),
        ({"method": "percent", "percent": 0}, "greater than 0"),
        ({"method": "percent", "percent": 101}, "less than or equal to 100"),
        ({"method": "head", "rows": 0}, "greater than or equal to 1"),
        ({"method": "head", "rows": "5"}, "integer"),
        ({"method": "some"}, "'nth'"),
        ({"row_limit": 0}, "greater than or equal to 1"),
        ({"seed": -1}, "greater than or equal to 0"),
    ],
)
def test_samples_that_make_no_sense(sampling: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ProfileOptions.model_validate_json(json.dumps({"sampling": sampling}))


@pytest.mark.parametrize("where", ["", " \n", "a = '\0'", "a" * 10_001, 7])
def test_conditions_that_say_nothing(where: Any) -> None:
    with pytest.raises(ValidationError):
        read("selection", "where", where)


@pytest.mark.parametrize("columns", [[""], "price", [7], ["x" * 1001]])
def test_columns_that_are_no_list_of_names(columns: Any) -> None:
    with pytest.raises(ValidationError):
        read("selection", "columns", columns)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quote", '"'),
        ("quote", ""),
        ("escape", "\\"),
        ("escape", ""),
        ("comment", "//"),
        ("comment", ""),
        ("skip_lines", 0),
        ("footer_lines", 3),
        ("null_tokens", ["n.a.", "-"]),
        ("null_tokens", []),
    ],
)
def test_what_a_table_is_read_by_can_be_told(name: str, value: Any) -> None:
    told = getattr(read("reading", name, value).reading, name)
    assert (list(told) if isinstance(told, tuple) else told) == value


@pytest.mark.parametrize(
    "reading",
    [
        {"quote": "\n"},
        {"quote": "é"},
        {"quote": "ab"},
        {"escape": "\0"},
        {"comment": "a\nb"},
        {"comment": '"#'},
        {"comment": ";x", "delimiter": ";"},
        {"quote": "^", "delimiter": "^"},
        {"quote": "^", "escape": "^"},
        {"skip_lines": -1},
        {"footer_lines": 1001},
        {"skip_lines": "1"},
        {"null_tokens": "NA"},
        {"null_tokens": [1]},
    ],
)
def test_what_no_table_can_be_read_by(reading: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProfileOptions.model_validate_json(json.dumps({"reading": reading}))
