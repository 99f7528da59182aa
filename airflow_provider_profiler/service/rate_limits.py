"""How many requests a client may send in a minute, and how its answers tell."""

import time
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import TooManyRequests

_WINDOW = "profiler_rate_window"


@dataclass(frozen=True)
class Window:
    """The present minute of one client."""

    limit: int
    remaining: int
    reset: float
    """When the next one begins, in seconds of Unix time."""

    def headers(self) -> dict[str, str]:
        """As other systems in this field tell it: the reset in milliseconds of Unix time."""
        return {
            "X-Rate-Limit-User-Limit": str(self.limit),
            "X-Rate-Limit-User-Remaining": str(self.remaining),
            "X-Rate-Limit-User-Reset": str(round(self.reset * 1000)),
        }


class RateLimits:
    """Refuses requests beyond the allowed number.

    :param settings: which Redis counts them; without one this process does.
    :param per_minute: the allowed number.
    """

    def __init__(self, settings: Settings, per_minute: int) -> None:
        # Here and not above: a service without limits, which is the rule, starts without the library.
        from airflow_provider_profiler.service.request_counts import RequestCounts  # noqa: PLC0415

        self._counts = RequestCounts(settings, per_minute)

    async def count(self, scope: Scope, who: str) -> None:
        """Count a request, and remember for its answer how many are left.

        Where nobody can count, requests pass: what they are for needs the same Redis and tells that it is away.

        :param who: the client, or the address of one that is not known.
        :raises TooManyRequests: when it is one too many.
        """
        counted = await self._counts.hit(who)
        if counted is None:
            return
        window, allowed = counted
        scope.setdefault("state", {})[_WINDOW] = window
        if not allowed:
            seconds = window.reset - time.time()
            raise TooManyRequests(
                f"More than {window.limit} requests in a minute (PROFILER_REQUESTS_PER_MINUTE at the service); wait "
                f"{max(1, round(seconds))} seconds.",
                seconds,
            )

    async def close(self) -> None:
        """Release connections."""
        await self._counts.close()


class RateHeaders:
    """Tells with each answer how many requests are left, where they are counted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        state = scope.setdefault("state", {})

        async def send_with_window(message: Message) -> None:
            window: Window | None = state.get(_WINDOW)
            if window is not None and message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(window.headers())
            await send(message)

        await self._app(scope, receive, send_with_window)


def rate_limits(settings: Settings) -> RateLimits | None:
    """The limits that the settings ask for; None where there are none."""
    return RateLimits(settings, settings.requests_per_minute) if settings.requests_per_minute else None
