"""The commands and the code of the guide to states run, and what it names is there."""

import re
import shlex
from pathlib import Path

import pytest

from airflow_provider_profiler.cli.main import main
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.profiling import merging
from airflow_provider_profiler.profiling.stored_states.layout import HEAD, MAGIC, TAIL, VERSION

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "states.md").read_text(encoding="utf-8")
ROWS = {"01": 3, "02": 2, "03": 4}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def months(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of calls at ports by month, in the working folder."""
    for month, rows in ROWS.items():
        folder = tmp_path / "data" / f"calls-2026-{month}"
        folder.mkdir(parents=True)
        lines = [f"{month}{row},port {row}" for row in range(rows)]
        (folder / "calls.csv").write_text("\n".join(["id,port", *lines]) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_commands_run_in_their_order(months: Path) -> None:
    commands = [shlex.split(line) for block in blocks("console") for line in block.splitlines()]
    assert len(commands) == 5
    for program, *arguments in commands:
        assert program == "dataset-profiler"
        assert main([*arguments, "--quiet"]) == 0
    winter = DatasetProfile.from_document((months / "profiles" / "winter" / "profile.json").read_bytes())
    assert winter.specification.name == "Winter"
    assert [table.row_count for table in winter.record_sets] == [9]


def test_the_code_runs(months: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("python")
    exec(compile(code, "states.md", "exec"), {})
    assert capsys.readouterr().out == "3\n"
    assert (months / "winter.bin").is_file()


def test_every_warning_is_told() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in Path(merging.__file__).parent.glob("*.py"))
    given = set(re.findall(r'(?:code=|_warn\()"(\w+)"', source))
    assert set(re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE)) == given


def test_the_layout_is_that_of_the_code() -> None:
    assert f"head, {HEAD.size} bytes | `{MAGIC.decode()}`, the version of the layout (now {VERSION})" in GUIDE
    assert f"tail, {TAIL.size} bytes" in GUIDE
