"""What stands behind the routes: the job store, the results, and the supervisor that runs the jobs."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import JobCleanedUp, JobNotFound
from airflow_provider_profiler.contract.messages import DependencyHealth
from airflow_provider_profiler.jobs.lost import observed
from airflow_provider_profiler.jobs.store import JobRecord, JobStore, RunnerKind
from airflow_provider_profiler.jobs.store_choice import open_store
from airflow_provider_profiler.storage.local_results import LocalResultStore
from airflow_provider_profiler.storage.results import ResultStore


class Supervisor(Protocol):
    """Runs the jobs that stand in the store."""

    def start(self) -> None:
        """Begin to take jobs."""
        ...

    def stop(self) -> None:
        """Take no more, and end or give back those that run."""
        ...

    def wake(self, job_id: UUID | None = None) -> None:
        """Look at the store now: the job was submitted, or some job is to stop."""
        ...

    def check(self) -> None:
        """Tell whether jobs may be submitted.

        :raises ServiceUnavailable: when they would not be run, saying why.
        """
        ...

    def health(self) -> DependencyHealth | None:
        """How the cluster is that the jobs run on, without asking it; None where there is none."""
        ...


#: Makes the supervisor for a store and results, once the application starts.
SupervisorFactory = Callable[[JobStore, ResultStore], Supervisor]


def moment_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


@dataclass
class Backend:
    """Everything that the routes use; opened when the application starts, closed when it stops."""

    settings: Settings
    store: JobStore
    results: ResultStore
    runner: RunnerKind
    supervisor: Supervisor | None = None
    """None where jobs are only looked at: submissions are refused."""
    now: Callable[[], datetime] = moment_now
    _closing: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def open(cls, settings: Settings, runner: RunnerKind, supervise: SupervisorFactory | None) -> "Backend":
        """Open the job store and the results, and start the supervisor.

        :param supervise: makes the supervisor; None to run no jobs.
        :raises ConfigurationError: when the stores cannot be used as they are.
        :raises ServiceUnavailable: when they cannot be opened.
        """
        with ExitStack() as opening:
            store = open_store(settings)
            opening.callback(store.close)
            results = LocalResultStore(settings.results_folder, settings.cdd_folder, settings.home / "scratch")
            supervisor = supervise(store, results) if supervise else None
            if supervisor:
                supervisor.start()
                opening.callback(supervisor.stop)
            return cls(settings, store, results, runner, supervisor, _closing=opening.pop_all())

    def close(self) -> None:
        """Stop the supervisor and close the stores."""
        self._closing.close()

    def wake(self, submitted: UUID | None = None) -> None:
        """Let the supervisor look at the store now.

        :param submitted: the job that was just submitted; an embedded supervisor takes no others.
        """
        if self.supervisor:
            self.supervisor.wake(submitted)

    def find(self, job_id: str) -> JobRecord | None:
        """The job as it is at this moment, or None for an unknown or malformed id."""
        known = parse_uuid(job_id)
        record = self.store.get(known) if known else None
        return observed(self.store, record, self.now()) if record else None

    def job(self, job_id: str) -> JobRecord:
        """The job as it is at this moment.

        :raises JobNotFound: when the id is unknown or malformed.
        """
        record = self.find(job_id)
        if record is None:
            where = ""
            if self.runner is RunnerKind.EMBEDDED:
                where = (
                    f" Embedded, a job is known only where the PROFILER_HOME of the process that ran it is, and here "
                    f"that is {self.settings.home}: share that folder between hosts, or use a connection to a service."
                )
            raise JobNotFound(f"Job {job_id[:64]!r} is not known here.{where}")
        return record

    def job_with_results(self, job_id: str) -> JobRecord:
        """The job, if its results are still served.

        :raises JobNotFound: when the id is unknown or malformed.
        :raises JobCleanedUp: after its clean-up.
        """
        record = self.job(job_id)
        if record.cleaned_up:
            raise JobCleanedUp(f"Job {record.job_id} was cleaned up; its results are no longer served under its id.")
        return record


def parse_uuid(text: str) -> UUID | None:
    """The UUID that the text spells, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


async def _backend(request: Request) -> Backend:
    backend: Backend = request.app.state.backend
    return backend


OpenBackend = Annotated[Backend, Depends(_backend)]
