"""The rules of MoMa's readers, as a checker that walks a document."""

import json
from uuid import UUID

import pytest

from airflow_provider_profiler.render.context import MOMA

TWINS = ("headline", "keywords", "fieldOfScience", "status", "access", "doi", "uploadedBy")
STATISTICS = {
    *("rowCount", "mean", "median", "standardDeviation", "min", "max", "missingCount", "missingPercentage"),
    *("histogram", "uniqueCount", "variance", "range", "percentile05", "percentile95", "generatedAt"),
}
COUNTS = ("rowCount", "missingCount", "uniqueCount")
DATA_TYPES = {"sc:Text", "sc:Integer", "sc:Float", "sc:Boolean", "sc:Date", "sc:DateTime", "sc:Time"}
CATALOGUED = {
    "text/csv",
    "text/sql",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Properties that stand under their schema.org name, which ``@vocab`` resolves.
SCHEMA_ORG = {
    *("name", "description", "license", "url", "version", "datePublished", "inLanguage", "headline", "keywords"),
    *("archivedAt", "temporalCoverage", "distribution", "encodingFormat", "contentUrl", "contentSize", "sha256"),
    *("value", "dateModified"),
}


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_uuid(value):
    assert isinstance(value, str)
    assert str(UUID(value)) == value


def check_texts(node, *keys):
    for key in keys:
        assert isinstance(node[key], str), f"{key} of {node['@id']} is not a text"


def check_dataset(node):
    assert node["@type"] == "sc:Dataset"
    check_uuid(node["@id"])
    check_texts(node, "name", "description", "license", "version", "conformsTo", "url", "country", "citeAs")
    check_texts(node, "datePublished", "dg:headline", "dg:access", "dg:doi", "dg:uploadedBy", "sc:archivedAt")
    for key in ("inLanguage", "dg:keywords", "dg:fieldOfScience"):
        assert isinstance(node[key], list)
        assert all(isinstance(item, str) for item in node[key])
    assert node["dg:status"] in {"ready", "loaded", "staged"}
    for key in TWINS:
        assert node[key] == node[f"dg:{key}"]
    assert node["archivedAt"] == node["sc:archivedAt"]


def check_distribution(node, ids):
    assert node["@type"] in {"cr:FileObject", "cr:FileSet", "dg:DatabaseConnection"}
    check_uuid(node["@id"])
    check_texts(node, "name", "description", "encodingFormat", "contentUrl")
    assert node["dg:profilingStatus"] in {"profiled", "listed", "failed"}
    if "contentSize" in node:
        number, unit = node["contentSize"].split(" ")
        assert int(number) >= 0
        assert unit == "B"
    if "sha256" in node:
        assert len(bytes.fromhex(node["sha256"])) == 32
    if "containedIn" in node:
        assert node["containedIn"]["@id"] in ids - {node["@id"]}


def check_record_set(node, media_types):
    assert node["@type"] == "cr:RecordSet"
    check_uuid(node["@id"])
    check_texts(node, "name", "description", "examples")
    # Exactly one of the two keys: the literal one for the sources that the catalogue takes.
    (key,) = {"field", "cr:field"} & node.keys()
    field_ids = {field["@id"] for field in node[key]}
    for row in json.loads(node["examples"], parse_constant=pytest.fail):
        assert row.keys() == field_ids
    for field in node[key]:
        media_type = check_field(field, media_types)
        assert (key == "field") == (media_type in CATALOGUED)
    check_quality(node["dataQuality"])


def check_field(node, media_types):
    assert node["@type"] == "cr:Field"
    check_uuid(node["@id"])
    check_texts(node, "name", "dg:semanticType")
    assert node["dataType"] in DATA_TYPES
    assert isinstance(node["source"]["extract"]["column"], str)
    assert node["source"]["extract"]["column"] or not node["name"]
    (origin,) = {"fileObject", "fileSet"} & node["source"].keys()
    assert len({type(value) for value in node["sample"]}) <= 1
    assert all(isinstance(value, str | int | float | bool) for value in node["sample"])
    check_statistics(node["statistics"])
    return media_types[node["source"][origin]["@id"]]


def check_statistics(node):
    check_uuid(node["@id"])
    assert node.keys() >= STATISTICS
    for key in STATISTICS - {"histogram", "generatedAt", *COUNTS}:
        assert node[key] is None or is_number(node[key]), key
    for key in COUNTS:
        assert type(node[key]) is int
    assert 0 <= node["missingPercentage"] <= 100
    if node["histogram"] is not None:
        assert isinstance(node["histogram"], str)
        for item in json.loads(node["histogram"], parse_constant=pytest.fail):
            assert item.keys() == {"binRange", "count"}
            assert all(map(is_number, [*item["binRange"], item["count"]]))
            assert len(item["binRange"]) == 2


def check_quality(node):
    check_uuid(node["@id"])
    assert node["@type"] == "dg:DataQuality"
    assert isinstance(node["summary"], str)
    for error in node["errors"]:
        check_uuid(error["@id"])
        assert error["@type"] == "dg:DataQualityError"
        assert error["errorType"] in {"format_inconsistency", "value_error", "consistency_error"}
        check_texts(error, "column", "description")
        assert type(error["totalAffectedRows"]) is int
        assert len(error["errorExamples"]) <= 5
        for example in error["errorExamples"]:
            assert example.keys() == {"value", "row"}


def nodes_of(value):
    """Every object of a document; what is plain JSON to JSON-LD (connectors, additional fields) is left out."""
    if isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key not in ("@context", "dg:dataConnectors", "dg:additionalFields"):
                yield from nodes_of(inner)
    elif isinstance(value, list):
        for item in value:
            yield from nodes_of(item)


def check_names(document):
    """Every key has a meaning: a keyword, a declared term, a declared prefix, or a property of schema.org."""
    assert document["@context"] == MOMA
    for node in nodes_of(document):
        for key in node:
            prefix = key.partition(":")[0] if ":" in key else None
            assert key.startswith("@") or key in MOMA or prefix in MOMA or key in SCHEMA_ORG, key


def check_ids(document):
    """No two nodes share an id. An object that has nothing but an id refers to a node that is there."""
    nodes = [node for node in nodes_of(document) if "@id" in node]
    defined = [node["@id"] for node in nodes if len(node) > 1]
    assert len(set(defined)) == len(defined)
    assert {node["@id"] for node in nodes if len(node) == 1} <= set(defined)


def check_one_timestamp(document):
    moments = {node[key] for node in nodes_of(document) for key in ("generatedAt", "prov:endedAtTime") if key in node}
    assert len(moments) == 1
    assert moments.pop().endswith("+00:00")


@pytest.fixture(scope="session")
def check_moma():
    """A function that raises for a document which a reader of MoMa would reject or lose a part of.

    It takes the document's bytes and returns the parsed document.
    """

    def check(content):
        document = json.loads(content.decode("utf-8"), parse_constant=pytest.fail)
        check_names(document)
        check_ids(document)
        check_one_timestamp(document)
        check_dataset(document)
        media_types = {item["@id"]: item["encodingFormat"] for item in document["distribution"]}
        for item in document["distribution"]:
            check_distribution(item, media_types.keys())
        for item in document.get("recordSet", []):
            check_record_set(item, media_types)
        return document

    return check
