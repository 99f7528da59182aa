"""Connections on which clients have to get to the point: a request's head is limited in bytes and in time.

uvicorn keeps what it is sent until a head is complete, whoever sends it and however long that takes, and nobody has
been asked for a token by then.
"""

import asyncio
import json
import logging
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from airflow_provider_profiler.service.gathered_writes import GatheredWrites
from airflow_provider_profiler.service.middleware import REQUEST_ID
from airflow_provider_profiler.telemetry.context import request_context

log = logging.getLogger(__name__)

#: Bytes that a request's line and headers may have together. What comes in one piece with their end is let through.
HEAD_BYTES = 64 * 1024
#: Seconds for them to be complete: from the connection's beginning or, on one that was kept, from their first byte.
HEAD_SECONDS = 20.0
#: Seconds for which what a refused client still sends is read and dropped, so that it gets to read why.
_LINGER = 1.0
#: Bytes from which on the parser does not take a line apart, even where it came with its end.
_LINE_BYTES = 64 * 1024 - 1
_TOO_LONG = f"The request's line and headers are longer than {HEAD_BYTES} bytes."
_NO_HTTP = "This is no HTTP request, or a broken one. Perhaps it was meant to be encrypted: this port is not."


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol, which refuses heads that are too long (431), not complete in time (408) or no HTTP (400).

    The same limits hold for what surrounds a body, such as trailers and the sizes of chunks, and for the rest of a
    body whose request has been answered. Then there is nothing to answer any more, and the connection is closed.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.url = b""
        #: Bytes since the parser last came to the end of a head, or to some of a body.
        self._pending = 0
        self._moved_on = False
        self._in_message = True
        self._in_body = False
        self._refused = False
        self._handed_on = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, GatheredWrites(transport, self.loop))
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in a piece, and see whether it led anywhere."""
        if self._refused:
            return
        self._moved_on = False
        self._in_message = True
        super().data_received(data)
        if self._refused:
            return
        if self._handed_on or self.transport.is_closing():
            self._stop_timer()
            return
        # After the piece: one that ends a head is fine, and one that does not is all that is kept beyond the limit.
        self._pending = 0 if self._moved_on else self._pending + len(data)
        if self._pending > HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LONG)
            return
        self._watch()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words for any reason
        """Refuse what cannot be read; a line that is too long is read to its end before it is found to be."""
        if len(self.url) >= _LINE_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _TOO_LONG)
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, _NO_HTTP)

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        self._in_message, self._in_body = True, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that it is complete."""
        super().on_headers_complete()
        self._moved_on = self._in_body = True

    def on_body(self, body: bytes) -> None:
        """Note that the request goes on."""
        self._moved_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is complete."""
        self._moved_on = True
        self._in_message = self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the rest of what has begun to come behind the request."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self._watch()

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to another protocol."""
        self._handed_on = True
        super().handle_websocket_upgrade()

    @property
    def _sender(self) -> str:
        return f"{self.client[0]}:{self.client[1]}" if self.client else "a client"

    @property
    def _idle(self) -> bool:
        """Whether no answer is being made: until then a client that sends ahead waits for us, and not we for it."""
        return self.cycle is None or self.cycle.response_complete

    def _watch(self) -> None:
        if not (self._idle and self._in_message):
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._time_is_over)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_over(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"The request was not complete after {HEAD_SECONDS:g} seconds.")

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._stop_timer()
        self._unset_keepalive_if_required()
        self._refused = True
        if self._in_body or not self._idle:
            # Another request's answer is expected here, or has been given already.
            self.transport.close()
            return
        request_id = uuid4().hex
        with request_context(request_id):
            log.info("Refused what %s sent before it was a request (%d): %s", self._sender, status, why)
        content = json.dumps({"detail": why}).encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (REQUEST_ID, request_id.encode()),
            (b"connection", b"close"),
        ]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + content)
        # To close with something unread would reset the connection, and the answer be lost.
        if self.transport.can_write_eof():
            with suppress(OSError):  # the client has gone by itself
                self.transport.write_eof()
        self._timer = self.loop.call_later(_LINGER, self.transport.close)
