"""``dataset-profiler check``: what it prints, and its exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.checks.outcome import CheckReport
from airflow_provider_profiler.cli.exit_codes import ExitCode
from airflow_provider_profiler.cli.main import main


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two revisions of a small dataset."""
    folder = tmp_path_factory.mktemp("check")
    found = {}
    for name, lines in (("before", "a,b\n1,x\n2,y\n3,z\n4,z\n"), ("after", "a,c\n1,x\n2,\n")):
        (folder / name).mkdir()
        (folder / name / "t.csv").write_text(lines, encoding="utf-8")
        out = folder / f"{name}-profile"
        assert main(["profile", str(folder / name), "--out", str(out), "--quiet"]) == ExitCode.OK
        found[name] = out
    return found


@pytest.fixture
def check(
    profiles: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the command with rules; the exit code and what was printed."""

    def run(rules: Any, *options: str, profile: str = "after") -> tuple[int, str, str]:
        file = tmp_path / "rules.json"
        file.write_text(rules if isinstance(rules, str) else json.dumps(rules), encoding="utf-8")
        code = main(["check", str(profiles[profile]), str(file), *options])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


FINE = {"rule": "completeness", "columns": "a"}
BROKEN = {"rule": "completeness", "columns": "c"}
NOTHING = {"rule": "completeness", "columns": "nothing"}


@pytest.mark.parametrize(
    ("rules", "options", "code"),
    [
        ([FINE], (), ExitCode.OK),
        ([FINE, BROKEN], (), ExitCode.SOME_FAILED),
        ([FINE, NOTHING], (), ExitCode.NOTHING_CHECKED),
        ([BROKEN, NOTHING], (), ExitCode.SOME_FAILED),
        ([{**BROKEN, "severity": "warning"}], (), ExitCode.OK),
        ([{**BROKEN, "severity": "warning"}], ("--strict",), ExitCode.SOME_FAILED),
        ([{"rule": "row_count", "tolerance": 0.1}], (), ExitCode.OK),
        ([{"rule": "freshness", "of": "profile", "max_age": "1 h"}], (), ExitCode.OK),
        ([{"rule": "freshness", "of": "profile", "max_age": "1 h"}], ("--as-of", "2100-01-01"), ExitCode.SOME_FAILED),
    ],
)
def test_exit_codes(check: Callable[..., Any], rules: Any, options: tuple[str, ...], code: int) -> None:
    assert check(rules, *options)[0] == code


def test_everything_is_told(check: Callable[..., Any]) -> None:
    _, out, _ = check([FINE, BROKEN])
    lines = out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["OK      completeness", "ERROR   completeness", "2 results"]
    assert lines[-1] == "2 results: 1 OK, 1 ERROR"
    _, out, _ = check([FINE, BROKEN], "--quiet")
    assert [line[:5] for line in out.splitlines()] == ["ERROR"]


def test_json(check: Callable[..., Any]) -> None:
    _, out, _ = check([FINE, BROKEN], "--json")
    report = CheckReport.model_validate_json(out)
    assert [item.outcome.value for item in report.results] == ["OK", "ERROR"]


def test_against_an_earlier_profile(check: Callable[..., Any], profiles: dict[str, Path]) -> None:
    rules = [{"rule": "schema", "expected": "last_revision"}, {"rule": "row_count", "tolerance": "10 %"}]
    code, out, _ = check(rules, "--last", str(profiles["before"] / "profile.json"))
    assert code == ExitCode.SOME_FAILED
    assert "came: 'c'; went: 'b'" in out
    assert "has 2 rows after 4 rows in the last revision" in out
    assert check(rules, "--last", str(profiles["after"]), "--quiet") == (ExitCode.OK, "", "")


@pytest.mark.parametrize(
    ("rules", "options", "said"),
    [
        ("rules: [", (), "is not YAML"),
        ([{"rule": "nothing"}], (), "rules[0] (nothing)"),
        ([FINE], ("--as-of", "soon"), "'soon' is not a moment"),
        ([FINE], ("--last", "nowhere"), "Cannot read nowhere"),
    ],
)
def test_what_cannot_be_used(check: Callable[..., Any], rules: Any, options: tuple[str, ...], said: str) -> None:
    code, out, err = check(rules, *options)
    assert (code, out) == (ExitCode.USAGE, "")
    assert said in err


def test_files_that_are_not_there(profiles: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(profiles["after"]), "nowhere.yaml"]) == ExitCode.USAGE
    assert "Cannot read nowhere.yaml" in capsys.readouterr().err
