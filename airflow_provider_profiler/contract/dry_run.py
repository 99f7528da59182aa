"""What a submission would do, told without doing it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from airflow_provider_profiler.contract.messages import NOTHING_STARTED, TriggerProfileResponse
from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.states import Target


class PlannedFiles(Model):
    """A connector of files, or of a database that is a file."""

    type: Literal["RawDataPath", "DatabaseConnection"]
    dataset_id: str
    """Its path under the data root, the mount point included."""
    found: Literal["folder", "file", "elsewhere"]
    """What lies there; ``elsewhere`` where other hosts read the data and this one does not see the root."""


class PlannedDatabase(Model):
    """A connector of a database server that the service is configured for."""

    type: Literal["DatabaseConnection"] = "DatabaseConnection"
    database: str
    """What the profile will call it: protocol, host, port and name."""
    product: Literal["postgresql", "mysql"]
    """Whose protocol is spoken."""
    credentials: bool
    """Whether an account is configured for the server."""
    tls: str


class DryRunPlan(Model):
    """What the job would be."""

    dataset_id: UUID
    """Names the CDD file, and keys the revisions."""
    target: Target
    connectors: tuple[PlannedFiles | PlannedDatabase, ...]
    options: ProfileOptions
    """All of them, with the defaults."""
    priority: int
    labels: dict[str, str]
    unknown_fields: tuple[str, ...] = ()
    """Fields of the specification that are kept, but mean nothing to the profiler."""
    last_revision: int | None = None
    """The dataset's newest revision so far; None where this would be its first."""
    runner: str
    """Who would run it: ``inline`` in the service's process, ``ray`` on the cluster, ``embedded`` in the task."""


class DryRunResponse(TriggerProfileResponse):
    """The documented answer without a job, and what the job would be."""

    job_id: None = None
    status: str = NOTHING_STARTED
    plan: Annotated[DryRunPlan, Field(description="What the submission would do.")]
