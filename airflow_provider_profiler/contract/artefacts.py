"""The files that a revision of a dataset keeps: its profile, its documents, its states, its mirrors, its log."""

from pydantic import AwareDatetime, Field

from airflow_provider_profiler.contract.model import Model


class Artefact(Model):
    """One file of a revision."""

    name: str
    """Plain, such as ``profile.json``, or one in the folder ``mirror``."""
    bytes: int
    media_type: str
    modified: AwareDatetime
    etag: str
    """Of this content, as the download's header has it, quotes included."""
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    """Of the content; only where it was asked for, because all of it is read for that."""
    link: str
    """Where it is downloaded, as a path under the service's base URL."""


class ArtefactList(Model):
    """``GET /profiler/jobs/{id}/artefacts`` and that of a revision, by name."""

    data: tuple[Artefact, ...]
    count: int
