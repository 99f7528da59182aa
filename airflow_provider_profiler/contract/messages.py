"""Bodies of the documented routes, and the additions that stand beside the documented fields."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool, StrictInt, StrictStr

from airflow_provider_profiler.contract.model import Model
from airflow_provider_profiler.contract.options import ProfileOptions
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target

JOB_SUBMITTED = "Job submitted"
NOTHING_STARTED = "Valid, nothing started"
CLEAN_UP_DONE = "SUCCESS"


class TriggeredBy(Model):
    """Where a submission came from; shown to people, never used to decide anything."""

    origin: Literal["api", "cli", "airflow"] = "api"
    dag_id: StrictStr = ""
    run_id: StrictStr = ""
    task_id: StrictStr = ""
    map_index: StrictInt = -1
    try_number: StrictInt = 0


class TriggerProfileRequest(Model):
    """``POST /profiler/trigger_profile``. The first two fields are the documented ones."""

    profile_specification: ProfileSpecification
    only_light_profile: StrictBool = False
    options: ProfileOptions = ProfileOptions()
    dry_run: StrictBool = False
    """Check everything, start nothing."""
    force: StrictBool = False
    """Read everything, whatever ``reuse_unchanged`` and ``profiled_since_days`` say."""
    reuse_unchanged: StrictBool | Literal["content"] = False
    """Do not read files again that have not changed since the dataset's last profile. True: files whose path, size and
    time of the last change are what they were; ``content``: files whose size and checksum are, whenever they were
    written."""
    profiled_since_days: Annotated[float, Field(gt=0, le=36_525, strict=True)] | None = None
    """Look at no file where the dataset's last profile read or compared them within so many days."""
    priority: Annotated[StrictInt, Field(ge=-100, le=100)] = 0
    """Of two waiting jobs the one with the higher priority starts first."""
    labels: dict[StrictStr, StrictStr] = Field(default_factory=dict)
    triggered_by: TriggeredBy = TriggeredBy()

    @property
    def target(self) -> Target:
        """How far the job goes."""
        return Target.LIGHT if self.only_light_profile else Target.HEAVY


class TriggerProfileResponse(Model):
    """The id of the job; None for a dry run."""

    job_id: UUID | None
    status: str = JOB_SUBMITTED


class CddPath(Model):
    """The path of a written CDD file."""

    path: str


class ProfileResponse(Model):
    """``GET /profiler/profile/{job}``. What is not there yet is an empty object in its slot."""

    moma_profile_light: dict[str, Any] = Field(default_factory=dict)
    moma_profile_heavy: dict[str, Any] = Field(default_factory=dict)
    cdd_profile: CddPath | dict[str, Any] = Field(default_factory=dict)


class CddProfilePathResponse(Model):
    """``GET /profiler/cdd_profile_path/{dataset}``; null until a heavy profile is ready."""

    cdd_profile_path: str | None


class CleanUpRequest(Model):
    """``POST /profiler/clean_up``. Any text is accepted as an id: unknown jobs are a success too."""

    profile_job_id: StrictStr


class CleanUpResponse(Model):
    """The documented answer, whatever there was to clean."""

    detail: str = CLEAN_UP_DONE


class ErrorBody(Model):
    """Every error answer: text for people, or a list of what is wrong with a request."""

    detail: str | list[dict[str, Any]]


class DependencyHealth(Model):
    """One dependency in the health report."""

    status: Literal["healthy", "unhealthy"]
    message: str
    since: AwareDatetime | None = None
    """Since when it is unhealthy, as far as this process has seen; None while it is healthy."""


class HealthReport(Model):
    """``GET /monitoring/health-check``, always with HTTP 200."""

    status: Literal["healthy", "degraded"]
    redis: DependencyHealth
    ray: DependencyHealth
    store: DependencyHealth | None = None
    """The job store, told only when it is what is wrong; the documented report has no place for it."""
    jobs: DependencyHealth | None = None
    """The processes that run jobs on the service's host, told only when they are what is wrong."""
    degraded: tuple[str, ...] | None = None
    """The dependencies that are unhealthy, by their names in this report; None while none is."""


class ReadyReport(Model):
    """``GET /monitoring/ready``: the process answers, nothing else is looked at."""

    status: Literal["ready"] = "ready"
