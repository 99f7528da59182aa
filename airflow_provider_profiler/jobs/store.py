"""The interface of job stores. Every implementation passes the same conformance suite."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

from pydantic import AwareDatetime

from airflow_provider_profiler.contract.job import (
    ALL_JOBS,
    DatasetEntry,
    EventKind,
    FeedEvent,
    JobEvent,
    JobFilter,
    JobSummary,
    JobWarning,
    Progress,
    Stage,
)
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.contract.states import JobState, Target, is_terminal
from airflow_provider_profiler.jobs.job_change import JobChange

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
    traceparent: str = ""
    """The trace that the submission belongs to, as W3C's header says it; empty where none is made."""
    created: AwareDatetime


class QueueLimits(Model):
    """How many jobs may wait, those that were given back among them; None: any number. Embedded jobs do not count."""

    total: int | None = None
    per_client: int | None = None


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
    losses: int = 0
    """Attempts whose owner neither ended the job nor gave it back: its lease ran out."""
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
    reused: bool = False
    reused_from: int | None = None
    """The revision whose states were taken over as a whole."""
    traceparent: str = ""
    """The trace that the job belongs to, as its submission said."""
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

    @property
    def waiting(self) -> bool:
        """Whether the job stands in the queue; an embedded one never does."""
        return not self.terminal and self.lease_until is None and self.runner is not RunnerKind.EMBEDDED


@dataclass(frozen=True, slots=True)
class JobStanding:
    """The little of a job that clients ask for again and again."""

    dataset_id: UUID
    state: JobState
    terminal: bool
    cleaned_up: bool
    runner: RunnerKind


class Submission(Model):
    """The job that stands behind a submission, and whether this submission made it."""

    record: JobRecord
    created: bool


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

    def submit(self, job: NewJob, limits: QueueLimits | None = None) -> Submission:
        """Insert the job with the dataset's next revision number, or return the one its key already made.

        One atomic operation: of any number of concurrent calls with one (client, key) exactly one creates a job, and
        never more jobs wait than the limits say. A repeated key is answered even when no more may wait.

        :raises IdempotencyConflict: when the key was used for a request with another fingerprint.
        :raises QueueFull: when as many jobs wait as may; nothing is stored.
        """
        ...

    def get(self, job_id: UUID) -> JobRecord | None:
        """The job, or None."""
        ...

    def standings(self, job_ids: Sequence[UUID]) -> dict[UUID, JobStanding]:
        """How jobs stand, those left out that are unknown; for many of them at little more than the cost of one."""
        ...

    def list_jobs(self, where: JobFilter = ALL_JOBS, *, limit: int = 25, offset: int = 0) -> tuple[JobRecord, ...]:
        """Jobs, newest first."""
        ...

    def count_jobs(self, where: JobFilter = ALL_JOBS) -> int:
        """How many jobs there are."""
        ...

    def state_counts(self) -> dict[JobState, int]:
        """How many jobs are in each state; every state is named."""
        ...

    def revision(self, dataset_id: UUID, number: int) -> JobRecord | None:
        """The job of a revision, or None where it was removed or never was."""
        ...

    def latest_revision(self, dataset_id: UUID, *, successful: bool = False) -> JobRecord | None:
        """The job of the dataset's highest revision, or None.

        :param successful: the highest of those that reached their target instead.
        """
        ...

    def datasets(self, *, limit: int = 25, offset: int = 0) -> tuple[DatasetEntry, ...]:
        """Datasets of which a profile was ever asked for, by name (as Unicode orders it), then id."""
        ...

    def count_datasets(self) -> int:
        """How many datasets there are."""
        ...

    def claimable(self, runner: RunnerKind, now: AwareDatetime, limit: int = 1) -> tuple[UUID, ...]:
        """Ids of jobs of this runner without end that nobody holds a valid lease on, in the order of the queue.

        The higher priority comes first; of one priority, jobs whose owner was lost, then the job of the client that
        has fewer jobs running and waiting before it, so that nobody waits behind all that one client sent; then the
        older one. Embedded jobs are named only as long as nobody has started them.
        """
        ...

    def queue_place(self, job_id: UUID) -> int | None:
        """The job's place in the queue of its runner, 1 for the one that starts next.

        None for a job that does not wait, is embedded or unknown. Jobs that come later may step in front.
        """
        ...

    def waiting_count(self) -> int:
        """How many jobs stand in the queue, those of embedded services apart."""
        ...

    def claim(self, job_id: UUID, owner: str, now: AwareDatetime, lease_until: AwareDatetime) -> JobRecord | None:
        """Take the job if it is not finished and no lease on it is valid: attempt + 1, by compare-and-set.

        One that still had an owner was lost by it: losses + 1. A job in ``SUBMITTING`` becomes ``STARTING`` and gets
        its start time. An embedded job can be taken once.

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
        :raises IllegalTransition: when the state cannot follow the one that the job is in.
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

    def events(self, job_id: UUID, after: int = 0, limit: int = 1000) -> tuple[JobEvent, ...]:
        """Events with a sequence number above ``after``, in order."""
        ...

    def feed(self, after: int, *, kinds: tuple[EventKind, ...] = (), limit: int = 1000) -> tuple[FeedEvent, ...]:
        """Events of all jobs with a cursor above ``after``, in order.

        An event has its cursor from the change that it tells of: whoever has seen a cursor has seen, or can see, all
        events below it. None is ever given twice, whatever was trimmed.

        :param kinds: only these; all of them where it is empty.
        """
        ...

    def feed_end(self) -> int:
        """The newest cursor; 0 where nothing ever happened."""
        ...

    def feed_start(self) -> int:
        """The newest cursor whose event was trimmed: whoever reads on from below it missed some; 0 where none was."""
        ...

    def trim_feed(self, before: AwareDatetime) -> int:
        """Remove the oldest events up to the first one that is not older than ``before``; return how many.

        The events of each job itself stay for as long as the job.
        """
        ...

    def remove_job(self, job_id: UUID, at: AwareDatetime) -> bool:
        """Forget a job that has ended, with its events and its idempotency key; the feed tells it.

        Its revision's number is not given again.

        :return: False where the job is unknown, has not ended, or its revision is the published one: it stays then.
        """
        ...

    def hold_duty(self, name: str, owner: str, now: AwareDatetime, until: AwareDatetime) -> bool:
        """Take, or keep, a duty that one process at a time does for all, such as delivering events to somebody.

        :param until: when it may go to another; ``now`` gives it up.
        :return: whether the owner has it.
        """
        ...

    def duty_cursor(self, name: str) -> int | None:
        """How far whoever had the duty has come; None where nobody ever said."""
        ...

    def set_duty_cursor(self, name: str, owner: str, cursor: int) -> bool:
        """Write down how far the duty is done, for the next one who has it.

        :return: False where another owner has it by now: nothing is written.
        """
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
