"""What varies in the paths of shards."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.profiling.discovery.patterns import matches_any
from airflow_provider_profiler.profiling.shards.names import common_pattern, covers, shard_path, table_name


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        ("data_2019-01.csv", "data_2019-02.csv", "data"),
        ("2019-01-data.csv", "2020-02-data.csv", "data"),
        ("sales/part-00000-8f3c2a1e-0b1c-4d5e-9f00-aabbccddeeff.parquet", "sales/part-1.parquet", "sales"),
        ("sales/part-00000-8f3c2a1e-0b1c-4d5e-9f00-aabbccddeeff-c000.snappy.parquet",
         "sales/part-00001-8f3c2a1e-0b1c-4d5e-9f00-aabbccddee00-c000.snappy.parquet", "sales"),
        ("events-3f9a0c71.jsonl", "events-a01b2c3d.jsonl", "events"),
        ("x/0.csv", "x/17.csv", "x"),
        ("1.csv", "2.csv", "table"),
        ("db/year=2019/month=01/a.csv", "db/year=2020/month=12/a.csv", "db"),
        ("year=2019/rain.csv", "year=2020/rain.csv", "rain"),
        ("log_1.csv.gz", "log_2.csv.gz", "log"),
    ],
)  # fmt: skip
def test_shards_of_one_table(one: str, other: str, name: str) -> None:
    first, second = shard_path(one), shard_path(other)
    assert first is not None
    assert second is not None
    assert (first.base, first.pattern) == (second.base, second.pattern)
    assert table_name(first.base, first.pattern, partitioned=bool(first.keys)) == name
    pattern = common_pattern([one, other])
    assert covers(pattern, one)
    assert covers(pattern, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a_1.csv", "b_1.csv"),
        ("a_1.csv", "a_1.parquet"),
        ("x/a_1.csv", "y/a_1.csv"),
        ("d/year=1/a.csv", "d/month=1/a.csv"),
        ("d/year=1/a.csv", "e/year=1/a.csv"),
        ("d/year=1/sales.csv", "d/year=1/stores.csv"),
        ("defaced.csv", "facades.csv"),
    ],
)
def test_files_of_two_tables(one: str, other: str) -> None:
    first, second = shard_path(one), shard_path(other)
    assert first is None or second is None or (first.base, first.pattern) != (second.base, second.pattern)


def test_keys_are_decoded() -> None:
    found = shard_path("d/stad%20naam=D%C3%BCsseldorf%2FS%C3%BCd/x=__HIVE_DEFAULT_PARTITION__/y=/a.csv")
    assert found is not None
    assert found.keys == (("stad naam", "Düsseldorf/Süd"), ("x", None), ("y", None))


def test_folders_around_an_archive_are_no_keys() -> None:
    found = shard_path("year=1.zip/b=2/a.csv", within="year=1.zip")
    assert found is not None
    assert (found.base, found.keys) == ("year=1.zip", (("b", "2"),))


@given(
    st.lists(st.lists(st.text("ab1[*?]=-_.", min_size=1, max_size=8), min_size=3, max_size=3), min_size=1, max_size=5)
)
def test_a_pattern_covers_its_paths_in_every_reading_of_it(paths: list[list[str]]) -> None:
    joined = ["/".join(parts) for parts in paths]
    pattern = common_pattern(joined)
    for path in joined:
        assert covers(pattern, path)
        assert matches_any(path, (f"/{pattern}",))
    assert not covers(pattern, joined[0] + "/more")


def test_patterns_are_tight() -> None:
    assert common_pattern(["a/x_2019-01.csv", "a/x_2019-02.csv"]) == "a/x_2019-*.csv"
    assert common_pattern(["a[1]/b"]) == "a[[]1]/b"
    assert not re.search("\0", common_pattern(["y=1/a_1.csv", "y=2/a_2.csv"]))
