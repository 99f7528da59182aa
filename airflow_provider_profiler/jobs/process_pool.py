"""Jobs in processes of their own on the service's host: they use all processors, slow no answer down, and one that
dies takes neither the service nor the jobs of the others along.
"""

import logging
import math
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.contract.messages import DependencyHealth
from airflow_provider_profiler.jobs.child_process import ChildProcess, keep
from airflow_provider_profiler.jobs.job_orders import End, NotRunning, Running, Wake
from airflow_provider_profiler.jobs.job_process import run_jobs

logger = logging.getLogger(__name__)

#: A process that ran for so long did not end at once.
_SOUND_SECONDS = 60.0
#: Seconds between two looks at whether the service ends.
_LOOK_SECONDS = 0.2
#: Seconds of a stop that are left for a process to end in after its jobs were given back.
_EXIT_SECONDS = 3.0


class ProcessPool:
    """The supervisor of a service whose jobs run in ``settings.job_processes`` processes.

    :param settings: ``max_running_jobs`` is shared among the processes; there are no more processes than jobs.
    """

    def __init__(self, settings: Settings) -> None:
        count = min(settings.job_processes, settings.max_running_jobs)
        each, more = divmod(settings.max_running_jobs, count)
        travelling = settings.for_workers()
        self.processes = [
            KeptProcess(travelling.model_copy(update={"max_running_jobs": each + (number < more)}), number)
            for number in range(count)
        ]

    def start(self) -> None:
        """Let the processes be started; jobs that are submitted meanwhile are durable, and taken then."""
        for kept in self.processes:
            kept.start()

    def stop(self, timeout: float) -> None:
        """Let every process give its jobs back and end.

        :param timeout: seconds that units of work may still take.
        """
        for kept in self.processes:
            kept.stop(timeout)
        for kept in self.processes:
            kept.join()

    def wake(self, job_id: UUID | None = None) -> None:
        """Let the processes look into the store: a job was submitted, or a running one is to stop."""
        for kept in self.processes:
            kept.wake(job_id)

    def check(self) -> None:
        """Tell whether jobs may be submitted.

        :raises ServiceUnavailable: when no process can run them, saying why.
        """
        if all(kept.unable for kept in self.processes):
            raise ServiceUnavailable(self.processes[0].why_not or "No process can run jobs.")

    def health(self) -> DependencyHealth | None:
        """How the processes are; None while all is well."""
        troubled = [kept for kept in self.processes if kept.why_not]
        if not troubled:
            return None
        sound = len(self.processes) - len(troubled)
        return DependencyHealth(
            status="unhealthy",
            message=f"{sound} of {len(self.processes)} processes run jobs. {troubled[0].why_not}",
            since=min(kept.since for kept in troubled),
        )


class KeptProcess:
    """One process, made again whenever it ends."""

    def __init__(self, settings: Settings, number: int) -> None:
        self.why_not: str | None = None
        """Why no job runs here; None while one may, also while the process is started for the first time."""
        self.unable = False
        """Whether the process itself said so: starting it again will not help by itself."""
        self.since = datetime.now(UTC)
        self.troubled = threading.Event()
        """Set while there is such a reason."""
        self.settings = settings
        self._name = f"profiler-jobs-{number}"
        self._stopping = threading.Event()
        self._give_back = 0.0
        self._end_by = math.inf
        self._child: ChildProcess | None = None
        self._thread = threading.Thread(target=self._keep, name=self._name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self, job_id: UUID | None) -> None:
        """Let it look into the store."""
        child = self._child
        if child is not None:
            child.send(Wake(job_id))

    def stop(self, timeout: float) -> None:
        """Begin to end it."""
        self._give_back = max(0.0, timeout - _EXIT_SECONDS)
        self._end_by = time.monotonic() + timeout
        self._stopping.set()
        child = self._child
        if child is not None:
            child.send(End(self._give_back), surely=True)

    def join(self) -> None:
        """Return when it has ended."""
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        keep(self._once, self._failed, self._stopping, sound=_SOUND_SECONDS)

    def _failed(self, error: Exception) -> None:
        logger.exception("The process %s cannot be kept; trying again.", self._name)
        self._trouble(f"A process cannot be started ({type(error).__name__}).")

    def _once(self) -> None:
        """One process from its start to its end."""
        child = self._child = ChildProcess(run_jobs, self.settings, name=self._name)
        if self._stopping.is_set():
            child.send(End(self._give_back), surely=True)
        try:
            self._listen(child)
        finally:
            self._child = None
            child.end(max(0.0, min(_EXIT_SECONDS, self._end_by - time.monotonic())))
        if not self._stopping.is_set():
            lost = "" if child.exit_code == 0 else " Its jobs are taken up when their leases run out."
            logger.error(
                "The process %s ended with exit code %s and is started again.%s", self._name, child.exit_code, lost
            )

    def _listen(self, child: ChildProcess) -> None:
        told = False
        while time.monotonic() < self._end_by:
            if not child.connection.poll(_LOOK_SECONDS):
                continue
            try:
                word = child.connection.recv()
            except (EOFError, OSError):
                if not told:
                    self._trouble("A process ended and is started again; the service's log says how it ended.")
                return
            self.unable = isinstance(word, NotRunning) and not word.passing
            if isinstance(word, NotRunning):
                told = True
                self._trouble(word.message)
            elif isinstance(word, Running):
                self.why_not = None
                self.troubled.clear()

    def _trouble(self, why: str) -> None:
        if self.why_not is None:
            self.since = datetime.now(UTC)
        self.why_not = why
        self.troubled.set()
