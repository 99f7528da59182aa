"""Which job and which request a log line belongs to."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

from airflow_provider_profiler.telemetry.tracing import current_trace_id

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class JobContext:
    """What is being worked on; everything is empty where it is no job."""

    job_id: str = ""
    dataset_id: str = ""
    attempt: int = 0
    stage: str = ""
    """The stage of the job, or one of its parts: ``heavy/sales.csv``."""


_NO_JOB = JobContext()
_job: ContextVar[JobContext] = ContextVar("profiler_job", default=_NO_JOB)
_request_id: ContextVar[str] = ContextVar("profiler_request_id", default="")


def current_job() -> JobContext:
    """The job that this thread or task works on."""
    return _job.get()


def current_job_id() -> str:
    """The id of the job that this thread or task works on, empty outside of one."""
    return _job.get().job_id


def current_request_id() -> str:
    """The id of the HTTP request that this thread or task answers, empty outside of one."""
    return _request_id.get()


@contextmanager
def job_context(job_id: object, *, dataset_id: object = "", attempt: int = 0) -> Iterator[None]:
    """Let every log line inside carry the job's id, and what else is told of it.

    :param job_id: anything whose text is the id. Threads started inside do not inherit it; see :func:`carried`.
    :param dataset_id: anything whose text is the id.
    """
    with entered(JobContext(str(job_id), str(dataset_id), attempt)):
        yield


@contextmanager
def entered(context: JobContext) -> Iterator[None]:
    """Work on a job as somebody else does: what another process says it works on."""
    token = _job.set(context)
    try:
        yield
    finally:
        _job.reset(token)


@contextmanager
def stage_context(stage: str) -> Iterator[None]:
    """Let every log line inside carry the name of a stage, or of a part of one."""
    with entered(replace(_job.get(), stage=stage)):
        yield


@contextmanager
def part_context(name: str) -> Iterator[None]:
    """Let every log line inside carry the name of a part of the stage, such as a file's path; none outside of one."""
    job = _job.get()
    with entered(replace(job, stage=f"{job.stage}/{name}") if job.stage else job):
        yield


def set_stage(stage: str) -> None:
    """Let every log line that follows inside the job's context carry the name of a stage."""
    _job.set(replace(_job.get(), stage=stage))


def carried(function: Callable[P, R]) -> Callable[P, R]:
    """The function as it is to be called in other threads: there it belongs to the job and the request of this one.

    It may be called any number of times, also by several threads at once.
    """
    context = copy_context()

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        # A context can be entered once at a time; a copy of it costs nothing.
        return context.copy().run(function, *args, **kwargs)

    return run


@contextmanager
def request_context(request_id: str) -> Iterator[None]:
    """Let every log line inside carry the request's id."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


class ContextFilter(logging.Filter):
    """Puts the ids of job, dataset, request and trace on every record, and the job's attempt and stage; drops none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the ids of the place where the record was made; what it bears already stays."""
        job = _job.get()
        found = {
            "job_id": job.job_id,
            "dataset_id": job.dataset_id,
            "attempt": job.attempt,
            "stage": job.stage,
            "request_id": _request_id.get(),
            "trace_id": current_trace_id(),
        }
        for name, value in found.items():
            record.__dict__.setdefault(name, value)
        return True
