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
