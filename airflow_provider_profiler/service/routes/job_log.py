"""The log of a job, to read and to follow, and the parts of its work."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from airflow_provider_profiler.contract.job_log import JobLogPage, LogLevel
from airflow_provider_profiler.contract.stage_graph import StageGraph, VertexState
from airflow_provider_profiler.jobs.job_log_reading import JobLogReader, WantedLines, as_text
from airflow_provider_profiler.jobs.stage_pages import stage_page
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import Backend, OpenBackend
from airflow_provider_profiler.service.errors import ERROR_RESPONSES
from airflow_provider_profiler.service.waiting import LONGEST_WAIT, looks
from airflow_provider_profiler.storage.results import LOG, STAGES

router = APIRouter(
    prefix="/profiler", tags=["jobs"], dependencies=[Depends(authenticated_client)], responses=ERROR_RESPONSES
)

_LARGEST = 2**63 - 1
_LONGEST_TEXT = 5000
#: Lines of one answer.
_PAGE, _MOST = 1000, 10_000
NEXT, ENDED = "X-Log-Next", "X-Log-Ended"
_JSON, _JSON_LINES, _TEXT = "application/json", "application/x-ndjson", "text/plain"
_AS_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": f"As JSON lines or text: all lines up to the present one. `{NEXT}` is what `after` is to be in "
        f"the next request, `{ENDED}` whether there is none.",
        "content": {_JSON_LINES: {"schema": {"type": "string"}}, _TEXT: {"schema": {"type": "string"}}},
        "headers": {
            NEXT: {"description": "Of lines: what `after` is to be next", "schema": {"type": "integer"}},
            ENDED: {"description": "Of lines: whether there is no more", "schema": {"type": "boolean"}},
        },
    }
}


class LogQuery(BaseModel):
    """Which lines of a log are wanted."""

    # A misspelt filter would give them all.
    model_config = ConfigDict(extra="forbid")

    stage: str | None = Field(
        None, max_length=_LONGEST_TEXT, description="Lines of this stage or part, by its id: `heavy`, `heavy/a.csv`"
    )
    level: LogLevel | None = Field(None, description="Lines of this level or above")
    tail: int | None = Field(None, ge=1, le=_MOST, description="The last so many of them")
    after: int = Field(0, ge=0, le=_LARGEST, description="The place to go on from: `next` of an answer before")
    limit: int | None = Field(
        None,
        ge=1,
        le=_MOST,
        description=f"Lines in an answer that is JSON at most; {_PAGE} by default, {_MOST} with `tail`",
    )
    wait: float = Field(0.0, ge=0, le=LONGEST_WAIT, description="Seconds to wait for the first of them")


@dataclass(frozen=True)
class _Look:
    """The log at one moment."""

    reader: JobLogReader | None
    """None where nothing was logged yet, or the revision is gone."""
    ended: bool
    first: int | None
    """Where the first wanted line begins, None where there is none."""

    @property
    def end(self) -> int:
        return 0 if self.reader is None else self.reader.end

    def close(self) -> None:
        """Close the log."""
        if self.reader is not None:
            self.reader.close()


_NOTHING = _Look(None, ended=False, first=None)


@router.get("/jobs/{job_id}/log", summary="The log of a job", response_model=JobLogPage, responses=_AS_LINES)
async def job_log(
    request: Request,
    job_id: str,
    backend: OpenBackend,
    query: Annotated[LogQuery, Query()],
) -> Response:
    """What was logged while the job was worked on, by all of its attempts and wherever it was.

    With `Accept: application/x-ndjson` or `text/plain` the answer is the log itself, a line for each line. It stays
    for as long as the revision, whether the job was cleaned up or not.
    """
    wanted = WantedLines(query.stage, query.level)
    start, look = query.after, _NOTHING
    async for _ in looks(request, query.wait):
        # What was looked through once need not be again.
        start = max(start, look.end)
        look.close()
        look = await run_in_threadpool(_look, backend, job_id, wanted, start)
        if look.first is not None or look.ended:
            break
    form = _form(request.headers.get("accept", ""))
    return await run_in_threadpool(_answer, look, form, start, query)


@router.get("/jobs/{job_id}/stages", summary="The parts of a job's work")
def job_stages(
    job_id: str,
    backend: OpenBackend,
    state: Annotated[VertexState | None, Query(description="Only parts in this state")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Parts in this answer at most")] = 1000,
    offset: Annotated[int, Query(ge=0, le=2**31, description="Parts to leave out before")] = 0,
) -> StageGraph:
    """Which stages, files and tables there are, what waits for what, and how far each is."""
    record = backend.job(job_id)
    document = backend.results.open(record.dataset_id, record.revision, STAGES)
    with document or nullcontext():
        return stage_page(record, document, offset=offset, limit=limit, state=state)


def _look(backend: Backend, job_id: str, wanted: WantedLines, start: int) -> _Look:
    # The job first: its last line is written before its end can be seen.
    record = backend.job(job_id)
    document = backend.results.open(record.dataset_id, record.revision, LOG)
    if document is None:
        return _Look(None, record.terminal, None)
    reader = JobLogReader(document, wanted)
    return _Look(reader, record.terminal, reader.first(start))


def _answer(look: _Look, form: str, after: int, query: LogQuery) -> Response:
    reader = look.reader
    start = after if look.first is None else look.first
    if reader is not None and query.tail is not None:
        start = reader.tail(start, query.tail)
    if form == _JSON:
        found, place = (
            ([], start) if reader is None else reader.page(start, query.limit or (_MOST if query.tail else _PAGE))
        )
        ended = look.ended and place >= look.end
        look.close()
        page = JobLogPage(data=tuple(found), count=len(found), next=place, ended=ended)
        return Response(page.model_dump_json(), media_type=_JSON)
    headers = {NEXT: str(max(after, look.end)), ENDED: str(look.ended).lower()}
    closing = BackgroundTask(look.close)
    return StreamingResponse(_lines(reader, start, form), media_type=form, headers=headers, background=closing)


def _lines(reader: JobLogReader | None, start: int, form: str) -> Iterator[str]:
    for line in reader.all(start) if reader is not None else ():
        yield line.model_dump_json(exclude_none=True) + "\n" if form == _JSON_LINES else as_text(line)


def _form(accept: str) -> str:
    """The form that the client likes best of those there are; JSON where it does not say."""
    best, liked = _JSON, 0.0
    for item in accept.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        weights = [value for key, _, value in (part.partition("=") for part in parameters) if key.strip() == "q"]
        try:
            weight = float(weights[0]) if weights else 1.0
        except ValueError:
            weight = 0.0
        if name in (_JSON, _JSON_LINES, _TEXT) and weight > liked:
            best, liked = name, weight
    return best
