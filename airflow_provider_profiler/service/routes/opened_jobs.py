"""A job's address, opened by a person: it stands in tasks' buttons, in their logs and in messages."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from airflow_provider_profiler.service.raw_headers import raw_header


class BrowserRoute(APIRoute):
    """A route for whoever wants a page and no JSON; for all others it is not there."""

    def matches(self, scope: Scope) -> tuple[Match, Any]:
        """Whether the request is one of a browser."""
        match, child = super().matches(scope)
        if match is Match.NONE:
            return match, child
        accepted = raw_header(scope, b"accept") or ""
        if match is Match.FULL and "text/html" in accepted and "json" not in accepted:
            return match, child
        return Match.NONE, {}


router = APIRouter(prefix="/profiler", route_class=BrowserRoute)


# Nobody is asked for a token here: the page does, in words for people. Whether there is such a job is told there too.
@router.get("/jobs/{job_id}", include_in_schema=False)
async def open_job(request: Request, job_id: str) -> RedirectResponse:
    """Lead to the job's page."""
    base = request.app.state.settings.base_url
    headers = {"Cache-Control": "private, no-store", "Vary": "Accept"}
    return RedirectResponse(f"{base}/profiler/ui/jobs/{quote(job_id, safe='')}", status_code=303, headers=headers)
