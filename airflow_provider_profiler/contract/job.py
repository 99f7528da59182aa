"""A job as its readers see it: detail, progress, stages, events and a small summary."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from airflow_provider_profiler.contract.messages import TriggeredBy
from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.contract.states import JobState, Target


class StageName(StrEnum):
    """What a job does, in order."""

    DISCOVER = "discover"
    LIGHT = "light"
    READ = "read"
    HEAVY = "heavy"
    MERGE = "merge"
    RENDER = "render"
    PUBLISH = "publish"


class Stage(Model):
    """One stage that a job went through or is in."""

    name: StageName
    started: AwareDatetime
    finished: AwareDatetime | None = None


class Progress(Model):
    """How far a running job is; ``heartbeat`` is the last moment its worker was heard of."""

    percent: float = 0.0
    stage: StageName | None = None
    rows: int = 0
    bytes: int = 0
    heartbeat: AwareDatetime | None = None


class JobWarning(Model):
    """Something a reader should know that did not stop the job."""

    code: str
    message: str


class JobSummary(Model):
    """What was found, small enough for XCom and free of cell values."""

    files: int = 0
    profiled: int = 0
    listed: int = 0
    failed: int = 0
    bytes: int = 0
    record_sets: int = 0
    rows: int = 0
    columns: int = 0
    content_hash: str = ""
    """sha256 over the sorted distributions (path, size, content or modification time); empty where none is known."""
    schema_hash: str = ""
    """sha256 over the tables' names with the names and types of their columns; empty where no table was read."""


class JobLinks(Model):
    """Where to read on, as paths under the service's base URL."""

    self: str
    status: str
    profile: str
    """The documented answer; gone once the job is cleaned up."""
    model: str
    """The profile model; stays for as long as the revision."""
    events: str
    cdd: str
    log: str = ""
    """What was logged of it; stays for as long as the revision. Empty where a service has no such route."""
    stages: str = ""
    """The parts of its work; empty where a service has no such route."""
    artefacts: str = ""
    """The files of the revision, to list and to download; empty where a service has no such route."""
    revision: str = ""
    """The dataset's revision that the job makes; empty where a service has no such route."""
    report: str = ""
    """The report as a page, once there is a profile; empty where a service has no such route."""


class JobDetail(Model):
    """``GET /profiler/jobs/{id}``."""

    job_id: UUID
    dataset_id: UUID
    revision: int
    state: JobState
    terminal: bool
    target: Target
    reason: Reason | None = None
    profiles_available: tuple[str, ...] = ()
    """Any of ``light``, ``heavy``, ``cdd``."""
    progress: Progress = Progress()
    stages: tuple[Stage, ...] = ()
    warnings: tuple[JobWarning, ...] = ()
    attempt: int = 0
    created: AwareDatetime
    started: AwareDatetime | None = None
    finished: AwareDatetime | None = None
    options: ProfileOptions = ProfileOptions()
    labels: dict[str, str] = Field(default_factory=dict)
    triggered_by: TriggeredBy = TriggeredBy()
    summary: JobSummary | None = None
    reused: bool = False
    reused_from: int | None = None
    """The revision whose states stand for the data here, where nothing had changed since; None where it was read."""
    queue_place: int | None = None
    """1 for the job that starts next; None for one that does not wait."""
    cleaned_up: bool = False
    cdd_revision_path: str | None = None
    """The revision's own copy of the CDD file; later revisions never change it."""
    links: JobLinks


class JobList(Model):
    """``GET /profiler/jobs``; ``count`` is the number of jobs in this answer, ``total`` of all that fit the filters."""

    data: tuple[JobDetail, ...]
    count: int
    total: int


class EventKind(StrEnum):
    """What an event tells."""

    STATE = "state"
    STAGE = "stage"
    WARNING = "warning"
    CLEANED_UP = "cleaned_up"
    REVISION_REMOVED = "revision_removed"
    """The job and its revision's documents are gone; only the feed tells it, as the job has no events any more."""


class JobEvent(Model):
    """One thing that happened to a job. ``sequence`` counts from 1 within the job, without gaps."""

    sequence: int
    at: AwareDatetime
    kind: EventKind
    data: dict[str, Any]


class JobEventList(Model):
    """``GET /profiler/jobs/{id}/events``."""

    data: tuple[JobEvent, ...]
    count: int


class FeedEvent(Model):
    """A job's event as one among those of all jobs.

    ``cursor`` grows with every event of any job and never comes again; ``sequence`` is the number within the job.
    """

    cursor: int
    job_id: UUID
    dataset_id: UUID
    revision: int
    sequence: int
    at: AwareDatetime
    kind: EventKind
    data: dict[str, Any]


class FeedEventList(Model):
    """``GET /profiler/events``."""

    data: tuple[FeedEvent, ...]
    count: int
    next: int
    """The cursor to ask after next time, also where nothing was found."""
    missed: bool = False
    """Whether events after the cursor that was given are not kept any more."""


class JobFilter(Model):
    """Which jobs are meant; a field that is not given leaves them all."""

    dataset_id: UUID | None = None
    states: tuple[JobState, ...] = ()
    """Any of these."""
    client: str | None = None
    dag_id: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    """Names and values, all of which a job must have."""
    created_from: AwareDatetime | None = None
    created_until: AwareDatetime | None = None
    """Jobs made at this moment are left out."""
    terminal: bool | None = None
    """True: jobs that have ended; False: those that have not."""


#: Every job.
ALL_JOBS = JobFilter()


class DatasetEntry(Model):
    """A dataset of which a profile was ever asked for."""

    dataset_id: UUID
    name: str
    """As the last submission calls it."""
    last_revision: int
    published_revision: int | None
    """The one its CDD file stands for."""
