"""Errors of pages: whoever looks with a browser is told in a page, and programs as everywhere else."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from airflow_provider_profiler.contract.errors import ProfilerError
from airflow_provider_profiler.render.report.service_pages import Place, error_chunks
from airflow_provider_profiler.service.errors import NotYet, on_profiler_error, problems_of, status_of
from airflow_provider_profiler.service.page_access import SESSION, SignInNeeded

HTML = "text/html; charset=utf-8"
_TITLES = {
    403: "You may not see this",
    404: "There is nothing here",
    410: "It is not kept any more",
    422: "This cannot be shown",
    429: "Too many requests",
    503: "Not at this moment",
}


class PageRoute(APIRoute):
    """A route of pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except SignInNeeded:
                raise  # has a page of its own
            except (ProfilerError, RequestValidationError) as error:
                if not asks_for_page(request):
                    raise
                return await _page(request, error)

        return handle


def asks_for_page(request: Request) -> bool:
    """Whether a browser asks, for somebody to look at the answer."""
    return "text/html" in request.headers.get("accept", "")


async def _page(request: Request, error: ProfilerError | RequestValidationError) -> Response:
    if isinstance(error, RequestValidationError):
        told = [f"{item['loc'][-1]}: {item['msg']}." for item in problems_of(error.errors())]
        status, text, headers = 422, " ".join(told), {}
    else:
        status, text = status_of(error), str(error)
        answer = await on_profiler_error(request, error)
        if status == 500:
            return answer
        headers = {name: answer.headers[name] for name in ("retry-after", "www-authenticate") if name in answer.headers}
    place = Place(request.app.state.settings.base_url, signed_in=SESSION in request.cookies)
    title = _TITLES.get(status, "This cannot be shown")
    page = b"".join(error_chunks(place, title, text, moving=status == 503 or isinstance(error, NotYet)))
    return Response(page, status, {"Cache-Control": "private, no-store", **headers}, HTML)
