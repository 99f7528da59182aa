"""The pages' application: who may see which, and answers that are pages whatever happens."""

import logging
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from airflow_provider_profiler.plugins.links import Links
from airflow_provider_profiler.plugins.page import message_page
from airflow_provider_profiler.plugins.profile_lists import newest_page, run_page
from airflow_provider_profiler.plugins.submitted_jobs import TaskPlace
from airflow_provider_profiler.plugins.task_page import task_page
from airflow_provider_profiler.render.report.airflow_pages import Message
from airflow_provider_profiler.render.report.bounds import PageBound, TooManyPages
from airflow_provider_profiler.render.report.written import Page

#: What Airflow's pages leave in a link where a task is not mapped.
_NOT_MAPPED = "{MAP_INDEX}"
#: Of a number in a link, at most.
_DIGITS = 9
_HEADERS = {
    "Cache-Control": "private, no-store",
    # The pages bring a policy of their own, but who may frame them can be said in a header alone.
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_REFUSALS = {
    401: ("You are not signed in", "Your session has ended. Open Airflow anew and sign in."),
    403: (
        "You may not see this",
        "Your account has no right to read this DAG and what its tasks hand on; or your session is not valid any more, "
        "then open Airflow anew and sign in.",
    ),
    404: ("There is no such page", "The link leads nowhere. Open the page from a task or a run of Airflow."),
    405: ("There is no such page", "The link leads nowhere. Open the page from a task or a run of Airflow."),
}

log = logging.getLogger(__name__)


class Pages:
    """The pages, each made in a thread."""

    def __init__(self) -> None:
        self.bound = PageBound()

    async def newest(self, request: Request) -> Response:
        """The newest profiles of the DAGs that the user may read."""
        links, offset, readable = _links(request), _offset(request), request.state.readable_dags
        return await self._answer(lambda: newest_page(readable(), links, offset))

    async def run(self, request: Request) -> Response:
        """The profiles of a run."""
        links, offset, given = _links(request), _offset(request), request.path_params
        return await self._answer(lambda: run_page(given["dag_id"], given["run_id"], links, offset))

    async def task(self, request: Request) -> Response:
        """The report of a task instance's job, or why there is none."""
        return await self._task(request, report=False)

    async def report(self, request: Request) -> Response:
        """The report of what is ready of a task instance's job."""
        return await self._task(request, report=True)

    async def _task(self, request: Request, *, report: bool) -> Response:
        links, offset, given = _links(request), _offset(request), request.path_params
        place = TaskPlace(given["dag_id"], given["run_id"], given["task_id"], _map_index(given["map_index"]))
        return await self._answer(lambda: task_page(place, links, report=report, offset=offset))

    async def _answer(self, make: Callable[[], Page]) -> Response:
        try:
            return _response(await self.bound.run(make))
        except TooManyPages:
            busy = Message("Many pages are wanted at once", "This page looks again by itself.", moving=True)
            return _response(message_page(busy, 503))
        except Exception:
            log.exception("A page of dataset profiles could not be made.")
            return _wrong()


def make_app() -> Any:
    """The application that Airflow's API server mounts; it has Airflow's own rules of who may read what."""
    from airflow.api_fastapi.app import get_auth_manager  # noqa: PLC0415 - the API server alone
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity  # noqa: PLC0415
    from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag  # noqa: PLC0415
    from fastapi import Depends, FastAPI  # noqa: PLC0415

    def readable_dags(request: Request, user: GetUserDep) -> None:
        request.state.readable_dags = lambda: get_auth_manager().get_authorized_dag_ids(user=user, method="GET")

    # As for what tasks hand on, which is where the job's id comes from: a report tells no less than that.
    may_read = Depends(requires_access_dag("GET", DagAccessEntity.XCOM))
    pages = Pages()
    app = FastAPI(title="Dataset profiles", openapi_url=None, docs_url=None, redoc_url=None)
    run = "/dags/{dag_id}/runs/{run_id}"
    task = f"{run}/tasks/{{task_id}}/{{map_index}}"
    for path, show, needs in (
        ("/", pages.newest, [may_read, Depends(readable_dags)]),
        (run, pages.run, [may_read]),
        (task, pages.task, [may_read]),
        (f"{task}/report", pages.report, [may_read]),
    ):
        app.add_api_route(path, show, methods=["GET"], dependencies=needs, response_class=Response)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _unforeseen)
    return app


async def _refused(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 503
    title, text = _REFUSALS.get(status, ("This page cannot be shown", "Open the page from a task or a run of Airflow."))
    return _response(message_page(Message(title, text, bad=True), status))


async def _unforeseen(_: Request, __: Exception) -> Response:
    """What Airflow's own rules of access raised; the server logs it."""
    return _wrong()


def _wrong() -> Response:
    text = "The log of Airflow's API server tells why. The task's log tells of its job."
    return _response(message_page(Message("This page could not be made", text, bad=True), 503))


def _response(page: Page) -> Response:
    headers = {**_HEADERS, "Content-Length": str(page.size)}
    return StreamingResponse(page.pieces(), page.status, headers, "text/html; charset=utf-8")


def _links(request: Request) -> Links:
    return Links(str(request.scope.get("root_path", "")).rstrip("/"))


def _offset(request: Request) -> int:
    return _number(request.query_params.get("offset", "0"))


def _map_index(text: str) -> int:
    return -1 if text in (_NOT_MAPPED, "-1") else _number(text)


def _number(text: str) -> int:
    """A number from 0 on.

    :raises HTTPException: for any other text: no page of ours leads there.
    """
    if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS:
        raise HTTPException(404)
    return int(text)
