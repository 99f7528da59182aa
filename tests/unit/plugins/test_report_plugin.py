"""The plugin, as Airflow finds and loads it."""

import ast
import asyncio
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from airflow_provider_profiler.plugins import mounting, report_pages
from airflow_provider_profiler.plugins.mounting import ReportPages
from airflow_provider_profiler.plugins.report_pages import PREFIX, ReportPlugin


def test_airflow_finds_it() -> None:
    (found,) = [point for point in entry_points(group="airflow.plugins") if point.name == ReportPlugin.name]
    assert found.load() is ReportPlugin


def test_links_are_relative() -> None:
    destinations = {view["destination"]: view["href"] for view in ReportPlugin.external_views}
    assert set(destinations) == {"task_instance", "dag_run", "nav"}
    assert all(href.startswith(f"{PREFIX}/") for href in destinations.values()), "so that they lie below any base path"
    routes = [view["url_route"] for view in ReportPlugin.external_views]
    assert len(set(routes)) == len(routes)


def test_loading_it_loads_nothing_else() -> None:
    """Airflow loads it in every task; the test of the rooms' imports looks for the heaviest names alone."""
    imported = set()
    for module in (report_pages, mounting):
        for node in ast.parse(Path(str(module.__file__)).read_text("utf-8")).body:
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module)
    assert imported == {"logging", "collections.abc", "typing", "airflow.sdk.plugins_manager", mounting.__name__}


def test_pages_that_cannot_be_made_fail_alone(monkeypatch) -> None:
    from airflow_provider_profiler.plugins import app

    def fail() -> None:
        raise ImportError("another Airflow")

    monkeypatch.setattr(app, "make_app", fail)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    asyncio.run(ReportPages()({"type": "http"}, receive, send))
    assert sent[0]["status"] == 503
    assert b"version of Airflow" in sent[1]["body"]
