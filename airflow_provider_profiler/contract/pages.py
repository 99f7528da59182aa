"""Links to pages that open without a token."""

from pydantic import Field

from airflow_provider_profiler.contract.model import Model


class SignedLinkRequest(Model):
    """The body of ``POST /profiler/links``."""

    path: str = Field(max_length=300)
    """Of the page, such as ``/profiler/report/{job_id}``, without the prefix that a proxy puts before it."""


class SignedLink(Model):
    """What it answers."""

    path: str
    """Of the page with its signature, under the service's root."""
    expires: int
    """When it ends, in seconds since the epoch."""
