"""The guide to the report: its pages are there, and its code shows one."""

import re
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.profiling import Profile
from airflow_provider_profiler.service.signed_links import LINK_SECONDS
from tests.unit.docs.fences import ROOT, blocks
from tests.unit.docs.service_description import paths

GUIDE = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")


def pages() -> dict[str, dict[str, Any]]:
    return {
        path: operations["get"]
        for path, operations in paths().items()
        if "pages" in operations.get("get", {}).get("tags", ())
    }


def test_every_page_of_the_service_is_listed_and_no_other() -> None:
    assert set(re.findall(r"^\| `(/profiler/[^`]*)` \|", GUIDE, re.MULTILINE)) == set(pages())


def test_what_pages_are_asked_for_is_told() -> None:
    signed = {"expires", "client", "signature"}
    for path, operation in pages().items():
        asked = {item["name"] for item in operation["parameters"] if item["in"] == "query"} - signed - {"offset"}
        row = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{path}` |"))
        assert asked <= set(re.findall(r"`(\w+)`", row)), path
    assert LINK_SECONDS == 5 * 60
    assert "five minutes" in GUIDE


def test_a_notebook_shows_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "harbour").mkdir()
    (tmp_path / "harbour" / "ports.csv").write_text("port,price\nSyros,12.5\nNaxos,9\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    shown, written = blocks("report.md", "python")
    exec(shown, names)
    assert shown.rstrip().endswith("\nports")
    assert isinstance(names["ports"], Profile)
    assert "<iframe" in names["ports"]._repr_html_()
    exec(written, names)
    assert "Syros" in Path("harbour.html").read_text(encoding="utf-8")
