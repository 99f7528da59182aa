"""Which job and which request a log line belongs to."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_job_id: ContextVar[str] = ContextVar("profiler_job_id", default="")
_request_id: ContextVar[str] = ContextVar("profiler_request_id", default="")


def current_job_id() -> str:
    """The id of the job that this thread or task works on, empty outside of one."""
    return _job_id.get()


def current_request_id() -> str:
    """The id of the HTTP request that this thread or task answers, empty outside of one."""
    return _request_id.get()


@contextmanager
def job_context(job_id: object) -> Iterator[None]:
    """Let every log line inside carry the job's id.

    :param job_id: anything whose text is the id. Threads started inside do not inherit it; enter it there again.
    """
    token = _job_id.set(str(job_id))
    try:
        yield
    finally:
        _job_id.reset(token)


@contextmanager
def request_context(request_id: str) -> Iterator[None]:
    """Let every log line inside carry the request's id."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


class ContextFilter(logging.Filter):
    """Puts ``job_id`` and ``request_id`` on every record; drops none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the ids of the place where the record was made."""
        record.job_id = current_job_id()
        record.request_id = current_request_id()
        return True
