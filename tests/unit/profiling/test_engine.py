"""A dataset goes in, a profile comes out: whole, reproducible, and with a reason for every file that failed."""

import os
import pickle
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.profile import DataType, DistributionStatus, QualityErrorType
from airflow_provider_profiler.contract.reasons import FileReasonCode
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.profiling import executor
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver, Stopped
from airflow_provider_profiler.profiling.partition import PartitionTask, profile_partition
from airflow_provider_profiler.profiling.readers.delimited import DelimitedReader
from airflow_provider_profiler.profiling.readers.reader import Batch
from airflow_provider_profiler.profiling.table_state import encode_result

CSV = b"id,name,empty\n" + b"".join(b"%03d,name %d,\n" % (number, number % 7) for number in range(500))


def reason(item: Any) -> tuple[DistributionStatus, FileReasonCode | None]:
    return item.status, item.reason.code if item.reason else None


def test_light_says_what_is_there_and_heavy_what_is_in_it(bench: Any, of_path: Any) -> None:
    (bench.dataset / "a.csv").write_bytes(CSV)
    (bench.dataset / "b.mp3").write_bytes(b"ID3")
    engine = ProfilingEngine()
    light = bench.light(bench.options(), engine=engine)
    assert (light.profile.kind, light.profile.record_sets) == (Target.LIGHT, ())
    assert reason(of_path(light.profile, "a.csv")) == (DistributionStatus.LISTED, None)
    heavy = bench.heavy(engine=engine)
    assert heavy.kind is Target.HEAVY
    assert reason(of_path(heavy, "a.csv")) == (DistributionStatus.PROFILED, None)
    assert reason(of_path(heavy, "b.mp3")) == (DistributionStatus.LISTED, FileReasonCode.UNSUPPORTED_FORMAT)
    assert [item.id for item in heavy.distributions] == [item.id for item in light.profile.distributions]
    (record_set,) = heavy.record_sets
    assert (record_set.name, record_set.row_count, record_set.bytes_read) == (
        "a",
        500,
        len(CSV) - len("id,name,empty\n"),
    )
    assert record_set.distribution_id == of_path(heavy, "a.csv").id
    assert record_set.examples[1] == ("001", "name 1", None)
    assert len(record_set.examples) == 5
    identifier, name, empty = record_set.fields
    assert (identifier.data_type, identifier.statistics.distinct_count) == (DataType.TEXT, 500)
    assert (name.statistics.distinct_count, name.statistics.missing_count) == (7, 0)
    assert empty.statistics.missing_count == 500
    assert record_set.empty_columns == ("empty",)
    assert [item.column for item in record_set.quality if "no value" in item.description] == ["empty"]
    reading = of_path(heavy, "a.csv").reading
    assert (reading.reader, reading.encoding, reading.dialect.delimiter) == ("delimited", "utf-8", ",")


def test_the_same_bytes_with_any_number_of_workers(bench: Any) -> None:
    (bench.dataset / "a.csv").write_bytes(CSV)
    (bench.dataset / "b.csv").write_bytes(CSV.replace(b"name", b"label"))
    (bench.dataset / "c.csv").write_bytes(b'a,b\n"1\n')
    pq.write_table(pa.table({"n": pa.array(range(3000))}), bench.dataset / "d.parquet", row_group_size=100)
    documents = {
        bench.heavy(partition_bytes=256, workers=workers).model_copy(update={"options": bench.options()}).to_document()
        for workers in (1, 2, 5)
    }
    assert len(documents) == 1


def test_exact_statistics_do_not_depend_on_partitions(bench: Any) -> None:
    (bench.dataset / "a.csv").write_bytes(CSV)
    whole, cut = bench.heavy(), bench.heavy(partition_bytes=100)
    (one,), (many,) = whole.record_sets, cut.record_sets
    assert (one.row_count, one.bytes_read, one.examples) == (many.row_count, many.bytes_read, many.examples)
    for left, right in zip(one.fields, many.fields, strict=True):
        assert left.statistics.model_dump(exclude={"text"}) == right.statistics.model_dump(exclude={"text"})
        assert (left.id, left.data_type, left.sample) == (right.id, right.data_type, right.sample)


def test_nothing_but_the_data_is_in_the_profile(bench: Any) -> None:
    (bench.dataset / "a.csv").write_bytes(CSV)
    first = bench.heavy().to_document()
    moved = bench.dataset.parents[1] / "elsewhere"
    bench.dataset.parent.rename(moved)
    bench.dataset = moved / "dataset"
    assert bench.heavy().to_document() == first
    assert str(moved.parent).encode() not in first


def test_one_bad_file_does_not_take_the_others_with_it(bench: Any, of_path: Any) -> None:
    (bench.dataset / "binary.csv").write_bytes(b"a,b\n\0\0\0\n")
    (bench.dataset / "cut.parquet").write_bytes(b"PAR1" + bytes(50))
    (bench.dataset / "empty.csv").write_bytes(b"")
    (bench.dataset / "good.csv").write_bytes(CSV)
    (bench.dataset / "header.csv").write_bytes(b"a,b\n")
    os.mkfifo(bench.dataset / "pipe.csv")
    heavy = bench.heavy()
    assert {item.path: reason(item) for item in heavy.distributions} == {
        "binary.csv": (DistributionStatus.FAILED, FileReasonCode.MALFORMED),
        "cut.parquet": (DistributionStatus.FAILED, FileReasonCode.MALFORMED),
        "empty.csv": (DistributionStatus.PROFILED, None),
        "good.csv": (DistributionStatus.PROFILED, None),
        "header.csv": (DistributionStatus.PROFILED, None),
        "pipe.csv": (DistributionStatus.FAILED, FileReasonCode.NOT_A_FILE),
    }
    assert "cut.parquet" in of_path(heavy, "cut.parquet").reason.message
    assert [(item.name, item.row_count, len(item.fields)) for item in heavy.record_sets] == [
        ("empty", 0, 0),
        ("good", 500, 3),
        ("header", 0, 2),
    ]
    assert heavy.summary().failed == 3


def test_an_empty_folder_completes(bench: Any) -> None:
    heavy = bench.heavy()
    assert (heavy.distributions, heavy.record_sets) == ((), ())
    assert [warning.code for warning in heavy.warnings] == ["empty_dataset"]


def test_a_file_that_is_replaced_between_light_and_heavy(bench: Any, of_path: Any) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        (bench.dataset / name).write_bytes(CSV)
    light = bench.light(bench.options())
    (bench.dataset / "new").write_bytes(CSV)
    (bench.dataset / "new").rename(bench.dataset / "a.csv")
    (bench.dataset / "b.csv").unlink()
    heavy = ProfilingEngine().heavy(light, observer=NullObserver())
    changed = (DistributionStatus.FAILED, FileReasonCode.CHANGED_WHILE_READ)
    assert reason(of_path(heavy, "a.csv")) == reason(of_path(heavy, "b.csv")) == changed
    assert [item.name for item in heavy.record_sets] == ["c"]


@pytest.mark.parametrize("how", ["appended", "replaced", "cut short"])
def test_a_file_that_changes_while_it_is_read(
    bench: Any, of_path: Any, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = bench.dataset / "a.csv"
    path.write_bytes(CSV)
    (bench.dataset / "b.csv").write_bytes(CSV)
    read = DelimitedReader.read

    def change() -> None:
        if how == "appended":
            with path.open("ab") as file:
                file.write(b"999,x,\n")
        elif how == "replaced":
            (bench.dataset / "new").write_bytes(CSV)
            (bench.dataset / "new").rename(path)
        else:
            path.write_bytes(CSV[:100])

    def hooked(self: DelimitedReader, source: Any, table: Any, partition: Any) -> Iterator[Batch]:
        yield from read(self, source, table, partition)
        if source.path == "a.csv" and partition.index == 2:
            change()

    monkeypatch.setattr(DelimitedReader, "read", hooked)
    heavy = bench.heavy(partition_bytes=500)
    assert reason(of_path(heavy, "a.csv")) == (DistributionStatus.FAILED, FileReasonCode.CHANGED_WHILE_READ)
    assert [item.path for item in heavy.record_sets] == ["b.csv"]


def test_what_looks_malformed_because_it_changed_is_said_to_have_changed(bench: Any, of_path: Any) -> None:
    path = bench.dataset / "a.parquet"
    pq.write_table(pa.table({"a": [1, 2]}), path)
    light = bench.light(bench.options())
    status = path.stat()
    path.write_bytes(bytes(status.st_size))
    heavy = ProfilingEngine().heavy(light, observer=NullObserver())
    assert reason(of_path(heavy, "a.parquet"))[1] is FileReasonCode.CHANGED_WHILE_READ


def test_a_failure_of_ours_is_internal_and_stays_with_its_file(
    bench: Any, of_path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (bench.dataset / "a.csv").write_bytes(CSV)
    (bench.dataset / "b.csv").write_bytes(CSV)
    read = DelimitedReader.read

    def broken(self: DelimitedReader, source: Any, table: Any, partition: Any) -> Iterator[Batch]:
        if source.path == "a.csv":
            raise ZeroDivisionError("cell 4711")
        return read(self, source, table, partition)

    monkeypatch.setattr(DelimitedReader, "read", broken)
    heavy = bench.heavy()
    failed = of_path(heavy, "a.csv")
    assert reason(failed) == (DistributionStatus.FAILED, FileReasonCode.INTERNAL)
    assert "ZeroDivisionError" in failed.reason.message
    assert "4711" not in failed.reason.message
    assert "4711" in caplog.text
    assert [item.name for item in heavy.record_sets] == ["b"]


def test_no_more_partitions_of_a_file_that_failed(bench: Any, serial: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (bench.dataset / "a.csv").write_bytes(CSV)

    def broken(self: DelimitedReader, source: Any, table: Any, partition: Any) -> Iterator[Batch]:
        raise OSError(5, "Input/output error", "/secret/place")

    monkeypatch.setattr(DelimitedReader, "read", broken)
    executor = serial()
    heavy = bench.heavy(engine=ProfilingEngine(executor), partition_bytes=100)
    assert sum(isinstance(task, PartitionTask) for task in executor.tasks) == 1
    assert heavy.distributions[0].reason.code is FileReasonCode.UNREADABLE
    assert heavy.distributions[0].reason.message == "a.csv: cannot be read: Input/output error"


def test_the_observer_sees_stages_and_progress(bench: Any, recording: Any) -> None:
    (bench.dataset / "a.csv").write_bytes(CSV)
    (bench.dataset / "b.csv").write_bytes(CSV)
    observer = recording()
    bench.heavy(observer=observer, partition_bytes=1000)
    assert observer.stages == [
        StageName.DISCOVER,
        StageName.LIGHT,
        StageName.READ,
        StageName.HEAVY,
        StageName.MERGE,
    ]
    assert len(observer.progress) > 10
    assert observer.progress == sorted(observer.progress)
    assert observer.progress[-1] == (1000, 2 * (len(CSV) - len("id,name,empty\n")), 100.0)


def test_the_observer_can_stop_the_engine_anywhere(bench: Any, recording: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # It is asked as often on a slow machine as on a fast one.
    monkeypatch.setattr(executor, "_BETWEEN_CHECKS", 60)
    (bench.dataset / "a.csv").write_bytes(CSV)
    counting = recording()
    bench.heavy(observer=counting, partition_bytes=500)
    assert counting.checks > 10
    for stop_at in range(1, counting.checks + 1):
        with pytest.raises(Stopped):
            bench.heavy(observer=recording(stop_at=stop_at), partition_bytes=500)


def test_tasks_and_results_can_travel(bench: Any, serial: Any) -> None:
    (bench.dataset / os.fsdecode(b"caf\xe9.csv")).write_bytes(CSV)
    executor = serial()
    bench.heavy(engine=ProfilingEngine(executor), partition_bytes=1000)
    tasks = [task for task in executor.tasks if isinstance(task, PartitionTask)]
    for task in tasks:
        copy = pickle.loads(pickle.dumps(task))
        assert copy == task
        assert task.table.partitions == ()
        note, result = profile_partition(task)
        again, same = profile_partition(copy)
        assert again == note
        assert encode_result(same) == encode_result(result)
    for task in executor.tasks:
        assert pickle.loads(pickle.dumps(task)) == task


def test_rejected_rows_are_quality_errors_with_the_lines_of_the_file(bench: Any) -> None:
    lines = [b"a,b"] + [b"%d,x" % number for number in range(300)]
    for line in (0, 50, 150, 151, 250, 299):
        lines[1 + line] = b"just one %d" % line
    (bench.dataset / "a.csv").write_bytes(b"\n".join(lines) + b"\n")
    for partition_bytes in (50, 1 << 20):
        (record_set,) = bench.heavy(partition_bytes=partition_bytes).record_sets
        assert (record_set.row_count, record_set.rejected_rows) == (294, 6)
        (error,) = [item for item in record_set.quality if not item.column]
        assert (error.error_type, error.affected_rows) == (QualityErrorType.FORMAT_INCONSISTENCY, 6)
        assert [(item.row, item.value) for item in error.examples] == [
            (line + 2, f"just one {line}") for line in (0, 50, 150, 151, 250)
        ]


def test_minorities_of_another_type_are_quality_errors(bench: Any) -> None:
    rows = b"".join(b"%d\n" % number for number in range(200))
    (bench.dataset / "a.csv").write_bytes(b"amount\n" + rows + b"unknown\n")
    (record_set,) = bench.heavy().record_sets
    assert record_set.fields[0].data_type is DataType.INTEGER
    (error,) = record_set.quality
    assert (error.column, error.affected_rows) == ("amount", 1)
    assert [example.value for example in error.examples] == ["unknown"]


def test_record_sets_have_distinct_names_and_ids(bench: Any) -> None:
    (bench.dataset / "x").mkdir()
    for name in ("a.b.csv", "x/a.b.csv", "c.csv", "c.tsv", "d.csv"):
        (bench.dataset / name).write_bytes(b"p,q\n1,2\n" if name.endswith("csv") else b"p\tq\n1\t2\n")
    heavy = bench.heavy()
    names = {item.path: item.name for item in heavy.record_sets}
    assert names == {
        "a.b.csv": "a.b",
        "x/a.b.csv": "x/a.b",
        "c.csv": "c.csv",
        "c.tsv": "c.tsv",
        "d.csv": "d",
    }
    ids = [item.id for item in heavy.record_sets] + [field.id for item in heavy.record_sets for field in item.fields]
    assert len(set(ids)) == len(ids)


def test_native_types_and_nested_values_of_parquet(bench: Any) -> None:
    pq.write_table(
        pa.table(
            {"n": [1, None, 3], "l": [[1], [], None], "s": [{"x": "é"}, None, {"x": "b"}], "b": [b"\xff", b"", None]}
        ),
        bench.dataset / "a.parquet",
    )
    (record_set,) = bench.heavy().record_sets
    assert [(field.name, field.physical_type) for field in record_set.fields] == [
        ("n", "int64"),
        ("l", "list<element: int64>"),
        ("s", "struct<x: string>"),
        ("b", "binary"),
    ]
    assert record_set.fields[0].statistics.numeric.maximum == 3
    assert record_set.examples == ((1, "[1]", '{"x":"é"}', "ff"), (None, "[]", None, ""), (3, None, '{"x":"b"}', None))


def test_options_reach_the_readers(bench: Any) -> None:
    (bench.dataset / "a.csv").write_bytes("a;b\né;2\n".encode("cp1252"))
    options = {"reading": {"encoding": "cp1252", "header": False, "delimiter": ";"}}
    (record_set,) = bench.heavy(**options).record_sets
    assert record_set.examples == (("a", "b"), ("é", "2"))


def test_notes_about_a_table_are_warnings(bench: Any) -> None:
    (bench.dataset / "a.csv").write_bytes(b"A title\n\nx,y,z\n1,2,3\n4,5,6\n")
    (warning,) = bench.heavy().warnings
    assert warning.message == "a.csv: 2 lines before the table were skipped."


def test_a_table_of_many_columns(bench: Any) -> None:
    names = ",".join(f"c{number}" for number in range(1000))
    row = ",".join(str(number) for number in range(1000))
    (bench.dataset / "wide.csv").write_text(f"{names}\n{row}\n{row}\n")
    (record_set,) = bench.heavy().record_sets
    assert (len(record_set.fields), record_set.row_count) == (1000, 2)
    assert record_set.fields[999].statistics.numeric.maximum == 999
