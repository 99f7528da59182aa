"""What no document can hold is refused with the specification, not when the documents are written."""

import pytest
from pydantic import ValidationError

from airflow_provider_profiler.contract.specification import ProfileSpecification


@pytest.mark.parametrize(
    "fields",
    [
        {"weight": float("nan")},
        {"nested": {"deep": [1.0, float("inf")]}},
        {"data_connectors": [{"type": "RawDataPath", "dataset_id": "a", "weight": float("-inf")}]},
    ],
)
def test_numbers_that_json_does_not_know_are_refused(fields):
    with pytest.raises(ValidationError, match="NaN or infinity"):
        ProfileSpecification.for_path("a", **fields)


@pytest.mark.parametrize("fields", [{"name": "half \ud83d"}, {"funder": {"name": ["\udcff"]}}])
def test_text_that_utf8_cannot_hold_is_refused(fields):
    with pytest.raises(ValidationError, match="UTF-8 cannot encode"):
        ProfileSpecification.for_path("a", **fields)


@pytest.mark.parametrize(
    "part", [{"host": "user:secret@db"}, {"database_name": "x?password=secret"}, {"protocol": "pg://user:secret@h#"}]
)
def test_an_address_with_credentials_in_it_is_refused(part):
    connector = {"protocol": "postgresql", "engine": "PostgreSQL", "database_name": "x", "host": "db", "port": 5432}
    sent = {"type": "DatabaseConnection"} | connector | part
    with pytest.raises(ValidationError, match="give the plain name"):
        ProfileSpecification.for_path("a", data_connectors=[sent])


def test_whole_characters_beyond_the_basic_plane_are_welcome():
    assert ProfileSpecification.for_path("a", name="μετρό 🚇").name == "μετρό 🚇"
