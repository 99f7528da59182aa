"""Serving an application on a socket of our own, so that a port that is taken is told before anything starts."""

import logging
import math
import os
import socket
import threading
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from airflow_provider_profiler.contract.errors import ConfigurationError, ProfilerError, ServiceUnavailable
from airflow_provider_profiler.service.request_heads import BoundedHeads
from airflow_provider_profiler.service.stopping import answer_seconds

log = logging.getLogger(__name__)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    :param host: an address or name of this machine.
    :param port: 0 takes a free one.
    :raises ConfigurationError: when the address cannot be had, saying why and what to set.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except OSError as error:
        raise ConfigurationError(
            f"The service cannot listen on {host} port {port}: {error.strerror or error}. Is another program using "
            "it? Set PROFILER_PORT (or --port) to a free one, or PROFILER_HOST to an address of this machine."
        ) from None


def url_of(listening: socket.socket) -> str:
    """The address under which the socket is reached from this machine."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn without its own ideas about signals' exit codes.

    :param on_started: called once, as soon as requests are answered.
    :param access_log: whether each request is a line in the log.
    :param event_loop: uvicorn's name of the event loop; ``auto`` takes the fastest that is installed.
    """

    def __init__(self, app: FastAPI, *, on_started: Callable[[], None], access_log: bool, event_loop: str) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,  # our own handlers, or those of the process that we are embedded in
                access_log=False,  # the application knows the client and the route, and writes the line itself
                http=BoundedHeads,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=math.ceil(answer_seconds(app.state.settings)),
                loop=event_loop,
            )
        )
        self._on_started = on_started
        app.state.access_log = access_log
        app.state.stopping = lambda: self.should_exit

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the stores, begin to answer, tell."""
        await super().startup(sockets)
        if self.started:
            self._on_started()

    def handle_exit(self, sig: int, frame: object) -> None:  # noqa: ARG002
        """Stop in good order at the first signal; at the second end the process as it is.

        uvicorn would raise the signal again afterwards, and end an orderly stop as a kill.
        """
        if self.should_exit:
            # What runs in threads cannot be ended otherwise. Jobs are taken up again when their leases have run out.
            try:
                log.warning("Ended at once, at the second signal.")
                logging.shutdown()
            finally:
                # Where the signal came in the middle of a line of the log, that could not be told.
                os._exit(128 + sig)
        self.should_exit = True


class ThreadedServer:
    """Serves an application on loopback in a thread of this process, for as long as the ``with`` block lasts.

    :param app: the application.
    :param host: address to bind.
    :param port: 0 takes a free one.
    """

    def __init__(self, app: FastAPI, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._app = app
        self._socket = bind(host, port)
        self.base_url = url_of(self._socket)
        self._ready = threading.Event()
        self._server = Server(app, on_started=self._ready.set, access_log=False, event_loop="asyncio")
        # A daemon: it must not keep a process alive whose work is done.
        self._thread = threading.Thread(target=self._run, name="profiler-service", daemon=True)
        self._trouble: BaseException | None = None

    def start(self, timeout: float = 60.0) -> None:
        """Begin to answer requests.

        :param timeout: seconds that opening the stores may take.
        :raises ProfilerError: when the stores cannot be opened, saying why.
        :raises ServiceUnavailable: when the service does not start for another reason.
        """
        self._thread.start()
        self._ready.wait(timeout)
        if not self._server.started:
            self.stop()
            cause: BaseException | None = self._app.state.startup_error or self._trouble
            if isinstance(cause, ProfilerError):
                raise cause
            raise ServiceUnavailable(f"The service could not be started: {cause or 'it took too long'}.") from cause

    def stop(self, timeout: float = 60.0) -> None:
        """Answer what is under way, stop the supervisor, close the stores.

        :param timeout: seconds after which the thread is left to itself.
        """
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout)
        self._socket.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except BaseException as error:  # uvicorn ends the process when it cannot start; here that is a thread
            self._trouble = error
        finally:
            self._ready.set()
