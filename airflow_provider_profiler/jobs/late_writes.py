"""What may be written down a moment later, so that it is written together with what comes next."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

logger = logging.getLogger(__name__)

#: Seconds that the thread waits for more before it ends; under load it is not started anew for each job.
_IDLE_SECONDS = 2.0


class LateWrites:
    """Calls functions, each at a fixed time after it was given, from one thread that is there while it is needed.

    :param seconds: from being given to being called.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._changed = threading.Condition()
        self._due: deque[tuple[float, Callable[[], None]]] = deque()
        self._running = False

    def add(self, write: Callable[[], None]) -> None:
        """Call this later. What it raises is logged, as nobody waits for it."""
        with self._changed:
            self._due.append((time.monotonic() + self.seconds, write))
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="late-writes", daemon=True).start()
            elif len(self._due) == 1:  # else it sleeps until one that is due before this
                self._changed.notify()

    def _run(self) -> None:
        while (following := self._next()) is not None:
            due, write = following
            if (early := due - time.monotonic()) > 0:
                time.sleep(early)
            try:
                write()
            except Exception:
                logger.exception("What was to be written down late was not.")
            # Not kept alive until there is another one: it has all of its job behind it.
            del following, write

    def _next(self) -> tuple[float, Callable[[], None]] | None:
        with self._changed:
            if not self._due:
                self._changed.wait(_IDLE_SECONDS)
            if self._due:
                return self._due.popleft()
            self._running = False
            return None
