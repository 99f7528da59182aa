"""The revisions of a dataset, one for each of its jobs, and the list of datasets."""

from uuid import UUID

from pydantic import AwareDatetime

from airflow_provider_profiler.contract.job import DatasetEntry
from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.contract.states import JobState, Target


class RevisionStats(Model):
    """What a revision's data amounts to, for whoever compares revisions."""

    bytes: int
    count_of_rows: int
    dataset_name: str
    hash: str
    """sha256 over what identifies the dataset's content; empty where the revision does not have it."""


class RevisionLinks(Model):
    """Where to read on, as paths under the service's base URL."""

    self: str
    job: str
    artefacts: str


class Revision(Model):
    """``GET /profiler/datasets/{id}/revisions/{number}``."""

    dataset_id: UUID
    number: int
    """Counts from 1 within the dataset, in the order of submission."""
    job_id: UUID
    state: JobState
    terminal: bool
    target: Target
    reason: Reason | None = None
    created: AwareDatetime
    started: AwareDatetime | None = None
    finished: AwareDatetime | None = None
    reused: bool = False
    """Made out of an earlier revision's states, as nothing had changed."""
    reused_from: int | None = None
    published: bool = False
    """Whether the dataset's CDD file is this revision's."""
    stats: RevisionStats | None = None
    """Null until the light profile is ready."""
    links: RevisionLinks


class RevisionList(Model):
    """``GET /profiler/datasets/{id}/revisions``, newest first; ``count`` of this answer, ``total`` of all."""

    data: tuple[Revision, ...]
    count: int
    total: int


class DatasetList(Model):
    """``GET /profiler/datasets``, by name; ``count`` of this answer, ``total`` of all."""

    data: tuple[DatasetEntry, ...]
    count: int
    total: int
