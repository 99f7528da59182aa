"""A job's detail of which only some fields were asked for, or with other things embedded."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from airflow_provider_profiler.contract.artefacts import ArtefactList
from airflow_provider_profiler.contract.job import JobEventList
from airflow_provider_profiler.contract.model import Model


class EmbeddedProfile(Model):
    """A profile model inside another answer."""

    bytes: int
    """Of the whole model; 0 where there is none yet."""
    link: str
    content: dict[str, Any] | None
    """Null where there is none, or where it is too large to be embedded: download it then."""


class EmbeddedThings(BaseModel):
    """What ``embed`` asked for; of each, only the selected fields."""

    model_config = ConfigDict(extra="allow")

    artefacts: ArtefactList | dict[str, Any] | None = None
    events: JobEventList | dict[str, Any] | None = None
    profile: EmbeddedProfile | None = None
    revision: dict[str, Any] | None = None
    specification: dict[str, Any] | None = None
    stages: dict[str, Any] | None = None
    """Some of the parts of its work, as ``data`` and ``count``."""


class PartialJob(BaseModel):
    """The fields of a job's detail that ``fields`` named, all where it did not, and ``embedded``."""

    model_config = ConfigDict(extra="allow")

    embedded: EmbeddedThings | None = None


class PartialJobList(Model):
    """``GET /profiler/jobs`` with ``fields`` or ``embed``."""

    data: tuple[PartialJob, ...]
    count: int
    total: int
