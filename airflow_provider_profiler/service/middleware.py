"""What surrounds every request: its id, the proxy's prefix, and an answer when nobody expected the error."""

import logging
import re
from uuid import uuid4

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_profiler.service.errors import internal_error
from airflow_provider_profiler.service.raw_headers import raw_header
from airflow_provider_profiler.telemetry.context import request_context

log = logging.getLogger(__name__)

REQUEST_ID = b"x-request-id"
_CACHE_CONTROL = b"cache-control"
#: Bytes of a body that are taken in even if nobody reads them, to keep the connection.
_SHORT_BODY = 64 * 1024
#: Bytes from which on an answer is compressed; smaller ones fit into a few packets as they are.
_WORTH_COMPRESSING = 16 * 1024
#: Set in the scope of a request whose body would not be sent: whoever would read files for it need not.
WITHOUT_BODY = "profiler.without_body"
#: Parts of paths below which nothing is compressed: files, whose parts can be asked for, and answers of one word.
_AS_IT_IS = ("/artefacts/", "/job_status/")
_SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")


class RequestId:
    """Gives every response the request's id, and catches what is left of errors.

    An id that was sent is kept if it is short and plain: it goes into logs and headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = raw_header(scope, REQUEST_ID) or ""
        request_id = sent if _SANE.fullmatch(sent) else uuid4().hex
        started = False
        unread = _may_go_on(scope)

        async def watched_receive() -> Message:
            nonlocal unread
            message = await receive()
            unread = unread and message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = [*message["headers"], (REQUEST_ID, request_id.encode())]
                # States change by the second, and documents are for those who may read them.
                if not any(name == _CACHE_CONTROL for name, _ in headers):
                    headers.append((_CACHE_CONTROL, b"no-store"))
                headers.append((b"x-content-type-options", b"nosniff"))
                if unread:
                    # The server would go on to take in what nobody reads, for as long as the client sends it.
                    headers.append((b"connection", b"close"))
                message["headers"] = headers
            await send(message)

        with request_context(request_id):
            try:
                await self._app(scope, watched_receive, send_with_id)
            except Exception:
                log.exception("%s %s failed", scope["method"], scope["path"])
                if started:
                    # Half an answer is out; only a broken connection tells the client that the rest is missing.
                    raise
                await internal_error()(scope, receive, send_with_id)


def _may_go_on(scope: Scope) -> bool:
    """Whether the request's body is long, or of a length that nobody knows."""
    length = raw_header(scope, b"content-length") or ""
    unknown = raw_header(scope, b"transfer-encoding") is not None
    return unknown or (length.isdecimal() and int(length) > _SHORT_BODY)


class Compression(GZipMiddleware):
    """Compresses large answers for clients that take it, piece by piece; never files."""

    def __init__(self, app: ASGIApp) -> None:
        # A tenth of the time of the highest level, which is the default, for a fifth more bytes of JSON.
        super().__init__(app, minimum_size=_WORTH_COMPRESSING, compresslevel=1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and any(part in scope["path"] for part in _AS_IT_IS):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class HeadAnswers:
    """Answers ``HEAD`` as ``GET`` without the body (RFC 9110, section 9.3.2): what probes and ``curl -I`` send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            # From here on nobody chooses by it any more, and the server expects no body of a HEAD.
            scope["method"] = "HEAD"
            if message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        # The very scope, in which routes tell those around them what they are.
        scope["method"] = "GET"
        scope[WITHOUT_BODY] = True
        try:
            await self._app(scope, receive, send_head)
        finally:
            scope["method"] = "HEAD"


class Prefix:
    """Serves every route with and without the prefix that a proxy puts before it.

    Whether the proxy strips the prefix or keeps it need not be configured. A path is only stripped where a route
    can follow: with the prefix ``/profiler`` the documented ``/profiler/trigger_profile`` works as well as
    ``/profiler/profiler/trigger_profile``.

    :param prefix: such as ``/tools/profiles``, without a slash at its end.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, its path without the prefix."""
        if scope["type"] == "http" and self._below(scope["path"]):
            rest = scope["path"][len(self._prefix) :] or "/"
            scope = {**scope, "path": rest, "raw_path": rest.encode()}
        await self._app(scope, receive, send)

    def _below(self, path: str) -> bool:
        rest = path.removeprefix(self._prefix)
        return rest != path and (rest in ("", "/", "/openapi.json") or rest.startswith(("/profiler/", "/monitoring/")))
