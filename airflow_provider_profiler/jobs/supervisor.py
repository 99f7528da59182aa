"""Runs jobs in threads of this process: claims them by lease, keeps the leases, gives the jobs back at the end."""

import logging
import os
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import JobNotFound, ProfilerError, StaleAttempt
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.jobs.control import JobControl, StopCause
from airflow_provider_profiler.jobs.heartbeat import Heartbeat
from airflow_provider_profiler.jobs.lifecycle import Engine, JobLifecycle, utc_now
from airflow_provider_profiler.jobs.lost import observed
from airflow_provider_profiler.jobs.store import JobRecord, JobStore, RunnerKind
from airflow_provider_profiler.render.documents import Renderings
from airflow_provider_profiler.storage.results import ResultStore
from airflow_provider_profiler.telemetry.context import job_context

logger = logging.getLogger(__name__)

#: Seconds between looks for jobs of other processes and for expired leases; our own submissions wake us at once.
POLL_SECONDS = 2.0
#: Jobs looked at in one go: when several processes reach for the first, the losers find the next at once.
CANDIDATES = 8
#: A job whose processes died so often most likely kills them: it must not do so for ever.
MAX_LOSSES = 10


@dataclass(frozen=True)
class _Run:
    record: JobRecord
    control: JobControl
    heartbeat: Heartbeat


class InlineSupervisor:
    """A fixed pool of threads that run jobs of one kind of runner.

    Embedded jobs belong to the process that submits them: they run only where :meth:`wake` or :meth:`run_one` is
    called with their id. All others are found in the store, by priority and age, whoever submitted them.

    :param runner: the jobs to run.
    :param owner: names this supervisor in the store; made of host and process where it is not given.
    :param clock: the present moment, aware.
    :param poll_seconds: seconds between looks into the store.
    """

    def __init__(
        self,
        store: JobStore,
        results: ResultStore,
        engine: Engine[Any],
        settings: Settings,
        runner: RunnerKind,
        *,
        owner: str | None = None,
        renderings: Renderings | None = None,
        clock: Callable[[], datetime] = utc_now,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._store = store
        self._settings = settings
        self._runner = runner
        self._owner = owner or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._lifecycle = JobLifecycle(store, results, engine, settings, renderings=renderings, clock=clock)
        self._changed = threading.Condition()
        self._wakes = 0
        self._stopping = False
        self._draining = False
        self._threads: list[threading.Thread] = []
        self._claimed: deque[_Run] = deque()
        self._runs: dict[UUID, _Run] = {}

    def start(self) -> None:
        """Begin to run jobs; ``settings.max_running_jobs`` at a time."""
        for number in range(self._settings.max_running_jobs):
            thread = threading.Thread(target=self._work, name=f"jobs-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self, job_id: UUID | None = None) -> None:
        """Look at once for something to do: a job was submitted, or a running one is to be aborted.

        :param job_id: the job; needed for an embedded one, which is claimed before this returns.
        """
        if job_id is not None and self._runner is RunnerKind.EMBEDDED and self._threads and not self._stopping:
            with suppress(JobNotFound):
                run = self._claim(job_id)
                if run is not None:
                    self._claimed.append(run)
        with self._changed:
            self._wakes += 1
            self._changed.notify_all()
            runs = list(self._runs.values())
        for run in runs:
            run.heartbeat.at_once()

    def drain(self) -> bool:
        """Take no more jobs, and go on with those that run here.

        :return: whether one still does.
        """
        with self._changed:
            self._draining = True
            self._changed.notify_all()
            return bool(self._runs)

    def check(self) -> None:
        """Jobs may always be submitted: they run here."""

    def health(self) -> None:
        """There is no cluster behind this."""

    def run_one(self, job_id: UUID) -> JobRecord:
        """Run a job to its end in the calling thread.

        :return: the job at its end, or as it is where another process has it.
        :raises JobNotFound: when there is no such job.
        """
        run = self._claim(job_id)
        if run is not None:
            return self._execute(run)
        record = self._store.get(job_id)
        if record is None:
            raise JobNotFound(f"No job {job_id} is known here.")
        return observed(self._store, record, self._clock())

    def stop(self, timeout: float = 30.0) -> None:
        """Stop running jobs and return when none runs here any more.

        Each running job stops after its current unit of work and is given back, so that the next process goes on
        with it at once. Embedded ones fail, as nobody else may run them.

        :param timeout: seconds to wait for units of work; a job whose unit takes longer is given back all the same,
            and what its thread writes afterwards is refused.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            runs = list(self._runs.values())
        for run in runs:
            run.control.stop(StopCause.SHUTDOWN)
        patience = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, patience - time.monotonic()))
        with self._changed:
            left = list(self._runs.values())
        for run in left:
            with _context(run.record):
                try:
                    self._lifecycle.give_up(run.record, run.control)
                except StaleAttempt:
                    pass
                except ProfilerError:
                    logger.exception("Job %s could not be given back; its lease runs out.", run.record.job_id)
            self._forget(run)

    def _work(self) -> None:
        while (run := self._next()) is not None:
            try:
                self._execute(run)
            except Exception:
                # The store went away, or a bug: this job's lease runs out, the others shall go on.
                with _context(run.record):
                    logger.exception("Job %s was left as it is.", run.record.job_id)

    def _next(self) -> _Run | None:
        while True:
            with self._changed:
                if self._stopping:
                    return None
                if self._claimed:
                    return self._claimed.popleft()
                if self._draining:
                    return None
                seen = self._wakes
            run = None
            if self._runner is not RunnerKind.EMBEDDED:
                try:
                    run = self._claim_next()
                except Exception:
                    logger.exception("The job store cannot be asked for jobs; trying again.")
            if run is not None:
                return run
            with self._changed:
                if not self._stopping and not self._draining and seen == self._wakes:
                    self._changed.wait(self._poll_seconds)

    def _claim_next(self) -> _Run | None:
        for job_id in self._store.claimable(self._runner, self._clock(), CANDIDATES):
            run = self._claim(job_id)
            if run is not None:
                return run
        return None

    def _claim(self, job_id: UUID) -> _Run | None:
        now = self._clock()
        lease_seconds = self._settings.lease_seconds
        record = self._store.claim(job_id, self._owner, now, now + timedelta(seconds=lease_seconds))
        if record is None:
            return None
        if record.losses >= MAX_LOSSES:
            message = (
                f"The job was given up: {record.losses} attempts were lost with the process that ran them. "
                "The service's log may say why."
            )
            self._lifecycle.fail(record, Reason(code=ReasonCode.LOST, message=message))
            return None
        control = JobControl()
        if record.abort_requested:
            control.stop(StopCause.ABORT, record.abort_reason)
        run = _Run(record, control, Heartbeat(self._store, record, control, lease_seconds, self._clock))
        with self._changed:
            self._runs[job_id] = run
            if self._stopping:
                control.stop(StopCause.SHUTDOWN)
        run.heartbeat.start()
        return run

    def _execute(self, run: _Run) -> JobRecord:
        try:
            return self._lifecycle.run(run.record, run.control)
        finally:
            self._forget(run)

    def _forget(self, run: _Run) -> None:
        run.heartbeat.stop()
        with self._changed:
            # A superseded run may outlive a later one of the same job.
            if self._runs.get(run.record.job_id) is run:
                del self._runs[run.record.job_id]


def _context(record: JobRecord) -> AbstractContextManager[None]:
    return job_context(record.job_id, dataset_id=record.dataset_id, attempt=record.attempt)
