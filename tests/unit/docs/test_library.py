"""The examples of the guides to the library and to the options run, and the options they name are all there are."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from airflow_provider_profiler.contract.options import ProfileOptions, read_options

DOCS = Path(__file__).resolve().parents[3] / "docs"
LIBRARY = (DOCS / "library.md").read_text(encoding="utf-8")
OPTIONS = (DOCS / "options.md").read_text(encoding="utf-8")


def test_the_library_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "harbour").mkdir()
    (tmp_path / "harbour" / "ports.csv").write_text("port,price\nSyros,12.5\nNaxos,9\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", LIBRARY, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(block, names)
    assert (tmp_path / "profiles" / "harbour" / "profile.json").is_file()


def test_the_options_guide_names_every_option() -> None:
    for name, field in ProfileOptions.model_fields.items():
        section = field.annotation
        assert isinstance(section, type)
        assert issubclass(section, BaseModel)
        assert f"| `{name}` |" in OPTIONS
        if name == "reading":  # has a guide of its own
            continue
        for option in section.model_fields:
            assert f"`{option}`" in OPTIONS, f"{name}.{option}"


def test_the_examples_are_options() -> None:
    for block in re.findall(r"```json\n(.*?)```", OPTIONS, re.DOTALL):
        assert read_options(json.loads(block)).selection.where
