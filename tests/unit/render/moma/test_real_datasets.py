"""Documents of real datasets: every file on disk is in them, and readers take them."""

import json
from datetime import UTC, datetime

import pytest

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import DatasetProfile, DistributionKind
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.render import cdd, moma
from airflow_provider_profiler.render.schemas import DocumentKind
from airflow_provider_profiler.render.summary import summary_text
from airflow_provider_profiler.render.validation.validating import problems_of, read_document, recognised
from airflow_provider_profiler.storage.roots import DataRoot


@pytest.fixture(
    scope="module",
    params=[
        *("mathe_integration_techniques", "subway_validations", "nyc_taxi", "mixed_media"),
        *("hard_csv", "hard_excel", "parquet"),
    ],
)
def real(request, shared_data):
    """The name of a dataset and its heavy profile."""
    dataset = DataRoot(shared_data).resolve(request.param)
    specification = ProfileSpecification.for_path(request.param)
    engine = ProfilingEngine()
    observer = NullObserver()
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    light = engine.light(specification, [dataset], ProfileOptions(), generated_at=moment, observer=observer)
    return request.param, engine.heavy(light, observer=observer)


def test_readers_take_the_documents(real, check_moma):
    _, profile = real
    check_moma(moma.LIGHT.render(profile))
    document = check_moma(moma.HEAVY.render(profile))
    assert len(document["recordSet"]) == len(profile.record_sets) > 0


@pytest.mark.parametrize(
    ("kind", "render"),
    [
        (DocumentKind.PROFILE, DatasetProfile.to_document),
        (DocumentKind.MOMA_LIGHT, moma.LIGHT.render),
        (DocumentKind.MOMA_HEAVY, moma.HEAVY.render),
        (DocumentKind.CDD, cdd.CDD.render),
    ],
)
def test_each_document_fits_its_schema_and_the_rules_of_its_readers(real, kind, render):
    document = read_document(render(real[1]))
    assert recognised(document) is kind
    assert problems_of(document, kind) == []


def test_what_is_wrong_with_a_table_is_told_with_counts_and_a_few_examples(real):
    _, profile = real
    document = json.loads(moma.HEAVY.render(profile))
    for table, node in zip(profile.record_sets, document["recordSet"], strict=True):
        told = {}
        for error in node["dataQuality"]["errors"]:
            assert error["totalAffectedRows"] > 0
            assert len(error["errorExamples"]) <= 5
            told.setdefault(error["column"], []).append(error)
        whole = sum(error["totalAffectedRows"] for error in told.get("", []) if "left out" in error["description"])
        assert whole == table.rejected_rows
        assert bool(table.duplicate_rows) == any("repeat" in error["description"] for error in told.get("", []))
        for name in table.empty_columns:
            assert any("no value in any row" in error["description"] for error in told[name])
        for field in table.fields:
            if field.statistics.null_tokens:
                counted = sum(item.count for item in field.statistics.null_tokens)
                assert counted in [error["totalAffectedRows"] for error in told[field.name]]


def test_the_cdd_document_names_every_file_on_disk(real, shared_data):
    name, profile = real
    folder = shared_data / name
    on_disk = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    files = json.loads(cdd.CDD.render(profile))["files"]
    # Files that are one table have an entry together too.
    sets = {item.path for item in real[1].distributions if item.kind is DistributionKind.FILE_SET}
    named = [file["source_file"] for file in files if file["source_file"] not in sets]
    assert sorted(named) == sorted(on_disk)


def test_the_summary_can_be_printed(real):
    _, profile = real
    assert all(line.isprintable() for line in summary_text(profile).splitlines())
