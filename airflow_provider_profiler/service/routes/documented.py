"""The documented routes under ``/profiler``."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from airflow_provider_profiler.contract.messages import (
    CddProfilePathResponse,
    CleanUpRequest,
    CleanUpResponse,
    ProfileResponse,
    TriggerProfileRequest,
    TriggerProfileResponse,
)
from airflow_provider_profiler.contract.states import RunnerStatus, runner_status, spell_status
from airflow_provider_profiler.jobs.cleanup import clean_up
from airflow_provider_profiler.service.auth import Client, authenticated_client
from airflow_provider_profiler.service.backend import OpenBackend, parse_uuid
from airflow_provider_profiler.service.body import JsonBody, parse_body
from airflow_provider_profiler.service.errors import ERROR_RESPONSES
from airflow_provider_profiler.service.openapi import json_body
from airflow_provider_profiler.service.profile_answer import profile_answer
from airflow_provider_profiler.service.submission import idempotency_key, submit

# The token is looked at before anything else of a request, its body above all.
router = APIRouter(
    prefix="/profiler", tags=["profiler"], dependencies=[Depends(authenticated_client)], responses=ERROR_RESPONSES
)


@router.post("/trigger_profile", openapi_extra=json_body(TriggerProfileRequest))
def trigger_profile(request: Request, backend: OpenBackend, client: Client, body: JsonBody) -> TriggerProfileResponse:
    """Submit a profiling job. ``Idempotency-Key`` (or ``X-Execution-Id``) makes it safe to repeat."""
    wanted = parse_body(TriggerProfileRequest, body)
    return submit(backend, wanted, client=client, idempotency_key=idempotency_key(request))


@router.get("/job_status/{profile_job_id}", response_model=str | dict[str, str])
def job_status(profile_job_id: str, backend: OpenBackend) -> JSONResponse:
    """The job's state: a bare string, or an object, as ``PROFILER_STATUS_DIALECT`` tells."""
    record = backend.job(profile_job_id)
    dialect = backend.settings.status_dialect
    dataset_id = str(record.dataset_id)
    return JSONResponse(spell_status(record.state, dialect, cleaned_up=record.cleaned_up, dataset_id=dataset_id))


@router.get("/runner_status/{profile_job_id}")
def job_runner_status(profile_job_id: str, backend: OpenBackend) -> RunnerStatus:
    """The state of the work behind the job; ``unknown`` for an unknown one."""
    record = backend.find(profile_job_id)
    return runner_status(record.state, record.target) if record else RunnerStatus.UNKNOWN


@router.get("/profile/{profile_job_id}", response_model=ProfileResponse)
def profile(profile_job_id: str, backend: OpenBackend) -> Response:
    """The profiles that are ready, also of a job that failed after them."""
    record = backend.job_with_results(profile_job_id)
    return StreamingResponse(profile_answer(record, backend.results), media_type="application/json")


@router.get("/cdd_profile_path/{dataset_id}")
def cdd_profile_path(dataset_id: str, backend: OpenBackend) -> CddProfilePathResponse:
    """The path of the dataset's CDD file; null where there is none, also for an unknown dataset."""
    known = parse_uuid(dataset_id)
    return CddProfilePathResponse(cdd_profile_path=backend.results.cdd_path_of(known) if known else None)


@router.post("/clean_up", openapi_extra=json_body(CleanUpRequest))
def clean_up_job(backend: OpenBackend, body: JsonBody) -> CleanUpResponse:
    """Stop the job if it runs, and serve its results no longer under its id. Unknown jobs are a success too."""
    wanted = parse_body(CleanUpRequest, body)
    if clean_up(backend.store, backend.results, wanted.profile_job_id, backend.now()):
        backend.wake()
    return CleanUpResponse()
