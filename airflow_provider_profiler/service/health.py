"""How the dependencies are, and since when one of them is not well."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from anyio import CapacityLimiter, move_on_after, to_thread

from airflow_provider_profiler.contract.messages import DependencyHealth, HealthReport
from airflow_provider_profiler.service.backend import Backend, moment_now

log = logging.getLogger(__name__)

NOT_CONFIGURED = DependencyHealth(status="healthy", message="not configured")
#: Seconds after which a store that does not answer counts as broken.
PATIENCE = 5.0
#: Threads that may wait for the store at a time: few, as anybody may ask.
_THREADS = 4


class HealthWatch:
    """Looks at the dependencies when asked, and remembers since when one is unhealthy.

    :param clock: the present moment, aware.
    """

    def __init__(self, clock: Callable[[], datetime] = moment_now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._since: dict[str, datetime] = {}
        # Apart from the threads of requests, as the report must come even when those hang at the store.
        self.threads = CapacityLimiter(_THREADS)

    async def report(self, backend: Backend) -> HealthReport:
        """Everything that the service stands on. It never raises, and takes a bounded time."""
        in_redis = bool(backend.settings.redis_host)
        store = await self._store(backend, "Redis" if in_redis else "the job store")
        found = {"redis" if in_redis else "store": store}
        if backend.supervisor and (running := backend.supervisor.health()):
            found[backend.runs_on] = running
        told = {name: self._dated(name, health) for name, health in found.items()}
        degraded = tuple(name for name, health in told.items() if health.status != "healthy")
        return HealthReport(
            status="degraded" if degraded else "healthy",
            redis=told.get("redis", NOT_CONFIGURED),
            ray=told.get("ray", NOT_CONFIGURED),
            store=told["store"] if "store" in degraded else None,
            jobs=told["jobs"] if "jobs" in degraded else None,
            degraded=degraded or None,
        )

    def _dated(self, name: str, health: DependencyHealth) -> DependencyHealth:
        with self._lock:
            if health.status == "healthy":
                self._since.pop(name, None)
                return health
            # Who watches it all the time knows better than the one who looks now and then.
            since = health.since or self._since.setdefault(name, self._clock())
            return health.model_copy(update={"since": since})

    async def _store(self, backend: Backend, name: str) -> DependencyHealth:
        def look() -> tuple[str, tuple[str, ...]]:
            return backend.store.ping(), backend.store.shortcomings()

        message = f"{name} does not answer within {PATIENCE:g} seconds"
        with move_on_after(PATIENCE):
            try:
                word, shortcomings = await to_thread.run_sync(look, abandon_on_cancel=True, limiter=self.threads)
            except Exception:
                log.exception("The job store cannot be used")
                message = f"{name} cannot be used; the service's log says why"
            else:
                if not shortcomings:
                    return DependencyHealth(status="healthy", message=word)
                message = " ".join(shortcomings)
        return DependencyHealth(status="unhealthy", message=message)
