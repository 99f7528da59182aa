import json

import pytest

from airflow_provider_profiler.config.settings import MASK, Settings, load_settings
from airflow_provider_profiler.contract.errors import ConfigurationError

SERVER = {"protocol": "mariadb", "host": "db.example.org", "username": "reader", "password": "Zq9-hidden"}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("PROFILER_DATABASES", "PROFILER_DATABASES_FILE", "DATAGEMS_POSTGRES_HOST"):
        monkeypatch.delenv(name, raising=False)


def test_a_list_in_the_environment(monkeypatch):
    monkeypatch.setenv("PROFILER_DATABASES", json.dumps([SERVER]))
    (entry,) = load_settings().known_databases
    assert (entry.product, entry.host, entry.port, entry.username) == ("mysql", "db.example.org", 3306, "reader")
    assert entry.password.get_secret_value() == "Zq9-hidden"


def test_a_list_in_a_file_beside_the_documented_servers(tmp_path):
    listed = tmp_path / "databases.json"
    listed.write_text(json.dumps([SERVER | {"port": 3310}]), "utf-8")
    settings = Settings(databases_file=listed, postgres_host="pg", timescale_host="ts", timescale_port=5433)
    assert [(entry.protocol, entry.host, entry.port) for entry in settings.known_databases] == [
        ("postgresql", "pg", 5432),
        ("timescaledb", "ts", 5433),
        ("mariadb", "db.example.org", 3310),
    ]


def test_passwords_from_files_travel_to_workers(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("Zq9-mounted\n", "utf-8")
    listed = tmp_path / "databases.json"
    listed.write_text(json.dumps([SERVER]), "utf-8")
    entry = {name: value for name, value in SERVER.items() if name != "password"} | {"password_file": str(secret)}
    settings = Settings(databases=(entry,), databases_file=listed).for_workers()
    secret.unlink()
    listed.unlink()
    passwords = [entry.password.get_secret_value() for entry in settings.known_databases]
    assert passwords == ["Zq9-mounted", "Zq9-hidden"]


def test_no_readable_form_shows_a_password(monkeypatch):
    monkeypatch.setenv("PROFILER_DATABASES", json.dumps([SERVER]))
    settings = load_settings()
    shown = settings.masked()
    assert shown["databases"][0]["password"] == MASK
    for text in (json.dumps(shown), repr(settings), str(settings), repr(settings.known_databases)):
        assert "Zq9" not in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"password": "Zq9-hidden"', "JSON"),
        ('[{"host": "a", "password": "Zq9-hidden", "pasword": "Zq9-hidden"}]', "pasword"),
        ('[{"host": "a", "port": "Zq9-hidden"}]', "port"),
        ('[{"host": "a", "password": "Zq9-hidden", "password_file": "b"}]', "not both"),
        ('[{"host": "a", "protocol": "Zq9-hidden"}]', "protocol"),
        ('{"host": "Zq9-hidden"}', "list"),
    ],
)
def test_what_does_not_fit_is_named_and_never_shown(monkeypatch, tmp_path, text, words):
    listed = tmp_path / "databases.json"
    listed.write_text(text, "utf-8")
    monkeypatch.setenv("PROFILER_DATABASES", text)
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    with pytest.raises(ConfigurationError) as from_file:
        Settings(databases=(), databases_file=listed).known_databases  # noqa: B018
    for error in (refused, from_file):
        assert words in str(error.value)
        assert "Zq9" not in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere\.json"):
        Settings(databases_file=tmp_path / "nowhere.json").known_databases  # noqa: B018
    entry = SERVER | {"password": None, "password_file": str(tmp_path / "no password")}
    with pytest.raises(ConfigurationError, match="no password"):
        Settings(databases=(entry,)).for_workers()
