"""Watching for asset events as the triggerer does, with what its supervisor keeps, and without Airflow."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import (
    AssetStateStoreResult,
    ErrorResponse,
    GetAssetStateStoreByName,
    SetAssetStateStoreByName,
)
from airflow.sdk.execution_time.context import AssetStateStoreAccessors
from airflow.sdk.module_loading import import_string
from airflow.sdk.serde import deserialize, serialize

from airflow_provider_profiler.triggers.profile_events import ProfileEventTrigger

#: Seconds after which a test gives up.
PATIENCE = 30
Next = Callable[[], Awaitable[dict[str, Any]]]


class Supervisor:
    """What the triggerer's supervisor keeps for assets: the state that outlives a triggerer."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}
        self.refuses: set[str] = set()

    async def asend(self, message: Any) -> Any:
        match message:
            case GetAssetStateStoreByName(name=name, key=key) if (name, key) in self.kept:
                return AssetStateStoreResult(value=self.kept[name, key])
            case GetAssetStateStoreByName():
                return ErrorResponse(error=ErrorType.ASSET_STORE_NOT_FOUND)
            case SetAssetStateStoreByName(name=name, key=key, value=value):
                if name in self.refuses:
                    raise AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR))
                self.kept[name, key] = value
                return None
        raise AssertionError(f"the triggerer has no answer to {message!r}")

    def send(self, message: Any) -> None:
        assert type(message).__name__ == "MaskSecret"

    def knows(self, asset: str, cursor: int, **fields: Any) -> None:
        """Keep that a watcher of an asset has come so far."""
        self.kept[asset, ProfileEventTrigger(**fields).watermark_key] = {"cursor": cursor}

    def cursors(self) -> dict[str, int]:
        return {name: value["cursor"] for (name, _), value in self.kept.items()}


def made(assets: tuple[str, ...], fields: dict[str, Any]) -> ProfileEventTrigger:
    """A trigger as the triggerer makes it, from its written form."""
    path, kwargs = ProfileEventTrigger(**fields).serialize()
    trigger: ProfileEventTrigger = import_string(path)(**deserialize(serialize(kwargs)))
    if assets:
        trigger.asset_state_store = AssetStateStoreAccessors(inlets=[Asset(name=name) for name in assets])
    return trigger


@asynccontextmanager
async def watching(*assets: str, **fields: Any) -> AsyncIterator[Next]:
    """Run a trigger for assets, until the triggerer ends; gives the way to its next event."""
    trigger = made(assets, fields)
    events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    ready = asyncio.Event()

    async def run() -> None:
        stream = trigger.run()
        ready.set()
        async for event in stream:
            assert deserialize(serialize(event.payload)) == event.payload
            await events.put(event.payload)

    running = asyncio.ensure_future(run())

    async def following() -> dict[str, Any]:
        waiting = asyncio.ensure_future(events.get())
        await asyncio.wait({waiting, running}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        return waiting.result()

    try:
        yield following
        assert events.empty(), "an event that nobody expected"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)
