"""The log of a job as its readers see it."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from airflow_provider_profiler.contract.model import Model


class LogLevel(StrEnum):
    """How severe a line is, ascending."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class JobLogLine(Model):
    """One line. It holds no secrets and no cell values."""

    at: AwareDatetime
    level: str
    stage: str = ""
    """The stage that the job was in, or a part of it: ``heavy``, ``heavy/sales.csv``; empty where none is known."""
    logger: str
    message: str
    details: str | None = None
    """Where an error came from: the types of the exceptions and the lines of code, without their texts."""
    job_id: UUID
    dataset_id: UUID
    attempt: int
    node: str
    """The host that it was logged on."""
    process: int | None = None
    """Its number there."""


class JobLogPage(Model):
    """``GET /profiler/jobs/{id}/log``."""

    data: tuple[JobLogLine, ...]
    count: int
    next: int
    """What ``after`` is to be in the next request, to go on where this answer ends."""
    ended: bool
    """The job has ended and nothing follows: there is no next request."""
