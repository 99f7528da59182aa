"""Columns, conditions and samples as a profile shows them: what was taken, what was not, and how sure it is."""

import csv
import io
import json
import pickle
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.profile import DatasetProfile, RecordSet
from airflow_provider_profiler.contract.statistics import Method, StatisticsAccuracy
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver
from airflow_provider_profiler.profiling.readers.delimited import DelimitedReader

ROWS = 1000
TABLE = pa.table(
    {
        "id": pa.array(range(ROWS)),
        "port": pa.array([("Syros", "Naxos", None, "Paros")[number % 4] for number in range(ROWS)]),
        "price": pa.array([None if number % 10 == 9 else number / 4 for number in range(ROWS)]),
    }
)
OTHER = b"colour,id\nred,1\nblue,2\n"


def as_csv(table: pa.Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return text.getvalue().encode()


@pytest.fixture(params=["a.csv", "a.parquet", "a.jsonl"])
def harbour(bench: Any, request: pytest.FixtureRequest) -> Any:
    """The bench with the table in one of the formats."""
    file = bench.dataset / request.param
    if request.param == "a.csv":
        file.write_bytes(as_csv(TABLE))
    elif request.param == "a.parquet":
        pq.write_table(TABLE, file, row_group_size=90)
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in TABLE.to_pylist()), encoding="utf-8")
    return bench


def the_table(profile: DatasetProfile) -> RecordSet:
    (found,) = profile.record_sets
    return found


def values(table: RecordSet, name: str = "id") -> set[Any]:
    field = next(item for item in table.fields if item.name == name)
    assert field.statistics.distinct_count == field.statistics.row_count
    return {top.value for top in field.statistics.top_values}


def expected(table: pa.Table, holds: Callable[[dict[str, Any]], bool]) -> int:
    return sum(holds(row) for row in table.to_pylist())


def codes(profile: DatasetProfile) -> list[str]:
    return [warning.code for warning in profile.warnings]


@pytest.mark.parametrize("size", [None, 900])
def test_only_the_wanted_columns(harbour: Any, size: int | None) -> None:
    whole = the_table(harbour.heavy())
    profile = harbour.heavy(partition_bytes=size, selection={"columns": ["p*"], "exclude_columns": ["port"]})
    table = the_table(profile)
    (field,) = table.fields
    assert (field.name, field.position) == ("price", 2)
    price = next(item for item in whole.fields if item.name == "price")
    assert field.id == price.id
    assert field.statistics.numeric.quantiles == price.statistics.numeric.quantiles  # type: ignore[union-attr]
    assert table.examples == tuple((row[2],) for row in whole.examples)
    assert (table.row_count, table.bytes_read, table.selection) == (ROWS, whole.bytes_read, None)
    assert codes(profile) == ["columns_left_out"]
    assert "2 columns of 1 tables" in profile.warnings[0].message


def test_a_table_without_a_wanted_column_is_counted(harbour: Any) -> None:
    (harbour.dataset / "b.csv").write_bytes(OTHER)
    profile = harbour.heavy(selection={"columns": ["colour"]})
    assert [(item.name, item.row_count, len(item.fields)) for item in profile.record_sets] == [
        ("a", ROWS, 0),
        ("b", 2, 1),
    ]
    assert "of a." in profile.warnings[0].message
    assert all(not item.quality for item in profile.record_sets)


def test_a_wanted_column_that_no_table_has_is_an_error(harbour: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"'prise', which no table has \(did you mean 'price'\?\).*'id', 'port'"):
        harbour.heavy(selection={"columns": ["id", "prise"]})


@pytest.mark.parametrize("size", [None, 900])
@pytest.mark.parametrize("columns", [[], ["id"], ["port"], ["id", "price", "port"]])
def test_only_the_rows_that_are_meant(harbour: Any, size: int | None, columns: list[str]) -> None:
    profile = harbour.heavy(
        partition_bytes=size,
        selection={"columns": columns, "where": "price >= 10 AND (port = 'Syros' OR port IS NULL)"},
    )
    table = the_table(profile)
    rows = expected(TABLE, lambda row: (row["price"] or 0) >= 10 and row["port"] in ("Syros", None))
    assert table.row_count == rows > 100
    assert [field.name for field in table.fields] == [n for n in TABLE.column_names if not columns or n in columns]
    for field in table.fields:
        assert field.statistics.row_count + field.statistics.missing_count == rows
        assert field.statistics.accuracy == StatisticsAccuracy()
    assert table.selection is not None
    assert (table.selection.rows_seen, table.selection.rows_fulfilling) == (ROWS, rows)
    assert (table.selection.complete, table.selection.sample) == (True, False)


def test_a_condition_that_no_row_fulfils(harbour: Any) -> None:
    table = the_table(harbour.heavy(selection={"where": "price < 0"}))
    assert (table.row_count, len(table.fields), table.examples) == (0, 3, ())
    assert table.selection is not None
    assert table.selection.rows_seen == ROWS


def test_tables_to_which_the_condition_does_not_apply_are_named(harbour: Any) -> None:
    (harbour.dataset / "b.csv").write_bytes(OTHER)
    (harbour.dataset / "empty.csv").write_bytes(b"")
    profile = harbour.heavy(selection={"where": "price < 1"})
    assert {item.name: item.row_count for item in profile.record_sets} == {"a": 4, "b": 2, "empty": 0}
    assert codes(profile) == ["condition_not_applied"]
    assert "b.csv" in profile.warnings[0].message
    assert "no column 'price'" in profile.warnings[0].message


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("prise < 1", "column 'prise', which no table has (did you mean 'price'?); the columns are 'id', 'port'"),
        ("\"ID\" < 1", "column 'ID', which no table has"),
        ("colour = 'red' AND price < 1", "fits no table: of a."),
        ("price < lower('x')", "LOWER"),
    ],
)  # fmt: skip
def test_a_condition_that_applies_nowhere_is_an_error(harbour: Any, where: str, said: str) -> None:
    (harbour.dataset / "b.csv").write_bytes(OTHER)
    with pytest.raises(InvalidRequest) as refused:
        harbour.heavy(selection={"where": where})
    assert said in str(refused.value)


def test_a_literal_of_another_kind_is_explained(bench: Any) -> None:
    pq.write_table(TABLE, bench.dataset / "a.parquet")
    with pytest.raises(
        InvalidRequest, match=r"a\.parquet, its column 'price' holds numbers; compare them with a number"
    ):
        bench.heavy(selection={"where": "price < '1'"})


SAMPLES: list[dict[str, Any]] = [
    {"method": "head", "rows": 150},
    {"method": "random", "rows": 150, "seed": 3},
    {"method": "nth", "n": 7},
    {"method": "percent", "percent": 12.5},
    {"row_limit": 150},
    {"method": "nth", "n": 7, "row_limit": 10},
]


@pytest.mark.parametrize("sampling", SAMPLES, ids=str)
@pytest.mark.parametrize("where", [None, "port = 'Syros'"])
def test_the_same_rows_however_the_table_is_cut(harbour: Any, sampling: dict[str, Any], where: str | None) -> None:
    taken = []
    for size in (None, 5000, 900):
        for workers in (1, 2):
            profile = harbour.heavy(
                partition_bytes=size,
                workers=workers,
                sampling=sampling,
                selection={"where": where},
                statistics={"top_values": 1000, "sample_values": 0},
            )
            table = the_table(profile)
            statistics = [item.statistics.model_dump(exclude={"text": {"mean_length"}}) for item in table.fields]
            numbers = table.fields[2].statistics.numeric
            assert numbers is not None
            taken.append(
                (table.row_count, table.examples, statistics[0]["distinct_count"], numbers.minimum, numbers.maximum)
            )
            assert table.selection is not None
            assert table.selection.sample
            assert {item.method for item in _accuracies(table)} == {Method.SAMPLE}
    assert len(set(taken)) == 1
    rows = ROWS if where is None else ROWS // 4
    count = {"head": 150, "random": 150, "nth": -(-rows // 7), "percent": round(rows / 8), None: 150}
    assert taken[0][0] == min(sampling.get("row_limit", rows), count[sampling.get("method")])


def _accuracies(table: RecordSet) -> list[Any]:
    return [
        getattr(item.statistics.accuracy, name) for item in table.fields for name in StatisticsAccuracy.model_fields
    ]


@pytest.mark.parametrize("sampling", SAMPLES, ids=str)
def test_the_same_bytes_with_any_number_of_workers_and_columns_a_task(harbour: Any, sampling: dict[str, Any]) -> None:
    (harbour.dataset / "b.csv").write_bytes(OTHER)
    documents = set()
    for workers in (1, 2):
        for columns in (None, 1, 2, 3):
            options = harbour.options(
                partition_bytes=900, workers=workers, sampling=sampling, selection={"where": "id >= 0"}
            )
            execution = options.execution.model_copy(update={"columns_per_task": columns})
            light = harbour.light(options.model_copy(update={"execution": execution}))
            profile = ProfilingEngine().heavy(light, observer=NullObserver())
            documents.add(profile.model_copy(update={"options": ProfileOptions()}).to_document())
    assert len(documents) == 1


def test_bounds_of_a_random_sample(harbour: Any) -> None:
    table = the_table(harbour.heavy(sampling={"method": "random", "rows": 200}))
    for field in table.fields:
        accuracy = field.statistics.accuracy
        values_there = field.statistics.row_count
        # Massart's inequality at five per cent.
        assert accuracy.quantiles.bound == pytest.approx(1.3581 / values_there**0.5, rel=1e-4)
        assert accuracy.histogram.bound == pytest.approx(2 * 1.3581 / values_there**0.5, rel=1e-4)
        assert accuracy.distinct.bound is None
        assert accuracy.rows.bound is None
    numbers = next(item for item in table.fields if item.name == "id").statistics.numeric
    assert numbers is not None
    assert numbers.quantiles is not None
    bound = table.fields[0].statistics.accuracy.quantiles.bound
    assert abs(numbers.quantiles.p50 - ROWS / 2) <= bound * ROWS  # type: ignore[operator]


@pytest.mark.parametrize("sampling", [{"method": "head", "rows": 2000}, {"method": "random", "rows": ROWS}])
@pytest.mark.parametrize("size", [None, 900])
def test_a_sample_of_all_rows_is_none(harbour: Any, sampling: dict[str, Any], size: int | None) -> None:
    table = the_table(harbour.heavy(sampling=sampling, partition_bytes=size))
    assert table.row_count == ROWS
    assert table.selection is None or not table.selection.sample
    assert {item.method for item in _accuracies(table)} == {Method.EXACT}


def test_head_reads_no_more_partitions_than_it_needs(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (bench.dataset / "a.csv").write_bytes(as_csv(TABLE))
    read: set[int] = set()
    original = DelimitedReader.read

    def watched(self: Any, source: Any, table: Any, partition: Any) -> Any:
        read.add(partition.index)
        return original(self, source, table, partition)

    monkeypatch.setattr(DelimitedReader, "read", watched)
    table = the_table(bench.heavy(partition_bytes=900, sampling={"method": "head", "rows": 60}, workers=1))
    assert table.row_count == 60
    # Two hold the rows; one more may have been begun when that was found out.
    assert {0, 1} <= read <= {0, 1, 2}
    assert table.selection is not None
    assert 60 <= table.selection.rows_seen < 200
    assert not table.selection.complete
    assert table.bytes_read < 3000


def test_damage_behind_the_rows_of_a_head_is_not_met(bench: Any) -> None:
    pq.write_table(TABLE, bench.dataset / "a.parquet", row_group_size=100)
    content = bytearray((bench.dataset / "a.parquet").read_bytes())
    half = len(content) // 2
    content[half : half + 500] = bytes(500)
    (bench.dataset / "a.parquet").write_bytes(content)
    assert bench.heavy().record_sets == ()
    profile = bench.heavy(sampling={"method": "head", "rows": 50}, partition_bytes=900)
    assert the_table(profile).row_count == 50


def test_a_file_that_fails_while_its_rows_are_counted(bench: Any, of_path: Any) -> None:
    pq.write_table(TABLE, bench.dataset / "a.parquet", row_group_size=100)
    content = bytearray((bench.dataset / "a.parquet").read_bytes())
    content[200:700] = bytes(500)
    (bench.dataset / "a.parquet").write_bytes(content)
    (bench.dataset / "b.csv").write_bytes(OTHER)
    profile = bench.heavy(selection={"where": "id >= 0"}, sampling={"method": "random", "rows": 1}, partition_bytes=900)
    assert [(item.name, item.row_count) for item in profile.record_sets] == [("b", 1)]
    assert of_path(profile, "a.parquet").reason is not None


def test_nested_columns_can_be_chosen_from(bench: Any) -> None:
    nested = pa.table(
        {"a": [{"b": 1, "c": "x"}, {"b": 2, "c": None}], "a.b": ["flat", "too"], "l": [[1], []], "n": [1, 2]}
    )
    pq.write_table(nested, bench.dataset / "a.parquet")
    whole = the_table(bench.heavy())
    for names in (["a"], ["a.b"], ["l", "n"]):
        table = the_table(bench.heavy(selection={"columns": names, "where": "n = 1"}))
        assert [field.name for field in table.fields] == names
        shown = [whole.examples[0][field.position] for field in table.fields]
        assert table.examples == (tuple(shown),)


def test_tasks_travel(harbour: Any, serial: Any) -> None:
    """The condition goes to other processes as values: neither its text nor its parser is needed there."""
    executor = serial()
    harbour.heavy(
        engine=ProfilingEngine(executor),
        selection={"where": "price > 1.5 AND port IN ('Syros') OR id = 7"},
        sampling={"method": "random", "rows": 5},
    )
    kinds = {type(task).__name__ for task in executor.tasks}
    assert {"CountTask", "PartitionTask"} <= kinds
    for task in executor.tasks:
        assert pickle.loads(pickle.dumps(task)) == task


def test_a_file_of_a_table_that_has_no_value_in_the_column_asked_about(bench: Any) -> None:
    for name, level in (("day-1", pa.array([1, 5])), ("day-2", pa.nulls(2)), ("day-3", pa.array([7, 2]))):
        pq.write_table(pa.table({"level": level, "place": [1, 2]}), bench.dataset / f"{name}.parquet")
    profile = bench.heavy(selection={"where": "level > 4"})
    (table,) = profile.record_sets
    assert (table.row_count, table.selection.rows_seen) == (2, 6)
    assert not [item for item in profile.distributions if item.reason is not None]
