"""Which tables are taken for one."""

import pytest

from airflow_provider_profiler.contract.profile import Reading
from airflow_provider_profiler.profiling.formats import stem_of
from airflow_provider_profiler.profiling.merging.matching import match_tables
from airflow_provider_profiler.profiling.stored_states.layout import StoredColumn, StoredTable


def table(path: str, columns: str = "abcd", name: str | None = None) -> StoredTable:
    return StoredTable(
        path=path,
        name=stem_of(path.rpartition("/")[2]) if name is None else name,
        columns=tuple(
            StoredColumn(name=column, original_name=column, physical_type="text", textual=True) for column in columns
        ),
        reading=Reading(reader="delimited"),
        rows=1,
        offset=16,
        lengths=(0,) * (1 + len(columns)),
        sha256="0" * 64,
    )


def matched(*profiles: list[StoredTable]) -> list[list[str]]:
    groups = match_tables(profiles).groups
    return [[f"{place.profile}:{profiles[place.profile][place.table].path}" for place in group] for group in groups]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("trips.csv", "trips.csv"),
        ("2019/trips.csv", "2020/trips.csv"),
        ("trips_2019-01.csv", "trips_2019-02.csv"),
        ("trips_2019-*.csv", "trips_2019-03.csv"),
        ("trips_*.csv", "trips_3.csv"),
        ("2019-01-trips.csv", "2019-12-trips.csv"),
        ("a/trips.csv", "trips_2.csv"),
        ("2019.csv", "2020.csv"),
    ],
)
def test_tables_that_go_together_by_their_names(one, other):
    beside = table("other.csv", "xyz")
    assert matched([table(one), beside], [table(other)]) == [[f"0:{one}", f"1:{other}"], ["0:other.csv"]]


@pytest.mark.parametrize(("one", "other"), [("trips.csv", "ports.csv"), ("trips.csv", "tripsters.csv")])
def test_tables_of_other_names_stand_for_themselves(one, other):
    beside = table("other.csv", "xyz")
    assert matched([table(one), beside], [table(other)]) == [[f"0:{one}"], ["0:other.csv"], [f"1:{other}"]]


def test_the_only_tables_go_together_by_their_columns():
    assert matched([table("january.csv")], [table("february.csv", "dcba")], [table("march.csv")]) == [
        ["0:january.csv", "1:february.csv", "2:march.csv"]
    ]
    assert len(matched([table("january.csv")], [table("february.csv", "abc")])) == 2
    assert len(matched([table("january.csv")], [table("february.csv"), table("other.csv", "xyz")])) == 3


def test_a_closer_name_wins():
    first = [table("a/trips_1.csv"), table("trips_2.csv")]
    assert matched(first, [table("trips_2.csv")]) == [["0:a/trips_1.csv"], ["0:trips_2.csv", "1:trips_2.csv"]]


def test_what_could_be_meant_by_several_tables_is_not_guessed():
    first = [table("trips_1.csv"), table("trips_2.csv")]
    assert len(matched(first, [table("trips_3.csv")])) == 3
    assert len(matched([table("trips_3.csv")], first)) == 3


def test_columns_may_come_and_go_but_not_most_of_them():
    years = [[table("trips.csv", columns)] for columns in ("abcd", "bcde", "cdef", "defg")]
    assert len(matched(*years)) == 1
    result = match_tables([[table("data.csv", "abcd")], [table("data.csv", "dxyz")]])
    assert len(result.groups) == 2
    assert result.notes == ("data.csv and data.csv were kept apart: they share less than half of their columns",)


def test_tables_of_one_file_are_told_apart():
    books = [[table("book.xlsx", "ab", "ports"), table("book.xlsx", "ab", "ferries")] for _ in range(2)]
    result = match_tables(books)
    assert [[(place.profile, place.table) for place in group] for group in result.groups] == [
        [(0, 0), (1, 0)],
        [(0, 1), (1, 1)],
    ]


def test_nothing_is_lost():
    profiles = [[table("a.csv"), table("b.csv", "xyz")], [], [table("c.csv", "uvw"), table("a.csv")]]
    assert matched(*profiles) == [["0:a.csv", "2:a.csv"], ["0:b.csv"], ["2:c.csv"]]
