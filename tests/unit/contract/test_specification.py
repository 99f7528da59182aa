"""The documented specification: what is taken as it is, what is refused, and what is kept."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.specification import (
    DatabaseConnection,
    ProfileSpecification,
    RawDataPath,
    check_dataset_path,
)

DOCUMENTED: dict[str, Any] = {
    "id": "8930240b-a0e8-46e7-ace8-aab2b42fcc01",
    "cite_as": "",
    "country": "PT",
    "date_published": "2025-04-23",
    "description": "Answers of students.",
    "fields_of_science": ["MATHEMATICS"],
    "headline": "Learning.",
    "languages": ["en"],
    "keywords": ["math"],
    "license": "CC0 1.0",
    "name": "Mathematics Learning Assessment",
    "published_url": "https://example.org/d",
    "uploaded_by": "ADMIN",
    "data_connectors": [{"type": "RawDataPath", "dataset_id": "8930240b-a0e8-46e7-ace8-aab2b42fcc01"}],
}
REQUIRED = sorted(set(DOCUMENTED) - {"cite_as", "published_url", "doi"})


def problems(body: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        ProfileSpecification.model_validate_json(json.dumps(body))
    return [".".join(str(part) for part in item["loc"]) for item in caught.value.errors()]


def test_the_documented_fields_are_read() -> None:
    specification = ProfileSpecification.model_validate_json(json.dumps(DOCUMENTED))
    assert specification.id == UUID("8930240b-a0e8-46e7-ace8-aab2b42fcc01")
    assert specification.keywords == ("math",)
    assert specification.doi == ""
    assert specification.data_connectors == (RawDataPath(dataset_id="8930240b-a0e8-46e7-ace8-aab2b42fcc01"),)
    assert specification.unknown_fields == {}


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_required_field_is_named(field: str) -> None:
    assert problems({name: value for name, value in DOCUMENTED.items() if name != field}) == [field]


@pytest.mark.parametrize("field", ["cite_as", "published_url", "doi"])
def test_optional_fields_may_be_left_out(field: str) -> None:
    body = {name: value for name, value in DOCUMENTED.items() if name != field}
    assert getattr(ProfileSpecification.model_validate(body), field) == ""


@pytest.mark.parametrize("field", sorted(set(DOCUMENTED) - {"id", "data_connectors"}))
@pytest.mark.parametrize("value", [7, 1.5, True, None, {"a": 1}])
def test_scalars_are_not_coerced(field: str, value: object) -> None:
    assert {name.split(".")[0] for name in problems({**DOCUMENTED, field: value})} == {field}


@pytest.mark.parametrize("value", ["", "not-a-uuid", 7, None, "8930240b-a0e8-46e7-ace8-aab2b42fcc0"])
def test_the_id_is_a_uuid(value: object) -> None:
    assert problems({**DOCUMENTED, "id": value}) == ["id"]


def test_at_least_one_connector() -> None:
    assert problems({**DOCUMENTED, "data_connectors": []}) == ["data_connectors"]


def test_an_unknown_connector_type_is_refused() -> None:
    assert problems({**DOCUMENTED, "data_connectors": [{"type": "Carrier", "dataset_id": "x"}]}) == [
        "data_connectors.0"
    ]


def test_unknown_fields_are_kept() -> None:
    body = {**DOCUMENTED, "contact": {"mail": "a@example.org"}}
    specification = ProfileSpecification.model_validate(body)
    assert specification.unknown_fields == {"contact": {"mail": "a@example.org"}}
    assert json.loads(specification.model_dump_json())["contact"] == {"mail": "a@example.org"}


@pytest.mark.parametrize("path", ["", "/etc", "..", "a/../b", "a/..", "./a", "a//b", "a/", "a\x00b", "."])
def test_paths_that_are_not_plain_and_relative_are_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        RawDataPath(dataset_id=path)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="/\x00"), min_size=1), min_size=1, max_size=4))
def test_plain_paths_are_taken_unchanged(segments: list[str]) -> None:
    path = "/".join(segments)
    if any(segment in (".", "..") for segment in segments):
        with pytest.raises(ValueError, match="segment"):
            check_dataset_path(path)
    else:
        assert check_dataset_path(path) == path


DATABASE = {"protocol": "postgresql", "engine": "PostgreSQL", "database_name": "d", "host": "h", "port": 5432}


@pytest.mark.parametrize("name", ["username", "password", "Token", "dsn", "db_password", "api_key", "connectionString"])
def test_credentials_in_a_connector_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="credentials are configured at the service") as caught:
        DatabaseConnection.model_validate({**DATABASE, name: "s3cret-value"})
    assert "s3cret-value" not in "".join(item["msg"] for item in caught.value.errors(include_input=False))


@pytest.mark.parametrize("port", [0, 65536, "5432", 1.5, True])
def test_a_port_is_a_port(port: object) -> None:
    with pytest.raises(ValidationError):
        DatabaseConnection.model_validate({**DATABASE, "port": port})


def test_only_a_path_is_enough() -> None:
    specification = ProfileSpecification.for_path("athens/subway", headline="Subway")
    assert specification.id == dataset_uuid("athens/subway")
    assert specification.name == "subway"
    assert specification.headline == "Subway"
    assert specification.data_connectors == (RawDataPath(dataset_id="athens/subway"),)


def test_a_uuid_given_as_name_is_the_id() -> None:
    given_id = "8930240b-a0e8-46e7-ace8-aab2b42fcc01"
    assert ProfileSpecification.for_path("subway", dataset_id=given_id).id == UUID(given_id)


@pytest.mark.parametrize(
    "extra",
    [
        {"options": {"speed": "fast"}},
        {"options": {"statistics": {"top_vales": 3}}},
        {"options": {"reading": {"encoding": "no-such-codec"}}},
        {"options": {"execution": {"partition_bytes": 1}}},
        {"only_light_profile": "yes"},
        {"only_light_profil": True},
        {"priority": 1.0},
    ],
)
def test_unknown_or_wrong_options_are_refused(extra: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TriggerProfileRequest.model_validate_json(json.dumps({"profile_specification": DOCUMENTED, **extra}))


def test_credentials_are_found_at_any_depth_of_a_connector() -> None:
    connector = {
        **{"type": "DatabaseConnection", "protocol": "postgresql", "engine": "PostgreSQL"},
        **{"database_name": "d", "host": "h", "port": 1, "more": [{"auth": {"PGPASSWORD": "kept-secret"}}]},
    }
    with pytest.raises(ValidationError, match="credentials are configured at the service") as caught:
        DatabaseConnection.model_validate(connector)
    assert "kept-secret" not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize("field", ["protocol", "engine", "database_name", "host"])
def test_an_address_with_credentials_is_no_field_of_a_connector(field: str) -> None:
    connector = {"protocol": "p", "engine": "e", "database_name": "d", "host": "h", "port": 1}
    for text in ("p://u:pw@h", "d;password=pw"):
        with pytest.raises(ValidationError, match="credentials are configured at the service"):
            DatabaseConnection.model_validate({**connector, field: text})
