"""The parts of a job's work, and which of them wait for which."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

from airflow_provider_profiler.contract.model import Model


class VertexKind(StrEnum):
    """What a part of the work is."""

    STAGE = "stage"
    """One of the few that every job has."""
    TABLE = "table"
    DOCUMENT = "document"
    IMAGE = "image"
    FILE = "file"
    """A file of which nothing more became known."""
    DATABASE = "database"
    """A database of which no table became known."""


class VertexState(StrEnum):
    """How far a part of the work is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """It will not be done: no reader takes the file, or the job ended before."""


class VertexError(Model):
    """Why a part failed or was skipped: a reason code and what a person needs to know beside it."""

    code: str
    message: str


class StageVertex(Model):
    """A part of the work."""

    id: str
    """The stage's name, or that of the stage a file or table belongs to, a slash, and its own: ``heavy/sales.csv``."""
    name: str
    kind: VertexKind
    part_of: str | None = None
    """The stage that a file or table belongs to. Whatever waits for that stage waits for all of its parts."""
    after: tuple[str, ...] = ()
    """Ids of what has to be done before."""
    state: VertexState
    attempt: int = 0
    started: AwareDatetime | None = None
    """When the first piece of it was given to be done."""
    finished: AwareDatetime | None = None
    """When the result of the last piece had arrived."""
    rows: int = 0
    bytes: int = 0
    percent: float = 0.0
    reused: bool = False
    """It was not read: nothing has changed since an earlier revision."""
    error: VertexError | None = None


class StageEdge(Model):
    """One part of the work waits for another."""

    source: str
    """What has to be done first."""
    target: str


class StageGraph(Model):
    """``GET /profiler/jobs/{id}/stages``: a page of the parts, in the order of the work.

    ``edges`` are those that end at a part of this page.
    """

    job_id: UUID
    attempt: int
    at: AwareDatetime | None = None
    """The moment that this shows; while the job runs it may lie some seconds back."""
    vertices: tuple[StageVertex, ...]
    edges: tuple[StageEdge, ...]
    count: int
    """Parts on this page."""
    total: int
    """Parts in all, in the state that was asked for where one was."""
    offset: int
    states: dict[VertexState, int] = Field(default_factory=dict)
    """How many parts are in each state, of all of them."""
