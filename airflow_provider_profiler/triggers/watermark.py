"""How far a watcher has come, kept with the assets that it watches for."""

import time
from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError

#: Seconds after which a position is written down where nothing was found: what was looked at need not be again.
_SAVE_EVERY = 60.0


class Watermark:
    """The last cursor that is done with, in Airflow's asset state store.

    A trigger may watch for several assets (those with equal watchers share it), and fires for all of them at once: each
    of them keeps the same position, and the furthest counts, so that no asset sees an event again.

    :param accessors: the trigger's ``asset_state_store``; None where it watches for no asset: nothing is kept then.
    :param key: tells this watcher from others of the same asset.
    """

    def __init__(self, accessors: Any, key: str) -> None:
        self._stores = _each(accessors)
        self._key = key
        self._kept: int | None = None
        self._kept_at = time.monotonic()

    async def read(self) -> int | None:
        """The position; None for a watcher that begins."""
        found = [_cursor(await store.aget(self._key)) for store in self._stores]
        self._kept = max((cursor for cursor in found if cursor is not None), default=None)
        return self._kept

    async def write(self, cursor: int) -> None:
        """Keep a position, with one asset at least: Airflow keeps nothing with those that no DAG uses any more.

        :raises AirflowRuntimeError: when no asset takes it.
        """
        problems = []
        for store in self._stores:
            try:
                await store.aset(self._key, {"cursor": cursor})
            except AirflowRuntimeError as error:
                problems.append(error)
        if problems and len(problems) == len(self._stores):
            raise problems[0]
        self._kept, self._kept_at = cursor, time.monotonic()

    async def moved(self, cursor: int) -> None:
        """Keep a position after which nothing was found, now and then."""
        if cursor != self._kept and time.monotonic() - self._kept_at >= _SAVE_EVERY:
            await self.write(cursor)


def _each(accessors: Any) -> list[Any]:
    """The store of each asset. ``accessors`` itself answers for a single asset alone, and tells nobody which it has."""
    if accessors is None:
        return []
    return [
        *getattr(accessors, "_by_name", {}).values(),
        *getattr(accessors, "_by_uri", {}).values(),
    ] or [accessors]


def _cursor(kept: Any) -> int | None:
    cursor = kept.get("cursor") if isinstance(kept, dict) else None
    return cursor if isinstance(cursor, int) else None
