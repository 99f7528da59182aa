"""Glob patterns stay within segments, but for the double star."""

import pytest

from airflow_provider_profiler.profiling.discovery.patterns import matches_any


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*.csv", ["a.csv", "x/y/a.csv", ".csv"], ["a.csv.gz", "a.csv/b"]),
        ("/*.csv", ["a.csv"], ["x/a.csv"]),
        ("x/*.csv", ["x/a.csv"], ["x/y/a.csv", "z/x/a.csv"]),
        ("x/**", ["x/a", "x/y/a"], ["x", "xy/a"]),
        ("x/", ["x/a", "x/y/a"], ["y/x/a"]),
        ("**/raw/*", ["raw/a", "x/y/raw/a"], ["raw/x/a", "draw/a"]),
        ("x/**/a", ["x/a", "x/y/z/a"], ["a", "x/ya"]),
        ("a?.csv", ["ab.csv"], ["a.csv", "a/.csv"]),
        ("[ab].csv", ["a.csv", "b.csv"], ["c.csv"]),
        ("[!ab].csv", ["c.csv"], ["a.csv", "/.csv"]),
        ("[].csv", ["[].csv"], [".csv"]),
        ("a+(b).csv", ["a+(b).csv"], ["aab.csv"]),
        ("[z-a]", ["[z-a]"], ["z"]),
        ("Ä*", ["Äpfel"], ["Apfel"]),
    ],
)
def test_patterns(pattern: str, matching: list[str], other: list[str]) -> None:
    assert [path for path in matching if not matches_any(path, [pattern])] == []
    assert [path for path in other if matches_any(path, [pattern])] == []


def test_no_pattern_matches_nothing() -> None:
    assert not matches_any("a", [])


def test_many_stars_take_no_longer() -> None:
    assert not matches_any("0" * 200, ["*0" * 20 + "1"])
    assert not matches_any("0/" * 100, ["**/0/" * 20 + "1"])
    assert matches_any("0" * 200, ["*0" * 20])


@pytest.mark.parametrize(
    ("pattern", "path", "matching"),
    [
        ("***", "a/b", True),
        ("****/a", "b/a", True),
        ("****/a", "a", True),
        ("***/a", "a", False),
        ("a**c", "a/b/c", True),
    ],
)
def test_stars_that_follow_each_other(pattern: str, path: str, matching: bool) -> None:
    assert matches_any(path, [f"/{pattern}"]) is matching
