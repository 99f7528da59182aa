"""A dataset as its readers see it: which revision its CDD file stands for."""

from uuid import UUID

from pydantic import AwareDatetime

from airflow_provider_profiler.contract.model import Model


class DatasetDetail(Model):
    """``GET /profiler/datasets/{id}``. Everything but the id is null until a heavy profile is ready."""

    dataset_id: UUID
    published_revision: int | None = None
    """The revision that the CDD file stands for."""
    cdd_profile_path: str | None = None
    finished: AwareDatetime | None = None
    """When the job of that revision ended."""
