"""Our own routes: jobs in detail, their events, abort, the profile model and the CDD file itself."""

import asyncio
import time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from airflow_provider_profiler.contract.job import JobDetail, JobEventList, JobList
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.detail import job_detail
from airflow_provider_profiler.jobs.lost import observed
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import Backend, OpenBackend, parse_uuid
from airflow_provider_profiler.service.errors import ERROR_RESPONSES, NotReady
from airflow_provider_profiler.storage.results import PROFILE, cdd_name

router = APIRouter(
    prefix="/profiler", tags=["jobs"], dependencies=[Depends(authenticated_client)], responses=ERROR_RESPONSES
)

_LARGEST = 2**31
_LONGEST_WAIT = 30.0
#: Seconds between two looks at the store while a client waits: short at first, when things happen.
_FIRST_LOOK, _LAST_LOOK = 0.05, 0.5


@router.get("/jobs")
def list_jobs(
    backend: OpenBackend,
    dataset_id: UUID | None = None,
    state: JobState | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 25,
    offset: Annotated[int, Query(ge=0, le=_LARGEST)] = 0,
) -> JobList:
    """Jobs, newest first; ``count`` is the number of jobs in this answer."""
    records = backend.store.list_jobs(dataset_id=dataset_id, state=state, limit=limit, offset=offset)
    now = backend.now()
    # A job can turn out to be lost by being looked at, and then is no longer in the state that was asked for.
    seen = [
        record for record in (observed(backend.store, item, now) for item in records) if state in (None, record.state)
    ]
    details = tuple(job_detail(record, backend.settings.base_url) for record in seen)
    return JobList(data=details, count=len(details))


@router.get("/jobs/{job_id}")
def job(job_id: str, backend: OpenBackend) -> JobDetail:
    """Everything that is known about a job."""
    return job_detail(backend.job(job_id), backend.settings.base_url)


@router.get("/jobs/{job_id}/events")
async def events(
    request: Request,
    job_id: str,
    backend: OpenBackend,
    after: Annotated[int, Query(ge=0, le=_LARGEST)] = 0,
    wait: Annotated[float, Query(ge=0, le=_LONGEST_WAIT)] = 0.0,
) -> JobEventList:
    """What happened to the job after the event ``after``; waits up to ``wait`` seconds for something to happen.

    Returns at once when the job has ended: nothing more will happen.
    """
    until = time.monotonic() + wait
    pause = _FIRST_LOOK
    while True:
        found, ended = await run_in_threadpool(_look, backend, job_id, after)
        left = until - time.monotonic()
        if found.count or ended or left <= 0 or request.app.state.stopping() or await request.is_disconnected():
            return found
        # Waiting costs no thread, and each look a fraction of a millisecond of one.
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 2, _LAST_LOOK)


def _look(backend: Backend, job_id: str, after: int) -> tuple[JobEventList, bool]:
    # The job first: an event that is written between the two reads must not be missed as "ended without events".
    record = backend.job(job_id)
    found = backend.store.events(record.job_id, after)
    return JobEventList(data=found, count=len(found)), record.terminal


@router.post("/jobs/{job_id}/abort")
def abort(job_id: str, backend: OpenBackend) -> JobDetail:
    """Ask the job to stop; a job that has ended stays as it is."""
    record = backend.job(job_id)
    reason = Reason(code=ReasonCode.ABORTED, message="The job was aborted on request.")
    record = backend.store.request_abort(record.job_id, reason, backend.now())
    backend.wake()
    return job_detail(record, backend.settings.base_url)


@router.get("/jobs/{job_id}/profile.json", response_class=Response)
def profile_model(job_id: str, backend: OpenBackend) -> Response:
    """The profile model, of which every other document is a rendering; light until heavy is ready.

    It belongs to the dataset's revision, and is there for as long as that is, whether the job was cleaned up or not.
    """
    record = backend.job(job_id)
    document = backend.results.chunks(record.dataset_id, record.revision, PROFILE)
    if document is None:
        raise NotReady(f"Job {record.job_id} has no profile yet; it is in the state {record.state.value}.")
    return StreamingResponse(document, media_type="application/json")


@router.get("/datasets/{dataset_id}/cdd", response_class=Response)
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
