"""Probes: open to everyone, so they tell whether things work and nothing about where they stand."""

import logging

from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from airflow_provider_profiler.contract.messages import DependencyHealth, HealthReport, ReadyReport
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import Backend, OpenBackend

log = logging.getLogger(__name__)

router = APIRouter(tags=["monitoring"])

_NOT_CONFIGURED = DependencyHealth(status="healthy", message="not configured")
#: Seconds after which a store that does not answer counts as broken.
_PATIENCE = 5.0


class Alive(BaseModel):
    """``GET /``: the process answers."""

    status: str = "alive"


@router.get("/")
async def liveness() -> Alive:
    """The process answers HTTP; nothing else is looked at."""
    return Alive()


@router.get("/monitoring/ready")
async def ready() -> ReadyReport:
    """The service takes requests; no dependency is looked at."""
    return ReadyReport()


@router.get("/monitoring/health-check", response_model_exclude_none=True)
async def health_check(request: Request, backend: OpenBackend) -> HealthReport:
    """How the dependencies are, always with HTTP 200. ``store`` is there when SQLite does not work."""
    in_redis = bool(backend.settings.redis_host)
    store = await _store_health(backend, request.app.state.health_threads, "Redis" if in_redis else "the job store")
    healthy = store.status == "healthy"
    ray = (backend.supervisor.health() if backend.supervisor else None) or _NOT_CONFIGURED
    return HealthReport(
        status="healthy" if healthy and ray.status == "healthy" else "degraded",
        redis=store if in_redis else _NOT_CONFIGURED,
        ray=ray,
        store=None if in_redis or healthy else store,
    )


async def _store_health(backend: Backend, threads: CapacityLimiter, name: str) -> DependencyHealth:
    def look() -> tuple[str, tuple[str, ...]]:
        return backend.store.ping(), backend.store.shortcomings()

    message = f"{name} does not answer within {_PATIENCE:g} seconds"
    with move_on_after(_PATIENCE):
        try:
            word, shortcomings = await to_thread.run_sync(look, abandon_on_cancel=True, limiter=threads)
        except Exception:
            log.exception("The job store cannot be used")
            message = f"{name} cannot be used; the service's log says why"
        else:
            if not shortcomings:
                return DependencyHealth(status="healthy", message=word)
            message = " ".join(shortcomings)
    return DependencyHealth(status="unhealthy", message=message)


@router.get("/openapi.json", include_in_schema=False, dependencies=[Depends(authenticated_client)])
async def openapi(request: Request) -> dict[str, object]:
    """The API's description. It needs a token where everything else does."""
    description: dict[str, object] = request.app.openapi()
    return description
