"""What Airflow is told about the package, by Airflow's own rules, in a process of its own where it must see it."""

import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
from importlib import metadata, resources
from typing import Any

import jsonschema
import pytest
from airflow.sdk import BaseHook, BaseNotifier, BaseOperator, BaseOperatorLink
from airflow.sdk._shared.secrets_masker import should_hide_value_for_key
from airflow.triggers.base import BaseTrigger

from airflow_provider_profiler import __version__
from airflow_provider_profiler.get_provider_info import get_provider_info
from airflow_provider_profiler.hooks.profiler import ProfilerHook

INFO = get_provider_info()


def test_it_fits_airflows_own_schema() -> None:
    schema = json.loads((resources.files("airflow") / "provider_info.schema.json").read_text())
    jsonschema.validate(INFO, schema)


def test_the_entry_point_leads_here() -> None:
    (entry,) = [entry for entry in metadata.entry_points(group="apache_airflow_provider") if "profiler" in entry.value]
    assert entry.load()() == INFO
    assert INFO["package-name"] == entry.dist.name  # type: ignore[union-attr]
    assert INFO["versions"] == [__version__]


@pytest.mark.parametrize("key", sorted(INFO.keys() - {"integrations"}))  # whose pages on the web we have none of
def test_it_fits_what_airflow_asks_of_its_own_providers(key: str) -> None:
    schema = json.loads((resources.files("airflow") / "provider.yaml.schema.json").read_text())
    jsonschema.validate(INFO[key], {**schema["properties"][key], "definitions": schema["definitions"]})


FAMILIES = ("operators", "sensors", "triggers", "hooks")
MODULES = {module for family in FAMILIES for entry in INFO[family] for module in entry["python-modules"]}
NAMES = {
    INFO["connection-types"][0]["hook-class-name"],
    *INFO["extra-links"],
    *INFO["notifications"],
    *(decorator["class-name"] for decorator in INFO["task-decorators"]),
    *(name for uri in INFO["asset-uris"] for key, name in uri.items() if key != "schemes"),
}


def test_every_module_and_class_it_names_is_there() -> None:
    for module in MODULES:
        importlib.import_module(module)
    for name in NAMES:
        module, _, item = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), item)), name


def test_everything_public_is_named() -> None:
    kinds = (BaseOperator, BaseTrigger, BaseNotifier, BaseHook, BaseOperatorLink)
    found: set[type] = set()
    for room in ("assets", "decorators", "hooks", "links", "notifications", "operators", "sensors", "triggers"):
        package = importlib.import_module(f"airflow_provider_profiler.{room}")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            members = vars(importlib.import_module(module.name)).values()
            found |= {
                item
                for item in members
                if inspect.isclass(item) and issubclass(item, kinds) and item.__module__ == module.name
            }
    told = MODULES | {name.rpartition(".")[0] for name in NAMES}
    named = {item for item in found if item.__module__ in told}
    some = {"ProfileDatasetOperator", "ProfileNotifier", "ProfileJobLink", "ProfileReportLink"}
    assert some <= {item.__name__ for item in named}
    # What others are built on is no user's to import.
    bases = {base for item in named for base in item.__mro__[1:]}
    assert {item.__qualname__ for item in found - named - bases if not item.__name__.startswith("_")} == set()


def test_secrets_of_the_form_are_what_airflow_hides_everywhere_else_too() -> None:
    fields = INFO["connection-types"][0]["conn-fields"]
    secret = {name for name, field in fields.items() if field["schema"].get("format") == "password"}
    assert secret == {"client_secret", "private_key"}
    assert {name for name in fields if should_hide_value_for_key(name)} == secret


def test_the_connection_type_is_the_hooks() -> None:
    (connection,) = INFO["connection-types"]
    assert connection["connection-type"] == ProfilerHook.conn_type == "profiler"
    assert connection["hook-name"] == ProfilerHook.hook_name == "Dataset Profiler"
    assert ProfilerHook.conn_name_attr == "profiler_conn_id"
    assert ProfilerHook.default_conn_name == "profiler_default"


REPORT = """
import json
from airflow.providers_manager import ProvidersManager
from airflow.configuration import conf
manager = ProvidersManager()
hook = manager.hooks["profiler"]
print("REPORT " + json.dumps({
    "hook": hook.hook_name,
    "class": hook.hook_class_name,
    "attribute": hook.connection_id_attribute_name,
    "fields": [name for name in manager.connection_form_widgets if name.startswith("extra__profiler__")],
    "behaviour": manager.field_behaviours["profiler"],
    "secret": [name for name, field in manager.connection_form_widgets.items() if field.is_sensitive],
    "links": [name for name in manager.extra_links_class_names if "profiler" in name],
    "decorator": manager.taskflow_decorators["profile_dataset"].__name__,
    "notifications": [name for name in manager.notification if "profiler" in name],
    "uris": "profile" in manager.asset_uri_handlers,
    "embedded": conf.get("profiler", "embedded"),
    "poll_interval": conf.getfloat("profiler", "poll_interval"),
    "instance_id": conf.get("profiler", "instance_id"),
}))
"""


@pytest.fixture(scope="module")
def seen_by_airflow(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("airflow")
    done = subprocess.run(
        [sys.executable, "-c", REPORT],
        env={**os.environ, "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
    )
    assert done.returncode == 0, done.stderr
    assert "Failed to add field behaviour" not in done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("REPORT ")]
    return json.loads(line.removeprefix("REPORT "))


def test_airflow_sees_the_connection_type(seen_by_airflow: Any) -> None:
    assert seen_by_airflow["hook"] == "Dataset Profiler"
    assert seen_by_airflow["class"] == "airflow_provider_profiler.hooks.profiler.ProfilerHook"
    assert seen_by_airflow["attribute"] == "profiler_conn_id"
    names = INFO["connection-types"][0]["conn-fields"]
    assert {"auth", "auth_url", "client_id", "timeout", "connect_timeout", "verify", "ca_bundle", "cert"} < set(names)
    assert set(seen_by_airflow["fields"]) == {f"extra__profiler__{name}" for name in names}
    assert {"extra__profiler__client_secret", "extra__profiler__private_key"} <= set(seen_by_airflow["secret"])
    assert seen_by_airflow["behaviour"]["relabeling"]["password"] == "Bearer token"
    assert "login" in seen_by_airflow["behaviour"]["hidden_fields"]


def test_airflow_sees_decorator_notifier_and_asset_uris(seen_by_airflow: Any) -> None:
    assert seen_by_airflow["decorator"] == "profile_dataset_task"
    assert seen_by_airflow["notifications"] == INFO["notifications"]
    assert seen_by_airflow["uris"]


def test_airflow_sees_the_links_and_the_options(seen_by_airflow: Any) -> None:
    assert seen_by_airflow["links"] == INFO["extra-links"]
    assert seen_by_airflow["embedded"] == "auto"
    assert seen_by_airflow["poll_interval"] == 10.0
    assert seen_by_airflow["instance_id"] == ""
