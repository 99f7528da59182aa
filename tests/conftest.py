"""Fixtures that every part of the suite may use."""

import atexit
import importlib.util
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

from tests.sharing import ByModule

# How long an example takes says something about the machine, nothing about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Before the first import of airflow, which writes its configuration there and must not touch the user's own.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-home-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByModule:
    """Whatever ``--dist`` says, tests of a module stay together."""
    return ByModule(config, log)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real datasets that lies beside the checkout; the only fixture that may skip."""
    if not SHARED_DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the real datasets are missing: {SHARED_DATA} is not a folder")
        pytest.skip(f"no real datasets at {SHARED_DATA}")
    return SHARED_DATA


def _module(*parts: str) -> ModuleType:
    path = Path(__file__).parent.joinpath(*parts)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def documented() -> ModuleType:
    """The module of the service that has the documented routes alone."""
    return _module("contract", "documented_service.py")


@pytest.fixture
def documented_service(documented: ModuleType) -> Iterator[Callable[..., Any]]:
    """Start services that have the documented routes alone; keyword arguments are their fields."""
    with ExitStack() as services:
        yield lambda **fields: services.enter_context(documented.running(documented.DocumentedService(**fields)))


@pytest.fixture
def webhook_receivers() -> Iterator[Callable[..., Any]]:
    """Start receivers of webhooks."""
    receiving = _module("webhook_receiver.py").receiving
    with ExitStack() as receivers:
        yield lambda **given: receivers.enter_context(receiving(**given))


@pytest.fixture
def loopback_certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for receivers on loopback, that nobody but itself vouches for, and its key."""
    made: tuple[Path, Path] = _module("webhook_receiver.py").make_certificate(tmp_path)
    return made


@pytest.fixture(scope="session")
def redis_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Start Redis servers; keyword arguments are their settings, durable unless told otherwise."""
    running = _module("redis_server.py").redis_running
    with ExitStack() as servers:
        yield lambda **settings: servers.enter_context(running(tmp_path_factory.mktemp("redis"), **settings))


@pytest.fixture(scope="session")
def durable_redis(redis_servers: Callable[..., Any]) -> Any:
    """A Redis server that stays for the whole run and loses nothing."""
    return redis_servers()


@pytest.fixture
def redis_server(durable_redis: Any) -> Any:
    """A Redis server that is empty."""
    with durable_redis.client() as client:
        client.flushall()
    return durable_redis


@pytest.fixture(scope="session")
def s3_server() -> Iterator[Any]:
    """An S3-compatible server that stays for the whole run; each test makes buckets of its own."""
    with _module("s3_server.py").s3_running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL server that stays for the whole run; each test makes databases of its own."""
    with _module("postgres_server.py").postgres_running() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Any]:
    """A MariaDB server that stays for the whole run; each test makes databases of its own."""
    with _module("mariadb_server.py").mariadb_running() as server:
        yield server


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Our service with its engine, for the whole run; its datasets are ``sales``, ``stock`` and ``broken``."""
    from airflow_provider_profiler.config.settings import Settings
    from airflow_provider_profiler.service.app import create_app
    from airflow_provider_profiler.service.listening import ThreadedServer

    data = tmp_path_factory.mktemp("data")
    table = b"city,amount\nVolos,2\nPatras,3\n"
    for name, content in (("sales/a.csv", table), ("stock/a.csv", table), ("broken/a.parquet", b"PAR1 is all")):
        (data / name).parent.mkdir()
        (data / name).write_bytes(content)
    server = ThreadedServer(create_app(Settings(home=tmp_path_factory.mktemp("home"), data_root=str(data))))
    server.start()
    yield server.base_url
    server.stop()


def _jobs_log() -> Iterator[None]:
    """Jobs of services in this process log from INFO on, as those that the command line starts."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)
    yield
    root.setLevel(level)


jobs_log = pytest.fixture(_jobs_log)
# For modules whose tests share the jobs.
informed = pytest.fixture(_jobs_log, scope="module")


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Let Airflow know a connection, ``profiler_default`` by default, without a database."""

    def connect(
        host: str, conn_id: str = "profiler_default", extra: dict[str, Any] | None = None, **fields: Any
    ) -> str:
        value = {"conn_type": "profiler", "host": host, "extra": extra or {}, **fields}
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(value))
        return conn_id

    return connect


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hooks try as often as ever, but hardly wait in between."""
    from airflow_provider_profiler.hooks.retrying import RetryPolicy
    from airflow_provider_profiler.hooks.service import ServiceHook

    quick = RetryPolicy(first_wait=0.001, longest_wait=0.002, longest_retry_after=0.01)
    monkeypatch.setattr(ServiceHook, "default_retry", quick)
