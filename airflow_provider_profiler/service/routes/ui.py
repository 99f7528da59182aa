"""The service's own pages: datasets and jobs, one job with its log, and how people sign in to them."""

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from pydantic import Field, field_validator

from airflow_provider_profiler.contract.errors import InvalidRequest, NotAllowed, NotAuthenticated
from airflow_provider_profiler.contract.job import JobFilter
from airflow_provider_profiler.contract.job_log import JobLogLine
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_log_reading import JobLogReader, WantedLines
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.render.report.service_pages import (
    Index,
    JobLine,
    Place,
    index_chunks,
    job_chunks,
    sign_in_chunks,
)
from airflow_provider_profiler.render.text import bytes_text
from airflow_provider_profiler.service.auth import TokenVerifier
from airflow_provider_profiler.service.backend import Backend, OpenBackend
from airflow_provider_profiler.service.body import read_body
from airflow_provider_profiler.service.errors import BODY_ERRORS, ERROR_RESPONSES, UnsupportedMediaType
from airflow_provider_profiler.service.page_access import SESSION, PageQuery, Signed, SignInNeeded, page_client
from airflow_provider_profiler.service.page_errors import HTML, PageRoute
from airflow_provider_profiler.service.report_making import PAGE_HEADERS
from airflow_provider_profiler.service.routes.reports import PAGE_ANSWERS
from airflow_provider_profiler.storage.results import LOG

router = APIRouter(prefix="/profiler/ui", tags=["pages"], responses=ERROR_RESPONSES, route_class=PageRoute)

_JOBS, _DATASETS, _LINES = 25, 100, 200
_LARGEST = 2**31
#: A browser keeps no larger cookie (RFC 6265, section 6.1), its name and attributes included.
_LONGEST_TOKEN = 3800
_FORM = "application/x-www-form-urlencoded"
_FORM_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            _FORM: {
                "schema": {
                    "type": "object",
                    "required": ["token"],
                    "properties": {"token": {"type": "string"}, "next": {"type": "string"}},
                },
                "example": {"token": "eyJhbGciOi...", "next": "/profiler/ui"},
            }
        },
    }
}
_REDIRECTS: dict[int | str, dict[str, Any]] = {303: {"description": "On to the page that was wanted"}}
_SIGNED_IN: dict[int | str, dict[str, Any]] = {**_REDIRECTS, **BODY_ERRORS}


class IndexQuery(Signed):
    """Which jobs the index lists; an empty field of its form leaves them all."""

    state: str = Field("", description="Jobs in this state")
    dataset_id: str = Field("", max_length=36, description="Jobs of this dataset")
    dag_id: str = Field("", max_length=1000, description="Jobs that this DAG submitted")
    offset: int = Field(0, ge=0, le=_LARGEST, description="Jobs to leave out before")

    @field_validator("state")
    @classmethod
    def _known_state(cls, value: str) -> str:
        if value and value not in {state.value for state in JobState}:
            raise ValueError(f"must be one of {', '.join(state.value for state in JobState)}")
        return value

    @field_validator("dataset_id")
    @classmethod
    def _uuid(cls, value: str) -> str:
        return str(UUID(value)) if value else ""

    @property
    def where(self) -> JobFilter:
        """The filters, as the store takes them."""
        return JobFilter(
            dataset_id=UUID(self.dataset_id) if self.dataset_id else None,
            states=(JobState(self.state),) if self.state else (),
            dag_id=self.dag_id or None,
        )


@router.get(
    "",
    summary="The page of datasets and jobs",
    response_class=Response,
    responses=PAGE_ANSWERS,
    dependencies=[Depends(page_client)],
)
def index(request: Request, backend: OpenBackend, query: Annotated[IndexQuery, Query()]) -> Response:
    """Jobs with their progress, and datasets, with links to reports and logs."""
    records = backend.store.list_jobs(query.where, limit=_JOBS, offset=query.offset)
    found = Index(
        place=_place(request, backend),
        jobs=[_line(backend, backend.observed(record)) for record in records],
        jobs_in_all=backend.store.count_jobs(query.where),
        datasets=backend.store.datasets(limit=_DATASETS),
        datasets_in_all=backend.store.count_datasets(),
        queue=backend.store.waiting_count(),
        filters={"state": query.state, "dataset_id": query.dataset_id, "dag_id": query.dag_id},
        offset=query.offset,
        limit=_JOBS,
    )
    return _page(index_chunks(found))


@router.get(
    "/jobs/{job_id}",
    summary="The page of a job",
    response_class=Response,
    responses=PAGE_ANSWERS,
    dependencies=[Depends(page_client)],
)
def job_page(request: Request, job_id: str, backend: OpenBackend, query: PageQuery) -> Response:  # noqa: ARG001
    """Its progress, why it failed, and the last lines of its log."""
    record = backend.job(job_id)
    files = [
        (item.name, bytes_text(item.size)) for item in backend.results.documents(record.dataset_id, record.revision)
    ]
    return _page(job_chunks(_place(request, backend), _line(backend, record), _last_lines(backend, record), files))


@router.post(
    "/session",
    summary="Sign in to the pages",
    status_code=303,
    response_class=Response,
    responses=_SIGNED_IN,
    openapi_extra=_FORM_BODY,
)
async def sign_in(request: Request, backend: OpenBackend) -> Response:
    """Keep a token in a cookie of the browser that scripts cannot read and other sites cannot use."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise UnsupportedMediaType(f"Send the form as {_FORM}.")
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise NotAllowed("Another site sent this form.")
    try:
        sent = parse_qs((await read_body(request)).decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError as error:
        raise InvalidRequest("The form cannot be read.") from error
    token = sent.get("token", [""])[-1].strip()
    following = _own_page(sent.get("next", [""])[-1])
    base = backend.settings.base_url
    verifier: TokenVerifier | None = request.app.state.verifier
    answer = RedirectResponse(f"{base}{following}", status_code=303)
    if verifier is None:
        return answer
    if len(token) > _LONGEST_TOKEN:
        problem = "The token is too long for a cookie; open pages by signed links instead."
        return _sign_in_page(Place(base), following, problem)
    try:
        await verifier.verify_aside(token)
    except (NotAuthenticated, NotAllowed) as error:
        return _sign_in_page(Place(base), following, str(error))
    secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", ""))
    answer.set_cookie(SESSION, token, httponly=True, samesite="strict", secure=secure, path=f"{base}/profiler")
    return answer


@router.post("/session/end", summary="Sign out", status_code=303, response_class=Response, responses=_REDIRECTS)
def sign_out(backend: OpenBackend) -> Response:
    """Let the browser forget the token."""
    base = backend.settings.base_url
    answer = RedirectResponse(f"{base}/profiler/ui", status_code=303)
    answer.delete_cookie(SESSION, path=f"{base}/profiler", httponly=True, samesite="strict")
    return answer


def add_sign_in(app: FastAPI) -> None:
    """Let browsers that have no session be asked for a token, instead of being told in JSON that they need one."""

    async def ask(request: Request, error: Exception) -> Response:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        problem = str(error) if SESSION in request.cookies or "signature" in request.query_params else ""
        return _sign_in_page(Place(request.app.state.settings.base_url), _own_page(wanted), problem)

    app.add_exception_handler(SignInNeeded, ask)


def _page(chunks: Iterator[bytes]) -> Response:
    return StreamingResponse(chunks, media_type=HTML, headers=PAGE_HEADERS)


def _sign_in_page(place: Place, following: str, problem: str) -> Response:
    page = b"".join(sign_in_chunks(place, following, problem))
    return Response(page, status_code=401, media_type=HTML, headers={"WWW-Authenticate": "Bearer"})


def _own_page(path: str) -> str:
    """The path, if it is a page of this service's, else that of the index: a form may not send people elsewhere."""
    plain = path.startswith("/profiler/") and path.isprintable() and "\\" not in path and "signature=" not in path
    return path if plain else "/profiler/ui"


def _place(request: Request, backend: Backend) -> Place:
    return Place(backend.settings.base_url, signed_in=SESSION in request.cookies)


def _line(backend: Backend, record: JobRecord) -> JobLine:
    name = record.request.profile_specification.name or str(record.dataset_id)
    return JobLine(name, backend.detail(record))


def _last_lines(backend: Backend, record: JobRecord) -> list[JobLogLine]:
    document = backend.results.open(record.dataset_id, record.revision, LOG)
    if document is None:
        return []
    reader = JobLogReader(document, WantedLines())
    try:
        found, _ = reader.page(reader.tail(0, _LINES), _LINES)
        return list(found)
    finally:
        reader.close()
