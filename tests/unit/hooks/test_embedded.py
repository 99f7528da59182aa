"""The service inside the task's process: paths, sharing, stopping, and what is said where it cannot start."""

import builtins
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.hooks import embedded
from airflow_provider_profiler.hooks.errors import (
    ConnectionNotUsable,
    EmbeddedNotInstalled,
    RequestRefused,
    ServiceUnreachable,
    UnknownDataset,
    UnknownJob,
)
from airflow_provider_profiler.hooks.profiler import NOBODY, ProfilerHook
from airflow_provider_profiler.hooks.retrying import RetryPolicy

ONCE = RetryPolicy(attempts=1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATA_ROOT_PATH", raising=False)
    yield tmp_path / "home"
    assert embedded._running == {}, "an embedded service was left running"


def connectors(*paths: str) -> dict[str, Any]:
    return {"name": "x", "data_connectors": [{"type": "RawDataPath", "dataset_id": path} for path in paths]}


def paths(specification: dict[str, Any]) -> list[str]:
    return [connector["dataset_id"] for connector in specification["data_connectors"]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("data/sales", "data/eu/stock", "other/stock"):
        (tmp_path / name).mkdir(parents=True)
    return (tmp_path / "data").resolve()


def test_an_absolute_path_makes_its_parent_the_root(data: Path) -> None:
    settled, settings = embedded.settle_paths(connectors(f"{data}/sales"), Settings(data_root=None))
    assert (paths(settled), settings.data_root) == (["sales"], str(data))


def test_several_absolute_paths_share_the_first_ones_parent(data: Path) -> None:
    both = connectors(f"{data}/sales", f"{data}/eu/stock")
    settled, settings = embedded.settle_paths(both, Settings(data_root=None))
    assert (paths(settled), settings.data_root) == (["sales", "eu/stock"], str(data))
    with pytest.raises(RequestRefused, match="DATA_ROOT_PATH"):
        embedded.settle_paths(connectors(f"{data}/sales", f"{data.parent}/other/stock"), Settings(data_root=None))


def test_a_data_root_must_contain_an_absolute_path(data: Path) -> None:
    settled, settings = embedded.settle_paths(connectors(f"{data}/eu/stock"), Settings(data_root=str(data)))
    assert (paths(settled), settings.data_root) == (["eu/stock"], str(data))
    with pytest.raises(RequestRefused, match="DATA_ROOT_PATH"):
        embedded.settle_paths(connectors(f"{data.parent}/other/stock"), Settings(data_root=str(data)))


def test_a_mount_point_stands_before_relative_paths_only(data: Path) -> None:
    settings = Settings(data_root=str(data), mount_point="eu")
    settled, found = embedded.settle_paths(connectors("stock"), settings)
    assert (paths(settled), found.mount_point) == (["stock"], "eu")
    settled, found = embedded.settle_paths(connectors("stock", f"{data}/sales"), settings)
    assert (paths(settled), found.mount_point) == (["eu/stock", "sales"], "")


def test_nothing_at_an_absolute_path(data: Path) -> None:
    with pytest.raises(UnknownDataset, match="gone"):
        embedded.settle_path(f"{data}/gone", Settings(data_root=None))


def test_a_relative_path_needs_a_data_root() -> None:
    store = Settings(data_root="s3://lake/nightly")
    assert embedded.settle_paths(connectors("sales"), store) == (connectors("sales"), store)
    with pytest.raises(RequestRefused, match=r"under the data root s3://lake/nightly; give"):
        embedded.settle_paths(connectors("/data/sales"), store)
    settled, _ = embedded.settle_paths(connectors("sales"), Settings(data_root="/data"))
    assert paths(settled) == ["sales"]
    with pytest.raises(RequestRefused, match="absolute path, or set DATA_ROOT_PATH"):
        embedded.settle_paths(connectors("sales"), Settings(data_root=None))


def test_ray_and_redis_of_the_environment_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "ray://cluster:10001")
    monkeypatch.setenv("REDIS_HOST", "redis")
    settings = embedded.embedded_settings()
    assert settings.ray_address is None
    assert settings.redis_host is None


def test_one_service_serves_all_users_of_one_process_and_ends_with_the_last() -> None:
    settings = embedded.embedded_settings()
    first = embedded.acquire(settings, run_jobs=False)
    second = embedded.acquire(settings, run_jobs=False)
    assert first.address == second.address
    first.release()
    with ProfilerHook(retry=ONCE) as hook:
        assert hook.address() == first.address
        assert hook.alive()
    second.release()
    with ProfilerHook(retry=ONCE) as other:
        assert other.address() != first.address, "the first one has ended, a new one was started"
        assert other.alive()


def test_a_hook_that_is_dropped_lets_go() -> None:
    hook = ProfilerHook(retry=ONCE)
    hook.address()
    assert embedded._running
    del hook


def test_a_closed_hook_can_be_used_again() -> None:
    hook = ProfilerHook(retry=ONCE)
    for _ in range(2):
        with hook:
            assert hook.alive()


def test_other_users_of_the_machine_are_not_let_in() -> None:
    import requests

    with ProfilerHook(retry=ONCE) as hook:
        url = hook.address().url(f"/profiler/runner_status/{NOBODY}")
        assert requests.get(url, timeout=60).status_code == 401


def test_an_unknown_job_says_that_it_is_unknown_here(home: Path) -> None:
    with ProfilerHook(retry=ONCE) as hook, pytest.raises(UnknownJob, match="unknown here") as caught:
        hook.job_status(NOBODY)
    assert str(home) in str(caught.value)
    with ProfilerHook(retry=ONCE) as hook, pytest.raises(UnknownJob, match="unknown here"):
        hook.job_detail(NOBODY)


def test_looking_needs_no_engine_and_takes_no_submissions() -> None:
    with ProfilerHook(retry=ONCE) as hook:
        hook.clean_up(NOBODY)
        assert not hook._leases[0].runs_jobs


def test_nobody_can_open_an_embedded_job_in_a_browser() -> None:
    with ProfilerHook(retry=ONCE) as hook:
        assert hook.job_url(NOBODY) is None


def test_test_connection_says_that_it_is_embedded() -> None:
    good, message = ProfilerHook(retry=ONCE).test_connection()
    assert good
    assert "Embedded" in message


def test_without_the_extra_both_ways_out_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name == "airflow_provider_profiler.service.embedded":
            raise ModuleNotFoundError("No module named 'uvicorn'", name="uvicorn")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with ProfilerHook(retry=ONCE) as hook, pytest.raises(EmbeddedNotInstalled) as caught:
        hook.job_status(NOBODY)
    message = str(caught.value)
    assert "uvicorn" in message
    assert "pip install 'airflow-provider-profiler[embedded]'" in message
    assert "profiler_default" in message


def test_a_home_that_cannot_be_used_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "file"))
    with ProfilerHook(retry=ONCE) as hook, pytest.raises((ConnectionNotUsable, ServiceUnreachable)) as caught:
        hook.job_status(NOBODY)
    assert str(tmp_path / "file") in str(caught.value)


def test_a_forked_child_leaves_its_parents_service_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    lease = embedded.acquire(embedded.embedded_settings(), run_jobs=False)
    own = os.getpid()
    # Of that module alone: stores of other services in this process would take themselves for forked, too.
    monkeypatch.setattr(embedded, "os", SimpleNamespace(getpid=lambda: own + 1))
    lease.release()
    monkeypatch.undo()
    assert embedded._running
    lease.release()
