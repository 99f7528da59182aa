"""The guide to quality gates says what the code does, and its example runs."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic.fields import FieldInfo

from airflow_provider_profiler.checks.loading import rules_from_text
from airflow_provider_profiler.checks.outcome import Outcome
from airflow_provider_profiler.checks.rules import AnyRule, ColumnRule, Freshness, Quality, Statistic
from airflow_provider_profiler.cli.exit_codes import ExitCode
from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.contract.profile import DataType, QualityErrorType

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "quality-gates.md").read_text(encoding="utf-8")
KINDS: dict[str, Any] = {kind.model_fields["rule"].default: kind for kind in get_args(get_args(AnyRule)[0])}
COMMON = set(ColumnRule.model_fields)


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


def rows(heading: str) -> dict[str, list[str]]:
    section = GUIDE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:3] == "| `"
    ]
    # The first row of a table may be its head.
    return {row[0].strip("`"): row[1:] for row in cells if row[0] != "`rule`"}


def shown(name: str, field: FieldInfo) -> str:
    """A field as the guide writes it."""
    default = field.default
    if field.is_required() or default is None or name == "kinds":
        return name
    word = default.value if isinstance(default, StrEnum) else default
    return f"{name}={str(word).lower() if isinstance(word, bool) else f'{word:g}' if isinstance(word, float) else word}"


def test_every_kind_of_rule_is_there_with_its_fields_and_defaults() -> None:
    told = rows("The rules")
    assert set(told) == set(KINDS)
    for name, (fields, _) in told.items():
        own = [shown(key, field) for key, field in KINDS[name].model_fields.items() if key not in COMMON | {"rule"}]
        assert re.findall(r"`([^`]+)`", fields) == own, name


def test_what_rules_select_is_there() -> None:
    told = rows("What a rule selects")
    assert set(told) == COMMON
    for name in ("files", "tables"):
        assert told[name][0].strip("`") == ColumnRule.model_fields[name].default[0]
    assert [kind for kind, rule in KINDS.items() if "columns" in rule.model_fields and not issubclass(rule, ColumnRule)]
    assert {Freshness, Quality} == {
        rule for rule in KINDS.values() if "columns" in rule.model_fields and not issubclass(rule, ColumnRule)
    }


def test_every_word_is_there() -> None:
    told = rows("The rules")
    assert all(f"`{item.value}`" in told["range"][1] for item in Statistic)
    assert all(f"`{item.name.lower()}`" in told["types"][1] for item in DataType)
    assert all(f"`{item.value}`" in told["quality"][1] for item in QualityErrorType)
    assert list(rows("Outcomes")) == [item.value for item in Outcome]


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop").mkdir()
    Path("shop/orders.csv").write_text(block("csv"), encoding="utf-8")
    Path("gate.yaml").write_text(block("yaml"), encoding="utf-8")
    assert set(KINDS) == {rule.kind for rule in rules_from_text(block("yaml")).rules}, "the example has all kinds"
    first, second, *expected = block("console").splitlines()
    assert main(first.split()[2:]) == ExitCode.OK
    capsys.readouterr()
    assert main([*second.split()[2:], "--quiet"]) == ExitCode.SOME_FAILED
    assert capsys.readouterr().out.splitlines() == expected


def test_the_exit_codes_are_those_of_the_program() -> None:
    section = GUIDE.split("| exit code |")[1].split("\n\n")[0]
    told = {int(line.split("|")[1]) for line in section.splitlines() if re.match(r"\| \d", line)}
    assert told == {ExitCode.OK, ExitCode.SOME_FAILED, ExitCode.USAGE, ExitCode.NOTHING_CHECKED}
