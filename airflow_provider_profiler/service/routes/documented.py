"""The documented routes under ``/profiler``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from airflow_provider_profiler.contract.dry_run import DryRunResponse
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
from airflow_provider_profiler.service.direct_route import DirectRoute
from airflow_provider_profiler.service.errors import BODY_ERRORS, ERROR_RESPONSES, error_responses
from airflow_provider_profiler.service.openapi import json_body
from airflow_provider_profiler.service.profile_answer import profile_answer
from airflow_provider_profiler.service.submission import idempotency_key, submit

# The token is looked at before anything else of a request, its body above all.
router = APIRouter(
    prefix="/profiler", tags=["profiler"], dependencies=[Depends(authenticated_client)], responses=ERROR_RESPONSES
)


async def _keys(
    idempotency_key: Annotated[
        str | None, Header(description="Makes the submission safe to repeat: one key makes one job")
    ] = None,
    x_execution_id: Annotated[str | None, Header(description="The same under another name")] = None,
) -> None:
    """For the description alone: the key is read from the request, where it may stand more than once."""


@router.post(
    "/trigger_profile",
    summary="Submit a profiling job",
    response_model=DryRunResponse | TriggerProfileResponse,
    openapi_extra=json_body(TriggerProfileRequest),
    responses=BODY_ERRORS | error_responses({409: "The idempotency key was used for another request"}),
    dependencies=[Depends(_keys)],
)
def trigger_profile(request: Request, backend: OpenBackend, client: Client, body: JsonBody) -> TriggerProfileResponse:
    """Submit a profiling job. ``Idempotency-Key`` (or ``X-Execution-Id``) makes it safe to repeat.

    With ``dry_run`` everything is checked and nothing started: the answer has no job, and tells what it would be.
    """
    wanted = parse_body(TriggerProfileRequest, body)
    return submit(backend, wanted, client=client, idempotency_key=idempotency_key(request))


async def job_status(profile_job_id: str, backend: OpenBackend) -> JSONResponse:
    """The job's state: a bare string, or an object, as ``PROFILER_STATUS_DIALECT`` tells."""
    found = await backend.standing(profile_job_id)
    dialect = backend.settings.status_dialect
    dataset_id = str(found.dataset_id)
    return JSONResponse(spell_status(found.state, dialect, cleaned_up=found.cleaned_up, dataset_id=dataset_id))


router.add_api_route(
    "/job_status/{profile_job_id}",
    job_status,
    methods=["GET"],
    summary="The state of a job",
    response_model=str | dict[str, str],
    route_class_override=DirectRoute,
)


@router.get("/runner_status/{profile_job_id}", summary="The state of the work behind a job")
def job_runner_status(profile_job_id: str, backend: OpenBackend) -> RunnerStatus:
    """The state of the work behind the job; ``unknown`` for an unknown one."""
    record = backend.find(profile_job_id)
    return runner_status(record.state, record.target) if record else RunnerStatus.UNKNOWN


@router.get(
    "/profile/{profile_job_id}",
    summary="The profiles of a job",
    response_model=ProfileResponse,
    responses=error_responses({410: "The job was cleaned up"}),
)
def profile(profile_job_id: str, backend: OpenBackend) -> Response:
    """The profiles that are ready, also of a job that failed after them."""
    record = backend.job_with_results(profile_job_id)
    return StreamingResponse(profile_answer(record, backend.results), media_type="application/json")


@router.get("/cdd_profile_path/{dataset_id}", summary="The path of a dataset's CDD file")
def cdd_profile_path(dataset_id: str, backend: OpenBackend) -> CddProfilePathResponse:
    """The path of the dataset's CDD file; null where there is none, also for an unknown dataset."""
    known = parse_uuid(dataset_id)
    return CddProfilePathResponse(cdd_profile_path=backend.results.cdd_path_of(known) if known else None)


@router.post("/clean_up", summary="Clean up a job", openapi_extra=json_body(CleanUpRequest), responses=BODY_ERRORS)
def clean_up_job(backend: OpenBackend, body: JsonBody) -> CleanUpResponse:
    """Stop the job if it runs, and serve its results no longer under its id. Unknown jobs are a success too."""
    wanted = parse_body(CleanUpRequest, body)
    if clean_up(backend.store, backend.results, wanted.profile_job_id, backend.now()):
        backend.wake()
    return CleanUpResponse()
