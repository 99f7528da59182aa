"""What stands in the API server for the pages until somebody opens one."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

log = logging.getLogger(__name__)


class ReportPages:
    """The application of the pages, made when it is first asked.

    Airflow imports plugins while it starts, in processes that serve nothing too. And its API server must start whatever
    becomes of these pages: made here, they fail alone.
    """

    def __init__(self) -> None:
        self._app: _App | None = None

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Answer one request, as ASGI has it."""
        if self._app is None:
            try:
                from airflow_provider_profiler.plugins.app import make_app  # noqa: PLC0415 - see above

                self._app = make_app()
            except Exception:
                log.exception("The pages of dataset profiles cannot be made.")
                await _refuse(send)
                return
        await self._app(scope, receive, send)


async def _refuse(send: _Send) -> None:
    text = (
        b"The pages of dataset profiles do not work with this version of Airflow; the log of its API server tells why. "
        b"Install a version of airflow-provider-profiler that fits."
    )
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": text})
