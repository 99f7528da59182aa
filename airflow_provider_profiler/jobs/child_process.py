"""A process that works for this one, and the pipe between the two: it can be ended at any time, and made again."""

import multiprocessing
import select
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

#: Seconds before a process is made again, growing while it does not last.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


def keep(
    once: Callable[[], None], failed: Callable[[Exception], None], stopping: threading.Event, *, sound: float
) -> None:
    """Make a process again and again, until told to stop.

    :param once: one process from its start to its end.
    :param failed: is told what went wrong beside the process itself; nobody else would ever make it again.
    :param sound: seconds after which a process did not end at once.
    """
    pause = _FIRST_PAUSE
    while not stopping.is_set():
        began = time.monotonic()
        try:
            once()
        except Exception as error:
            failed(error)
        if time.monotonic() - began > sound:
            pause = _FIRST_PAUSE
        stopping.wait(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


class ChildProcess:
    """Started when it is made. It hears of our end, however that comes: its side of the pipe closes then.

    It is spawned and not forked: this process has threads, and its libraries must not find their handles in a copy.

    :param main: what it runs: a function of a module, with its side of the pipe as the first argument.
    :param given: the further arguments; they are pickled.
    """

    def __init__(self, main: Callable[..., None], *given: Any, name: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self._sending = threading.Lock()
        self._process = context.Process(target=main, args=(theirs, *given), name=name, daemon=True)
        self._process.start()
        theirs.close()

    @property
    def exit_code(self) -> int | None:
        """What it ended with, negative for a signal; None while it runs."""
        return self._process.exitcode

    def send(self, order: object, *, surely: bool = False) -> bool:
        """Tell it something; whether there is somebody to tell.

        :param surely: wait until there is room in the pipe. Otherwise what does not fit is not said: one that reads
            nothing, or has a thousand orders before it, must not keep whoever gives another.
        """
        with self._sending:
            try:
                if surely or self._has_room():
                    self.connection.send(order)
            except (OSError, ValueError):
                return False
            return True

    def _has_room(self) -> bool:
        # Not select(): a service with a thousand connections has descriptors beyond those that it takes.
        room = select.poll()
        room.register(self.connection, select.POLLOUT)
        return any(event & select.POLLOUT for _, event in room.poll(0))

    def end(self, patience: float) -> None:
        """Return when it is gone.

        :param patience: seconds in which it may end by itself; then it is killed.
        """
        if not self._sending.acquire(timeout=patience):
            # Somebody waits for room in the pipe of a child that reads nothing: without the child there is no pipe.
            self._process.kill()
            self._sending.acquire()
        try:
            self.connection.close()
        finally:
            self._sending.release()
        self._process.join(patience)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
