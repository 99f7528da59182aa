"""A request over HTTP that ends after so many seconds, however slowly its answer trickles in."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection


class DeadlineAdapter(HTTPAdapter):
    """Breaks a request off whose answer has not begun in time. One request at a time.

    The timeouts of ``requests`` are for each piece that comes: with one byte at a time an answer has no end.

    :param seconds: from the request's beginning until the answer's head is there.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._connections: WeakSet[HTTPConnection] = WeakSet()

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send the request.

        :raises requests.ReadTimeout: when the time is over.
        """
        over = threading.Event()
        timer = threading.Timer(self._seconds, self._break_off, (over,))
        timer.daemon = True
        timer.start()
        try:
            answer = super().send(request, *args, **options)
        except (requests.RequestException, OSError):
            if over.is_set():
                raise requests.ReadTimeout(request=request) from None
            raise
        finally:
            timer.cancel()
        if over.is_set():  # a head that was cut off may look whole
            answer.close()
            raise requests.ReadTimeout(request=request)
        return answer

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> Any:
        """The connections to the request's host, those that are made of them watched from now on."""
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
        if "ConnectionCls" not in vars(pool):
            pool.ConnectionCls = self._watching(pool.ConnectionCls)
        return pool

    def _watching(self, kind: type[Any]) -> Any:
        def make(*args: Any, **options: Any) -> Any:
            connection = kind(*args, **options)
            self._connections.add(connection)
            return connection

        return make

    def _break_off(self, over: threading.Event) -> None:
        over.set()
        for connection in list(self._connections):
            # Of the plain socket: whoever reads from it wakes up, with encryption as well.
            if isinstance(connection.sock, socket.socket):
                with suppress(OSError):
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
