"""Keeps the lease on one running job, and learns what others want of it."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from airflow_provider_profiler.contract.errors import StaleAttempt
from airflow_provider_profiler.jobs.control import JobControl, StopCause
from airflow_provider_profiler.jobs.store import JobRecord, JobStore
from airflow_provider_profiler.telemetry.context import job_context

logger = logging.getLogger(__name__)


class Heartbeat:
    """Renews a lease every third of its length, from a thread of its own.

    Two renewals may fail before the lease is lost; where it is, or an abort was requested, the job is told to stop.

    :param record: the job as it was claimed.
    :param lease_seconds: length of a lease in seconds.
    :param clock: the present moment, aware.
    """

    def __init__(
        self,
        store: JobStore,
        record: JobRecord,
        control: JobControl,
        lease_seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._record = record
        self._control = control
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._ended = False
        self._due = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heartbeat-{record.job_id}", daemon=True)

    def start(self) -> None:
        """Begin to renew the lease; the claim has given the first one."""
        self._thread.start()

    def stop(self) -> None:
        """Renew the lease no more; when this returns no renewal is under way."""
        self._ended = True
        self._due.set()
        self._thread.join()

    def at_once(self) -> None:
        """Let the next beat come now: somebody has something to say about a job."""
        self._due.set()

    def beat(self) -> None:
        """Renew the lease once, and stop the job where there is a cause."""
        now = self._clock()
        lease_until = now + timedelta(seconds=self._lease_seconds)
        try:
            record = self._store.renew(self._record.job_id, self._record.attempt, now, lease_until)
        except StaleAttempt:
            self._control.stop(StopCause.SUPERSEDED)
            return
        if record.abort_requested:
            self._control.stop(StopCause.ABORT, record.abort_reason)

    def _run(self) -> None:
        record = self._record
        with job_context(record.job_id, dataset_id=record.dataset_id, attempt=record.attempt):
            while True:
                self._due.wait(self._lease_seconds / 3)
                self._due.clear()
                if self._ended:
                    return
                try:
                    self.beat()
                except Exception:
                    # The store may be back before the lease has run out.
                    logger.exception("The lease on job %s could not be renewed.", self._record.job_id)
