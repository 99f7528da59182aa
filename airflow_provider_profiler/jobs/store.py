"""The interface of job stores. Every implementation passes the same conformance suite."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

from pydantic import AwareDatetime

from airflow_provider_profiler.contract.job import (
    EventKind,
    JobEvent,
    JobSummary,
    JobWarning,
    Progress,
    Stage,
)
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.contract.states import JobState, Target, is_terminal

T = TypeVar("T")


class RunnerKind(StrEnum):
    """Who runs a job, and so who may take it over."""

    EMBEDDED = "embedded"
    """A process that ends with its task: its jobs are never taken over, they are lost with it."""
    INLINE = "inline"
    RAY = "ray"


class NewJob(Model):
    """A submission before the store has numbered it."""

    job_id: UUID
    request: TriggerProfileRequest
    fingerprint: str
    """sha256 of the canonical request: a repeated key with another fingerprint is a conflict."""
    runner: RunnerKind
    client: str = ""
    """Scope of the idempotency key: the authenticated client, empty without authentication."""
    idempotency_key: str | None = None
    created: AwareDatetime


class JobRecord(Model):
    """What the store knows about a job."""

    job_id: UUID
    request: TriggerProfileRequest
    fingerprint: str
    runner: RunnerKind
    client: str
    idempotency_key: str | None
    dataset_id: UUID
    revision: int
    state: JobState
    reason: Reason | None = None
    owner: str | None = None
    attempt: int = 0
    lease_until: AwareDatetime | None = None
    abort_requested: bool = False
    abort_reason: Reason | None = None
    """Why the owner was asked to stop, from ``request_abort``; ``reason`` is set once the job has failed."""
    cleaned_up: bool = False
    profiles_available: tuple[str, ...] = ()
    cdd_revision_path: str | None = None
    progress: Progress = Progress()
    stages: tuple[Stage, ...] = ()
    warnings: tuple[JobWarning, ...] = ()
    summary: JobSummary | None = None
    created: AwareDatetime
    started: AwareDatetime | None = None
    finished: AwareDatetime | None = None

    @property
    def target(self) -> Target:
        """How far the job goes."""
        return self.request.target

    @property
    def terminal(self) -> bool:
        """Whether the job has ended: nothing about its work changes any more."""
        return is_terminal(self.state, self.target)


class Submission(Model):
    """The job that stands behind a submission, and whether this submission made it."""

    record: JobRecord
    created: bool


class JobChange(Model):
    """Fields to change together with a transition or on their own; None leaves a field as it is."""

    profiles_available: tuple[str, ...] | None = None
    cdd_revision_path: str | None = None
    progress: Progress | None = None
    stages: tuple[Stage, ...] | None = None
    warnings: tuple[JobWarning, ...] | None = None
    summary: JobSummary | None = None
    reason: Reason | None = None
    finished: AwareDatetime | None = None


class JobStore(Protocol):
    """Remembers jobs. Every change is durable before the call returns, and so before anyone can see it.

    Methods that take ``attempt`` raise :class:`~airflow_provider_profiler.contract.errors.StaleAttempt` when it does
    not hold the job: another attempt came after it, it gave the job back, or the job has ended; methods that take a
    job id raise :class:`~airflow_provider_profiler.contract.errors.JobNotFound` for an unknown one, unless they say
    otherwise. A function given to a method may not call the store.
    """

    def repeated(self, job: NewJob) -> JobRecord | None:
        """The job that the submission's key already made, or None; nothing is stored.

        :raises IdempotencyConflict: when the key was used for a request with another fingerprint.
        """
        ...

    def submit(self, job: NewJob) -> Submission:
        """Insert the job with the dataset's next revision number, or return the one its key already made.

        One atomic operation: of any number of concurrent calls with one (client, key) exactly one creates a job.

        :raises IdempotencyConflict: when the key was used for a request with another fingerprint.
        """
        ...

    def get(self, job_id: UUID) -> JobRecord | None:
        """The job, or None."""
        ...

    def list_jobs(
        self, *, dataset_id: UUID | None = None, state: JobState | None = None, limit: int = 25, offset: int = 0
    ) -> tuple[JobRecord, ...]:
        """Jobs, newest first."""
        ...

    def claimable(self, runner: RunnerKind, now: AwareDatetime, limit: int = 1) -> tuple[UUID, ...]:
        """Ids of jobs of this runner without end that nobody holds a valid lease on: by priority, then age.

        Embedded jobs are named only as long as nobody has started them.
        """
        ...

    def claim(self, job_id: UUID, owner: str, now: AwareDatetime, lease_until: AwareDatetime) -> JobRecord | None:
        """Take the job if it is not finished and no lease on it is valid: attempt + 1, by compare-and-set.

        A job in ``SUBMITTING`` becomes ``STARTING`` and gets its start time. An embedded job can be taken once.

        :return: the job as it is now owned, or None when somebody else has it.
        """
        ...

    def renew(self, job_id: UUID, attempt: int, now: AwareDatetime, lease_until: AwareDatetime) -> JobRecord:
        """Prolong the lease and the heartbeat; the answer tells whether an abort was requested meanwhile."""
        ...

    def release(self, job_id: UUID, attempt: int) -> JobRecord:
        """Give the job back unfinished: anybody may claim it at once, and this attempt may not write any more."""
        ...

    def while_held(self, job_id: UUID, attempt: int, action: Callable[[], T]) -> T:
        """Run ``action`` while the attempt certainly holds the job: nobody can take it over before it returns.

        For writing documents: without it, a worker that was stalled for longer than its lease could overwrite
        what its successor wrote. ``action`` may run again from its beginning, where a stall let others in.

        :return: what ``action`` returned.
        """
        ...

    def update(self, job_id: UUID, attempt: int, change: JobChange) -> JobRecord:
        """Change fields of a running job without a transition."""
        ...

    def transition(
        self, job_id: UUID, attempt: int, state: JobState, change: JobChange, at: AwareDatetime
    ) -> JobRecord:
        """Move a job that is not finished to another state, with an event. The lease ends with a final state.

        :raises StaleAttempt: also when the job is finished already.
        """
        ...

    def fail_lost(self, job_id: UUID, attempt: int, reason: Reason, at: AwareDatetime) -> JobRecord:
        """Fail a job in this attempt on which no lease is valid at ``at``; any other stays and returns as it is."""
        ...

    def request_abort(self, job_id: UUID, reason: Reason, at: AwareDatetime) -> JobRecord:
        """Ask the owner to stop. A job on which no lease is valid fails at once; one that has ended stays as it is."""
        ...

    def mark_cleaned_up(self, job_id: UUID, at: AwareDatetime) -> bool:
        """Mark the job, with an event. False where it was marked already or is unknown."""
        ...

    def append_event(
        self, job_id: UUID, attempt: int, kind: EventKind, data: dict[str, object], at: AwareDatetime
    ) -> JobEvent:
        """Append an event of a running job under the next sequence number."""
        ...

    def events(self, job_id: UUID, after: int = 0, limit: int = 1000) -> tuple[JobEvent, ...]:
        """Events with a sequence number above ``after``, in order."""
        ...

    def publish(self, job_id: UUID, attempt: int, replace: Callable[[], str]) -> bool:
        """Let the job's revision become the dataset's published one unless a higher one is published.

        A revision belongs to one job: one that is published already is that job's earlier attempt, and its file
        is replaced again. ``replace`` runs inside the store's exclusive section, so that an older revision can
        neither come after nor in between; when it raises, nothing is published. It may run again from its
        beginning, where a stall let others in.

        :return: whether the revision is published now; where not, a stalled publisher's file may stand in the
            place of a newer one, and :func:`~airflow_provider_profiler.jobs.publication.restore_published` mends it.
        """
        ...

    def with_published(self, dataset_id: UUID, action: Callable[[int], None]) -> None:
        """Run ``action`` on the dataset's published revision while nobody publishes another one; not where none is.

        For writing the file of that revision again.
        """
        ...

    def published_revision(self, dataset_id: UUID) -> int | None:
        """The revision that the dataset's CDD file stands for, or None."""
        ...

    def ping(self) -> str:
        """A word on the store's health.

        :raises ServiceUnavailable: when it cannot be used.
        """
        ...

    def shortcomings(self) -> tuple[str, ...]:
        """Sentences on settings of the store's server that could lose acknowledged changes; none where all is well.

        :raises ServiceUnavailable: when the store cannot be used.
        """
        ...

    def close(self) -> None:
        """Release connections. The store may not be used afterwards."""
        ...
