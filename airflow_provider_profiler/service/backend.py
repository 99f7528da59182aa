"""What stands behind the routes: the job store, the results, and the supervisor that runs the jobs."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import JobCleanedUp, JobNotFound
from airflow_provider_profiler.contract.job import JobDetail
from airflow_provider_profiler.contract.messages import DependencyHealth
from airflow_provider_profiler.jobs.detail import job_detail, place_of
from airflow_provider_profiler.jobs.lost import observed
from airflow_provider_profiler.jobs.previews import AT_A_TIME, Previews
from airflow_provider_profiler.jobs.store import JobRecord, JobStanding, JobStore, RunnerKind
from airflow_provider_profiler.jobs.store_choice import open_store
from airflow_provider_profiler.render.report.bounds import REPORTS_AT_ONCE, PageBound
from airflow_provider_profiler.service.duties import StandingDuties
from airflow_provider_profiler.service.signed_links import LinkSigner, link_signer
from airflow_provider_profiler.service.standings import Standings
from airflow_provider_profiler.service.stopping import duty_seconds, give_back_seconds
from airflow_provider_profiler.storage.local_results import LocalResultStore
from airflow_provider_profiler.storage.results import ResultStore

log = logging.getLogger(__name__)


class Supervisor(Protocol):
    """Runs the jobs that stand in the store."""

    def start(self) -> None:
        """Begin to take jobs."""
        ...

    def stop(self, timeout: float) -> None:
        """Take no more, and end or give back those that run.

        :param timeout: seconds that this may take; what is not given back then is taken up when its lease runs out.
        """
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
        """How what the jobs run on is, without asking it; None where there is nothing to tell."""
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
    duties: StandingDuties | None = None
    """None where the service is embedded."""
    now: Callable[[], datetime] = moment_now
    report_bound: PageBound = field(default_factory=lambda: PageBound(at_once=REPORTS_AT_ONCE))
    """Makes reports, a few at a time."""
    preview_bound: PageBound = field(default_factory=lambda: PageBound(at_once=AT_A_TIME))
    """Waits for previews, as many at a time as are made."""
    previews: Previews = field(init=False)
    _closing: ExitStack = field(default_factory=ExitStack)
    _standings: Standings = field(init=False)

    def __post_init__(self) -> None:
        self._standings = Standings(self.store)
        self._closing.callback(self._standings.close)
        self.previews = Previews(self.settings)
        self._closing.callback(self.previews.close)

    @classmethod
    def open(cls, settings: Settings, runner: RunnerKind, supervise: SupervisorFactory | None) -> "Backend":
        """Open the job store and the results, and start the supervisor.

        :param supervise: makes the supervisor; None to run no jobs.
        :raises ConfigurationError: when the stores cannot be used as they are, or the webhooks not at all.
        :raises ServiceUnavailable: when they cannot be opened.
        """
        with ExitStack() as opening:
            store = open_store(settings)
            opening.callback(store.close)
            results = LocalResultStore(settings.results_folder, settings.cdd_folder, settings.home / "scratch")
            # An embedded service is there for a task, and not for others.
            duties = None
            if runner is not RunnerKind.EMBEDDED:
                duties = StandingDuties(settings, store, results, moment_now)
                opening.callback(duties.stop, duty_seconds(settings))
                duties.start()
            supervisor = supervise(store, results) if supervise else None
            if supervisor:
                supervisor.start()
                opening.callback(supervisor.stop, give_back_seconds(settings))
            return cls(settings, store, results, runner, supervisor, duties, _closing=opening.pop_all())

    @property
    def runs_on(self) -> str:
        """What the health report calls whatever runs the jobs."""
        return "ray" if self.runner is RunnerKind.RAY else "jobs"

    @cached_property
    def link_signer(self) -> LinkSigner:
        """Signs links to pages.

        :raises ServiceUnavailable: when its key can neither be read nor made.
        """
        return link_signer(self.settings)

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
        return self.observed(record) if record else None

    def observed(self, record: JobRecord) -> JobRecord:
        """The job as a reader may see it; one that turns out to be lost leaves no temporary files."""
        seen = observed(self.store, record, self.now())
        if seen.terminal and not record.terminal:
            self.tidy(seen)
        return seen

    def tidy(self, record: JobRecord) -> None:
        """Remove the temporary files of a job that has ended, where whoever ran it could not."""
        try:
            self.results.delete_scratch(record.job_id)
        except OSError as error:
            log.warning(
                "The temporary files of job %s cannot be removed now, but later: %s.", record.job_id, error.strerror
            )

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

    async def standing(self, job_id: str) -> JobStanding:
        """How the job stands at this moment; for many who ask at a time.

        :raises JobNotFound: when the id is unknown or malformed.
        """
        known = parse_uuid(job_id)
        found = await self._standings.of(known) if known else None
        if found is not None and (found.terminal or found.runner is not RunnerKind.EMBEDDED):
            return found
        # An unknown job is told in words, and an embedded one may be lost without anybody having noticed.
        record = await run_in_threadpool(self.job, job_id)
        return JobStanding(record.dataset_id, record.state, record.terminal, record.cleaned_up, record.runner)

    def detail(self, record: JobRecord) -> JobDetail:
        """The job as ``GET /profiler/jobs/{id}`` answers it, with its place in the queue."""
        return job_detail(record, self.settings.base_url, queue_place=place_of(self.store, record))

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
