"""How many pages are made at a time and of what: whoever serves them has other things to do."""

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

#: Pages that are made at a time, each in a thread of its own and not one of those that other routes run in.
AT_ONCE = 4
#: Pages that wait for that.
WAITING = 16
#: Reports that are made at a time: each holds a whole profile in memory.
REPORTS_AT_ONCE = 2
#: Bytes of a profile up to which it is made a page of where others are served too: in memory it takes some ten times as
#: much. Of two that are compared, both together.
LARGEST_PROFILE = 64 * 1024 * 1024


class TooManyPages(Exception):
    """More pages are wanted at this moment than are made and may wait."""


class PageBound:
    """Runs what makes pages in threads, a few at a time."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._at_once, self._waiting = at_once, waiting
        self._inside: Counter[str] = Counter()
        self._limiter: Any = None

    async def run(self, make: Callable[[], T], whose: str = "") -> T:
        """What the function returns.

        :param whose: who waits for it, where that is known: one takes half of the places at most.
        :raises TooManyPages: at once, where too many wait already.
        """
        from anyio import CapacityLimiter, to_thread  # noqa: PLC0415 - only where pages are served

        places = self._at_once + self._waiting
        if self._inside.total() >= places or (whose and self._inside[whose] >= max(1, places // 2)):
            raise TooManyPages
        if self._limiter is None:
            self._limiter = CapacityLimiter(self._at_once)
        self._inside[whose] += 1
        try:
            # A browser that does not wait any longer does not end the thread, which goes on to hold its place.
            return await to_thread.run_sync(make, limiter=self._limiter)
        finally:
            self._inside[whose] -= 1
            if not self._inside[whose]:
                del self._inside[whose]
