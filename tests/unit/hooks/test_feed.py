"""The feed for many readers of one stream: each event once and in order, wherever a reader begins."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_profiler.contract.job import EventKind, FeedEvent
from airflow_provider_profiler.hooks.feed import FeedPage, StateFeed, following
from airflow_provider_profiler.hooks.patience import Patience

NOBODY = UUID(int=0)


def event(cursor: int) -> FeedEvent:
    return FeedEvent(
        cursor=cursor,
        job_id=NOBODY,
        dataset_id=NOBODY,
        revision=1,
        sequence=cursor,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        kind=EventKind.STATE,
        data={},
    )


class Service:
    """Has events at some cursors up to its end, of which it tells so many at a time."""

    def __init__(self, cursors: set[int], end: int, limit: int) -> None:
        self.cursors, self.end, self.limit = cursors, end, limit

    async def events(self, after: int | str, **options: Any) -> Any:
        if after == "latest":
            return FeedPage(self.end, self.end)
        assert isinstance(after, int)
        found = [cursor for cursor in sorted(self.cursors) if after < cursor <= self.end][: self.limit]
        last = found[-1] if len(found) == self.limit else max(after, self.end)
        page: Any = FeedPage(after, last, tuple(map(event, found)))
        object.__setattr__(page, "data", page.events)
        return page


def feed(service: Service) -> StateFeed:
    hook: Any = service
    return StateFeed(hook, Patience(), report=print)


@given(
    cursors=st.sets(st.integers(1, 30)),
    position=st.integers(0, 30),
    begins=st.integers(0, 30),
    cuts=st.sets(st.integers(1, 30)),
    limit=st.integers(1, 5),
)
def test_each_event_after_a_position_comes_once_and_in_order(
    cursors: set[int], position: int, begins: int, cuts: set[int], limit: int
) -> None:
    end = max({position, begins, *cuts})
    service = Service(cursors, position, limit)

    async def live() -> AsyncIterator[FeedPage]:
        # The stream begins where the service is at that moment, somewhere after the reader has caught up.
        service.end = start = max(begins, position)
        yield FeedPage(start, start)
        for cut in sorted(cut for cut in cuts if cut > start):
            service.end = cut
            yield FeedPage(start, cut, tuple(event(at) for at in sorted(cursors) if start < at <= cut))
            start = cut

    async def read() -> list[FeedPage]:
        return [page async for page in following(feed(service), live(), position)]

    pages = asyncio.run(read())
    seen = [item.cursor for page in pages for item in page.events]
    assert seen == [at for at in sorted(cursors) if position < at <= end]
    assert all(before.next == after.after for before, after in pairwise(pages))


def test_a_reader_that_came_late_sees_nothing_twice() -> None:
    service = Service({1, 2, 3}, end=3, limit=9)

    async def live() -> AsyncIterator[FeedPage]:
        yield FeedPage(1, 3, (event(2), event(3)))  # was on its way when the reader came
        service.cursors.add(4)
        yield FeedPage(3, 4, (event(4),))

    async def read() -> list[int]:
        return [item.cursor async for page in following(feed(service), live(), 2) for item in page.events]

    assert asyncio.run(read()) == [3, 4]
