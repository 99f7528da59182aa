"""What one process at a time does for all of them: a thread that holds a duty by lease, and does a turn of it."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from airflow_provider_profiler.contract.errors import ProfilerError
from airflow_provider_profiler.jobs.store import JobStore

logger = logging.getLogger(__name__)

#: Seconds after which another process takes over from one that died.
HOLD_SECONDS = 60.0


class Duty:
    """Does its work again and again while it holds the duty; of several processes, one does.

    :param store: knows who holds the duty, and how far it is done.
    :param name: of the duty.
    :param work: one turn of it. It asks :meth:`keep` before every step that takes long or that others see, and ends
        its turn where the answer is no. What it raises is logged, and it is called again.
    :param every: seconds between two turns.
    :param clock: the present moment, aware.
    :param hold_seconds: after which another process takes over from one that died.
    """

    def __init__(
        self,
        store: JobStore,
        name: str,
        work: Callable[["Duty"], None],
        *,
        every: float,
        clock: Callable[[], datetime],
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        self.store = store
        self.name = name
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._work = work
        self._every = every
        self._clock = clock
        self._hold = timedelta(seconds=hold_seconds)
        self._until: datetime | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name=f"duty-{self.name}", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let the turn under way be the last one."""
        self._stopping.set()

    def stop(self, timeout: float) -> None:
        """Stop, and give the duty to whoever wants it.

        :param timeout: seconds to wait for the step under way; the duty runs out by itself where it takes longer.
        """
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(timeout)

    def keep(self) -> bool:
        """Whether to go on: the duty is held for some time from now, and nobody wants this process to stop."""
        if self._stopping.is_set():
            return False
        now = self._clock()
        # Asked of the store now and then only: a turn may come by the second.
        if self._until is None or self._until - now < self._hold * (2 / 3):
            until = now + self._hold
            self._until = until if self.store.hold_duty(self.name, self.owner, now, until) else None
        return self._until is not None

    @property
    def cursor(self) -> int | None:
        """How far whoever had the duty has come; None where nobody ever said."""
        return self.store.duty_cursor(self.name)

    def advance(self, cursor: int) -> bool:
        """Write down how far the duty is done; False where another process has it by now."""
        if self.store.set_duty_cursor(self.name, self.owner, cursor):
            return True
        self._until = None
        return False

    def _run(self) -> None:
        # Looked at more often than it is done, so that nobody else takes it in between.
        pause = min(self._every, self._hold.total_seconds() / 3)
        due = time.monotonic()
        while not self._stopping.is_set():
            try:
                if self.keep() and time.monotonic() >= due:
                    due = time.monotonic() + self._every
                    self._work(self)
            except ProfilerError as error:
                logger.warning("The duty %s could not be done: %s", self.name, error)
                self._until = None
            except Exception:
                logger.exception("The duty %s could not be done; trying again.", self.name)
            self._stopping.wait(pause)
        self._give_up()

    def _give_up(self) -> None:
        if self._until is None:
            return
        now = self._clock()
        try:
            self.store.hold_duty(self.name, self.owner, now, now)
        except ProfilerError as error:
            logger.info("The duty %s runs out by itself: %s", self.name, error)
