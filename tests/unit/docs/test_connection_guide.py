"""The guide to the connection says what the form has, and its examples are connections and DAGs."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_provider_profiler.get_provider_info import get_provider_info
from airflow_provider_profiler.hooks.address import service_address
from airflow_provider_profiler.hooks.credentials import AuthMode, ClientCredentials, SigningKey

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "connection.md").read_text(encoding="utf-8")
(CONNECTION,) = get_provider_info()["connection-types"]


def test_every_field_of_the_form_is_named() -> None:
    for name in CONNECTION["conn-fields"]:
        assert f"`{name}`" in GUIDE, name


def test_every_way_of_authentication_is_a_row() -> None:
    section = GUIDE.split("## Who the caller is\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert rows == ["auth", *(mode.value for mode in AuthMode)]


def test_the_defaults_are_those_of_the_form() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", GUIDE, re.MULTILINE))
    for name, field in CONNECTION["conn-fields"].items():
        default = field["schema"].get("default")
        if name in told and default is not None:
            assert told[name] == json.dumps(default), name


def test_the_connections_are_connections() -> None:
    addresses = []
    for text in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL):
        fields: dict[str, Any] = json.loads(text)
        assert fields.pop("conn_type") == CONNECTION["connection-type"]
        extra = fields.pop("extra")
        assert extra.keys() <= CONNECTION["conn-fields"].keys()
        given = {"conn_id": "c", "schema": None, "login": None, "password": None, "port": None, **fields}
        addresses.append(service_address(SimpleNamespace(extra_dejson=extra, **given)))
    got, signed = addresses
    assert isinstance(got.credentials, ClientCredentials)
    assert isinstance(signed.credentials, SigningKey)
    assert signed.base_url == "http://profiler:4557"


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL))
def test_examples_are_dags(example: str) -> None:
    created: list[DAG] = []
    enter = DAG.__enter__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DAG, "__enter__", lambda dag: (created.append(dag), enter(dag))[1])
        exec(compile(example, "docs/connection.md", "exec"), {"__name__": "example"})
    (dag,) = created
    assert dag.tasks
    dag.check_cycle()
