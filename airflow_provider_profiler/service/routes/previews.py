"""Rows of the tables of revisions, as they are in the dataset now."""

from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from airflow_provider_profiler.contract.errors import InvalidRequest, NotAllowed, ServiceUnavailable
from airflow_provider_profiler.contract.options import ColumnPattern
from airflow_provider_profiler.contract.preview import USUAL_ROWS, DataPreview
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.profiling.previewing.wish import Wish
from airflow_provider_profiler.render.report.bounds import TooManyPages
from airflow_provider_profiler.service.access import CLIENT
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import Backend, OpenBackend
from airflow_provider_profiler.service.errors import ERROR_RESPONSES, NotReady, NotYet
from airflow_provider_profiler.service.revisions import find_revision
from airflow_provider_profiler.storage.results import PROFILE

router = APIRouter(
    prefix="/profiler", tags=["previews"], dependencies=[Depends(authenticated_client)], responses=ERROR_RESPONSES
)

_LARGEST = 2**31
#: Characters of a name or a condition: percent-encoded, they must still fit into a request's line.
_LONGEST_TEXT = 1000
#: What stands in the log for an answer that nobody takes; no client sees it.
_HUNG_UP = 499


class PreviewQuery(BaseModel):
    """Which rows are shown."""

    model_config = ConfigDict(extra="forbid")

    table: str | None = Field(
        None,
        max_length=_LONGEST_TEXT,
        description="The name of a record set of the profile; not needed where there is one",
    )
    rows: int = Field(USUAL_ROWS, ge=1, le=_LARGEST, description="Rows in the answer at most")
    columns: tuple[ColumnPattern, ...] = Field(
        (), max_length=100, description="Only these columns: a name, or a pattern with `*`; repeated, all of them"
    )
    where: str | None = Field(
        None,
        min_length=1,
        max_length=_LONGEST_TEXT,
        description="Only rows that fulfil this condition in SQL: `price > 10`",
    )


Wanted = Annotated[PreviewQuery, Query()]


@router.get("/jobs/{job_id}/preview", summary="Look at rows of a table", response_model=DataPreview)
async def preview_job(request: Request, job_id: str, backend: OpenBackend, query: Wanted) -> Response:
    """The first rows of a table of the job's revision, as they are in the dataset now, read as the job read them.

    The columns are those that were profiled, and the rows those that the job's condition means, sampling apart.
    """
    return await _preview(request, backend, query, lambda: backend.job(job_id))


@router.get(
    "/datasets/{dataset_id}/revisions/{revision}/preview",
    summary="Look at rows of a table of a dataset",
    response_model=DataPreview,
)
async def preview_revision(
    request: Request,
    dataset_id: UUID,
    revision: Annotated[
        str, Path(description="A number, `latest`, or `successful`: the newest that reached its target")
    ],
    backend: OpenBackend,
    query: Wanted,
) -> Response:
    """The first rows of a table of a revision, as they are in the dataset now."""
    return await _preview(request, backend, query, lambda: find_revision(backend, dataset_id, revision))


async def _preview(request: Request, backend: Backend, query: PreviewQuery, find: Callable[[], JobRecord]) -> Response:
    most = backend.settings.preview_rows
    if not most:
        raise NotAllowed("This service shows no rows of datasets: its operator has set PROFILER_PREVIEW_ROWS to 0.")
    if query.rows > most:
        raise InvalidRequest(
            f"This service shows {most} rows of a table at most (PROFILER_PREVIEW_ROWS); {query.rows} were asked for."
        )
    wish = Wish(query.table, query.rows, query.columns, query.where)

    def made() -> Response:
        from anyio import from_thread  # noqa: PLC0415 - only where previews are made

        # Whoever hung up while it waited its turn would keep those who did not from theirs.
        if from_thread.run(request.is_disconnected):
            return Response(status_code=_HUNG_UP)
        record = find()
        preview = backend.previews.of(record, _profile_of(backend, record), wish)
        # What is in the dataset may change at any moment, and is for whoever asks alone.
        headers = {"Cache-Control": "private, no-store"}
        return Response(preview.model_dump_json(), media_type="application/json", headers=headers)

    try:
        return await backend.preview_bound.run(made, whose=getattr(request.state, CLIENT, ""))
    except TooManyPages as error:
        raise ServiceUnavailable(
            "As many tables are being looked into and waited for as this service does at a time, or half as many for "
            "you. Ask again in a moment."
        ) from error


def _profile_of(backend: Backend, record: JobRecord) -> FilePath:
    path = backend.results.path_of(record.dataset_id, record.revision, PROFILE)
    if path is None:
        kind = NotReady if record.terminal else NotYet
        yet = "" if record.terminal else " yet"
        raise kind(f"Job {record.job_id} has no profile{yet}; it is in the state {record.state.value}.")
    if not record.terminal:
        # What is there is its light profile.
        raise NotYet(f"Job {record.job_id} has not profiled its tables yet; it is in the state {record.state.value}.")
    return FilePath(path)
