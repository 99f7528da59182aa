"""Flags of the command line as options of a profile."""

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.cli.profile_options import options_of_flags
from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.options import ProfileOptions, SamplingOptions
from airflow_provider_profiler.contract.profile import DatasetProfile


def test_no_flags_are_the_defaults() -> None:
    assert options_of_flags() == ProfileOptions()


def test_flags() -> None:
    options = options_of_flags(
        columns=["a, b*", "c"],
        where="a > 1",
        sample="random:50",
        row_limit=20,
        encoding="cp1253",
        delimiter="tab",
        workers=3,
    )
    assert options.selection.columns == ("a", "b*", "c")
    assert options.selection.where == "a > 1"
    assert options.sampling == SamplingOptions(method="random", rows=50, row_limit=20)
    assert (options.reading.encoding, options.reading.delimiter) == ("cp1253", "\t")
    assert options.execution.max_workers == 3


@pytest.mark.parametrize(
    ("text", "sampling"),
    [
        ("full", {}),
        ("head:10", {"method": "head", "rows": 10}),
        ("nth:3", {"method": "nth", "n": 3}),
        ("percent:2.5", {"method": "percent", "percent": 2.5}),
    ],
)
def test_samples(text: str, sampling: dict[str, Any]) -> None:
    assert options_of_flags(sample=text).sampling == SamplingOptions(**sampling)


def test_flags_win_over_the_document(tmp_path: Path) -> None:
    document = {
        "sampling": {"method": "nth", "n": 2, "row_limit": 5, "seed": 7},
        "reading": {"delimiter": ";", "header": False},
        "statistics": {"top_values": 3},
    }
    file = tmp_path / "options.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    for given in (json.dumps(document), str(file)):
        options = options_of_flags(given, sample="random:9", delimiter=",")
        assert options.sampling == SamplingOptions(method="random", rows=9, row_limit=5, seed=7)
        assert (options.reading.delimiter, options.reading.header) == (",", False)
        assert options.statistics.top_values == 3


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"sample": "some"}, "head:1000"),
        ({"sample": "head"}, "head:1000"),
        ({"sample": "head:x"}, "head:1000"),
        ({"sample": "head:0"}, "sampling.rows"),
        ({"sample": "full:1"}, "head:1000"),
        ({"sample": "percent:nan"}, "sampling.percent"),
        ({"document": "{"}, "is not JSON"),
        ({"document": "/no/such/file.json"}, "cannot be read"),
        ({"document": '{"sampling": 1}', "row_limit": 1}, "'sampling'"),
        ({"document": '{"sampling": 1}'}, "sampling"),
        ({"document": '{"colour": 1}'}, "colour"),
        ({"where": " "}, "selection.where"),
        ({"encoding": "klingon"}, "reading.encoding"),
        ({"delimiter": "ab"}, "reading.delimiter"),
        ({"row_limit": 0}, "sampling.row_limit"),
        ({"workers": 0}, "execution.max_workers"),
    ],
)
def test_what_does_not_fit_is_named(flags: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        options_of_flags(flags.pop("document", ""), **flags)
    assert said in str(refused.value)


def test_files_that_hold_no_options(tmp_path: Path) -> None:
    for content in (b"[1]", b"\xff", b"[" * 100_000):
        (tmp_path / "options.json").write_bytes(content)
        with pytest.raises(InvalidRequest, match=r"options\.json"):
            options_of_flags(str(tmp_path / "options.json"))


def test_a_profile_of_some_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "harbour"
    folder.mkdir()
    (folder / "ports.csv").write_text(
        "name;price;note\n" + "".join(f"p{number % 3};{number};x\n" for number in range(100)), encoding="utf-8"
    )
    arguments = ["profile", str(folder), "--out", str(tmp_path / "out"), "--columns", "name,price"]
    assert main([*arguments, "--where", "price >= 10", "--sample", "nth:9", "--row-limit", "7"]) == 0
    assert "7 rows of 100 (a sample), 2 columns" in capsys.readouterr().out
    profile = DatasetProfile.from_document((tmp_path / "out" / "profile.json").read_bytes())
    assert profile.record_sets[0].examples[0] == ("p1", 10)
    assert profile.options.selection.where == "price >= 10"
    heavy = json.loads((tmp_path / "out" / "moma_profile_heavy.json").read_bytes())
    assert heavy["recordSet"][0]["dg:rowSelection"] == {
        "dg:rowsSeen": 100, "dg:rowsFulfilling": 90, "dg:complete": True, "dg:sample": True
    }  # fmt: skip


@pytest.mark.parametrize("flag", [["--where", "a = (SELECT 1)"], ["--sample", "x"], ["--columns", "nothing"]])
def test_refusals_are_wrong_usage(tmp_path: Path, flag: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    assert main(["profile", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out"), *flag]) == 2
    assert "Traceback" not in capsys.readouterr().err
