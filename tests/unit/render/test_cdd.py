"""The CDD document: its fixed shape, and that every file of the dataset is named in it."""

import json
from uuid import uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.identity import NAMESPACE
from airflow_provider_profiler.contract.profile import Distribution, DistributionKind, DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.render.cdd import CDD, cdd_document, original_format

DATASET_KEYS = ["@id", "content_url", "name", "headline", "description", "keywords", "field_of_science", "files"]
FILE_KEYS = ["file_object_id", "original_format", "source_file", "name", "description", "keywords"]
COLUMN_KEYS = ["name", "primitive_type", "semantic_type", "semantic_types", "description", "statistics"]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def check_shape(content):
    document = json.loads(content.decode("utf-8"), parse_constant=pytest.fail)
    assert [key for key in document if key in DATASET_KEYS] == DATASET_KEYS
    for file in document["files"]:
        assert [key for key in file if key in FILE_KEYS] == FILE_KEYS
        assert file["status"] in {"profiled", "listed", "failed"}
        (kind,) = {"columns", "tables", "chunked_content"} & file.keys()
        assert ("content" in file) == (kind == "chunked_content")
        if kind == "chunked_content":
            assert file["content"].keys() == {"type", "file_path"}
        for table in file.get("tables", [file]):
            for column in table.get("columns", []):
                assert list(column) == COLUMN_KEYS
                assert isinstance(column["semantic_types"], list)
                assert column["semantic_type"] == (column["semantic_types"] or [""])[0]
    return document


@pytest.fixture(scope="module")
def document(profile):
    return check_shape(CDD.render(profile))


@pytest.fixture(scope="module")
def files(document):
    return {file["source_file"]: file for file in document["files"]}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_profile_that_the_model_allows_has_the_shape_and_names_all_files_and_tables(data, profiles):
    profile = data.draw(profiles)
    document = check_shape(CDD.render(profile))
    databases = {item.id for item in profile.distributions if item.kind is DistributionKind.DATABASE}
    in_databases = {item.id for item in profile.distributions if item.contained_in in databases}
    # A set whose files are one table stands for its columns; of any other set the members are there.
    read_from = {table.distribution_id for table in profile.record_sets}
    sets = {item.id for item in profile.distributions if item.kind is DistributionKind.FILE_SET} - read_from
    expected = {item.id for item in profile.distributions} - in_databases - sets
    assert sorted(file["file_object_id"] for file in document["files"]) == sorted(map(str, expected))
    columns = [
        column["name"]
        for file in document["files"]
        for table in file.get("tables", [file])
        for column in table.get("columns", [])
    ]
    described = [
        field.name for table in profile.record_sets if table.distribution_id not in sets for field in table.fields
    ]
    assert sorted(columns) == sorted(described)


def test_the_document_has_its_documented_name(profile):
    assert (CDD.name, CDD.file_name(profile)) == ("cdd_profile", "7c4d20a0-33e8-471e-8a3f-a7a54aa09f68.json")


def test_all_files_are_named_whatever_became_of_them(files):
    assert {path: file["status"] for path, file in files.items()} == {
        "data/επικυρώσεις.csv": "profiled",
        "trips.parquet": "profiled",
        "codes.xlsx": "profiled",
        "PDF/129.pdf": "listed",
        "broken.csv": "failed",
        "notes.txt": "listed",
        "ds_era5": "profiled",
    }
    assert files["broken.csv"]["reason"]["code"] == "malformed"
    assert files["broken.csv"]["columns"] == []


def test_the_form_of_a_file_follows_its_format(files):
    assert files["PDF/129.pdf"]["original_format"] == "application/pdf"
    assert files["PDF/129.pdf"]["chunked_content"] == []
    assert files["PDF/129.pdf"]["content"] == {"type": "application/pdf", "file_path": "PDF/129.pdf"}
    assert files["notes.txt"]["content"]["type"] == "text"
    assert [table["name"] for table in files["codes.xlsx"]["tables"]] == ["Sheet1", "Sheet2"]
    # The database's table is a distribution of its own, and belongs to the database here.
    assert files["ds_era5"]["original_format"] == "sql-db"
    assert [table["name"] for table in files["ds_era5"]["tables"]] == ["stations"]


def test_columns_carry_types_and_the_documented_statistics(files):
    table = files["data/επικυρώσεις.csv"]
    columns = {column["name"]: column for column in table["columns"]}
    assert (table["row_count"], table["duplicate_rows"]) == (4, 2)
    assert "duplicate_rows" not in files["trips.parquet"]
    assert columns["dv_agency"]["primitive_type"] == "sc:Text"
    assert columns["dv_agency"]["semantic_types"] == ["identifier"]
    assert columns["σταθμός"]["semantic_types"] == []
    assert list(columns["dv_agency"]["statistics"]) == [
        *("rowCount", "mean", "median", "standardDeviation", "min", "max", "missingCount", "missingPercentage"),
        *("histogram", "uniqueCount", "variance", "range", "percentile05", "percentile95", "generatedAt"),
    ]
    assert columns["dv_validations"]["statistics"]["median"] == 192.0
    assert columns["date_hour"]["statistics"]["min"] is None
    assert columns["date_hour"]["statistics"]["minValue"] == "2025-05-24T00:00:00"


@pytest.mark.parametrize(
    ("path", "media_type", "expected"),
    [
        ("a.csv", "text/csv", "csv"),
        ("a.data", "text/csv", "csv"),
        ("a.xlsx", SHEET, "xlsx"),
        ("a.md", "text/markdown", "md"),
        ("a.txt", "text/plain", "text"),
        ("README", "text/plain", "text"),
        ("a.PDF", "application/pdf", "application/pdf"),
        ("v1.2/Photo.JPG", "image/jpeg", "jpg"),
        ("v1.2/photo", "image/jpeg", "image/jpeg"),
        ("trips.parquet", "application/vnd.apache.parquet", "parquet"),
        ("dump.sql", "text/sql", "sql"),
    ],
)
def test_original_format_is_a_known_word_or_the_extension(path, media_type, expected):
    file = Distribution(
        id=uuid5(NAMESPACE, path),
        kind=DistributionKind.FILE,
        status=DistributionStatus.LISTED,
        path=path,
        name=path,
        media_type=media_type,
        content_url=path,
    )
    assert original_format(file) == expected


def test_a_dataset_of_files_that_nobody_reads_still_names_each(profile):
    reason = FileReason(code=FileReasonCode.UNSUPPORTED_FORMAT, message="no reader")
    listed = tuple(
        item.model_copy(update={"status": DistributionStatus.LISTED, "reason": reason})
        for item in profile.distributions
    )
    document = cdd_document(profile.model_copy(update={"distributions": listed, "record_sets": ()}))
    assert {file["status"] for file in document["files"]} == {"listed"}
    assert len(document["files"]) == 7


def test_unicode_stays_readable_and_bytes_repeat(profile):
    content = CDD.render(profile)
    assert "μετρό" in content.decode("utf-8")
    assert "\\u" not in content.decode("utf-8")
    assert content == CDD.render(profile)
