"""The command, from the making of an input to the report."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main


def test_a_report_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["--only", "taxi_1k.csv", "--contenders", "us", "floor-threads", "--repeats", "1"]
    assert main(["--scale", "small", "--work", str(tmp_path), *chosen]) == 0
    text = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    assert "| taxi_1k.csv | a small file in a running process |" in text
    document = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    (item,) = document["inputs"]
    us, floor = item["runs"]
    assert (item["rows"], len(us["measurements"][0]["wall_seconds"])) == (1_000, 20)
    assert us["against_floor"] == us["wall_seconds"] / floor["wall_seconds"]
    assert item["accuracy"]["us"]["extremes_wrong"] == 0
    assert document["environment"]["Python"] == sys.version.split()[0]


def test_inputs_are_listed_and_nothing_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--only", "taxi", "*wide*", "--work", str(tmp_path / "work")]) == 0
    listed = capsys.readouterr().out.split()
    assert "taxi_30m.csv" in listed
    assert "wide_20k.csv" in listed
    assert "strings_5m.csv" not in listed
    assert not (tmp_path / "work").exists()


def test_a_pattern_that_matches_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "sea"]) == 2
    assert "--only sea matches no input" in capsys.readouterr().err
