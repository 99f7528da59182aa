"""Probes: open to everyone, so they tell whether things work and nothing about where they stand."""

import logging

from anyio import CapacityLimiter, move_on_after, to_thread
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from airflow_provider_profiler.contract.messages import DependencyHealth, HealthReport, ReadyReport
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import OpenBackend

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
    """How the dependencies are, always with HTTP 200. ``store`` is there when the job store does not work."""
    trouble = await _store_trouble(backend, request.app.state.health_threads)
    return HealthReport(
        status="degraded" if trouble else "healthy", redis=_NOT_CONFIGURED, ray=_NOT_CONFIGURED, store=trouble
    )


async def _store_trouble(backend: OpenBackend, threads: CapacityLimiter) -> DependencyHealth | None:
    message = f"the job store does not answer within {_PATIENCE:g} seconds"
    with move_on_after(_PATIENCE):
        try:
            await to_thread.run_sync(backend.store.ping, abandon_on_cancel=True, limiter=threads)
            return None
        except Exception:
            log.exception("The job store cannot be used")
            message = "the job store cannot be used; the service's log says why"
    return DependencyHealth(status="unhealthy", message=message)


@router.get("/openapi.json", include_in_schema=False, dependencies=[Depends(authenticated_client)])
async def openapi(request: Request) -> dict[str, object]:
    """The API's description. It needs a token where everything else does."""
    description: dict[str, object] = request.app.openapi()
    return description
