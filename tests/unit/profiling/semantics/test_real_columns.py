"""Real files: what people publish is read as what it is."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling.semantics.column_type import ColumnProfile

Profile = Callable[..., ColumnProfile]


def text_columns(path: Path) -> dict[str, pa.Array]:
    names = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    convert = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    table = csv.read_csv(path, convert_options=convert)
    return {name: table[name].combine_chunks() for name in names}


def test_subway_validations(shared_data: Path, profile: Profile) -> None:
    columns = text_columns(shared_data / "subway_validations" / "subway_validations.csv")
    found = {name: profile(values, textual=True) for name, values in columns.items()}
    assert {name: item.data_type for name, item in found.items()} == {
        "dv_agency": DataType.TEXT,
        "dv_platenum_station": DataType.TEXT,
        "dv_validations": DataType.INTEGER,
        "dv_route": DataType.TEXT,
        "routes_per_hour": DataType.TEXT,
        "load_dt": DataType.DATE_TIME,
        "date_hour": DataType.DATE_TIME,
        "etl_extraction_dt": DataType.DATE,
        "etl_load_dt": DataType.DATE,
        "dv_agency_desc": DataType.TEXT,
        "boarding_disembark_desc": DataType.TEXT,
    }
    assert found["dv_agency"].sample[:2] == ("001", "002")
    assert found["dv_route"].statistics.missing_count == 20_357
    assert found["date_hour"].statistics.temporal is not None
    assert found["date_hour"].statistics.temporal.granularity == "hour"
    station = found["dv_platenum_station"].statistics
    raw = columns["dv_platenum_station"].to_pylist()
    assert station.text is not None
    assert station.text.maximum_length == max(len(value) for value in raw if value)
    numbers, series = (
        found["dv_validations"].statistics.numeric,
        pd.Series(columns["dv_validations"].to_pylist()).astype(int),
    )
    assert numbers is not None
    assert numbers.quantiles is not None
    assert numbers.quantiles.p50 == series.median()
    assert numbers.variance == pytest.approx(series.var(), rel=1e-12)
    assert numbers.skewness == pytest.approx(series.skew(), rel=1e-10)


def test_taxi_columns_have_the_types_that_pandas_finds(shared_data: Path, profile: Profile) -> None:
    path = shared_data / "nyc_taxi" / "yellow_tripdata_sample_2019-01.csv"
    frame = pd.read_csv(path)
    for name, values in text_columns(path).items():
        found = profile(values, textual=True)
        kind = frame[name].dtype.kind
        if kind in "if":
            assert found.data_type is (DataType.INTEGER if kind == "i" else DataType.FLOAT)
            assert found.statistics.distinct_count == frame[name].nunique()
            assert found.statistics.numeric is not None
            assert found.statistics.numeric.mean == pytest.approx(frame[name].mean(), rel=1e-12)
        assert found.statistics.missing_count == frame[name].isna().sum()


def test_every_readable_parquet_column_is_described(shared_data: Path, profile: Profile) -> None:
    described = 0
    for path in sorted((shared_data / "parquet" / "data").glob("*.parquet")):
        table = pq.read_table(path)
        for name in table.column_names:
            found = profile(table[name].combine_chunks())
            assert found.statistics.row_count + found.statistics.missing_count == table.num_rows
            # Whatever is in there, it is a valid document.
            assert found.statistics.model_dump_json()
            described += 1
    assert described > 50
