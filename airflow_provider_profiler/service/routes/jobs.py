"""Our own routes of jobs: lists, details, events, abort, and the profile model."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from airflow_provider_profiler.contract.job import JobDetail, JobEventList, JobFilter, JobList
from airflow_provider_profiler.contract.partial_job import PartialJob, PartialJobList
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.failure import ABORTED
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import Backend, OpenBackend
from airflow_provider_profiler.service.embedding import EMBEDDABLE, JobAnswers
from airflow_provider_profiler.service.errors import ERROR_RESPONSES, NotReady
from airflow_provider_profiler.service.waiting import LONGEST_WAIT, looks
from airflow_provider_profiler.storage.results import PROFILE

router = APIRouter(
    prefix="/profiler", tags=["jobs"], dependencies=[Depends(authenticated_client)], responses=ERROR_RESPONSES
)

_LARGEST = 2**31
_LONGEST_TEXT = 1000
_FIELDS = "Only these fields of each job, such as `state;progress.percent`"
_EMBED = (
    f"Things to put in under `embedded`: {', '.join(sorted(EMBEDDABLE))}; with parameters, "
    "`events(limit=1,sort=-sequence,fields=kind;at)`"
)


class ChosenParts(BaseModel):
    """What is told of each job."""

    # A misspelt parameter would go unnoticed, and a misspelt filter list all jobs.
    model_config = ConfigDict(extra="forbid")

    fields: str | None = Field(None, description=_FIELDS)
    embed: str | None = Field(None, description=_EMBED)


class EventQuery(BaseModel):
    """Which events of a job are told."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=_LARGEST, description="Only events with a higher sequence number")
    wait: float = Field(0.0, ge=0, le=LONGEST_WAIT, description="Seconds to wait for something to happen")


class JobQuery(ChosenParts):
    """Which jobs are listed; of the filters that are given, a job fits all."""

    dataset_id: UUID | None = Field(None, description="Jobs of this dataset")
    state: tuple[JobState, ...] = Field((), description="Jobs in this state; repeated, in any of them")
    client: str | None = Field(None, max_length=_LONGEST_TEXT, description="Jobs that this client submitted")
    dag_id: str | None = Field(None, max_length=_LONGEST_TEXT, description="Jobs that this DAG submitted")
    label: tuple[str, ...] = Field(
        (), max_length=20, description="Jobs with this label, as `name:value`; repeated, with all of them"
    )
    created_from: AwareDatetime | None = Field(None, description="Jobs that were submitted at this moment or later")
    created_until: AwareDatetime | None = Field(None, description="Jobs that were submitted before this moment")
    terminal: bool | None = Field(None, description="`true`: jobs that have ended; `false`: the others")
    limit: int = Field(25, ge=1, le=1000, description="Jobs in this answer at most")
    offset: int = Field(0, ge=0, le=_LARGEST, description="Jobs to leave out before")

    @field_validator("label")
    @classmethod
    def _name_and_value(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not label.partition(":")[0] or ":" not in label or len(label) > _LONGEST_TEXT for label in value):
            raise ValueError("must be written as name:value")
        return value

    @property
    def where(self) -> JobFilter:
        """The filters, as the store takes them."""
        return JobFilter(
            dataset_id=self.dataset_id,
            states=self.state,
            client=self.client,
            dag_id=self.dag_id,
            labels=tuple((name, value) for name, _, value in (label.partition(":") for label in self.label)),
            created_from=self.created_from,
            created_until=self.created_until,
            terminal=self.terminal,
        )


@router.get("/jobs", summary="List jobs", response_model=None, responses={200: {"model": JobList | PartialJobList}})
async def list_jobs(backend: OpenBackend, query: Annotated[JobQuery, Query()]) -> Response:
    """Jobs, newest first. ``count`` is the number of jobs in this answer, ``total`` of all that fit the filters."""
    answers = JobAnswers(backend, query.fields, query.embed)
    answers.check_size(query.limit)
    return await answers.answer(lambda: _listed(backend, query, answers))


def _listed(backend: Backend, query: JobQuery, answers: JobAnswers) -> Response:
    records = backend.store.list_jobs(query.where, limit=query.limit, offset=query.offset)
    total = backend.store.count_jobs(query.where)
    # A job can turn out to be lost by being looked at, and then is no longer in the state that was asked for.
    observations = [backend.observed(record) for record in records]
    seen = [
        record
        for record in observations
        if (not query.state or record.state in query.state) and query.terminal in (None, record.terminal)
    ]
    if answers.plain:
        details = tuple(backend.detail(record) for record in seen)
        return _json(JobList(data=details, count=len(details), total=total))
    return JSONResponse({"data": [answers.of(record) for record in seen], "count": len(seen), "total": total})


@router.get(
    "/jobs/{job_id}",
    summary="A job in detail",
    response_model=None,
    responses={200: {"model": JobDetail | PartialJob}},
)
async def job(job_id: str, backend: OpenBackend, query: Annotated[ChosenParts, Query()]) -> Response:
    """Everything that is known about a job, or a part of it."""
    answers = JobAnswers(backend, query.fields, query.embed)
    return await answers.answer(lambda: _told(backend.job(job_id), backend, answers))


def _told(record: JobRecord, backend: Backend, answers: JobAnswers) -> Response:
    return _json(backend.detail(record)) if answers.plain else JSONResponse(answers.of(record))


def _json(model: BaseModel) -> Response:
    # At once, and not through values of Python: this is what is asked most.
    return Response(model.model_dump_json(), media_type="application/json")


@router.get("/jobs/{job_id}/events", summary="What happened to a job")
async def events(
    request: Request,
    job_id: str,
    backend: OpenBackend,
    query: Annotated[EventQuery, Query()],
) -> JobEventList:
    """What happened to the job after the event ``after``; waits up to ``wait`` seconds for something to happen.

    Returns at once when the job has ended: nothing more will happen.
    """
    async for _ in looks(request, query.wait):
        found, ended = await run_in_threadpool(_look, backend, job_id, query.after)
        if found.count or ended:
            break
    return found


def _look(backend: Backend, job_id: str, after: int) -> tuple[JobEventList, bool]:
    # The job first: an event that is written between the two reads must not be missed as "ended without events".
    record = backend.job(job_id)
    found = backend.store.events(record.job_id, after)
    return JobEventList(data=found, count=len(found)), record.terminal


@router.post("/jobs/{job_id}/abort", summary="Abort a job")
def abort(job_id: str, backend: OpenBackend) -> JobDetail:
    """Ask the job to stop; a job that has ended stays as it is."""
    record = backend.job(job_id)
    record = backend.store.request_abort(record.job_id, ABORTED, backend.now())
    if record.terminal:
        # Nobody ran it, or whoever did is gone.
        backend.tidy(record)
    backend.wake()
    return backend.detail(record)


@router.get("/jobs/{job_id}/profile.json", summary="The profile model of a job", response_model=DatasetProfile)
def profile_model(job_id: str, backend: OpenBackend) -> Response:
    """The profile model, of which every other document is a rendering; light until heavy is ready.

    It belongs to the dataset's revision, and is there for as long as that is, whether the job was cleaned up or not.
    """
    record = backend.job(job_id)
    document = backend.results.chunks(record.dataset_id, record.revision, PROFILE)
    if document is None:
        raise NotReady(f"Job {record.job_id} has no profile yet; it is in the state {record.state.value}.")
    return StreamingResponse(document, media_type="application/json")
