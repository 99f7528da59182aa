"""Every fenced block of the guides and the README is run, parsed or compared by a test."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from airflow.sdk import DAG

from tests.unit.docs.commands import check
from tests.unit.docs.fences import GUIDES, ROOT, Fence, commands_in, fences_of

#: Blocks that need more than this module gives them (data beside them, a service, what they are to print), and the test
#: that sees to all of their kind in their guide.
ELSEWHERE = {
    ("README.md", "python"): "tests/unit/docs/test_readme.py",
    ("documents.md", "python"): "tests/unit/render/croissant/test_croissant.py",
    ("faq.md", "text"): "tests/unit/docs/test_faq.py",
    ("library.md", "python"): "tests/unit/docs/test_library.py",
    ("operating.md", "promql"): "tests/unit/docs/test_operating_guide.py",
    ("operating.md", "text"): "tests/unit/docs/test_operating_guide.py",
    ("quality-gates.md", "csv"): "tests/unit/docs/test_quality_gates.py",
    ("report.md", "python"): "tests/unit/docs/test_report_guide.py",
    ("service.md", "text"): "tests/unit/docs/test_service_guide.py",
    ("states.md", "python"): "tests/unit/docs/test_states_guide.py",
    ("tutorial.md", "csv"): "tests/unit/docs/test_tutorial.py",
}
FENCES = [fence for guide in GUIDES for fence in fences_of(guide)]


def of_kind(*kinds: str) -> list[Any]:
    here = [fence for fence in FENCES if fence.kind in kinds and (fence.guide, fence.kind) not in ELSEWHERE]
    return [pytest.param(fence, id=str(fence)) for fence in here]


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    here = {"console", "json", "python", "yaml"}
    left_out = [str(fence) for fence in FENCES if fence.kind not in here and (fence.guide, fence.kind) not in ELSEWHERE]
    assert not left_out, f"say of what kind these are, or which test sees to them: {left_out}"


def test_what_is_seen_to_elsewhere_is() -> None:
    found = {(fence.guide, fence.kind) for fence in FENCES}
    for (guide, kind), test in ELSEWHERE.items():
        assert (guide, kind) in found, f"{guide} has no block of {kind} any more"
        source = (ROOT / test).read_text(encoding="utf-8")
        assert guide in source, f"{test} does not read {guide}"
        assert kind in source, f"{test} does not take the {kind} of {guide}"


@pytest.mark.parametrize("fence", of_kind("console"))
def test_commands_can_be_typed(fence: Fence) -> None:
    found = list(commands_in(fence.text))
    assert found
    for command in found:
        check(command)


@pytest.mark.parametrize(
    "command",
    [
        "dataset-profiler profile a --no-such-option",
        "dataset-profiler nothing a",
        "dataset-profiler compare only-one",
        "curl -s http://127.0.0.1:4557/profiler/nothing",
        "curl -s 'http://127.0.0.1:4557/profiler/jobs?nothing=1'",
        "curl -s -X POST http://127.0.0.1:4557/profiler/jobs",
        """curl -s http://127.0.0.1:4557/profiler/links -d '{"nothing": 1}'""",
        "curl -s https://elsewhere.example.org/profiler/jobs",
        "make nothing",
        "make demo NOTHING=1",
        "pip install 'airflow-provider-profiler[nothing]'",
        "docker compose exec nothing airflow",
        "export PROFILER_NOTHING=1",
        "PROFILER_NOTHING=1 dataset-profiler settings",
        "python3 docker/nothing.py",
        "python3 -m benchmarks.nothing",
        "nothing",
    ],
)
def test_commands_of_what_is_not_there_are_seen(command: str) -> None:
    (found,) = commands_in(command)
    with pytest.raises(Exception, match=r".") as raised:
        check(found)
    assert type(raised.value).__name__ in {"AssertionError", "NoSuchOption", "UsageError", "MissingParameter"} | {
        "ValidationError",
        "ModuleNotFoundError",
    }


@pytest.mark.parametrize("fence", of_kind("json"))
def test_json_is_json(fence: Fence) -> None:
    assert json.loads(fence.text)


@pytest.mark.parametrize("fence", of_kind("yaml"))
def test_yaml_is_yaml(fence: Fence) -> None:
    assert yaml.safe_load(fence.text)


@pytest.mark.parametrize("fence", of_kind("python"))
def test_code_runs(fence: Fence, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What makes DAGs makes good ones; what does not runs by itself."""
    monkeypatch.chdir(tmp_path)
    created: list[DAG] = []
    enter = DAG.__enter__
    monkeypatch.setattr(DAG, "__enter__", lambda dag: (created.append(dag), enter(dag))[1])
    exec(compile(fence.text, str(fence), "exec"), {"__name__": "example"})
    assert created or "DAG(" not in fence.text
    for dag in created:
        assert dag.tasks
        dag.check_cycle()
