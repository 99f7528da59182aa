"""Triggers in a real event loop, against services on loopback."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_profiler.hooks.patience import Patience


@pytest.fixture(autouse=True)
def _impatient(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow_provider_profiler.triggers.cdd_profile import CddProfileTrigger
    from airflow_provider_profiler.triggers.profile_events import ProfileEventTrigger
    from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger

    quick = Patience(failures=4, first_wait=0.001, longest_wait=0.002, longest_retry_after=0.01)
    for trigger in (ProfileJobTrigger, CddProfileTrigger, ProfileEventTrigger):
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
