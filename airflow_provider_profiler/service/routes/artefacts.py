"""The files of revisions, to list and to download: by the job that made them, and by dataset and revision."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from airflow_provider_profiler.contract.artefacts import ArtefactList
from airflow_provider_profiler.service.artefacts import (
    DOWNLOAD_ANSWERS,
    download,
    job_artefacts,
    list_artefacts,
    revision_artefacts,
)
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import OpenBackend
from airflow_provider_profiler.service.errors import ERROR_RESPONSES
from airflow_provider_profiler.service.revisions import find_revision

router = APIRouter(
    prefix="/profiler", tags=["artefacts"], dependencies=[Depends(authenticated_client)], responses=ERROR_RESPONSES
)

Name = Annotated[str, Path(description="As the list has it, such as `profile.json` or `mirror/orders.parquet`")]
RevisionWord = Annotated[
    str, Path(description="A number, `latest`, or `successful`: the newest that reached its target")
]
Checksums = Annotated[bool, Query(description="Tell the sha256 of each file too, for which all of them are read")]
OneName = Annotated[str | None, Query(description="Only the file of this name")]


async def _conditions(
    if_none_match: Annotated[str | None, Header(description="Answer 304 where the content is one of these")] = None,
    range_: Annotated[
        str | None, Header(alias="Range", description="One part of the file, such as `bytes=0-99`")
    ] = None,
    if_range: Annotated[str | None, Header(description="The part only if the content is still this one")] = None,
) -> None:
    """For the description alone: the answer is made from the request."""


@router.get("/jobs/{job_id}/artefacts", summary="List the files of a job's revision")
async def list_job_artefacts(
    request: Request, job_id: str, backend: OpenBackend, checksums: Checksums = False, name: OneName = None
) -> ArtefactList:
    """The profile, the documents, the states, the mirrors and the log, by name; those that are written so far.

    They belong to the dataset's revision, and are there for as long as that is, whether the job was cleaned up or not.
    """
    record = await run_in_threadpool(backend.job, job_id)
    place = job_artefacts(backend, record)
    return await list_artefacts(request, backend, record, place, checksums=checksums, name=name)


@router.get(
    "/jobs/{job_id}/artefacts/{name:path}",
    summary="Download a file of a job's revision",
    response_class=Response,
    responses=DOWNLOAD_ANSWERS,
    dependencies=[Depends(_conditions)],
)
def download_job_artefact(request: Request, job_id: str, name: Name, backend: OpenBackend) -> Response:
    """The file as it was written, never compressed on the way; interrupted downloads can go on with `Range`."""
    return download(request, backend, backend.job(job_id), name)


@router.get(
    "/datasets/{dataset_id}/revisions/{revision}/artefacts", summary="List the files of a revision of a dataset"
)
async def list_revision_artefacts(
    request: Request,
    dataset_id: UUID,
    revision: RevisionWord,
    backend: OpenBackend,
    *,
    checksums: Checksums = False,
    name: OneName = None,
) -> ArtefactList:
    """The profile, the documents, the states, the mirrors and the log, by name; those that are written so far."""
    record = await run_in_threadpool(find_revision, backend, dataset_id, revision)
    place = revision_artefacts(backend, record)
    return await list_artefacts(request, backend, record, place, checksums=checksums, name=name)


@router.get(
    "/datasets/{dataset_id}/revisions/{revision}/artefacts/{name:path}",
    summary="Download a file of a revision of a dataset",
    response_class=Response,
    responses=DOWNLOAD_ANSWERS,
    dependencies=[Depends(_conditions)],
)
def download_revision_artefact(
    request: Request, dataset_id: UUID, revision: RevisionWord, name: Name, backend: OpenBackend
) -> Response:
    """The file as it was written, never compressed on the way; interrupted downloads can go on with `Range`."""
    return download(request, backend, find_revision(backend, dataset_id, revision), name)
