"""Fetching what a key server publishes: within so many seconds altogether, and not more than so many bytes.

The timeout of a socket is for each piece that comes: with one byte at a time an answer has no end. The standard
library's client is used, as it trusts the certificates that the machine trusts; an organisation's own authority, which
often signs the key server's certificate, is among them.
"""

import http.client
import socket
import threading
import urllib.request
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, Self

#: Key sets have a few KiB.
LARGEST_ANSWER = 1024 * 1024


class KeysNotFetched(Exception):
    """There was no answer, or none that could be used; says why, for the log."""


def fetch(url: str, *, seconds: float) -> bytes:
    """What an address answers; redirections are not followed.

    :param url: of http or https.
    :param seconds: from the connection to the last byte; finding the address of the name may come on top of it.
    :raises KeysNotFetched: when it is not there in time, is too long, or is no answer of status 200.
    """
    with _Deadline(seconds) as deadline:
        opener = urllib.request.build_opener(_StayThere, _Http(deadline), _Https(deadline))
        try:
            with opener.open(url, timeout=seconds) as answer:
                status, content = answer.status, bytes(answer.read(LARGEST_ANSWER + 1))
                missing = answer.length  # read() of so many bytes does not tell of an answer that was cut off
        except (OSError, http.client.HTTPException, ValueError) as error:
            if deadline.over:
                raise KeysNotFetched(f"no whole answer after {seconds:g} seconds") from None
            raise KeysNotFetched(f"{type(error).__name__}: {error}") from error
    if deadline.over:  # an answer that was cut off may look whole
        raise KeysNotFetched(f"no whole answer after {seconds:g} seconds")
    if len(content) > LARGEST_ANSWER:
        raise KeysNotFetched(f"the answer is longer than {LARGEST_ANSWER} bytes")
    if missing:
        raise KeysNotFetched(f"the last {missing} bytes of the answer did not come")
    if status != http.client.OK:
        raise KeysNotFetched(f"status {status}")
    return content


class _Deadline:
    """Shuts the connections that it was shown when the time is over: whoever reads from them wakes up."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._break_off)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            while self._watched:
                self._watched.pop().close()

    def watch(self, connection: socket.socket) -> None:
        """Shut this one as well when the time is over."""
        with self._lock:
            # A second handle: the first is handed on to encryption, and then to the answer.
            self._watched.append(connection.dup())
        if self.over:
            self._break_off()

    def _break_off(self) -> None:
        self.over = True
        with self._lock:
            for connection in self._watched:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Watched(http.client.HTTPConnection):
    deadline: _Deadline

    def connect(self) -> None:
        super().connect()
        self.deadline.watch(self.sock)


class _WatchedTls(http.client.HTTPSConnection, _Watched):
    """In this order of bases the plain connection is watched before anything is said over it."""


def _made(kind: type[_Watched], deadline: _Deadline, host: str, **options: Any) -> _Watched:
    connection = kind(host, **options)
    connection.deadline = deadline
    return connection


class _Http(urllib.request.HTTPHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_made, _Watched, self._deadline), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_made, _WatchedTls, self._deadline), req)


class _StayThere(urllib.request.HTTPRedirectHandler):
    """The keys are trusted because of where they lie."""

    def redirect_request(self, *args: Any) -> None:  # noqa: ARG002
        return None
