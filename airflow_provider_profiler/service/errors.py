"""Every error as an answer: ``{"detail": ...}`` with a documented status code, for people, without secrets."""

import logging
import math
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from airflow_provider_profiler.contract import errors
from airflow_provider_profiler.contract.messages import ErrorBody
from airflow_provider_profiler.telemetry.masking import mask_secrets

log = logging.getLogger(__name__)

_LONGEST_MESSAGE = 500
_MOST_PROBLEMS = 50
#: Seconds after which to try again what is not available: nobody knows for how long it is.
UNAVAILABLE_SECONDS = 5


class UnsupportedMediaType(errors.InvalidRequest):
    """The body is not declared as JSON."""


class NotReady(errors.ProfilerError):
    """What was asked for is not there yet."""


class NotYet(NotReady):
    """The same, and it is being made."""


class TooLargeToShow(errors.InvalidRequest):
    """A page of this would take more memory than one request may have."""


class RangeNotThere(errors.ProfilerError):
    """A part of a file was asked for that it does not have.

    :param size: bytes of the whole file.
    """

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


_STATUS: Mapping[type[errors.ProfilerError], int] = {
    errors.NotAuthenticated: 401,
    errors.NotAllowed: 403,
    errors.DatasetNotFound: 404,
    errors.JobNotFound: 404,
    errors.TableNotFound: 404,
    errors.IdempotencyConflict: 409,
    errors.JobCleanedUp: 410,
    errors.QueueFull: 429,
    errors.TooManyRequests: 429,
    NotReady: 404,
    RangeNotThere: 416,
    UnsupportedMediaType: 415,
    errors.InvalidRequest: 422,
    errors.PathOutsideRoot: 422,
    errors.ConfigurationError: 503,
    errors.ServiceUnavailable: 503,
    errors.ConnectionFailed: 503,
    errors.CredentialsMissing: 503,
}


def error_responses(statuses: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """What a route declares of its errors in the API's description.

    :param statuses: each status and what it means.
    """
    described: dict[int | str, dict[str, Any]] = {}
    for status, text in statuses.items():
        described[status] = {"model": ErrorBody, "description": text}
        if status in (429, 503):
            later = {"description": "Seconds after which to try again", "schema": {"type": "integer"}}
            names = ("Retry-After", "X-Retry-After") if status == 429 else ("Retry-After",)
            described[status]["headers"] = dict.fromkeys(names, later)
    return described


#: What every route may answer that asks for a token.
ERROR_RESPONSES = error_responses(
    {
        401: "No token, or one that does not verify",
        403: "The client may not use this service",
        404: "Unknown, or not there yet",
        422: "The request is not valid",
        429: "More requests than one client may send",
        500: "Something went wrong inside the service",
        503: "Not available at the moment",
    }
)
#: What every route that takes a body may answer beside that.
BODY_ERRORS = error_responses({415: "The body is not declared as JSON"})


class InvalidBody(errors.InvalidRequest):
    """The body's fields are wrong; says which and why."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(problems)} problems in the request")
        self.problems = problems


def problems_of(found: Iterable[Mapping[str, Any]], *prefix: str) -> list[dict[str, Any]]:
    """What is wrong, field by field, without the values that were sent.

    :param found: items as pydantic's ``errors()`` gives them.
    :param prefix: where the fields stand, put before every location.
    """
    problems: list[dict[str, Any]] = []
    for item in found:
        if len(problems) == _MOST_PROBLEMS:
            problems.append({"loc": list(prefix), "msg": "There are more problems than are told.", "type": "truncated"})
            break
        loc = [part if isinstance(part, int) else _told(part) for part in (*prefix, *item["loc"])]
        problems.append({"loc": loc, "msg": _told(item["msg"]), "type": item["type"]})
    return problems


def _told(text: object) -> str:
    return mask_secrets(str(text)[:_LONGEST_MESSAGE])


def _answer(status: int, detail: str | list[dict[str, Any]], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": detail}, status_code=status, headers=headers)


def status_of(error: Exception) -> int:
    """The status that an error of ours is answered with; 500 for one that nobody expected."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


async def on_profiler_error(request: Request, error: Exception) -> JSONResponse:
    """The answer to an error of ours; it is logged where whoever runs the service should know."""
    if isinstance(error, InvalidBody):
        return _answer(422, error.problems)
    status = status_of(error)
    if status == 500:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return internal_error()
    if status == 503:
        log.warning("%s %s: %s (%s)", request.method, request.url.path, error, error.__cause__ or "no other cause")
    headers: dict[str, str] = {}
    if status == 401:
        sent = "authorization" in request.headers
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if sent else "Bearer"  # RFC 6750, section 3
    if isinstance(error, errors.QueueFull | errors.TooManyRequests):
        headers["Retry-After"] = headers["X-Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    elif status == 503:
        headers["Retry-After"] = str(UNAVAILABLE_SECONDS)
    if isinstance(error, RangeNotThere):
        headers["Content-Range"] = f"bytes */{error.size}"
    return _answer(status, _told(error), headers)


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    found = error.errors() if isinstance(error, RequestValidationError | ValidationError) else ()
    return _answer(422, problems_of(found))


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    if not isinstance(error, HTTPException):
        return internal_error()
    return _answer(error.status_code, str(error.detail), error.headers)


def internal_error() -> JSONResponse:
    """The answer to what nobody expected: nothing of the inside, the log has it."""
    return _answer(500, "Something went wrong inside the service; its log tells what, under this request's id.")


def add_error_handlers(app: FastAPI) -> None:
    """Let the application answer every error in one form. Unexpected ones are left to the middleware."""
    app.add_exception_handler(errors.ProfilerError, on_profiler_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)
