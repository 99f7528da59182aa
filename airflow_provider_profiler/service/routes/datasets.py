"""What is known of datasets beyond their jobs: which there are, their revisions, and what stands for each of them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse

from airflow_provider_profiler.checks.comparison import compare
from airflow_provider_profiler.contract.dataset import DatasetDetail
from airflow_provider_profiler.contract.drift import DatasetDrift
from airflow_provider_profiler.contract.job import JobFilter
from airflow_provider_profiler.contract.revisions import DatasetList, Revision, RevisionList
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import OpenBackend, parse_uuid
from airflow_provider_profiler.service.drift import drift_of
from airflow_provider_profiler.service.errors import ERROR_RESPONSES, NotReady
from airflow_provider_profiler.service.report_making import ProfileReader, bounded
from airflow_provider_profiler.service.revisions import (
    ComparedRevisions,
    compared_revisions,
    find_revision,
    revision_of,
)
from airflow_provider_profiler.storage.results import cdd_name

router = APIRouter(
    prefix="/profiler", tags=["datasets"], dependencies=[Depends(authenticated_client)], responses=ERROR_RESPONSES
)

_LARGEST = 2**31
Limit = Annotated[int, Query(ge=1, le=1000, description="Entries in this answer at most")]
Offset = Annotated[int, Query(ge=0, le=_LARGEST, description="Entries to leave out before")]


@router.get("/datasets", summary="List datasets")
def list_datasets(backend: OpenBackend, limit: Limit = 25, offset: Offset = 0) -> DatasetList:
    """The datasets of which a profile was ever asked for, by name."""
    found = backend.store.datasets(limit=limit, offset=offset)
    return DatasetList(data=found, count=len(found), total=backend.store.count_datasets())


@router.get("/datasets/{dataset_id}", summary="What stands for a dataset")
def dataset(dataset_id: UUID, backend: OpenBackend) -> DatasetDetail:
    """Which revision the dataset's CDD file stands for; nulls where there is none, also for an unknown dataset."""
    revision = backend.store.published_revision(dataset_id)
    if revision is None:
        return DatasetDetail(dataset_id=dataset_id)
    job = backend.store.revision(dataset_id, revision)
    return DatasetDetail(
        dataset_id=dataset_id,
        published_revision=revision,
        cdd_profile_path=backend.results.cdd_path_of(dataset_id),
        # None in the moment between a revision's publication and the end of its job.
        finished=job.finished if job is not None else None,
    )


@router.get("/datasets/{dataset_id}/revisions", summary="List the revisions of a dataset")
def list_revisions(dataset_id: UUID, backend: OpenBackend, limit: Limit = 25, offset: Offset = 0) -> RevisionList:
    """The revisions, newest first; one for each job. An empty list for a dataset that is not known."""
    where = JobFilter(dataset_id=dataset_id)
    records = backend.store.list_jobs(where, limit=limit, offset=offset)
    published = backend.store.published_revision(dataset_id) or 0
    found = tuple(revision_of(backend, backend.observed(record), published) for record in records)
    return RevisionList(data=found, count=len(found), total=backend.store.count_jobs(where))


@router.get("/datasets/{dataset_id}/revisions/{revision}", summary="One revision of a dataset")
def revision(
    dataset_id: UUID,
    revision: Annotated[
        str, Path(description="A number, `latest`, or `successful`: the newest that reached its target")
    ],
    backend: OpenBackend,
) -> Revision:
    """A revision: the job that made it, and what its data amounts to."""
    return revision_of(backend, find_revision(backend, dataset_id, revision))


@router.get("/datasets/{dataset_id}/drift", summary="What changed between two revisions", response_model=DatasetDrift)
async def dataset_drift(
    dataset_id: UUID, backend: OpenBackend, query: Annotated[ComparedRevisions, Query()]
) -> Response:
    """Which files, tables and columns came, went or are other, and in what; the page `compare` shows it."""

    def found(profiles: ProfileReader) -> Response:
        before, after = compared_revisions(backend, dataset_id, query.before, query.after)
        drift = drift_of(compare(profiles.read(before), profiles.read(after)), before, after)
        return Response(drift.model_dump_json(), media_type="application/json")

    return await bounded(backend, found)


@router.get("/datasets/{dataset_id}/cdd", summary="The CDD file of a dataset", response_model=dict[str, Any])
def cdd_file(dataset_id: str, backend: OpenBackend) -> Response:
    """The dataset's CDD file, for readers that do not share the service's disk."""
    known = parse_uuid(dataset_id)
    revision = backend.store.published_revision(known) if known else None
    # The revision's own copy, which never changes: the published file may be replaced while it is read.
    document = backend.results.chunks(known, revision, cdd_name(known)) if known and revision else None
    if document is None or known is None:
        raise NotReady(f"Dataset {dataset_id[:64]!r} has no CDD file; it is written when a heavy profile is ready.")
    headers = {"Content-Disposition": f'attachment; filename="{cdd_name(known)}"', "X-Profile-Revision": str(revision)}
    return StreamingResponse(document, media_type="application/json", headers=headers)
