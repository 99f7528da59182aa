"""Two profiles side by side: what came, went and changed, and how far distributions moved."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.checks.comparison import compare
from airflow_provider_profiler.checks.distance import distance
from airflow_provider_profiler.contract.drift import Presence
from airflow_provider_profiler.contract.profile import DataType
from airflow_provider_profiler.profiling import profile
from airflow_provider_profiler.render.report import comparison_chunks
from tests.unit.render.any_profiles import any_profiles

_numbers = st.lists(st.integers(-1000, 1000) | st.floats(-1e6, 1e6, width=32), min_size=1, max_size=200)


def statistics_of(values):
    import pyarrow as pa

    table = pa.table({"value": pa.array([float(value) for value in values])})
    return profile(table).model.record_sets[0].fields[0].statistics


def ks(one, other) -> float:
    """The statistic of two samples, by its definition."""
    places = np.sort(np.concatenate([one, other]))
    shares = [np.searchsorted(np.sort(side), places, side="right") / len(side) for side in (one, other)]
    return float(np.max(np.abs(shares[0] - shares[1])))


@settings(max_examples=40, deadline=None)
@given(one=_numbers, other=_numbers)
def test_numbers_are_never_said_to_be_further_apart_than_they_are(one, other):
    sides = statistics_of(one), statistics_of(other)
    found = distance(*sides)
    assert found == distance(*reversed(sides))
    assert found is not None
    assert 0 <= found <= ks([float(value) for value in one], [float(value) for value in other]) + 1e-9
    assert distance(sides[0], sides[0]) == 0


def test_all_values_listed_are_compared_as_they_are():
    one, other = [1.0] * 30 + [5.0] * 70, [1.0] * 55 + [2.0] * 5 + [5.0] * 40
    assert distance(statistics_of(one), statistics_of(other)) == pytest.approx(ks(one, other))


def test_numbers_far_apart():
    low, high = statistics_of(range(1000)), statistics_of(range(5000, 6000))
    assert distance(low, high) == 1


def of_rows(tmp_path, name: str, text: str):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "orders.csv").write_text(text, "utf-8")
    return profile(folder).model


HEAD = "id,country,price,old\n"


@pytest.fixture
def two(tmp_path):
    rows = [f"{n},{'PT' if n % 4 else 'IE'},{n % 50}.5,x\n" for n in range(1, 401)]
    later = [f"{n},{'PT' if n % 4 == 0 else 'IE'},{'' if n % 3 else f'{n % 50}.5'},{n}\n" for n in range(1, 501)]
    return of_rows(tmp_path, "a", HEAD + "".join(rows)), of_rows(
        tmp_path, "b", "id,country,price,new\n" + "".join(later)
    )


def test_what_changed(two):
    found = compare(*two)
    [table] = found.tables
    assert (table.presence, table.changes) == (Presence.CHANGED, ("400 rows became 500 (+25.0%)",))
    columns = {column.name: column for column in table.columns}
    assert [columns[name].presence for name in ("id", "country", "price", "old", "new")] == [
        *(Presence.CHANGED, Presence.CHANGED, Presence.CHANGED),
        *(Presence.REMOVED, Presence.ADDED),
    ]
    assert "missing values went from 0.0% to 66.8%" in columns["price"].changes
    assert columns["country"].distance == pytest.approx(0.5)
    assert "the distribution moved by 50%" in columns["country"].changes
    assert found.files.changed == ("orders.csv",)


def test_the_other_way_round(two):
    there, back = compare(*two), compare(*reversed(two))
    opposite = {Presence.ADDED: Presence.REMOVED, Presence.REMOVED: Presence.ADDED}
    turned = {column.name: opposite.get(column.presence, column.presence) for column in there.tables[0].columns}
    assert turned == {column.name: column.presence for column in back.tables[0].columns}


def test_a_file_of_another_month_is_the_same_table(tmp_path):
    profiles = []
    for month in ("2024-01", "2024-02"):
        folder = tmp_path / month
        folder.mkdir()
        (folder / f"trips-{month}.csv").write_text("id,fare\n" + "".join(f"{n},{n % 7}\n" for n in range(50)), "utf-8")
        profiles.append(profile(folder).model)
    [table] = compare(*profiles).tables
    assert (table.presence, table.changed_columns) == (Presence.SAME, 0)


def test_tables_of_one_name_are_not_guessed(tmp_path):
    profiles = []
    for name, folders in (("one", "ab"), ("two", "cd")):
        for part in folders:
            (tmp_path / name / part).mkdir(parents=True)
            (tmp_path / name / part / "t.csv").write_text(f"{part}1,{part}2\n1,2\n2,3\n", "utf-8")
        profiles.append(profile(tmp_path / name).model)
    assert [table.presence for table in compare(*profiles).tables] == [Presence.REMOVED] * 2 + [Presence.ADDED] * 2


def test_another_type_is_told_and_not_measured(tmp_path):
    number, text = of_rows(tmp_path, "n", "v\n1\n2\n3\n"), of_rows(tmp_path, "t", "v\na\nb\nc\n")
    [column] = compare(number, text).tables[0].columns
    assert (column.before.data_type, column.after.data_type) == (DataType.INTEGER, DataType.TEXT)
    assert column.distance is None
    assert "Integer became Text" in column.changes


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(one=any_profiles(), other=any_profiles())
def test_any_two_profiles(one, other):
    page = b"".join(comparison_chunks(compare(one, other)))
    assert page.count(b"<script>") == 1
    tables = compare(one, other).tables
    assert sum(table.before is not None for table in tables) == len(one.record_sets)
    assert sum(table.after is not None for table in tables) == len(other.record_sets)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(one=any_profiles())
def test_a_profile_and_itself(one):
    # Names that stand twice in one table or dataset are no names.
    assume(len({(item.path, item.name) for item in one.record_sets}) == len(one.record_sets))
    assume(all(len({field.name for field in item.fields}) == len(item.fields) for item in one.record_sets))
    assert not compare(one, one).changed
