"""Who may see a page: whoever has a token, a session that was begun with one, or a link that was signed for it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from airflow_provider_profiler.contract.errors import NotAllowed, NotAuthenticated
from airflow_provider_profiler.service.auth import TokenVerifier, authenticated_client
from airflow_provider_profiler.service.backend import OpenBackend
from airflow_provider_profiler.service.rate_limits import RateLimits
from airflow_provider_profiler.service.signed_links import LinkSigner

SESSION = "profiler_session"


class SignInNeeded(NotAuthenticated):
    """A browser asks for a page that is not for everybody."""


class Signed(BaseModel):
    """What makes a link one that was signed."""

    model_config = ConfigDict(extra="forbid")

    expires: int | None = Field(None, ge=0, le=2**40, description="Of a signed link: when it ends")
    client: str | None = Field(None, max_length=1000, description="Of a signed link: who asked for it")
    signature: str | None = Field(None, max_length=128, description="Of a signed link")


def path_of(request: Request) -> str:
    """The path that was asked for and its query, but for what signs it."""
    rest = [(name, value) for name, value in request.query_params.multi_items() if name not in Signed.model_fields]
    return f"{request.url.path}?{urlencode(rest)}" if rest else str(request.url.path)


async def page_client(request: Request, backend: OpenBackend) -> str:
    """The client on whose behalf a page is asked for; empty where authentication is off.

    :raises SignInNeeded: where a browser has nothing that verifies.
    :raises NotAuthenticated: where another program has nothing that verifies.
    :raises NotAllowed: for a client that is not allowed.
    """
    verifier: TokenVerifier | None = request.app.state.verifier
    if verifier is None or "authorization" in request.headers:
        return await authenticated_client(request)
    limits: RateLimits | None = request.app.state.rate_limits
    address = f"address:{request.client.host if request.client else ''}"
    try:
        client = await _verified(request, backend, verifier)
    except (NotAuthenticated, NotAllowed) as error:
        if limits is not None:
            await limits.count(request.scope, address, verified=False)
        if isinstance(error, NotAuthenticated) and "text/html" in request.headers.get("accept", ""):
            raise SignInNeeded(str(error)) from error
        raise
    request.state.client_id = client  # for the access log
    if limits is not None:
        await limits.count(request.scope, f"client:{client}")
    return client


async def _verified(request: Request, backend: OpenBackend, verifier: TokenVerifier) -> str:
    query = request.query_params
    if "signature" in query:
        # Its key may have to be read from a file first.
        signer: LinkSigner = await run_in_threadpool(lambda: backend.link_signer)
        client, expires = query.get("client", ""), query.get("expires", "")
        number = int(expires) if expires.isascii() and expires.isdecimal() and len(expires) < 12 else 0
        signer.check(path_of(request), client, number, query["signature"], backend.now().timestamp())
        if not verifier.allows(client):
            raise NotAllowed("The client that the link was signed for may no longer use this service.")
        return client
    token = request.cookies.get(SESSION)
    if not token:
        raise NotAuthenticated("Sign in with a token, or follow a link that was signed.")
    return await verifier.verify_aside(token)


PageQuery = Annotated[Signed, Query()]
PageClient = Annotated[str, Depends(page_client)]
