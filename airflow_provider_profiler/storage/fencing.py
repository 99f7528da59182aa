"""A last look before a document takes its place: whether whoever writes it still may.

A writer that holds a lock for a limited time can be stalled, by the machine or by a debugger, until long after
somebody else has taken the lock over. Only the moment before the rename can tell.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_fence: ContextVar[Callable[[], None] | None] = ContextVar("fence", default=None)


@contextmanager
def fenced(check: Callable[[], None]) -> Iterator[None]:
    """Let ``check`` run in this thread before every document that is put in place inside the block.

    :param check: raises when the writer may not write any more; the document then stays as it was.
    """
    token = _fence.set(check)
    try:
        yield
    finally:
        _fence.reset(token)


def check_fence() -> None:
    """Ask whoever fences this thread's writes.

    :raises Exception: whatever the check raises, when the writer may not write any more.
    """
    check = _fence.get()
    if check is not None:
        check()
