"""Where requests are counted: in this process or, for all services together, in Redis."""

import logging

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.service.rate_limits import Window

log = logging.getLogger(__name__)

#: Seconds for which a request waits for Redis to count it; all keys of this program begin with the prefix.
_PATIENCE = 1.0
_KEYS = "profiler:limits"


class RequestCounts:
    """Counts the requests of the present minute.

    :param settings: which Redis counts; without one this process does.
    """

    def __init__(self, settings: Settings) -> None:
        self._pool: ConnectionPool | None = None
        self._storage: Storage = MemoryStorage()
        if settings.redis_host is not None:
            self._pool = ConnectionPool(
                host=settings.redis_host,
                port=settings.redis_port,
                db=settings.redis_db,
                socket_timeout=_PATIENCE,
                socket_connect_timeout=_PATIENCE,
                retry=Retry(NoBackoff(), 1),
            )
            # The address only names the kind of server: connections come from the pool.
            self._storage = RedisStorage(
                "async+redis://localhost:6379",
                implementation="redispy",
                key_prefix=_KEYS,
                connection_pool=self._pool,  # type: ignore[arg-type]
            )
        self._limiter = FixedWindowRateLimiter(self._storage)

    async def hit(self, per_minute: int, who: str) -> tuple[Window, bool] | None:
        """Count one request.

        :param per_minute: how many are allowed.
        :param who: whose requests are counted; empty: those of all together.
        :return: the present minute, and whether the request is one of the allowed; None where Redis does not answer.
        """
        item = RateLimitItemPerMinute(per_minute, namespace="requests" if who else "all-requests")
        try:
            allowed = await self._limiter.hit(item, who)
            stats = await self._limiter.get_window_stats(item, who)
        except self._storage.base_exceptions as error:
            log.warning("Requests are not counted, as Redis does not answer (%s).", type(error).__name__)
            return None
        return Window(per_minute, stats.remaining, stats.reset_time), allowed

    async def close(self) -> None:
        """Release connections."""
        if self._pool is not None:
            await self._pool.disconnect()
