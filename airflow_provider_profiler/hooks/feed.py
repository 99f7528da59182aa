"""The feed of what happened to all jobs, read in an event loop for as long as anybody wants."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from airflow_provider_profiler.contract.job import EventKind, FeedEvent
from airflow_provider_profiler.hooks.errors import ProfilerHookError, ServiceFailed, ServiceTooOld, ServiceUnreachable
from airflow_provider_profiler.hooks.patience import Patience
from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook
from airflow_provider_profiler.hooks.reading import LONGEST_HOLD

#: Events in one answer.
_LIMIT = 200
#: Seconds between two looks at a service that answers at once although nothing has happened.
_IDLE = 1.0


@dataclass(frozen=True)
class FeedPage:
    """A part of the feed: the events after one cursor, up to and with another."""

    after: int
    next: int
    events: tuple[FeedEvent, ...] = ()
    missed: bool = False
    """Whether the service keeps less than all of this part, or never gave the cursor that it begins with."""


@dataclass(frozen=True)
class StateFeed:
    """Reads states alone. The service may be away for any time, or refuse the token until somebody has renewed it.

    :param hook: what it reads with, opened anew after each trouble.
    :param patience: how long to wait after a trouble; how many there are does not count.
    :param report: takes the lines for the log.
    """

    hook: ProfilerAsyncHook
    patience: Patience
    report: Callable[[str], None]

    async def end(self) -> int:
        """The cursor from which on there is nothing yet."""
        return (await self.page("latest")).next

    async def page(self, after: int | str, *, wait: float = 0.0) -> FeedPage:
        """What comes after a cursor.

        :param wait: seconds for which the service may hold its answer back until something happens.
        """
        troubles = 0
        while True:
            try:
                found = await self.hook.events(after, kinds=(EventKind.STATE,), limit=_LIMIT, wait=wait)
                if found is None:
                    raise ServiceTooOld(
                        "The profiling service has no feed of events (GET /profiler/events), so nothing can be watched."
                    )
                start = after if isinstance(after, int) else found.next
                return FeedPage(start, found.next, found.data, found.missed)
            except ProfilerHookError as error:
                troubles += 1
                pause = self._pause(troubles, error)
                self.report(f"{error} Looking at the feed of events again in {pause:.1f} s.")
                # Somebody may have mended the connection, or renewed its token.
                await self.hook.close()
            await asyncio.sleep(pause)

    async def to_the_end(self, after: int) -> AsyncIterator[FeedPage]:
        """All there is after a cursor now."""
        while True:
            page = await self.page(after)
            if page.missed:
                self.report(
                    f"The profiling service has not kept all of its events after {after}, or its store was made anew: "
                    f"some may have been missed. Going on from {page.next}."
                )
            yield page
            if page.next == after:
                return
            after = page.next

    async def from_now_on(self) -> AsyncIterator[FeedPage]:
        """What happens, as it happens; first of all an empty part that says where it begins."""
        after = await self.end()
        yield FeedPage(after, after)
        while True:
            began = time.monotonic()
            page = await self.page(after, wait=LONGEST_HOLD)
            if page.next != after:
                yield page
                after = page.next
            else:
                await asyncio.sleep(max(0.0, _IDLE - (time.monotonic() - began)))

    def _pause(self, troubles: int, error: ProfilerHookError) -> float:
        known = error if isinstance(error, ServiceFailed | ServiceUnreachable) else ServiceUnreachable(str(error))
        # Beyond some doublings the longest wait is reached; the number itself would overflow after days.
        return self.patience.wait(min(troubles, 16), known)


async def following(feed: StateFeed, live: AsyncIterator[FeedPage], position: int) -> AsyncIterator[FeedPage]:
    """Every part of the feed after a position, each event once and in order.

    What was missed is read from the service; then what others see live is enough, as long as it goes on from where one
    is. One stream of what happens thus serves any number of readers, whenever each of them came and wherever it began.

    :param feed: where to read what the live stream does not have.
    :param live: what happens, in parts that follow one another.
    :param position: the last cursor that is done with.
    """
    async for page in feed.to_the_end(position):
        yield page
        position = page.next
    async for page in live:
        if page.missed or page.after > position:
            async for own in feed.to_the_end(position):
                yield own
                position = own.next
        if page.next > position:
            yield FeedPage(position, page.next, tuple(event for event in page.events if event.cursor > position))
            position = page.next
