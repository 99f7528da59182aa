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

    For a while two triggerers may watch: Airflow gives a trigger to another one when the first is not heard of, which
    may only be slow. Whoever keeps an event first hands it over. The store has no way to compare and set at once, so
    what is left is the moment between asking and keeping.

    :param accessors: the trigger's ``asset_state_store``; None where it watches for no asset: nothing is kept then.
    :param key: tells this watcher from others of the same asset.
    """

    def __init__(self, accessors: Any, key: str) -> None:
        self._stores = _each(accessors)
        self._key = key
        self._kept: list[int | None] = [None] * len(self._stores)
        """With each asset, as far as is known here."""
        self._by_others = 0
        """As far as another triggerer has come."""
        self._kept_at = time.monotonic()

    async def read(self) -> int | None:
        """The position; None for a watcher that begins."""
        self._kept = await self._found()
        return max((cursor for cursor in self._kept if cursor is not None), default=None)

    async def passed(self, cursor: int) -> bool:
        """Whether another triggerer has come so far meanwhile, whose events are not to be handed over again."""
        try:
            found = await self._found()
        except AirflowRuntimeError:
            return False  # whether anything can be kept, writing will tell
        changed = [kept for known, kept in zip(self._kept, found, strict=True) if kept is not None and kept != known]
        self._kept = found
        # What nobody has changed does not count: it may be ahead, of a feed that was made anew.
        self._by_others = max([self._by_others, *changed])
        return cursor <= self._by_others

    def begin_anew(self) -> None:
        """The feed counts from its beginning again: however far others had come, it was in another one."""
        self._by_others = 0

    async def write(self, cursor: int) -> None:
        """Keep a position, with one asset at least: Airflow keeps nothing with those that no DAG uses any more.

        :raises AirflowRuntimeError: when no asset takes it.
        """
        problems = []
        for place, store in enumerate(self._stores):
            try:
                await store.aset(self._key, {"cursor": cursor})
            except AirflowRuntimeError as error:
                problems.append(error)
            else:
                self._kept[place] = cursor
        if problems and len(problems) == len(self._stores):
            raise problems[0]
        self._kept_at = time.monotonic()

    async def moved(self, cursor: int) -> None:
        """Keep a position after which nothing was found, now and then."""
        if time.monotonic() - self._kept_at < _SAVE_EVERY or cursor in self._kept:
            return
        if not await self.passed(cursor):
            await self.write(cursor)

    async def _found(self) -> list[int | None]:
        return [_cursor(await store.aget(self._key)) for store in self._stores]


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
