import sys

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.listening import ThreadedServer
from airflow_provider_profiler.service.preconditions import is_loopback, start_warnings


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback(host, loopback):
    assert is_loopback(host) is loopback


def test_warnings():
    quiet = Settings(data_root="/data", host=None)
    assert start_warnings(quiet) == ()
    assert "Authentication is off" in start_warnings(quiet.model_copy(update={"host": "0.0.0.0"}))[0]
    assert start_warnings(quiet.model_copy(update={"host": "0.0.0.0", "enable_auth": True})) == ()
    assert "DATA_ROOT_PATH" in start_warnings(quiet.model_copy(update={"data_root": None}))[0]


@pytest.mark.parametrize(
    "settings", [{"ray_address": "192.0.2.7:6379"}, {"redis_host": "anna:open-sesame@cache"}], ids=["ray", "redis"]
)
def test_a_store_that_cannot_work_is_refused(settings, tmp_path):
    with pytest.raises(ConfigurationError, match="REDIS_HOST") as refused:
        create_app(Settings(home=tmp_path, **settings))
    assert "sesame" not in str(refused.value)


def test_a_missing_engine_is_told_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "airflow_provider_profiler.profiling.engine", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'airflow-provider-profiler\[embedded\]'"):
        ThreadedServer(create_app(Settings(home=tmp_path, data_root=str(tmp_path)))).start()
