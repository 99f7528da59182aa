"""The log of one attempt at a job: what this process logs while it works on it, as JSON lines in a file of the job's.

A line is written with one call to the end of the file, so that lines of two processes never mix: an attempt that was
stalled and writes on beside its successor is told by its number.
"""

import json
import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO

from airflow_provider_profiler.telemetry.context import JobContext, current_job
from airflow_provider_profiler.telemetry.masking import mask_secrets, masked_message
from airflow_provider_profiler.telemetry.tracebacks import frames_text

logger = logging.getLogger(__name__)

#: ``extra`` of a line that is written even where the log is full: how an attempt ended.
LAST_WORDS = {"last_words": True}
#: Characters of a message, or of where an error came from, that are kept.
MOST_CHARACTERS = 8192
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class JobLog:
    """Writes lines until the file is full; what is left out then is counted."""

    def __init__(self, file: BinaryIO, context: JobContext, *, max_bytes: int) -> None:
        """Go on where the file ends.

        :param file: unbuffered, and open for appending: whatever is written lands at its end.
        :param context: the job and the attempt whose lines these are.
        :param max_bytes: size of the file above which only last words are added.
        """
        self.context = context
        self._file = file
        self._max_bytes = max_bytes
        self._size = file.seek(0, os.SEEK_END)
        self._lock = threading.Lock()
        self._left_out = 0
        self._torn = False
        self._broken = False

    def write(self, record: logging.LogRecord) -> None:
        """Add a line. What goes wrong with the file is told once in the service's log, and never ends a job."""
        line = self._line(record)
        with self._lock:
            if self._broken:
                return
            try:
                self._add(line, last=getattr(record, "last_words", False))
                return
            except OSError as error:
                self._broken = True
                why = error.strerror or type(error).__name__
        logger.warning("The log of job %s cannot be written any more: %s.", self.context.job_id, why)

    def close(self) -> None:
        """Write no more."""
        with self._lock:
            self._broken = True
            self._file.close()

    def _add(self, line: bytes, *, last: bool) -> None:
        if not last and self._size + len(line) > self._max_bytes:
            self._left_out += 1
            if self._left_out == 1:
                self._append(
                    self._own(
                        f"The log is cut here: it would become larger than {self._max_bytes:,} bytes "
                        "(PROFILER_MAX_JOB_LOG_BYTES). How the attempt ends is told below."
                    )
                )
            return
        if last and self._left_out:
            self._append(self._own(f"{self._left_out:,} lines were left out here, for the log is full."))
            self._left_out = 0
        self._append(line)

    def _append(self, line: bytes) -> None:
        if self._torn:
            line, self._torn = b"\n" + line, False
        written = self._file.write(line)
        self._size += written
        if written < len(line):  # the disk is full; should there be room again, the next line begins on its own
            self._torn = True

    def _own(self, message: str) -> bytes:
        return self._line(logging.makeLogRecord({"name": __name__, "levelname": "WARNING", "msg": message}))

    def _line(self, record: logging.LogRecord) -> bytes:
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "stage": getattr(record, "stage", None) or current_job().stage,
            "logger": record.name,
            "message": masked_message(record)[:MOST_CHARACTERS],
            "job_id": self.context.job_id,
            "dataset_id": self.context.dataset_id,
            "attempt": self.context.attempt,
            "node": getattr(record, "node", None) or node_name(),
            "process": record.process,
        }
        if details := frames_of(record):
            entry["details"] = details
        # Whatever bytes a name is made of, the line is UTF-8.
        return _encoded(entry).encode("utf-8", "replace") + b"\n"


class _JobLogs(logging.Handler):
    """Brings each record to the log of the job in whose context it was made, where there is one."""

    def __init__(self) -> None:
        super().__init__()
        self._logs: dict[tuple[str, int], JobLog] = {}
        self._changing = threading.Lock()

    def handle(self, record: logging.LogRecord) -> bool:
        """Without the handler's lock: a slow file of one job must not hold up the others."""
        job = current_job()
        log = self._logs.get((job.job_id, job.attempt))
        if log is not None:
            log.write(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """See :meth:`handle`."""

    def add(self, log: JobLog) -> None:
        """Take records for a log; the handler stands among the root's for as long as there is one."""
        with self._changing:
            self._logs[log.context.job_id, log.context.attempt] = log
            root = logging.getLogger()
            if self not in root.handlers:
                root.addHandler(self)

    def remove(self, log: JobLog) -> None:
        """Take no more."""
        with self._changing:
            self._logs.pop((log.context.job_id, log.context.attempt), None)
            if not self._logs:
                logging.getLogger().removeHandler(self)


_LOGS = _JobLogs()


@contextmanager
def logged(log: JobLog) -> Iterator[None]:
    """Let what this process logs in the context of the log's job go there too; the log is closed at the end."""
    _LOGS.add(log)
    try:
        yield
    finally:
        _LOGS.remove(log)
        log.close()


def frames_of(record: logging.LogRecord) -> str:
    """Where the error of a record came from; empty where it has none."""
    told: str | None = getattr(record, "frames", None)
    if told is None:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        told = "" if error is None else frames_text(error)
    return mask_secrets(told)[:MOST_CHARACTERS] if told else ""


def node_name() -> str:
    """What this host calls itself."""
    return socket.gethostname()
