"""How a unit of work that takes long learns that nobody wants its result any more.

What it asks travels with the context and not with the task, which has to be picklable. Where nobody has said what to
ask, as on another node, work goes on: there it is cancelled from outside. The processes apart that read documents and
workbooks have limits of their own.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from airflow_provider_profiler.profiling.observer import Stopped


def _go_on() -> None:
    """Nobody stops the work."""


_check: ContextVar[Callable[[], None]] = ContextVar("profiling_check", default=_go_on)


def current_check() -> Callable[[], None]:
    """What work in this thread asks whether it may go on."""
    return _check.get()


def check_wanted() -> None:
    """Called every few megabytes, or every batch of rows, by whatever goes over a whole file.

    :raises Stopped: to give up; no file is to be marked as failed for it.
    """
    _check.get()()


@contextmanager
def asking(check: Callable[[], None]) -> Iterator[None]:
    """Let work inside ask this whether it may go on. Threads started inside do not inherit it by themselves.

    :param check: raises :class:`~airflow_provider_profiler.profiling.observer.Stopped` where it may not.
    """
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


class StopSignal:
    """Tells worker threads that the thread they work for does not wait for their results any more."""

    def __init__(self) -> None:
        self._given = threading.Event()

    def give(self) -> None:
        """Let all of them stop."""
        self._given.set()

    def check(self) -> None:
        """Go on, or not.

        :raises Stopped: once the signal was given.
        """
        if self._given.is_set():
            raise Stopped("nobody waits for this work any more")
