"""Real datasets through the reader of Croissant: it has nothing to complain of, and gives back what the files hold."""

import csv
import json
import math
from datetime import UTC, date, datetime, time

import numpy
import pandas
import pyarrow.parquet
import pytest

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.render.croissant import CROISSANT
from airflow_provider_profiler.storage.roots import DataRoot

#: Rows times the square of columns, with which the reader's time grows: larger tables are only counted, but for one.
AFFORDABLE = 600_000
THE_LARGE_ONE = "subway_validations"
DATASETS = [
    "mathe_integration_techniques",
    "subway_validations",
    "nyc_taxi",
    "mixed_media",
    "hard_csv",
    "hard_excel",
    "parquet",
]
#: Tables that certainly load from their own files, so that no rule comes to refuse everything.
LOADABLE = {
    "nyc_taxi": {"yellow_tripdata_sample"},
    "mixed_media": {"seattle-weather", "sp500", "stocks", "unemployment"},
    "hard_csv": {"example", "skip_initials", "small", "utf8bom"},
    "parquet": {"alltypes_plain", "binary", "datapage_v2.snappy", "delta_binary_packed", "sort_columns"},
}


def rows_in(path, media_type, fields):
    """What a file holds, by readers that have nothing to do with ours."""
    types = [field["dataType"] for field in fields]
    match media_type:
        case "application/x-parquet":
            columns = pyarrow.parquet.read_table(path).to_pydict().values()
            return [[plain(value) for value in row] for row in zip(*columns, strict=True)]
        case "application/json":
            columns = [field["source"]["extract"]["jsonPath"].rsplit(".", 1)[-1].strip("'") for field in fields]
            return [
                [
                    of_text(item[name], kind) if isinstance(item[name], str) else plain(item[name])
                    for name, kind in zip(columns, types, strict=True)
                ]
                for item in json.loads(path.read_bytes())
            ]
    delimiter = "\t" if media_type == "text/tab-separated-values" else ","
    return [[of_text(cell, kind) for cell, kind in zip(row, types, strict=True)] for row in cells(path, delimiter)]


@pytest.fixture(scope="module", params=DATASETS)
def real(request, shared_data, tmp_path_factory):
    """A dataset's name, and its profile with the mirrors of its tables in a folder."""
    dataset = DataRoot(shared_data).resolve(request.param)
    engine, observer = ProfilingEngine(), NullObserver()
    options = ProfileOptions.model_validate({"output": {"parquet_mirror": True}})
    light = engine.light(
        ProfileSpecification.for_path(request.param),
        [dataset],
        options,
        generated_at=datetime(2026, 11, 20, tzinfo=UTC),
        observer=observer,
    )
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, engine.heavy(light, observer=observer, mirrors=folder), folder


def without_mirrors(profile):
    tables = (table.model_copy(update={"mirror": None}) for table in profile.record_sets)
    return profile.model_copy(update={"record_sets": tuple(tables)})


def tables_by_id(profile, content):
    by_name = {table.name: table for table in profile.record_sets}
    return {item["@id"]: by_name[item["name"]] for item in json.loads(content).get("recordSet", [])}


def test_each_table_that_is_claimed_comes_back_as_its_file_has_it(real, shared_data, load, rows_of):
    name, profile, _ = real
    profile = without_mirrors(profile)
    content = CROISSANT.render(profile)
    dataset = load(content, shared_data / name)
    claimed = tables_by_id(profile, content)
    assert LOADABLE.get(name, set()) <= {table.name for table in claimed.values()}
    media_types = {item.id: item.media_type for item in profile.distributions}
    for identity, table in claimed.items():
        if not affordable(table):
            continue
        fields = record_set(content, identity)["field"]
        expected = []
        # Of a table of several files the path is a pattern.
        for path in sorted((shared_data / name).glob(table.path)):
            expected.extend(rows_in(path, media_types[table.distribution_id], fields))
        found = [[plain(value) for value in row] for row in rows_of(dataset, content, identity)]
        assert found == expected, identity


def test_each_mirrored_table_comes_back_as_the_profile_knows_it(real, load, rows_of):
    _, profile, folder = real
    content = CROISSANT.render(profile)
    dataset = load(content, folder)
    claimed = tables_by_id(profile, content)
    assert {table.name for table in claimed.values()} == {table.name for table in profile.record_sets if table.fields}
    for identity, table in claimed.items():
        mirrored = pyarrow.parquet.read_metadata(folder / table.mirror.path)
        assert mirrored.num_rows == table.row_count
        if not affordable(table):
            continue
        rows = rows_of(dataset, content, identity)
        assert len(rows) == table.row_count == table.mirror.rows
        for field, values in zip(table.fields, zip(*rows, strict=True), strict=False):
            missing = sum(value is None for value in values)
            typed = table.mirror.data_types[field.position].value != "sc:Text"
            tokens = sum(item.count for item in field.statistics.null_tokens) + field.statistics.nan_count
            assert missing == field.statistics.missing_count + (tokens if typed else 0), (identity, field.name)


def affordable(table):
    return table.row_count * len(table.fields) ** 2 <= AFFORDABLE or table.name == THE_LARGE_ONE


def record_set(content, identity):
    return next(item for item in json.loads(content)["recordSet"] if item["@id"] == identity)


def cells(path, delimiter):
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter=delimiter) if row]
    return rows[1:]


def of_text(cell, kind):
    """A cell as what the document says it is."""
    if not cell:
        return None
    made = {
        "sc:Text": str.encode,
        "sc:Integer": int,
        "sc:Float": float,
        "sc:Boolean": lambda word: word.lower() == "true",
        "sc:Date": pandas.Timestamp,
        "sc:DateTime": pandas.Timestamp,
        "sc:Time": time.fromisoformat,
    }
    return made[kind](cell)


def plain(value):
    """A value without what readers differ in: kinds of text, of moments and of numbers that are none."""
    if isinstance(value, list | numpy.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, date):
        return pandas.Timestamp(value)
    return float(value) if type(value).__name__ in ("Decimal", "float16") else value
