"""Pages to look at profiles: the report of a job or a dataset, two revisions side by side, and signed links to them."""

import re
from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool

from airflow_provider_profiler.checks.comparison import compare
from airflow_provider_profiler.contract.errors import InvalidRequest
from airflow_provider_profiler.contract.pages import SignedLink, SignedLinkRequest
from airflow_provider_profiler.render.report import comparison_chunks, report_chunks
from airflow_provider_profiler.service.auth import Client
from airflow_provider_profiler.service.backend import OpenBackend
from airflow_provider_profiler.service.body import JsonBody, parse_body
from airflow_provider_profiler.service.errors import BODY_ERRORS, ERROR_RESPONSES
from airflow_provider_profiler.service.openapi import json_body
from airflow_provider_profiler.service.page_access import PageQuery, Signed, page_client
from airflow_provider_profiler.service.page_errors import PageRoute
from airflow_provider_profiler.service.report_making import ProfileReader, made
from airflow_provider_profiler.service.revisions import SUCCESSFUL, ComparedRevisions, compared_revisions, find_revision

router = APIRouter(prefix="/profiler", tags=["pages"], responses=ERROR_RESPONSES, route_class=PageRoute)

#: The pages that links are signed for: those that show one thing, and change nothing.
_PAGE = re.compile(
    r"/profiler/(?:report/[0-9a-fA-F-]{36}|datasets/[0-9a-fA-F-]{36}/(?:report|compare(?:\?[a-z0-9=&]{1,80})?))"
)
PAGE_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}}
}


class CompareQuery(ComparedRevisions, Signed):
    """Which revisions are compared, also by whoever has a signed link."""


@router.get(
    "/report/{job_id}",
    summary="The report of a job's profile",
    response_class=Response,
    responses=PAGE_ANSWERS,
    dependencies=[Depends(page_client)],
)
async def job_report(job_id: str, backend: OpenBackend, query: PageQuery) -> Response:  # noqa: ARG001
    """A page that needs nothing beside itself; light until heavy is ready. It is there for as long as the revision."""
    return await made(backend, lambda profiles: report_chunks(profiles.read(backend.job(job_id))))


@router.get(
    "/datasets/{dataset_id}/report",
    summary="The report of a dataset's newest profile",
    response_class=Response,
    responses=PAGE_ANSWERS,
    dependencies=[Depends(page_client)],
)
async def dataset_report(dataset_id: UUID, backend: OpenBackend, query: PageQuery) -> Response:  # noqa: ARG001
    """That of the newest revision that reached its target."""
    return await made(
        backend, lambda profiles: report_chunks(profiles.read(find_revision(backend, dataset_id, SUCCESSFUL)))
    )


@router.get(
    "/datasets/{dataset_id}/compare",
    summary="Two revisions of a dataset side by side",
    response_class=Response,
    responses=PAGE_ANSWERS,
    dependencies=[Depends(page_client)],
)
async def compare_revisions(
    dataset_id: UUID, backend: OpenBackend, query: Annotated[CompareQuery, Query()]
) -> Response:
    """What changed: files, tables, columns, and distributions laid over each other."""

    def compared(profiles: ProfileReader) -> Iterator[bytes]:
        before, after = compared_revisions(backend, dataset_id, query.before, query.after)
        names = [f"{item.request.profile_specification.name}, revision {item.revision}" for item in (before, after)]
        return comparison_chunks(compare(profiles.read(before), profiles.read(after)), *names)

    return await made(backend, compared)


@router.post(
    "/links", summary="Sign a link to a page", responses=BODY_ERRORS, openapi_extra=json_body(SignedLinkRequest)
)
async def sign_link(client: Client, body: JsonBody, backend: OpenBackend) -> SignedLink:
    """A link that opens a page without a token for five minutes, for whoever holds it: hand it on with care."""
    wanted = parse_body(SignedLinkRequest, body)
    if not _PAGE.fullmatch(wanted.path):
        raise InvalidRequest(
            "Links are signed for /profiler/report/{job_id}, /profiler/datasets/{id}/report and "
            "/profiler/datasets/{id}/compare, with their query."
        )
    signer = await run_in_threadpool(lambda: backend.link_signer)
    path, expires = signer.signed(wanted.path, client, backend.now().timestamp())
    return SignedLink(path=f"{backend.settings.base_url}{path}", expires=expires)
