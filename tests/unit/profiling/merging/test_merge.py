"""A merged profile says what the profile of all rows would say."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    DistributionKind,
    DistributionStatus,
    QualityError,
    QualityExample,
    RowSelection,
)
from airflow_provider_profiler.contract.statistics import Method
from airflow_provider_profiler.profiling import merge as merge_profiles
from airflow_provider_profiler.profiling import profile as profile_table
from airflow_provider_profiler.profiling.merging.tables import ColumnConflict
from airflow_provider_profiler.profiling.stored_states.reading import SavedStates
from airflow_provider_profiler.profiling.stored_states.writing import write_states
from airflow_provider_profiler.render import cdd, moma

MANY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
CELLS = {
    "text": st.sampled_from(["1", "2.5", "-7", "2024-01-31", "31/01/2024", "true", "NA", "", "x", "Σύρος", None]),
    "whole": st.one_of(st.none(), st.integers(-5, 5), st.integers(-(2**62), 2**62)),
    "real": st.one_of(st.none(), st.sampled_from([0.0, -0.0, 1e300]), st.floats(allow_nan=True, allow_infinity=True)),
    "day": st.one_of(st.none(), st.integers(-1000, 30000)),
    "flag": st.one_of(st.none(), st.booleans()),
}
TYPES = {"text": pa.string(), "whole": pa.int64(), "real": pa.float64(), "day": pa.date32(), "flag": pa.bool_()}
ROWS = st.lists(st.fixed_dictionaries(CELLS), max_size=12)


def cells(rows: list[dict]) -> dict[str, pa.Array]:
    return {name: pa.array([row[name] for row in rows], kind) for name, kind in TYPES.items()}


def numbers(start: int, stop: int) -> dict[str, pa.Array]:
    """Columns with as many values as rows, in an order that is not theirs."""
    values = [(7919 * value) % 100_003 for value in range(start, stop)]
    return {"number": pa.array(values), "text": pa.array([f"{value}.5" for value in values])}


def described(profile: DatasetProfile, path: str) -> list[dict]:
    """What is said of a table's columns, but for what follows from its place."""
    (table,) = (item for item in profile.record_sets if item.path == path)
    return [field.model_dump(exclude={"id"}) for field in table.fields]


def merge(*sources: Path, **options: Any) -> DatasetProfile:
    return merge_profiles(*sources, **options).model


def codes(profile: DatasetProfile) -> list[str]:
    return [warning.code for warning in profile.warnings]


@MANY
@given(first=ROWS, second=ROWS, third=ROWS)
def test_exact_tables_merge_to_the_profile_of_all_rows(saved, first, second, third):
    files = [saved.profile({"rows.csv": cells(rows)})[1] for rows in (first, second, third)]
    whole, _ = saved.profile({"rows.csv": cells(first + second + third)})
    merged = merge(*files)
    (table,) = merged.record_sets
    assert described(merged, table.path) == described(whole, "rows.csv")
    expected = whole.record_sets[0]
    assert (table.row_count, table.examples) == (expected.row_count, expected.examples)
    before = {"rows.csv": 0, "rows~2.csv": len(first), "rows~3.csv": len(first) + len(second)}
    assert [error.model_dump(exclude={"id"}) for error in in_one_file(table.quality, before)] == [
        error.model_dump(exclude={"id"}) for error in expected.quality
    ]


def in_one_file(errors: Sequence[QualityError], before: dict[str, int]) -> list[QualityError]:
    """The errors with rows as they would be counted if the rows of all files stood in one.

    :param before: of each file, the rows of those before it.
    """

    def moved(example: QualityExample) -> QualityExample:
        value = re.sub(
            r"^the same as row (\d+) of (.*)$",
            lambda told: f"the same as row {int(told[1]) + before[told[2]]}",
            example.value,
        )
        return QualityExample(value=value, row=example.row + before[example.path])

    return [error.model_copy(update={"examples": tuple(map(moved, error.examples))}) for error in errors]


@MANY
@given(first=ROWS, second=ROWS, third=ROWS)
def test_merging_step_by_step_is_merging_at_once(saved, first, second, third):
    one, two, three = (saved.profile({"rows.csv": cells(rows)})[1] for rows in (first, second, third))
    steps = saved.folder / "steps.bin"
    merge(one, two, states=steps)
    last, at_once = merge(steps, three), merge(one, two, three)
    assert described(last, last.record_sets[0].path) == described(at_once, at_once.record_sets[0].path)
    assert last.summary() == at_once.summary()


def test_sketches_stay_within_their_bounds(saved):
    files = [saved.profile({"rows.csv": numbers(*cut)}, exact_values=64)[1] for cut in ((0, 30_000), (30_000, 50_000))]
    merged = merge(*files)
    exact, _ = saved.profile({"rows.csv": numbers(0, 50_000)}, exact_values=1_000_000)
    for field, truth in zip(merged.record_sets[0].fields, exact.record_sets[0].fields, strict=True):
        found, expected = field.statistics, truth.statistics
        assert found.accuracy.distinct.method is Method.SKETCH
        assert found.distinct_count == pytest.approx(expected.distinct_count, rel=1.5 * found.accuracy.distinct.bound)
        assert (found.row_count, found.missing_count) == (expected.row_count, expected.missing_count)
        mine, its = found.numeric, expected.numeric
        for name in ("minimum", "maximum", "range", "sum", "zero_count", "negative_count"):
            assert getattr(mine, name) == getattr(its, name)
        for name in ("mean", "variance", "standard_deviation", "kurtosis"):
            assert getattr(mine, name) == pytest.approx(getattr(its, name), rel=1e-12)
        ranks = {name: value / mine.range for name, value in mine.quantiles.model_dump().items()}
        for name, value in its.quantiles.model_dump().items():
            # The values are spread evenly: a share of their range is a share of the rows.
            assert ranks[name] == pytest.approx(value / its.range, abs=found.accuracy.quantiles.bound + 1e-3)


def test_different_room_for_exact_values_meets_at_the_smaller_one(saved):
    generous = saved.profile({"rows.csv": numbers(0, 500)}, exact_values=1000)[1]
    sparing = saved.profile({"rows.csv": numbers(500, 1000)}, exact_values=64)[1]
    merged = merge(generous, sparing)
    assert codes(merged) == ["merged_from", "merged_from", "options_differ"]
    assert "statistics.exact_values" in merged.warnings[2].message
    equal = merge(saved.profile({"rows.csv": numbers(0, 500)}, exact_values=64)[1], sparing)
    assert described(merged, "rows*.csv") == described(equal, "rows*.csv")
    swapped = merge(sparing, generous).record_sets[0].fields[0].statistics
    assert swapped.numeric.sum == merged.record_sets[0].fields[0].statistics.numeric.sum


def test_tables_that_gained_a_column_merge_where_width_takes_room(saved):
    """In wide tables the room for exact values depends on the number of columns."""
    values = pa.array([str(value) for value in range(200)])
    narrow = {f"c{number}": values for number in range(4)}
    first = saved.profile({"wide.csv": narrow}, exact_values=300)[1]
    second = saved.profile({"wide.csv": narrow | {"new": values}}, exact_values=240)[1]
    (table,) = merge(first, second).record_sets
    assert [(field.statistics.distinct_count, field.statistics.missing_count) for field in table.fields] == [
        *[(200, 0)] * 4,
        (200, 200),
    ]


# --- columns that come, go and change ---


def test_columns_meet_by_name_and_what_is_absent_is_missing(saved):
    first = {"port": pa.array(["a", "b"]), "gone": pa.array(["1", "2"])}
    second = {"new": pa.array(["x", "y", "z"]), "port": pa.array(["c", "c", "d"])}
    merged = merge(saved.profile({"t.csv": first})[1], saved.profile({"t.csv": second}, dataset="later")[1])
    (table,) = merged.record_sets
    assert [(field.name, field.statistics.row_count, field.statistics.missing_count) for field in table.fields] == [
        ("port", 5, 0),
        ("gone", 2, 3),
        ("new", 3, 2),
    ]
    assert table.examples == (("a", 1, None), ("b", 2, None), ("c", None, "x"), ("c", None, "y"), ("d", None, "z"))
    assert [warning.message for warning in merged.warnings if warning.code == "columns_differ"] == [
        "trips (t.csv) has no column 'new': the cells of its 2 rows count as missing there, and repeated rows are "
        "not counted.",
        "later (t.csv) has no column 'gone': the cells of its 3 rows count as missing there, and repeated rows are "
        "not counted.",
    ]


def test_a_column_that_was_empty_takes_the_type_it_gets(saved):
    empty = saved.profile({"t.parquet": {"a": pa.nulls(2), "b": pa.array([1, 2])}})[1]
    filled = saved.profile({"t.parquet": {"a": pa.array([1.5]), "b": pa.array([0.5])}})[1]
    fields = merge(empty, filled).record_sets[0].fields
    assert [(field.physical_type, field.statistics.row_count) for field in fields] == [
        ("null | double", 1),
        ("int64 | double", 3),
    ]
    assert fields[1].statistics.numeric.sum == pytest.approx(3.5)


@pytest.mark.parametrize(
    "other",
    [
        pa.array(["x"], pa.large_string()),
        pa.array([1], pa.timestamp("us")),
        pa.array([True]),
        pa.array([b"x"]),
        pa.array(["1"]),
    ],
)
def test_values_of_different_kinds_are_a_clear_error(saved, other):
    first = saved.profile({"t.parquet": {"a": pa.array([1])}})[1]
    second = saved.profile({"t.parquet": {"a": other}}, dataset="later")[1]
    target = saved.folder / "merged.bin"
    kinds = f"Column 'a' is int64 in trips (t.parquet) and {other.type} in later (t.parquet): "
    with pytest.raises(ColumnConflict, match=re.escape(kinds)) as caught:
        merge(first, second, states=target)
    assert isinstance(caught.value, ValueError)
    assert not target.exists()


# --- whole rows ---

CORRELATED = {"statistics": {"correlations": "both"}}


def calls(start: int, stop: int) -> pa.Table:
    """Rows of which every third is there twice."""
    rows = [row - 1 if row % 3 == 0 else row for row in range(start + 1, stop + 1)]
    return pa.table({"level": rows, "wave": [(row * 37) % 101 + row / 7 for row in rows]})


def saved_profile(table: pa.Table, file: Path) -> Path:
    profile_table(table, CORRELATED, states=file)
    return file


def test_what_is_known_of_whole_rows_merges(tmp_path):
    cuts = [saved_profile(calls(*cut), tmp_path / f"{cut[0]}.bin") for cut in ((0, 90), (90, 150))]
    (table,) = merge(*cuts).record_sets
    (whole,) = profile_table(calls(0, 150), CORRELATED).tables
    assert table.duplicate_rows == whole.duplicate_rows == 50
    assert len(table.correlations) == len(whole.correlations) == 2
    for mine, its in zip(table.correlations, whole.correlations, strict=True):
        assert (mine.first, mine.second, mine.method, mine.rows) == (its.first, its.second, its.method, its.rows)
        assert mine.coefficient == pytest.approx(its.coefficient, rel=1e-12)


def test_nothing_is_said_of_whole_rows_where_columns_differ(tmp_path):
    first = saved_profile(calls(0, 9), tmp_path / "first.bin")
    wider = saved_profile(calls(0, 9).append_column("new", pa.array(range(9))), tmp_path / "wider.bin")
    turned = saved_profile(calls(0, 9).select(["wave", "level"]), tmp_path / "turned.bin")
    for other, words in ((wider, "has no column 'new'"), (turned, "another order: repeated rows are not counted")):
        merged = merge(first, other)
        (table,) = merged.record_sets
        assert (table.duplicate_rows, table.correlations) == (None, ())
        assert any(words in warning.message for warning in merged.warnings if warning.code == "columns_differ")


def test_correlations_are_left_out_where_types_differ(tmp_path):
    first = saved_profile(calls(0, 9), tmp_path / "first.bin")
    table = calls(9, 18)
    empty = saved_profile(table.set_column(0, "level", pa.nulls(9)), tmp_path / "empty.bin")
    merged = merge(first, empty)
    assert merged.record_sets[0].correlations == ()
    assert merged.record_sets[0].duplicate_rows is not None
    messages = [warning.message for warning in merged.warnings if warning.code == "columns_differ"]
    assert [message.endswith("differ in their columns' types: correlations are left out.") for message in messages] == [
        True
    ]


# --- what is listed ---


def test_two_datasets_stand_side_by_side(saved):
    one = saved.profile({"ports.csv": {"id": pa.array(["1"])}}, dataset="sea")[1]
    other = saved.profile(
        {"hills.csv": {"top": pa.array(["x", "y"])}, "sub/a.csv": {"b": pa.array(["1"])}}, dataset="land"
    )
    merged = merge(one, other[1], name="both")
    assert [item.path for item in merged.distributions] == ["land/hills.csv", "land/sub/a.csv", "sea/ports.csv"]
    assert [item.content_url for item in merged.distributions] == [item.path for item in merged.distributions]
    assert [(item.name, item.path, item.row_count) for item in merged.record_sets] == [
        ("hills", "land/hills.csv", 2),
        ("a", "land/sub/a.csv", 1),
        ("ports", "sea/ports.csv", 1),
    ]
    places = {item.id: item.path for item in merged.distributions}
    assert [places[item.distribution_id] for item in merged.record_sets] == [item.path for item in merged.record_sets]
    assert merged.specification.name == "both"
    assert [connector.dataset_id for connector in merged.specification.data_connectors] == ["sea", "land"]


def test_the_files_of_a_merged_table_are_in_a_set(saved):
    january = saved.profile({"trips_2019-01.csv": {"id": pa.array(["1"])}})[1]
    february = saved.profile({"trips_2019-02.csv": {"id": pa.array(["2"])}, "notes.csv": {"x": pa.array(["n"])}})[1]
    merged = merge(january, february)
    (whole,) = (item for item in merged.distributions if item.kind is DistributionKind.FILE_SET)
    assert (whole.path, whole.status) == ("trips_2019-*.csv", DistributionStatus.PROFILED)
    assert whole.includes == ("trips_2019-01.csv", "trips_2019-02.csv")
    inside = {item.path for item in merged.distributions if item.contained_in == whole.id}
    assert inside == set(whole.includes)
    assert {item.name: item.distribution_id == whole.id for item in merged.record_sets} == {
        "notes": False,
        "trips_2019": True,
    }
    assert (merged.summary().files, merged.summary().profiled, merged.summary().bytes) == (3, 3, 300)
    assert len({item.id for item in merged.distributions}) == 4


def test_a_table_that_was_merged_before_grows(saved):
    months = [saved.profile({f"trips_{month}.csv": {"id": pa.array([str(month)])}})[1] for month in (1, 2, 3, 4)]
    total = saved.folder / "total.bin"
    merge(*months[:2], states=total)
    for month in months[2:]:
        merged = merge(total, month, states=total)
    (whole,) = (item for item in merged.distributions if item.kind is DistributionKind.FILE_SET)
    assert whole.includes == ("trips_1.csv", "trips_2.csv", "trips_3.csv", "trips_4.csv")
    assert all(item.contained_in == whole.id for item in merged.distributions if item.id != whole.id)
    assert merged.record_sets[0].row_count == 4
    assert codes(merged).count("merged_from") == 6
    assert SavedStates.open(total).tables[0].rows == 4


def test_one_file_at_two_moments_is_two_files(saved):
    monday = saved.profile({"tides.csv": {"level": pa.array(["1", "2"])}})[1]
    tuesday = saved.profile({"tides.csv": {"level": pa.array(["3"])}})[1]
    merged = merge(monday, tuesday)
    assert [(item.path, item.content_url) for item in merged.distributions] == [
        ("tides*.csv", "tides.csv"),
        ("tides.csv", "tides.csv"),
        ("tides~2.csv", "tides.csv"),
    ]
    assert merged.dataset_id == SavedStates.open(monday).profile.dataset_id
    assert [warning.message.split(":")[0] for warning in merged.warnings] == ["trips #1", "trips #2"]


def test_the_same_data_twice_is_told(saved):
    file = saved.profile({"tides.csv": {"level": pa.array(["1"])}})[1]
    merged = merge(file, file)
    assert merged.record_sets[0].row_count == 2
    assert codes(merged) == ["merged_from", "merged_from", "counted_twice"]


def test_what_went_in_is_recorded(saved):
    files = [saved.profile({"t.csv": {"a": pa.array([text])}}, dataset=text)[1] for text in ("one", "two")]
    merged = merge(*files)
    sources = [SavedStates.open(file) for file in files]
    assert [warning.message for warning in merged.warnings] == [
        f"{name}: dataset {source.profile.dataset_id}, 1 table, 1 row, states {source.content_sha256}."
        for name, source in zip(("one", "two"), sources, strict=True)
    ]


def test_every_document_holds_the_merged_table(saved):
    months = [saved.profile({f"trips_{month}.csv": {"id": pa.array(["1", "2"])}})[1] for month in (1, 2)]
    merged = merge(*months)
    files = cdd.cdd_document(merged)["files"]
    assert [(item["source_file"], item.get("row_count")) for item in files] == [
        ("trips_*.csv", 4),
        ("trips_1.csv", None),
        ("trips_2.csv", None),
    ]
    assert files[0]["columns"][0]["statistics"]["rowCount"] == 4
    heavy = moma.heavy_document(merged)
    (table,) = heavy["recordSet"]
    (whole,) = (item for item in heavy["distribution"] if item["@type"] == "cr:FileSet")
    assert table["field"][0]["source"]["fileSet"] == {"@id": whole["@id"]}
    assert DatasetProfile.from_document(merged.to_document()) == merged


def test_merging_is_reproducible(saved, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    files = [saved.profile({"t.csv": {"a": pa.array([text])}})[1] for text in ("1", "x")]
    results = []
    for name in ("first", "second"):
        profile = merge(*files, states=saved.folder / name)
        results.append((profile, (saved.folder / name).read_bytes()))
    assert results[0] == results[1]


def test_how_rows_were_chosen_adds_up(saved):
    def sampled(file: Path, selection: RowSelection | None) -> Path:
        source = SavedStates.open(file)
        with write_states(file) as writer:
            for table in source.tables:
                writer.add(table.path, table.as_read(), source.state(table), selection)
            writer.finish(profile)
        return file

    profile, half = saved.profile({"t.csv": {"a": pa.array(["1", "2"])}})
    sampled(half, RowSelection(rows_seen=9, rows_fulfilling=4, complete=False, sample=True))
    whole = saved.profile({"t.csv": {"a": pa.array(["3"])}})[1]
    total = saved.folder / "total.bin"
    (table,) = merge(half, whole, states=total).record_sets
    assert table.row_count == 3
    assert table.selection == RowSelection(rows_seen=10, rows_fulfilling=5, complete=False, sample=True)
    accuracy = table.fields[0].statistics.accuracy.quantiles
    assert (accuracy.method, accuracy.bound) == (Method.SAMPLE, None)
    assert SavedStates.open(total).tables[0].selection == table.selection
    assert merge(whole, whole).record_sets[0].selection is None


def test_one_profile_is_nothing_to_merge(saved):
    with pytest.raises(InvalidRequest, match="two or more"):
        merge(saved.profile({})[1])
