"""What is written down of a running job in one piece."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import AwareDatetime

from airflow_provider_profiler.contract.job import EventKind, JobSummary, JobWarning, Progress, Stage
from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.reasons import Reason


@dataclass(frozen=True)
class NewEvent:
    """Something that happened to a job, before the store has numbered it."""

    kind: EventKind
    at: AwareDatetime
    data: Mapping[str, Any]


class JobChange(Model):
    """Fields to change together with a transition or on their own; None leaves a field as it is."""

    profiles_available: tuple[str, ...] | None = None
    cdd_revision_path: str | None = None
    progress: Progress | None = None
    stages: tuple[Stage, ...] | None = None
    warnings: tuple[JobWarning, ...] | None = None
    summary: JobSummary | None = None
    reused: bool | None = None
    reused_from: int | None = None
    reason: Reason | None = None
    finished: AwareDatetime | None = None
    events: tuple[NewEvent, ...] = ()
    """What has happened since the last change; they get their numbers before an event of this change's own."""
