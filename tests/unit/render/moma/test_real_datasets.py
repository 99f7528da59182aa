"""Documents of real datasets: every file on disk is in them, and readers take them."""

import json
from datetime import UTC, datetime

import pytest

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.render import cdd, moma
from airflow_provider_profiler.render.summary import summary_text
from airflow_provider_profiler.storage.roots import DataRoot


@pytest.fixture(
    scope="module", params=["mathe_integration_techniques", "subway_validations", "mixed_media", "hard_csv", "parquet"]
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


def test_the_cdd_document_names_every_file_on_disk(real, shared_data):
    name, profile = real
    folder = shared_data / name
    on_disk = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    files = json.loads(cdd.CDD.render(profile))["files"]
    assert {file["source_file"] for file in files} == on_disk
    assert len(files) == len(on_disk)


def test_the_summary_can_be_printed(real):
    _, profile = real
    assert all(line.isprintable() for line in summary_text(profile).splitlines())
