"""The site: every guide has a place in it, the reference has every public name, nothing comes from outside."""

import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import yaml

from airflow_provider_profiler.get_provider_info import get_provider_info
from tests.unit.docs.fences import GUIDES, ROOT

SITE = ROOT / "docs" / "site"
ROOMS = ("assets", "decorators", "hooks", "notifications", "operators", "sensors", "triggers")


CONFIG: dict[str, Any] = yaml.safe_load((SITE / "mkdocs.yml").read_text(encoding="utf-8"))


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_site_{name}", SITE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    return module("reference")


def places(navigation: Any) -> list[str]:
    if isinstance(navigation, str):
        return [navigation]
    inner = navigation.values() if isinstance(navigation, dict) else navigation
    return [place for item in inner for place in places(item)]


def test_every_guide_has_a_place_in_the_navigation() -> None:
    found = [str(guide.relative_to(ROOT / "docs")) for guide in GUIDES if guide.name != "README.md"]
    made = [f"reference/{name}.md" for name in ("airflow", "python", "http", "command-line", "measured")]
    assert sorted(places(CONFIG["nav"])) == sorted(found + made)
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert {name for name in found if f"]({name}" not in index} == {"index.md"}


def test_whatever_dags_and_guides_import_of_the_provider_is_in_the_reference(reference: ModuleType) -> None:
    listed = {name for names in reference.AIRFLOW.values() for name in names}
    imported = re.compile(rf"from airflow_provider_profiler\.((?:{'|'.join(ROOMS)})[\w.]*) import (\w+(?:, \w+)*)")
    found = set()
    for path in (*GUIDES, *(ROOT / "dags").glob("*.py")):
        for module_name, names in imported.findall(path.read_text(encoding="utf-8")):
            home = importlib.import_module(f"airflow_provider_profiler.{module_name}")
            for name in names.split(", "):
                value = getattr(home, name)
                if callable(value):  # a constant says all there is by its value
                    found.add(f"{value.__module__.removeprefix('airflow_provider_profiler.')}.{name}")
    assert {name.split(".")[0] for name in found} >= {"assets", "hooks", "notifications", "operators", "sensors"}
    missing = {name for name in found if not {name, name.rpartition(".")[0]} & listed}
    assert missing == set()


def test_every_module_that_airflow_is_told_of_is_in_the_reference(reference: ModuleType) -> None:
    listed = {name.rpartition(".")[0] for names in reference.AIRFLOW.values() for name in names}
    told = get_provider_info()
    modules = [
        name.removeprefix("airflow_provider_profiler.")
        for kind in ("operators", "sensors", "hooks")
        for integration in told[kind]
        for name in integration["python-modules"]
    ]
    assert len(modules) == 9
    assert set(modules) <= listed


def test_every_public_name_of_the_engine_is_in_the_reference(reference: ModuleType) -> None:
    package = importlib.import_module("airflow_provider_profiler.profiling")
    listed = {name for names in reference.PYTHON.values() for name in names}
    assert {f"profiling.{home}.{name}" for name, home in package._MODULES.items()} <= listed
    assert set(package._MODULES) == set(package.__all__)


def test_every_route_and_command_is_in_the_reference(reference: ModuleType) -> None:
    page = reference.http_page()
    described = importlib.import_module("http_routes").description()
    assert set(re.findall(r"^### `(.+)`$", page, re.MULTILINE)) == {
        f"{method.upper()} {path}" for path, operations in described["paths"].items() for method in operations
    }
    for operations in described["paths"].values():
        for operation in operations.values():
            assert all(f"| `{item['name']}` |" in page for item in operation.get("parameters", ()))
    page = reference.command_line_page()
    for name, command in importlib.import_module("command_line").commands().items():
        section = page.split(f"\n## `dataset-profiler {name}")[1].split("\n## ")[0]
        options = [item for item in command.params if item.param_type_name == "option" and item.name != "help"]
        assert all(f"`{' '.join(item.opts)}`" in section for item in options)


def test_what_was_measured_is_a_page(tmp_path: Path) -> None:
    page = module("measured").measured_page
    guide = (SITE.parent / "benchmarks.md").read_text(encoding="utf-8")
    never = page(tmp_path, guide)
    assert never.count("was not run") == 3
    for words in ("figures of a run elsewhere", "## Figures of one run", "two processors", "`make bench` on", "0.57 ×"):
        assert words in never
    assert "## Inputs" not in never
    (tmp_path / "results.md").write_text("# Benchmark\n\n## Targets\n\n1 met.\n", encoding="utf-8")
    shown = page(tmp_path, guide)
    assert "0.57 ×" not in shown, "what was run here takes its place"
    assert re.findall(r"^#.*$", shown, re.MULTILINE) == ["# Measured", "## Benchmark", "### Targets"]
    assert "Written by `make bench` at 20" in shown


def test_nothing_is_loaded_from_elsewhere() -> None:
    assert CONFIG["theme"]["font"] is False
    assert CONFIG["strict"] is True
    assert "analytics" not in CONFIG.get("extra", {})
    assert not [place for place in CONFIG.get("extra_javascript", []) + CONFIG.get("extra_css", []) if "//" in place]


def test_links_that_lead_out_become_words() -> None:
    shown = module("pages").on_page_markdown
    guide: Any = SimpleNamespace(file=SimpleNamespace(src_uri="faq.md"))
    assert shown("[a](https://example.org/x) [b](../Makefile) [c](ray.md#x)", page=guide) == "a b [c](ray.md#x)"
    made: Any = SimpleNamespace(file=SimpleNamespace(src_uri="reference/http.md"))
    assert shown("[a](../faq.md) [b](#x) [c](../../Makefile)", page=made) == "[a](../faq.md) [b](#x) c"


def test_links_of_the_guides_lead_somewhere() -> None:
    """The site's build sees anchors too; this one is there for every change."""
    for guide in GUIDES:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", guide.read_text(encoding="utf-8")):
            assert (guide.parent / target).exists(), f"{guide.name}: {target}"
