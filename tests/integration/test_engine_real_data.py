"""The engine over real datasets: what is known of them must be in their profiles."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.options import ExecutionOptions, ProfileOptions
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    DataType,
    DistributionKind,
    DistributionStatus,
    RecordSet,
)
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.statistics import Method
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.storage.roots import DataRoot

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def profile(root: Path, name: str, **execution: int) -> DatasetProfile:
    engine = ProfilingEngine()
    light = engine.light(
        ProfileSpecification.for_path(name),
        [DataRoot(root).resolve(name)],
        ProfileOptions(execution=ExecutionOptions(**execution)),
        generated_at=MOMENT,
        observer=NullObserver(),
    )
    return engine.heavy(light, observer=NullObserver())


@pytest.fixture(scope="module")
def subway(shared_data: Path) -> DatasetProfile:
    return profile(shared_data, "subway_validations")


def exact_part(table: RecordSet) -> list[object]:
    return [
        (
            field.name,
            field.data_type,
            field.sample,
            field.votes,
            field.statistics.row_count,
            field.statistics.missing_count,
            field.statistics.distinct_count,
            field.statistics.top_values,
            field.statistics.numeric
            and (field.statistics.numeric.minimum, field.statistics.numeric.maximum, field.statistics.numeric.sum),
        )
        for field in table.fields
        if field.statistics.accuracy.distinct.method is Method.EXACT
    ]


def test_subway_validations(subway: DatasetProfile) -> None:
    (table,) = subway.record_sets
    assert (table.name, table.row_count, len(table.fields), table.rejected_rows) == ("subway_validations", 20357, 11, 0)
    fields = {field.name: field for field in table.fields}
    agency = fields["dv_agency"]
    assert agency.data_type is DataType.TEXT
    assert all(str(value).startswith("0") for value in agency.sample)
    assert set(table.empty_columns) == {"dv_route", "routes_per_hour"}
    validations = fields["dv_validations"].statistics
    assert validations.distinct_count == 1673
    assert validations.numeric is not None
    assert validations.numeric.quantiles is not None
    assert validations.numeric.quantiles.p50 == 192
    assert validations.accuracy.quantiles.method is Method.EXACT
    station = fields["dv_platenum_station"]
    assert station.data_type is DataType.TEXT
    assert "ΑΓΙΑ ΒΑΡΒΑΡΑ" in station.sample


def test_partitions_do_not_change_what_is_exact(shared_data: Path, subway: DatasetProfile) -> None:
    cut = profile(shared_data, "subway_validations", partition_bytes=64 * 1024)
    (one,), (many,) = subway.record_sets, cut.record_sets
    assert (one.row_count, one.bytes_read, one.examples) == (many.row_count, many.bytes_read, many.examples)
    assert len(exact_part(one)) == 11
    assert exact_part(one) == exact_part(many)


def test_workers_do_not_change_a_byte(shared_data: Path) -> None:
    documents = set()
    for workers in (1, 3):
        made = profile(shared_data, "subway_validations", partition_bytes=256 * 1024, max_workers=workers)
        documents.add(made.model_copy(update={"options": ProfileOptions()}).to_document())
    assert len(documents) == 1


def test_tables_and_their_documents(shared_data: Path) -> None:
    made = profile(shared_data, "mathe_integration_techniques")
    assert {table.name: table.row_count for table in made.record_sets} == {
        "IntegrationTechniques": 61,
        "Keywords": 9,
        "Videos": 11,
    }
    files = [item for item in made.distributions if item.media_type == "application/pdf"]
    (file_set,) = [item for item in files if item.kind is DistributionKind.FILE_SET]
    members = [item for item in files if item.kind is DistributionKind.FILE]
    assert (file_set.name, file_set.includes, len(members)) == ("PDF", ("PDF/*.pdf",), 10)
    assert {item.contained_in for item in members} == {file_set.id}
    assert all(item.sha256 and item.status is DistributionStatus.PROFILED for item in members)
    documents = {item.name: item.document for item in members if item.document is not None}
    assert {name: document.pages for name, document in documents.items()} == {
        **{"129.pdf": 3, "130.pdf": 2, "131.pdf": 19, "132.pdf": 2, "133.pdf": 2, "134.pdf": 1},
        **{"135.pdf": 3, "136.pdf": 1, "137.pdf": 2, "138.pdf": 3},
    }
    assert {document.languages[0].code for document in documents.values()} == {"en"}
    # An excerpt, which has kept all bookmarks of the whole: those of its own pages alone make sections.
    assert {chunk.section for chunk in documents["129.pdf"].chunks} == {"Integrals — By Parts"}
    assert "partial fractions" in documents["131.pdf"].keywords


def test_media_of_all_kinds(shared_data: Path) -> None:
    made = profile(shared_data, "mixed_media")
    status = {item.name: item.status for item in made.distributions}
    assert {name for name, value in status.items() if value is DistributionStatus.PROFILED} == {
        *("airports.csv", "seattle-weather.csv", "stocks.csv", "sp500.csv", "unemployment.tsv"),
        *("cars.json", "earthquakes.json", "flare.json", "movies.json", "us-state-capitals.json"),
        *("960.pdf", "ffox.png", "weather_image.jpg"),
    }
    images = {item.name: item.image for item in made.distributions if item.image is not None}
    assert {(name, image.width, image.height) for name, image in images.items()} == {
        ("ffox.png", 100, 100),
        ("weather_image.jpg", 612, 404),
    }
    assert next(item.document.pages for item in made.distributions if item.document) == 3
    assert DistributionStatus.FAILED not in status.values()
    assert {table.name: table.row_count for table in made.record_sets}["airports"] == 3376


@pytest.mark.parametrize("name", ["hard_csv", "parquet", "hard_excel"])
def test_hard_files_end_in_a_profile_or_a_reason(shared_data: Path, name: str) -> None:
    made = profile(shared_data, name)
    folder = shared_data / name
    assert {item.path for item in made.distributions if item.kind is DistributionKind.FILE} == {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    }
    for item in made.distributions:
        assert item.status is DistributionStatus.PROFILED or item.kind is DistributionKind.FILE_SET or item.reason
        assert not item.reason or item.reason.code != "internal"
    assert DatasetProfile.from_document(made.to_document()) == made


def test_a_single_file_in_a_folder(shared_data: Path) -> None:
    made = profile(shared_data, "nyc_taxi/yellow_tripdata_sample_2019-01.csv")
    (table,) = made.record_sets
    assert (table.name, table.path, table.row_count) == (
        "yellow_tripdata_sample_2019-01",
        "yellow_tripdata_sample_2019-01.csv",
        10_000,
    )
    types = {field.name: field.data_type for field in table.fields}
    assert types["pickup_datetime"] is DataType.DATE_TIME
    assert types["trip_distance"] is DataType.FLOAT
    assert types["passenger_count"] is DataType.INTEGER
