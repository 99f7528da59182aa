"""What is known of a dataset beyond its jobs."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends

from airflow_provider_profiler.contract.dataset import DatasetDetail
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.store import JobStore
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import OpenBackend
from airflow_provider_profiler.service.errors import ERROR_RESPONSES

router = APIRouter(
    prefix="/profiler", tags=["datasets"], dependencies=[Depends(authenticated_client)], responses=ERROR_RESPONSES
)

#: Jobs that are read at a time while the one of a revision is looked for; it is among the newest.
_PAGE = 100


@router.get("/datasets/{dataset_id}")
def dataset(dataset_id: UUID, backend: OpenBackend) -> DatasetDetail:
    """Which revision the dataset's CDD file stands for; nulls where there is none, also for an unknown dataset."""
    revision = backend.store.published_revision(dataset_id)
    if revision is None:
        return DatasetDetail(dataset_id=dataset_id)
    return DatasetDetail(
        dataset_id=dataset_id,
        published_revision=revision,
        cdd_profile_path=backend.results.cdd_path_of(dataset_id),
        finished=_finished(backend.store, dataset_id, revision),
    )


def _finished(store: JobStore, dataset_id: UUID, revision: int) -> datetime | None:
    """When the job of a published revision ended; None in the moment between its publication and its end."""
    offset = 0
    while True:
        jobs = store.list_jobs(dataset_id=dataset_id, state=JobState.HEAVY_PROFILES_READY, limit=_PAGE, offset=offset)
        for job in jobs:
            if job.revision == revision:
                return job.finished
        if len(jobs) < _PAGE:
            return None
        offset += _PAGE
