"""What a unit of work says of itself where it runs in another process: the lines it logged come back with its result.

They could not go straight to the job's log, for that lies where the supervisor writes, which may be another host. So
they share the fate of the result: lines of a worker that dies are lost with it, and the unit is run again.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from airflow_provider_profiler.telemetry.context import JobContext, current_job, entered
from airflow_provider_profiler.telemetry.job_log import MOST_CHARACTERS, frames_of, node_name
from airflow_provider_profiler.telemetry.masking import mask_secrets, masked_message
from airflow_provider_profiler.telemetry.task_times import TaskTimes
from airflow_provider_profiler.telemetry.tracing import completed

logger = logging.getLogger(__name__)

#: Lines that a task brings back; it may hold hundreds of units.
MOST_LINES = 500


@dataclass(frozen=True)
class TaskContext:
    """What a task needs to know of the place it was sent from."""

    job: JobContext
    level: int
    """The least severe level of lines that are wanted."""

    @classmethod
    def current(cls) -> "TaskContext":
        """That of this place."""
        return cls(current_job(), logging.getLogger().getEffectiveLevel())


@dataclass(frozen=True)
class TravellingLine:
    """A log line on its way, without secrets."""

    created: float
    """Seconds since 1970, by the clock of the host that it is from."""
    level: int
    logger: str
    message: str
    stage: str
    node: str
    process: int | None
    details: str = ""
    """The traceback, which may quote what was read: for the service's own log alone."""
    frames: str = ""
    """Where an error came from."""


@dataclass(frozen=True)
class TaskReport:
    """What a task brings back beside its results."""

    lines: tuple[TravellingLine, ...] = ()
    left_out: int = 0
    """Lines that were too many."""
    times: TaskTimes | None = None
    """When and where the task ran, and so a span of the job's trace."""


class Reporter(logging.Handler):
    """Collects the lines of one task."""

    def __init__(self, context: TaskContext) -> None:
        super().__init__(context.level)
        self._job_id = context.job.job_id
        self._began_ns = time.time_ns()
        self._lines: list[TravellingLine] = []
        self._left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line of the job's."""
        job = current_job()
        if job.job_id != self._job_id:
            return
        if len(self._lines) >= MOST_LINES:
            self._left_out += 1
            return
        details = self._traceback(record)
        self._lines.append(
            TravellingLine(
                created=record.created,
                level=record.levelno,
                logger=record.name,
                message=masked_message(record)[:MOST_CHARACTERS],
                stage=job.stage,
                node=node_name(),
                process=record.process,
                details=details,
                frames=frames_of(record),
            )
        )

    def report(self) -> TaskReport:
        """What was collected so far."""
        times = TaskTimes(node_name(), os.getpid(), self._began_ns, time.time_ns())
        return TaskReport(tuple(self._lines), self._left_out, times)

    def _traceback(self, record: logging.LogRecord) -> str:
        text = record.exc_text or (
            logging.Formatter().formatException(record.exc_info) if isinstance(record.exc_info, tuple) else ""
        )
        return mask_secrets(text)[-MOST_CHARACTERS:]


@contextmanager
def reporting(context: TaskContext) -> Iterator[Reporter]:
    """Work for a job of another process: inside, lines that belong to it are collected."""
    reporter = Reporter(context)
    if not context.job.job_id:  # no job, no log
        yield reporter
        return
    root = logging.getLogger()
    level = root.level
    root.setLevel(context.level)
    root.addHandler(reporter)
    try:
        with entered(context.job):
            yield reporter
    finally:
        root.removeHandler(reporter)
        root.setLevel(level)


def deliver(report: TaskReport) -> None:
    """Log what a task has brought back, as if it had been logged here, and let it be a span of the trace that is open.

    Call it in the job's context.
    """
    if report.times is not None:
        completed("ray task", report.times)
    for line in report.lines:
        logging.getLogger(line.logger).handle(
            logging.makeLogRecord(
                {
                    "name": line.logger,
                    "levelno": line.level,
                    "levelname": logging.getLevelName(line.level),
                    "msg": line.message,
                    "created": line.created,
                    "msecs": line.created % 1 * 1000,
                    "process": line.process,
                    "exc_text": line.details or None,
                    "stage": line.stage,
                    "node": line.node,
                    "frames": line.frames,
                }
            )
        )
    if report.left_out:
        logger.warning("%d more lines that a task logged were left out.", report.left_out)
