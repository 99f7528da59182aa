"""A task instance without Airflow around it."""

import datetime
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from airflow_provider_profiler.config.settings import Settings
from tests.unit.conftest import IdleSupervisor


@pytest.fixture(autouse=True)
def _impatient(impatient: None) -> None:
    pass


@dataclass
class FakeTask:
    """What an operator sees of its task instance, its run and the state store, over all its tries."""

    dag_id: str = "d"
    run_id: str = "r"
    task_id: str = "t"
    map_index: int | None = -1
    try_number: int = 1
    max_tries: int = 2
    run_start: datetime.datetime = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    xcom: dict[str, Any] = field(default_factory=dict)
    stored: dict[str, Any] = field(default_factory=dict)
    on_push: Any = None

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcom[key] = value
        if self.on_push:
            self.on_push(key)

    def get(self, key: str) -> Any:
        return self.stored.get(key)

    def set(self, key: str, value: Any) -> None:
        assert value is not None
        self.stored[key] = value

    @property
    def context(self) -> Any:
        return {"ti": self, "dag_run": SimpleNamespace(start_date=self.run_start), "task_state_store": self}


@pytest.fixture
def fake_task() -> FakeTask:
    return FakeTask()


@pytest.fixture(scope="module")
def idle_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Our service, with an engine that never runs; its datasets are ``sales`` and ``stock``."""
    from airflow_provider_profiler.service.app import create_app
    from airflow_provider_profiler.service.listening import ThreadedServer

    data = tmp_path_factory.mktemp("data")
    for name in ("sales", "stock"):
        (data / name).mkdir()
    settings = Settings(home=tmp_path_factory.mktemp("home"), data_root=str(data))
    server = ThreadedServer(create_app(settings, supervise=lambda store, results: IdleSupervisor()))
    server.start()
    yield server.base_url
    server.stop()


@pytest.fixture
def idle_service(idle_url: str, connect: Callable[..., str], fake_task: FakeTask) -> str:
    """The same, connected; each test has a DAG of its own there."""
    connect(idle_url)
    fake_task.dag_id = f"dag_{uuid4()}"
    return idle_url


@dataclass(frozen=True)
class Profiled:
    """A service that has profiled some datasets, and where it keeps what it found."""

    url: str
    home: Path
    data: Path
    jobs: dict[str, str]
    """``shop1``, ``shop2``, ``stock``, ``light`` and ``broken``, by what they profiled."""


_SHOP = (
    "order,day,amount\n1,2026-04-20,5\n2,2026-04-21,7\n3,2026-04-22,9\n4,2026-04-22,11\n",
    "order,day,amount,note\n1,2026-04-20,5,x\n2,2026-04-21,,\n3,2026-04-22,90,x\n",
)


@pytest.fixture(scope="session")
def profiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Profiled]:
    """Our service with its engine: two revisions of ``shop``, one of ``stock``, a light one, and a job that failed."""
    from airflow_provider_profiler.contract.states import Target
    from airflow_provider_profiler.hooks.profiler import ProfilerHook
    from airflow_provider_profiler.hooks.waiting import JobWatch
    from airflow_provider_profiler.service.app import create_app
    from airflow_provider_profiler.service.listening import ThreadedServer

    data, home = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("home")
    for name, content in (("stock", "item\nx\n"), ("light", "a\n1\n")):
        (data / name).mkdir()
        (data / name / f"{name}.csv").write_text(content, encoding="utf-8")
    (data / "broken").mkdir()
    (data / "broken" / "a.parquet").write_bytes(b"PAR1 is all")
    (data / "shop").mkdir()
    server = ThreadedServer(create_app(Settings(home=home, data_root=str(data))))
    server.start()
    jobs: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_PROFILED", json.dumps({"conn_type": "profiler", "host": server.base_url}))
        with ProfilerHook("profiled") as hook:

            def submit(job: str, path: str, *, light: bool = False) -> None:
                jobs[job] = str(hook.trigger_profile(hook.specify(path), light).job_id)

            def wait(job: str, target: Target = Target.HEAVY) -> None:
                JobWatch(hook, jobs[job], target, poll_interval=0.02, report=lambda line: None).wait()

            submit("stock", "stock")
            submit("light", "light", light=True)
            submit("broken", "broken")
            for number, content in enumerate(_SHOP, start=1):
                (data / "shop" / "orders.csv").write_text(content, encoding="utf-8")
                submit(f"shop{number}", "shop")
                wait(f"shop{number}")
            wait("stock")
            wait("broken")
            wait("light", Target.LIGHT)
    yield Profiled(server.base_url, home, data, jobs)
    server.stop()


@pytest.fixture(params=["wire", "embedded"])
def reached(
    request: pytest.FixtureRequest, profiled: Profiled, connect: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> Profiled:
    """The same, over the wire and without a connection, from the folder that it keeps."""
    if request.param == "wire":
        connect(profiled.url)
    else:
        monkeypatch.setenv("PROFILER_HOME", str(profiled.home))
        monkeypatch.setenv("DATA_ROOT_PATH", str(profiled.data))
    return profiled


@pytest.fixture
def wired(profiled: Profiled, connect: Callable[..., str]) -> Profiled:
    """The same over the wire alone, where that makes no difference."""
    connect(profiled.url)
    return profiled
