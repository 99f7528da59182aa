"""How many requests a client, and all clients together, may send in a minute, and how answers tell."""

import time
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import TooManyRequests

_WINDOWS = "profiler_rate_windows"


@dataclass(frozen=True)
class Window:
    """The present minute of one client, or of all together."""

    limit: int
    remaining: int
    reset: float
    """When the next one begins, in seconds of Unix time."""

    def headers(self, whose: str) -> dict[str, str]:
        """As other systems in this field tell it: the reset in milliseconds of Unix time.

        :param whose: ``User`` or ``Workspace``.
        """
        return {
            f"X-Rate-Limit-{whose}-Limit": str(self.limit),
            f"X-Rate-Limit-{whose}-Remaining": str(self.remaining),
            f"X-Rate-Limit-{whose}-Reset": str(round(self.reset * 1000)),
        }


@dataclass(frozen=True)
class _Limit:
    whose: str
    per_minute: int
    told: str


class RateLimits:
    """Refuses requests beyond the allowed numbers.

    :param settings: the numbers, and which Redis counts; without one this process does.
    """

    def __init__(self, settings: Settings) -> None:
        # Here and not above: a service without limits, which is the rule, starts without the library.
        from airflow_provider_profiler.service.request_counts import RequestCounts  # noqa: PLC0415

        self._counts = RequestCounts(settings)
        self._limits: list[_Limit] = []
        if settings.requests_per_minute is not None:
            told = "in a minute (PROFILER_REQUESTS_PER_MINUTE at the service)"
            self._limits.append(_Limit("User", settings.requests_per_minute, told))
        if settings.requests_per_minute_together is not None:
            told = "of all clients together in a minute (PROFILER_REQUESTS_PER_MINUTE_TOGETHER at the service)"
            self._limits.append(_Limit("Workspace", settings.requests_per_minute_together, told))

    async def count(self, scope: Scope, who: str, *, verified: bool = True) -> None:
        """Count a request, and remember for its answer how many are left.

        Where nobody can count, requests pass: what they are for needs the same Redis and tells that it is away.

        :param who: the client, or the address of one that is not known.
        :param verified: False for whoever has no token that verifies: it must not use up what the others may send.
        :raises TooManyRequests: when it is one too many.
        """
        for limit in self._limits:
            together = limit.whose == "Workspace"
            if together and not verified:
                continue
            counted = await self._counts.hit(limit.per_minute, "" if together else who)
            if counted is None:
                return
            window, allowed = counted
            scope.setdefault("state", {}).setdefault(_WINDOWS, {})[limit.whose] = window
            if not allowed:
                seconds = window.reset - time.time()
                raise TooManyRequests(
                    f"More than {window.limit} requests {limit.told}; wait {max(1, round(seconds))} seconds.", seconds
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
            windows: dict[str, Window] = state.get(_WINDOWS, {})
            if windows and message["type"] == "http.response.start":
                for whose, window in windows.items():
                    MutableHeaders(scope=message).update(window.headers(whose))
            await send(message)

        await self._app(scope, receive, send_with_window)


def rate_limits(settings: Settings) -> RateLimits | None:
    """The limits that the settings ask for; None where there are none."""
    any_of_them = settings.requests_per_minute or settings.requests_per_minute_together
    return RateLimits(settings) if any_of_them else None
