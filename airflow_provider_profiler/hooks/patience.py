"""Looking at something again and again through the troubles that pass; in an event loop, the looking itself."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from airflow_provider_profiler.hooks.errors import ServiceFailed, ServiceUnreachable, TokenRefused

if TYPE_CHECKING:
    from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook

FoundT = TypeVar("FoundT")


@dataclass(frozen=True)
class Again:
    """Not there yet: look again after some seconds."""

    seconds: float


@dataclass(frozen=True)
class Patience:
    """How many looks in a row may fail, and how long to wait after each.

    The defaults bear an outage of two minutes at least, as a deployment of the service may take.
    """

    failures: int = 10
    first_wait: float = 1.0
    """Seconds after the first failed look, doubled after each further one."""
    longest_wait: float = 60.0
    longest_retry_after: float = 60.0
    """Seconds up to which the service's ``Retry-After`` is obeyed."""

    def wait(self, failures: int, error: ServiceUnreachable | ServiceFailed) -> float:
        """Seconds to wait after so many failures in a row.

        Between half and the whole of the exponential wait: never in step with other tasks, never at once.
        """
        asked = error.retry_after if isinstance(error, ServiceFailed) else None
        if asked is not None:
            return min(asked, self.longest_retry_after) + random.uniform(0, self.first_wait)  # noqa: S311 - no secret
        whole = min(self.longest_wait, self.first_wait * 2.0 ** (failures - 1))
        return random.uniform(whole / 2, whole)  # noqa: S311 - no secret


async def keep_looking(
    look: Callable[[], Awaitable[FoundT | Again]],
    *,
    hook: "ProfilerAsyncHook",
    patience: Patience,
    report: Callable[[str], None],
) -> FoundT:
    """Look until something is found.

    :param look: one look; returns :class:`Again` as long as there is nothing.
    :param hook: what it looks with. A refused token makes it read its connection again, once: tokens expire while
        long jobs run, and somebody may have written a new one.
    :param report: takes the lines for the log.
    :raises ServiceUnreachable: when no answer came that many times in a row.
    :raises ServiceFailed: when the service could not serve that many looks in a row.
    """
    failures, renewed = 0, False
    while True:
        try:
            found = await look()
            failures, renewed = 0, False
            if not isinstance(found, Again):
                return found
            pause = found.seconds
        except TokenRefused:
            if renewed:
                raise
            renewed, pause = True, 0.0
            await hook.close()
        except (ServiceUnreachable, ServiceFailed) as error:
            failures += 1
            if failures >= patience.failures:
                raise
            pause = patience.wait(failures, error)
            report(f"{error} Looking again in {pause:.1f} s ({failures} of {patience.failures}).")
        await asyncio.sleep(pause)
