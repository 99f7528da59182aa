"""Where each field of a specification arrives: the table that the guide shows, held against the documents."""

import json
import re
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.render import cdd, moma

GUIDE = Path(__file__).parents[3] / "docs" / "documents.md"
CONNECTORS = [
    {"type": "RawDataPath", "dataset_id": "subway/2025"},
    {
        "type": "DatabaseConnection",
        "protocol": "postgresql",
        "engine": "PostgreSQL",
        "database_name": "ds_era5",
        "host": "db",
        "port": 5432,
    },
]
# Field, keys in the light and heavy MoMa document, keys in the CDD document; each key holds the value as it was sent.
TABLE = {
    "id": (["@id"], ["@id"]),
    "name": (["name"], ["name"]),
    "description": (["description"], ["description"]),
    "headline": (["headline", "dg:headline"], ["headline"]),
    "keywords": (["keywords", "dg:keywords"], ["keywords"]),
    "fields_of_science": (["fieldOfScience", "dg:fieldOfScience"], ["field_of_science"]),
    "license": (["license"], ["license"]),
    "cite_as": (["citeAs"], ["cite_as"]),
    "doi": (["doi", "dg:doi"], ["doi"]),
    "published_url": (["url"], ["published_url"]),
    "date_published": (["datePublished"], ["date_published"]),
    "country": (["country"], ["country"]),
    "languages": (["inLanguage"], ["languages"]),
    "uploaded_by": (["uploadedBy", "dg:uploadedBy"], ["uploaded_by"]),
    "data_connectors": (["dg:dataConnectors"], ["data_connectors"]),
}


def test_the_table_has_a_row_for_every_field():
    assert set(TABLE) == set(ProfileSpecification.model_fields)


@pytest.mark.parametrize("field", TABLE)
def test_the_field_arrives(field, profile):
    sent = profile.specification.model_dump(mode="json")[field]
    assert sent, "an empty value would arrive anywhere"
    in_moma, in_cdd = TABLE[field]
    for renderer, keys in ((moma.LIGHT, in_moma), (moma.HEAVY, in_moma), (cdd.CDD, in_cdd)):
        document = json.loads(renderer.render(profile))
        for key in keys:
            assert document[key] == sent, f"{key} of {renderer.name}"


@pytest.mark.parametrize(
    ("connectors", "expected"),
    [
        (CONNECTORS, "subway/2025"),
        (CONNECTORS[1:], "postgresql://db:5432/ds_era5"),
        ([CONNECTORS[1] | {"host": "::1"}], "postgresql://[::1]:5432/ds_era5"),
    ],
)
def test_the_first_connector_tells_where_the_dataset_lies(profile, connectors, expected):
    sent = profile.specification.model_dump(mode="json") | {"data_connectors": connectors}
    moved = profile.model_copy(update={"specification": ProfileSpecification.model_validate(sent)})
    document = moma.light_document(moved)
    assert document["archivedAt"] == document["sc:archivedAt"] == expected
    assert cdd.cdd_document(moved)["content_url"] == expected


def test_fields_that_nobody_documented_arrive_as_they_were_sent(profile):
    sent = {"version": "2.1.0", "funder": {"@id": "x", "name": "ΕΥ"}}
    assert profile.specification.unknown_fields == sent
    assert moma.light_document(profile)["dg:additionalFields"] == sent
    assert cdd.cdd_document(profile)["additional_fields"] == sent


def test_the_guide_shows_this_table():
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    shown = {field: (re.findall("`(.+?)`", in_moma), re.findall("`(.+?)`", in_cdd)) for field, in_moma, in_cdd in rows}
    assert {field: shown.get(field) for field in TABLE} == TABLE
