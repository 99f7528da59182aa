"""Triggers in a real event loop, against services on loopback."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.hooks.patience import Patience
from airflow_provider_profiler.hooks.profiler import ProfilerHook


@pytest.fixture(autouse=True)
def _impatient(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_profiler.triggers.cdd_profile import CddProfileTrigger
    from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger

    quick = Patience(failures=4, first_wait=0.001, longest_wait=0.002, longest_retry_after=0.01)
    for trigger in (ProfileJobTrigger, CddProfileTrigger):
        monkeypatch.setattr(trigger, "patience", quick)


@pytest.fixture
def fire() -> Callable[[Any], Any]:
    """Run a trigger as the triggerer would, from its written form, and give the payload of its one event."""

    def fire(trigger: Any) -> Any:
        from airflow.sdk.module_loading import import_string
        from airflow.sdk.serde import deserialize, serialize

        path, kwargs = trigger.serialize()
        again = import_string(path)(**deserialize(serialize(kwargs)))

        async def events() -> list[Any]:
            return [event.payload async for event in again.run()]

        (payload,) = asyncio.run(events())
        assert deserialize(serialize(payload)) == payload
        return payload

    return fire


class IdleSupervisor:
    """Runs nothing: a job stays where it is until it is told to stop."""

    def start(self) -> None: ...

    def stop(self, timeout: float) -> None: ...

    def check(self) -> None: ...

    def health(self) -> None: ...

    def wake(self, job_id: Any = None) -> None: ...


@pytest.fixture
def idle_service(tmp_path: Path, connect: Callable[..., str]) -> Iterator[str]:
    """Our service, with an engine that never runs; the dataset is ``sales``."""
    from airflow_provider_profiler.service.app import create_app
    from airflow_provider_profiler.service.listening import ThreadedServer

    (tmp_path / "data" / "sales").mkdir(parents=True)
    settings = Settings(home=tmp_path / "service", data_root=str(tmp_path / "data"))
    server = ThreadedServer(create_app(settings, supervise=lambda store, results: IdleSupervisor()))
    server.start()
    connect(server.base_url)
    yield server.base_url
    server.stop()


@pytest.fixture
def submit() -> Callable[..., str]:
    """Submit a job for the dataset ``sales``."""

    def submit(*, light: bool = False) -> str:
        with ProfilerHook() as hook:
            return str(hook.trigger_profile(hook.specify("sales"), light).job_id)

    return submit
