"""Every setting is told with its source, and never with a secret."""

import json
from pathlib import Path

import pytest

from airflow_provider_profiler.config.settings import MASK, environment_names, load_settings
from airflow_provider_profiler.config.sources import SettingInForce, Source, settings_in_force


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment_names().values():
        monkeypatch.delenv(name, raising=False)


def in_force(**arguments: object) -> dict[str, SettingInForce]:
    return {item.name: item for item in settings_in_force(load_settings(**arguments), arguments)}


def test_all_settings_are_there_and_all_are_defaults() -> None:
    found = in_force()
    assert {name: item.variable for name, item in found.items()} == environment_names()
    assert {item.source for item in found.values()} == {Source.DEFAULT}


@pytest.mark.parametrize("variable", ["PROFILER_LOG_LEVEL", "profiler_log_level"])
def test_the_environment_wins_over_the_default_and_an_argument_over_both(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "DEBUG")
    found = in_force()["log_level"]
    assert (found.value, found.source) == ("DEBUG", Source.ENVIRONMENT)
    found = in_force(log_level="ERROR")["log_level"]
    assert (found.value, found.source) == ("ERROR", Source.ARGUMENT)


def test_an_empty_variable_sets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_HOST", "")
    assert in_force()["redis_host"].source is Source.DEFAULT


def test_what_stands_in_files_is_told_as_theirs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    servers = tmp_path / "databases.json"
    servers.write_text(json.dumps([{"host": "db.test", "username": "reader", "password": "hunter2"}]), "utf-8")
    (tmp_path / "key").write_text("key-of-the-file", "utf-8")
    monkeypatch.setenv("PROFILER_DATABASES_FILE", str(servers))
    monkeypatch.setenv("PROFILER_AUTH_KEY_FILE", str(tmp_path / "key"))
    found = in_force()
    assert (found["auth_key"].source, found["auth_key"].value) == (Source.FILE, MASK)
    assert found["databases"].source is Source.FILE
    assert found["databases"].value[0]["host"] == "db.test"
    assert found["databases_file"].source is Source.ENVIRONMENT
    assert "hunter2" not in str(found)
    assert "key-of-the-file" not in str(found)


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:hunter2@collector.test:4318")
    monkeypatch.setenv("PROFILER_AUTH_JWKS_URL", "https://user:hunter2@issuer.test/keys")
    monkeypatch.setenv("PROFILER_OBJECT_STORE_OPTIONS", '{"secret": "hunter2"}')
    found = in_force()
    assert "hunter2" not in str(found)
    assert found["otlp_endpoint"].value == f"https://{MASK}@collector.test:4318"
    assert found["otlp_headers"].source is Source.ENVIRONMENT
