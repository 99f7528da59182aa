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
    cleaned_up: bool = False
    cdd_revision_path: str | None = None
    """The revision's own copy of the CDD file; later revisions never change it."""
    links: JobLinks


class JobList(Model):
    """``GET /profiler/jobs``; ``count`` is the number of jobs in this answer."""

    data: tuple[JobDetail, ...]
    count: int


class EventKind(StrEnum):
    """What an event tells."""

    STATE = "state"
    STAGE = "stage"
    WARNING = "warning"
    CLEANED_UP = "cleaned_up"


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
