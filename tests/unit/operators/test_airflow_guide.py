"""The guide for DAG authors says what the code does, and its examples run."""

import inspect
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.get_provider_info import get_provider_info
from airflow_provider_profiler.hooks import errors
from airflow_provider_profiler.hooks.address import service_address
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.operators import publication
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "airflow.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_dags(example: str) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    created: list[DAG] = []
    original = DAG.__enter__

    def remember(dag: DAG) -> DAG:
        created.append(dag)
        return original(dag)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DAG, "__enter__", remember)
        exec(compile(example, "docs/airflow.md", "exec"), names)
    assert created
    for dag in created:
        assert dag.tasks
        dag.check_cycle()
        for task in dag.tasks:
            if isinstance(task, ProfileDatasetOperator):
                ProfileOptions.model_validate(task.options or {})
                if task.specification:
                    ProfileSpecification.model_validate(task.specification)
                elif task.metadata:
                    ProfileSpecification.for_path("x", **task.metadata)


def test_the_connection_as_text_is_a_connection() -> None:
    (text,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    fields = json.loads(text)
    assert fields.pop("conn_type") == ProfilerHook.conn_type
    nothing = {"schema": None, "login": None, "port": None}
    address = service_address(SimpleNamespace(conn_id="c", extra_dejson=fields.pop("extra"), **nothing, **fields))
    assert (address.base_url, address.token, address.timeout[1]) == ("https://profiler.example.org", "<token>", 60)


def rows(heading: str) -> list[str]:
    section = re.split(r"\n#{2,3} ", GUIDE.split(f"# {heading}\n")[1])[0]
    return [line.split("|")[1] for line in section.splitlines() if line.startswith("| `") and "[profiler]" not in line]


def test_every_error_is_explained_and_no_other() -> None:
    listed = {name for cell in rows("Errors") for name in re.findall(r"`(\w+)`", cell)}
    defined = {
        name for name, item in vars(errors).items() if inspect.isclass(item) and item.__module__ == errors.__name__
    }
    assert listed == defined - {"ProfilerHookError", "NotFound"}


def test_every_option_is_explained_with_its_default() -> None:
    options = get_provider_info()["config"]["profiler"]["options"]
    assert {cell.strip(" `") for cell in rows("Configuration")} == set(options)
    assert f"| `embedded` | `{options['embedded']['default']}` |" in GUIDE
    assert f"| `poll_interval` | `{options['poll_interval']['default']}` |" in GUIDE


def test_every_method_of_the_hooks_is_there() -> None:
    lists = re.findall(r"(?:Documented routes|Beyond them): `([\w\s]+)`", GUIDE)
    (not_async,) = re.findall(r"all but the submission and the checks of the service itself \(`([\w ]+)`\)", GUIDE)
    assert len(lists) == 2
    for name in " ".join(lists).split():
        assert callable(getattr(ProfilerHook, name))
        assert hasattr(ProfilerAsyncHook, name) == (name not in {"trigger_profile", *not_async.split()}), name


def test_every_xcom_key_is_explained() -> None:
    source = inspect.getsource(publication)
    pushed = set(re.findall(r'xcom_push\(key="(\w+)"', source)) | {"return_value"}
    assert {cell.strip(" `") for cell in rows("XCom")} == pushed
