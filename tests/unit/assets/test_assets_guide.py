"""The guide to assets says what the code does, and its examples run."""

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_profiler.assets import ProfileFacts
from airflow_provider_profiler.triggers.profile_events import ProfileEventTrigger

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "assets.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_dags(example: str) -> None:
    created: list[DAG] = []
    original = DAG.__enter__

    def remember(dag: DAG) -> DAG:
        created.append(dag)
        return original(dag)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DAG, "__enter__", remember)
        names: dict[str, Any] = {"__name__": "example"}
        exec(compile(example, "docs/assets.md", "exec"), names)
    assert created
    for dag in created:
        assert dag.tasks
        dag.check_cycle()


def test_every_fact_is_explained() -> None:
    listed = [line.split("`")[1] for line in GUIDE.splitlines() if line.startswith("| `")]
    assert listed == [field.name for field in fields(ProfileFacts)]


def test_every_argument_of_the_trigger_is_named() -> None:
    arguments = set(inspect.signature(ProfileEventTrigger).parameters) - {"unknown"}
    sentence = GUIDE.split("`ProfileEventTrigger` takes ")[1].split(". The payload")[0]
    assert arguments <= set(re.findall(r"`(\w+)`", sentence))
