"""What the answers of single routes hold, for every hook that asks them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from pydantic import ValidationError

from airflow_provider_profiler.contract.errors import UnknownStatus
from airflow_provider_profiler.contract.job import JobEvent
from airflow_provider_profiler.contract.states import ReportedStatus, RunnerStatus, parse_runner_status, parse_status
from airflow_provider_profiler.hooks import embedded
from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.errors import NotFound, UnexpectedAnswer, UnknownJob, UnknownStatusAnswer

#: Seconds for which the service holds an answer with events back at most.
LONGEST_HOLD = 30.0
DOCUMENTED_ALONE = (
    "The profiling service has the documented routes alone: no progress, no reasons of failures and no "
    "revisions from here on, only states."
)


def segment(identifier: str | UUID) -> str:
    """An id as one segment of a path, whatever it holds."""
    return quote(str(identifier), safe="")


def status_of(answer: Answer) -> ReportedStatus:
    """The body of ``job_status``, in any dialect.

    :raises UnknownStatusAnswer: when it is no known status.
    """
    try:
        return parse_status(answer.json())
    except UnknownStatus as error:
        raise UnknownStatusAnswer(str(error)) from None


def runner_status_of(answer: Answer) -> RunnerStatus:
    """The body of ``runner_status``.

    :raises UnknownStatusAnswer: when it is no documented word.
    """
    try:
        return parse_runner_status(answer.json())
    except UnknownStatus as error:
        raise UnknownStatusAnswer(str(error)) from None


def events_tail(after: int, wait: float) -> str:
    """The end of the path that asks for a job's events.

    :param wait: seconds for which the service may hold its answer back.
    """
    return f"/events?after={after}" + (f"&wait={min(wait, LONGEST_HOLD):g}" if wait > 0 else "")


def events_of(answer: Answer) -> tuple[JobEvent, ...]:
    """The events; those of a kind that this version does not know are left out.

    :raises UnexpectedAnswer: when the body is no list of events.
    """
    body = answer.json()
    items = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(items, list):
        raise UnexpectedAnswer(f"{answer.what} answered something that is not a list of events.")
    return tuple(event for event in map(_event, items) if event is not None)


def unknown_job(job_id: str | UUID, error: NotFound, *, is_embedded: bool) -> UnknownJob:
    """The error that tells where the job was looked for."""
    if is_embedded:
        return UnknownJob(embedded.unknown_here(str(job_id)))
    return UnknownJob(f"The profiling service does not know the job {job_id}. {error}")


def _event(item: Any) -> JobEvent | None:
    try:
        return JobEvent.model_validate(item, extra="ignore")
    except ValidationError:
        return None
