"""Looking again and again while a client waits for something to happen."""

import asyncio
import time
from collections.abc import AsyncIterator

from fastapi import Request

#: Seconds that a client may wait at most.
LONGEST_WAIT = 30.0
#: Seconds between two looks while a client waits: short at first, when things happen.
_FIRST_PAUSE, _LAST_PAUSE = 0.05, 0.5


async def looks(request: Request, wait: float) -> AsyncIterator[None]:
    """The moments to look at what a client waits for; whoever has found it leaves the loop.

    There is one moment at least, and no further one once the time is up, the service stops or the client is gone.
    Waiting costs no thread, and each look a fraction of a millisecond of one.

    :param wait: seconds from now on, after which the last look comes.
    """
    until = time.monotonic() + wait
    pause = _FIRST_PAUSE
    while True:
        yield
        left = until - time.monotonic()
        if left <= 0 or request.app.state.stopping() or await request.is_disconnected():
            return
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 2, _LAST_PAUSE)
