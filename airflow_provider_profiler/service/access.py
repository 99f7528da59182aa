"""What is known of every request when it has been answered: one line in the log, its metrics, and its span."""

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_profiler.service.raw_headers import raw_header
from airflow_provider_profiler.service.request_metrics import UNKNOWN_ROUTE, RequestMetrics
from airflow_provider_profiler.telemetry.context import current_request_id
from airflow_provider_profiler.telemetry.tracing import OpenSpan, span

log = logging.getLogger(__name__)

#: Asked every few seconds, by machines.
_PROBES = ("/monitoring/",)
_FAILED = 500
#: What this module reads of ``request.state``, where authentication leaves it.
CLIENT = "client_id"


class Access:
    """Watches requests from their arrival to the end of their answers.

    Probes are logged as ``DEBUG`` and make no spans: they would be most of what there is.

    :param metrics: where answers are counted.
    """

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        probe = scope["path"] == "/" or scope["path"].startswith(_PROBES)
        if probe:
            await self._watched(scope, receive, send, OpenSpan(), logging.DEBUG)
            return
        # A trace that the client has begun goes on here; whether it is recorded was decided there.
        parent = raw_header(scope, b"traceparent") or ""
        with span(scope["method"], parent=parent, kind="server", http__request__method=scope["method"]) as opened:
            opened.set(profiler__request_id=current_request_id())
            await self._watched(scope, receive, send, opened, logging.INFO)

    async def _watched(self, scope: Scope, receive: Receive, send: Send, opened: OpenSpan, level: int) -> None:
        status: int | None = None
        told = False
        began = time.perf_counter()
        scope.setdefault("state", {})

        def tell() -> None:
            nonlocal told
            if not told:
                told = True
                # Where an exception goes past before anything was sent, that is what the client gets.
                self._tell(scope, status or _FAILED, time.perf_counter() - began, opened, level)

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                tell()  # before the client has it all: whoever has an answer finds it counted
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        finally:
            tell()

    def _tell(self, scope: Scope, status: int, seconds: float, opened: OpenSpan, level: int) -> None:
        route = _template(scope)
        client = str(scope["state"].get(CLIENT) or "")
        self._metrics.answered(scope["method"], route, status, seconds)
        opened.rename(f"{scope['method']} {route}")
        opened.set(http__route=route, http__response__status_code=status, profiler__client=client or None)
        if status >= _FAILED:
            opened.failed(str(status))
        if not _is_logged(scope):
            return
        fields = {"method": scope["method"], "route": route, "status": status, "duration_ms": round(seconds * 1000, 1)}
        if client:
            fields["client"] = client
        # Without the query, which may hold what nobody should read.
        text = f"{scope['method']} {scope['path']} {status}, {fields['duration_ms']} ms"
        log.log(level, "%s%s", text, f", client {client}" if client else "", extra={"fields": fields})


def _template(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else UNKNOWN_ROUTE


def _is_logged(scope: Scope) -> bool:
    """Whether whoever serves the application wants the line: inside another program's process nobody does."""
    return bool(getattr(getattr(scope.get("app"), "state", None), "access_log", True))
