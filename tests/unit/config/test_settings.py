"""Settings: documented names, precedence, safe defaults, masked secrets."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from airflow_provider_profiler.config.settings import (
    MASK,
    Settings,
    environment_names,
    load_settings,
    source_date_epoch,
)
from airflow_provider_profiler.config.webhooks import WebhookTarget
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.contract.states import StatusDialect


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment_names().values():
        monkeypatch.delenv(name, raising=False)


DOCUMENTED = [
    ("DATA_ROOT_PATH", "data_root", "/srv/data", "/srv/data"),
    ("MOUNT_POINT", "mount_point", "/s3/", "s3"),
    ("CDD_PROFILE_PATH", "cdd_path", "/srv/cdd", Path("/srv/cdd")),
    ("BASE_URL", "base_url", "proxy/", "/proxy"),
    ("REDIS_HOST", "redis_host", "redis", "redis"),
    ("REDIS_PORT", "redis_port", "6380", 6380),
    ("REDIS_DB", "redis_db", "2", 2),
    ("RAY_ADDRESS", "ray_address", "auto", "auto"),
    ("ENABLE_AUTH", "enable_auth", "true", True),
    ("DATAGEMS_POSTGRES_HOST", "postgres_host", "db", "db"),
    ("DATAGEMS_POSTGRES_PORT", "postgres_port", "5433", 5433),
    ("DATAGEMS_TIMESCALE_DB_HOST", "timescale_host", "ts", "ts"),
    ("PROFILER_STATUS_DIALECT", "status_dialect", "lower", StatusDialect.LOWER),
    ("PROFILER_AUTH_CLIENTS", "auth_clients", "airflow, nightly", ("airflow", "nightly")),
    ("PROFILER_AUTH_LEEWAY", "auth_leeway", "5", 5.0),
    ("PROFILER_HOME", "home", "/srv/home", Path("/srv/home")),
]


@pytest.mark.parametrize(("variable", "name", "text", "value"), DOCUMENTED)
def test_a_setting_comes_from_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(variable, text)
    assert getattr(load_settings(), name) == value
    assert environment_names()[name] == variable


def test_the_defaults_are_the_designed_ones() -> None:
    settings = load_settings()
    assert (settings.port, settings.enable_auth, settings.redis_port) == (4557, False, 6379)
    assert settings.auth_clients == ("airflow",)
    assert settings.cdd_folder == settings.home / "cdd"


def test_an_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_ROOT_PATH", "/srv/data")
    assert load_settings(data_root="/given").data_root == "/given"


def test_the_service_binds_loopback_where_authentication_is_off() -> None:
    assert load_settings().bind_host == "127.0.0.1"
    assert load_settings(enable_auth=True).bind_host == "0.0.0.0"
    assert load_settings(host="10.1.2.3").bind_host == "10.1.2.3"


def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAGEMS_POSTGRES_PASSWORD", "hunter2")
    monkeypatch.setenv("PROFILER_AUTH_KEY", "shared-secret")
    settings = load_settings()
    assert settings.masked()["postgres_password"] == MASK
    for shown in (repr(settings), str(settings), str(settings.masked()), settings.model_dump_json()):
        assert "hunter2" not in shown
        assert "shared-secret" not in shown


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("REDIS_PORT", "many"),
        ("MOUNT_POINT", "../up"),
        ("PROFILER_STATUS_DIALECT", "loud"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("PROFILER_SHUTDOWN_SECONDS", "0"),
        ("PROFILER_PORT", "65536"),
        ("REDIS_PORT", "0"),
        ("REDIS_DB", "-1"),
        ("DATAGEMS_POSTGRES_PORT", "99999"),
        ("PROFILER_AUTH_LEEWAY", "-5"),
        ("BASE_URL", "/a b"),
        ("PROFILER_MAX_RUNNING_JOBS", "0"),
        ("PROFILER_JOB_PROCESSES", "-1"),
        ("PROFILER_WEBHOOKS", '[{"url": "https://receiver.example/"}]'),
    ],
)
def test_a_wrong_value_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch, variable: str, text: str) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(ConfigurationError, match=rf"^Settings cannot be used: {variable}[.:]") as refused:
        load_settings()
    assert "Value error" not in str(refused.value)


def test_paths_that_travel_to_other_processes_hold_in_any_working_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(home=Path("home"), data_root="data", cdd_path=Path("cdd")).for_workers()
    assert (settings.home, settings.cdd_path) == (tmp_path / "home", tmp_path / "cdd")
    assert settings.data_root == str(tmp_path / "data")
    assert load_settings(data_root="s3://bucket/data").for_workers().data_root == "s3://bucket/data"
    assert load_settings(data_root=None).for_workers().data_root is None


def test_workers_are_the_same_for_services_that_differ_in_what_only_they_look_at() -> None:
    one, other = (
        Settings(),
        Settings(
            port=1,
            host="::1",
            base_url="/profiler",
            keep_revisions=3,
            keep_revisions_days=2.0,
            keep_events_days=2.0,
            requests_per_minute=9,
            enable_auth=True,
            auth_issuer="issuer",
            auth_clients=("other",),
            auth_key=SecretStr("key"),
            status_dialect=StatusDialect.LOWER,
            shutdown_seconds=3.0,
            max_waiting_jobs=5,
            max_waiting_jobs_per_client=5,
            max_body_bytes=5,
            ray_address="auto",
            ray_supervisors=2,
            ray_connect_seconds=1.0,
            webhooks=(WebhookTarget.model_validate({"url": "https://hooks.example/", "secret": "s" * 32}),),
        ),
    )
    assert one != other
    assert one.for_workers() == other.for_workers()
    assert Settings(lease_seconds=7).for_workers() != one.for_workers()


def test_any_number_of_jobs_may_wait() -> None:
    assert load_settings(max_waiting_jobs=0, max_waiting_jobs_per_client=0).max_waiting_jobs is None
    assert load_settings(max_waiting_jobs_per_client=0).max_waiting_jobs_per_client is None


def test_source_date_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert source_date_epoch() is None
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert source_date_epoch() == 1_700_000_000
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ConfigurationError, match="SOURCE_DATE_EPOCH"):
        source_date_epoch()
