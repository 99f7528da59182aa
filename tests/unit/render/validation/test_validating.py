"""Documents are recognised, and what is wrong with one is told with the place where it stands."""

import json
import socket
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from airflow_provider_profiler.render import cdd, moma
from airflow_provider_profiler.render.croissant import CROISSANT
from airflow_provider_profiler.render.schemas import DocumentKind, schema_of
from airflow_provider_profiler.render.validation.validating import (
    NotADocument,
    problems_of,
    read_document,
    recognised,
)


@pytest.fixture
def documents(profile):
    """Every document of a profile."""
    return {
        DocumentKind.PROFILE: json.loads(profile.to_document()),
        DocumentKind.MOMA_LIGHT: json.loads(moma.LIGHT.render(profile)),
        DocumentKind.MOMA_HEAVY: json.loads(moma.HEAVY.render(profile)),
        DocumentKind.CDD: json.loads(cdd.CDD.render(profile)),
        DocumentKind.CROISSANT: json.loads(CROISSANT.render(profile)),
    }


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_every_document_is_recognised_and_valid(documents, kind):
    assert recognised(documents[kind]) is kind
    assert problems_of(documents[kind], kind) == []


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_schemas_are_schemas(kind):
    Draft202012Validator.check_schema(schema_of(kind))


def test_schemas_are_part_of_the_package():
    names = {item.name for item in files("airflow_provider_profiler.render.schemas").iterdir()}
    assert {"moma.json", "cdd.json", "croissant.json"} <= names


#: What is done to a sound document, and where that has to be found.
FAULTS = [
    (DocumentKind.PROFILE, lambda d: d["record_sets"][0].pop("row_count"), "$.record_sets[0]"),
    (DocumentKind.PROFILE, lambda d: d["record_sets"][0].update(row_count="4"), "$.record_sets[0].row_count"),
    (DocumentKind.MOMA_HEAVY, lambda d: d.update({"@id": "stations"}), "$['@id']"),
    (DocumentKind.MOMA_HEAVY, lambda d: d.pop("dg:doi"), "$"),
    (DocumentKind.MOMA_HEAVY, lambda d: d.update({"dg:status": "failed"}), "$['dg:status']"),
    (DocumentKind.MOMA_HEAVY, lambda d: d.update(doi="10.1/x"), "$.doi"),
    (DocumentKind.MOMA_HEAVY, lambda d: first_field(d)["sample"].append(None), "$.recordSet[0].field[0].sample"),
    (DocumentKind.MOMA_HEAVY, lambda d: first_field(d)["sample"].append(1), "$.recordSet[0].field[0].sample"),
    (DocumentKind.MOMA_HEAVY, lambda d: first_field(d)["statistics"].pop("@id"), "$.recordSet[0].field[0].statistics"),
    (
        DocumentKind.MOMA_HEAVY,
        lambda d: first_field(d)["statistics"].update(min="2024-01-01"),
        "$.recordSet[0].field[0].statistics.min",
    ),
    (
        DocumentKind.MOMA_HEAVY,
        lambda d: first_field(d)["statistics"].update(histogram="[1]"),
        "$.recordSet[0].field[0].statistics.histogram",
    ),
    (
        DocumentKind.MOMA_HEAVY,
        lambda d: first_field(d)["source"]["fileObject"].update({"@id": "00000000-0000-0000-0000-000000000000"}),
        "$.recordSet[0].field[0].source.fileObject['@id']",
    ),
    (
        DocumentKind.MOMA_HEAVY,
        lambda d: d["recordSet"][0]["dataQuality"]["errors"][0].update(errorType="typo"),
        "$.recordSet[0].dataQuality.errors[0].errorType",
    ),
    (DocumentKind.CDD, lambda d: d["files"][0].pop("columns"), "$.files[0]"),
    (DocumentKind.CROISSANT, lambda d: d.update(license=""), "$.license"),
    (DocumentKind.CROISSANT, lambda d: d.update(version="spring"), "$.version"),
    (DocumentKind.CROISSANT, lambda d: d["distribution"][0].update({"@id": "a b"}), "$.distribution[0]['@id']"),
    (
        DocumentKind.CROISSANT,
        lambda d: d["distribution"][1].update({"@id": d["distribution"][0]["@id"]}),
        "$.distribution[1]['@id']",
    ),
]


def first_field(document):
    return document["recordSet"][0]["field"][0]


@pytest.mark.parametrize(("kind", "spoil", "place"), FAULTS)
def test_a_fault_is_found_where_it_stands(documents, kind, spoil, place):
    spoil(documents[kind])
    places = [problem.path for problem in problems_of(documents[kind], kind)]
    assert any(found == place or found.startswith(f"{place}[") for found in places), places


def test_a_table_that_the_catalogue_does_not_take_is_found_under_its_key(documents):
    document = documents[DocumentKind.MOMA_HEAVY]
    table = next(item for item in document["recordSet"] if "cr:field" in item)
    table["field"] = table.pop("cr:field")
    (problem, *_) = problems_of(document, DocumentKind.MOMA_HEAVY)
    assert "cr:field" in problem.message


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"a": NaN}', "NaN"),
        (b"{", "line 1"),
        (b"[]", "no JSON object"),
        (b"\xff", "UTF-8"),
        (b"[" * 100_000, "deeply"),
        (b'{"a": ' + b"1" * 5000 + b"}", "digits"),
    ],
)
def test_what_is_no_document_is_told(content, why):
    with pytest.raises(NotADocument, match=why):
        recognised(read_document(content))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d, url: d["@context"].update({"@import": url, "@version": 1.1}),
        lambda d, url: d["distribution"][0].update({"@context": url}),
        lambda d, url: d["@context"].update({"x": {"@id": "cr:x", "@context": url}}),
    ],
)
def test_nothing_is_fetched_for_a_document(documents, spoil):
    with socket.create_server(("127.0.0.1", 0)) as server:
        spoil(documents[DocumentKind.CROISSANT], f"http://127.0.0.1:{server.getsockname()[1]}/context.jsonld")
        (problem,) = problems_of(documents[DocumentKind.CROISSANT], DocumentKind.CROISSANT)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert "context of its own" in problem.message


def test_json_of_something_else_is_told():
    with pytest.raises(NotADocument, match="none of"):
        recognised({"type": "FeatureCollection"})
