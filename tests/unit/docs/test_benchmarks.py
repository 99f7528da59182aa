"""The guide to the benchmark names targets, options, inputs and contenders that exist."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.contenders.contender import CONTENDERS
from benchmarks.inputs import SCALES

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def first_column(section: str) -> set[str]:
    text = GUIDE.split(f"## {section}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_make_knows_the_target_and_its_variables() -> None:
    assert re.search(r"^bench:", MAKEFILE, re.MULTILINE)
    used = set(re.findall(r"^make bench (\w+)=", GUIDE, re.MULTILINE))
    assert used == {"SCALE", "ONLY", "DATA"}
    recipe = MAKEFILE.split("\nbench:")[1].split("\n\n")[0]
    assert all(f"$({name})" in recipe for name in used)


def test_the_command_knows_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    options = set(re.findall(r"`(--[a-z-]+)`", GUIDE))
    assert len(options) >= 6
    assert all(option in told for option in options)


def test_all_contenders_are_described() -> None:
    assert first_column("Contenders") == set(CONTENDERS)


def test_all_inputs_are_described() -> None:
    patterns = first_column("Inputs")
    names = {item.name for inputs in SCALES.values() for item in inputs}
    assert all(any(fnmatch(name, pattern) for pattern in patterns) for name in names)
    assert all(any(fnmatch(name, pattern) for name in names) for pattern in patterns)
