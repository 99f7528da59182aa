"""Files that are parts of one table become one record set."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_profiler.contract.errors import FileFailed
from airflow_provider_profiler.contract.profile import DataType, DistributionKind, DistributionStatus
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.merging.merge import merge_saved
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates


def rows(start: int, stop: int) -> bytes:
    return b"id,name\n" + b"".join(f"{number},n{number % 7}\n".encode() for number in range(start, stop))


def months(folder: Path, count: int = 4) -> None:
    for month in range(count):
        (folder / f"trips_2019-{month + 1:02}.csv").write_bytes(rows(month * 100, month * 100 + 100))


def statistics(record_set: Any) -> list[Any]:
    return [field.statistics for field in record_set.fields]


def test_shards_are_one_table_over_a_set_of_files(bench: Any, of_path: Any) -> None:
    months(bench.dataset)
    heavy = bench.heavy()
    (record_set,) = heavy.record_sets
    assert (record_set.name, record_set.path, record_set.row_count) == ("trips", "trips_2019-*.csv", 400)
    file_set = of_path(heavy, "trips_2019-*.csv")
    assert (file_set.kind, file_set.status) == (DistributionKind.FILE_SET, DistributionStatus.PROFILED)
    assert (file_set.id, file_set.includes) == (record_set.distribution_id, ("trips_2019-*.csv",))
    assert (file_set.media_type, file_set.content_size) == ("text/csv", sum(
        path.stat().st_size for path in bench.dataset.iterdir()
    ))  # fmt: skip
    members = [item for item in heavy.distributions if item.contained_in == file_set.id]
    assert [(item.path, item.status) for item in members] == [
        (f"trips_2019-{month:02}.csv", DistributionStatus.PROFILED) for month in range(1, 5)
    ]
    assert heavy.summary().files == 4
    (bench.dataset / "whole.csv").write_bytes(rows(0, 400))
    for path in bench.dataset.glob("trips*"):
        path.unlink()
    (whole,) = bench.heavy().record_sets
    assert statistics(record_set) == statistics(whole)
    assert record_set.duplicate_rows == whole.duplicate_rows == 0


def test_off_keeps_every_file_for_itself(bench: Any) -> None:
    months(bench.dataset)
    heavy = bench.heavy(discovery={"shards": "off"})
    assert [item.row_count for item in heavy.record_sets] == [100] * 4
    assert not [item for item in heavy.distributions if item.kind is DistributionKind.FILE_SET]


def test_the_same_bytes_however_the_work_is_spread(bench: Any, serial: Any) -> None:
    months(bench.dataset, 11)
    first = bench.heavy(partition_bytes=300)
    again = bench.heavy(partition_bytes=300, engine=ProfilingEngine(serial()))
    assert again.model_dump() | {"options": 0} == first.model_dump() | {"options": 0}
    other = bench.heavy(partition_bytes=2**20)
    assert statistics(other.record_sets[0]) == statistics(first.record_sets[0])


def test_partition_folders_are_columns(bench: Any, of_path: Any) -> None:
    for year, month in (("2019", "01"), ("2020", "02"), ("__HIVE_DEFAULT_PARTITION__", "01")):
        folder = bench.dataset / "sales" / f"year={year}" / f"place=A%2F{month}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"year": [1, 2]}), folder / f"part-{month}.parquet")
    heavy = bench.heavy()
    (record_set,) = heavy.record_sets
    assert record_set.name == "sales"
    assert [(field.name, field.original_name, field.physical_type) for field in record_set.fields] == [
        ("year", "year", "int64"),
        ("year_2", "year", "path"),
        ("place", "place", "path"),
    ]
    year, place = record_set.fields[1:]
    assert (year.data_type, year.statistics.missing_count, year.statistics.distinct_count) == (DataType.INTEGER, 2, 2)
    assert [item.value for item in place.statistics.top_values] == ["A/01", "A/02"]
    assert record_set.examples[0] == (1, 2019, "A/01")
    assert of_path(heavy, record_set.path).includes == ("sales/year=*/place=A%2F*/part-*.parquet",)


def test_options_apply_to_the_whole_table(bench: Any) -> None:
    for year in (1, 2, 3):
        folder = bench.dataset / f"d/year={year}"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_bytes(rows(year * 100, year * 100 + 100))
    (record_set,) = bench.heavy(selection={"columns": ["id", "year"], "where": "year >= 2 AND id < 310"}).record_sets
    assert ([field.name for field in record_set.fields], record_set.row_count) == (["id", "year"], 110)
    (keys,) = bench.heavy(selection={"columns": ["year"]}).record_sets
    assert ([field.name for field in keys.fields], keys.row_count) == (["year"], 300)
    (head,) = bench.heavy(sampling={"method": "head", "rows": 150}).record_sets
    assert (head.row_count, head.selection.complete) == (150, False)
    (drawn,) = bench.heavy(sampling={"method": "random", "rows": 90, "seed": 3}).record_sets
    assert (drawn.row_count, drawn.selection.rows_seen, drawn.fields[2].statistics.distinct_count) == (90, 300, 3)


def test_other_columns_stay_apart(bench: Any) -> None:
    months(bench.dataset)
    (bench.dataset / "trips_2019-05.csv").write_bytes(b"id,other\n1,2\n")
    (bench.dataset / "trips_2019-06.csv").write_bytes(b"name,id\nn1,2\n")
    heavy = bench.heavy()
    assert [(item.name, item.row_count) for item in heavy.record_sets] == [
        ("trips", 400), ("trips_2019-05", 1), ("trips_2019-06", 1)
    ]  # fmt: skip
    (warning,) = [item.message for item in heavy.warnings if item.code == "shards_apart"]
    assert warning == (
        "Files that are named as parts of the table 'trips' were kept apart from it: trips_2019-05.csv (its columns "
        "are not those of trips_2019-01.csv); trips_2019-06.csv (its columns stand in another order than in "
        "trips_2019-01.csv)."
    )
    file_set = next(item for item in heavy.distributions if item.kind is DistributionKind.FILE_SET)
    assert file_set.includes == tuple(f"trips_2019-0{month}.csv" for month in range(1, 5))


def test_types_that_fit_are_one_column(bench: Any) -> None:
    pq.write_table(pa.table({"a": pa.array([1, 2], pa.int32()), "b": ["x", "y"]}), bench.dataset / "t1.parquet")
    pq.write_table(pa.table({"a": pa.array([3], pa.int64()), "b": pa.nulls(1)}), bench.dataset / "t2.parquet")
    pq.write_table(pa.table({"a": pa.array([3], pa.uint8()), "b": ["z"]}), bench.dataset / "t3.parquet")
    pq.write_table(pa.table({"a": ["text"], "b": ["z"]}), bench.dataset / "t4.parquet")
    heavy = bench.heavy(selection={"where": "a >= 2"}, discovery={"exclude": ["t4.parquet"]})
    (record_set,) = heavy.record_sets
    assert [field.physical_type for field in record_set.fields] == ["int32 | int64 | uint8", "string | null"]
    assert (record_set.row_count, record_set.fields[1].statistics.missing_count) == (3, 1)
    apart = next(item.message for item in bench.heavy().warnings if item.code == "shards_apart")
    assert "t4.parquet (its column 'a' is of another type than in t1.parquet)" in apart


def test_a_shard_that_cannot_be_read_leaves_the_others(bench: Any, of_path: Any) -> None:
    for number in range(3):
        table = pa.table({"a": list(range(20_000))})
        pq.write_table(table, bench.dataset / f"t{number}.parquet", compression="none", use_dictionary=False)
    raw = bytearray((bench.dataset / "t1.parquet").read_bytes())
    raw[4:40] = b"\xff" * 36
    (bench.dataset / "t1.parquet").write_bytes(raw)
    for sampling in ({}, {"method": "random", "rows": 30_000}):
        heavy = bench.heavy(sampling=sampling)
        (record_set,) = heavy.record_sets
        # A file that fails while it is read takes its share of a sample with it.
        expected = range(15_000, 25_000) if sampling else [40_000]
        assert record_set.row_count in expected
        broken = of_path(heavy, "t1.parquet")
        assert (broken.status, broken.contained_in) == (DistributionStatus.FAILED, None)
        assert of_path(heavy, record_set.path).includes == ("t0.parquet", "t2.parquet")
    with pytest.raises(FileFailed, match=r"(?s)t1\.parquet: cannot be read as Parquet.*continue_on_error"):
        ProfilingEngine().heavy(
            bench.light(
                bench.options().model_copy(
                    update={"execution": bench.options().execution.model_copy(update={"continue_on_error": False})}
                )
            ),
            observer=NullObserver(),
        )


def test_rejected_rows_say_which_file(bench: Any) -> None:
    (bench.dataset / "log_1.csv").write_bytes(b"a,b\n1,2\n3\n4,5")
    (bench.dataset / "log_2.csv").write_bytes(b"a,b\n6,7\n8,9\n10,11\n12\n")
    for partition_bytes in (8, 2**20):
        (record_set,) = bench.heavy(partition_bytes=partition_bytes).record_sets
        rejected = record_set.quality[0]
        assert (rejected.affected_rows, record_set.row_count) == (2, 5)
        assert [(item.path, item.row, item.value) for item in rejected.examples] == [
            ("log_1.csv", 3, "3"),
            ("log_2.csv", 5, "12"),
        ]


def test_shards_in_an_archive_are_a_set_in_it(bench: Any, of_path: Any) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for month in (1, 2):
            archive.writestr(f"year={month}/rain.csv", rows(0, month))
    (bench.dataset / "x.zip").write_bytes(buffer.getvalue())
    heavy = bench.heavy()
    (record_set,) = heavy.record_sets
    assert ([field.name for field in record_set.fields], record_set.row_count) == (["id", "name", "year"], 3)
    file_set = of_path(heavy, "x.zip/year=*/rain.csv")
    assert file_set.contained_in == of_path(heavy, "x.zip").id
    assert of_path(heavy, "x.zip/year=1/rain.csv").contained_in == file_set.id
    assert of_path(heavy, "x.zip").status is DistributionStatus.PROFILED
    assert heavy.summary().bytes == len(buffer.getvalue())


def test_states_of_shards_merge_with_those_of_later_ones(bench: Any, tmp_path: Path) -> None:
    saved = []
    for year in (2019, 2020):
        for path in bench.dataset.iterdir():
            path.unlink()
        for month in (1, 2):
            (bench.dataset / f"trips_{year}-{month:02}.csv").write_bytes(rows(year + month, year + month + 50) + b"1\n")
        engine = ProfilingEngine()
        file = tmp_path / f"{year}.bin"
        light = bench.light(bench.options(), engine=engine)
        made = engine.heavy(light, observer=NullObserver(), states=file)
        saved.append(SavedStates.open(file))
    merged = merge_saved(saved, dataset_id="", name="", generated_at=made.generated_at, states=None)
    (record_set,) = merged.record_sets
    assert (record_set.row_count, record_set.rejected_rows) == (200, 4)
    file_set = next(item for item in merged.distributions if item.id == record_set.distribution_id)
    assert file_set.kind is DistributionKind.FILE_SET
    members = [item.path for item in merged.distributions if item.contained_in == file_set.id]
    assert members == [f"trips_{year}-{month:02}.csv" for year in (2019, 2020) for month in (1, 2)]
