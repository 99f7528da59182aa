"""Probes and metrics: open to everyone, so they tell whether things work and nothing about where they stand."""

from anyio import move_on_after, to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from airflow_provider_profiler.contract.messages import HealthReport, ReadyReport
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import OpenBackend
from airflow_provider_profiler.service.health import PATIENCE, HealthWatch
from airflow_provider_profiler.service.metrics import ServiceMetrics

router = APIRouter(tags=["monitoring"])


class Alive(BaseModel):
    """``GET /``: the process answers."""

    status: str = "alive"


@router.get("/", summary="Whether the process answers")
async def liveness() -> Alive:
    """The process answers HTTP; nothing else is looked at."""
    return Alive()


@router.get("/monitoring/ready", summary="Whether the service takes requests")
async def ready() -> ReadyReport:
    """The service takes requests; no dependency is looked at."""
    return ReadyReport()


@router.get("/monitoring/health-check", summary="How the dependencies are", response_model_exclude_none=True)
async def health_check(request: Request, backend: OpenBackend) -> HealthReport:
    """How the dependencies are, always with HTTP 200.

    While something is wrong, ``degraded`` names it and ``since`` tells since when; ``store`` is there when SQLite is
    what does not work.
    """
    watch: HealthWatch = request.app.state.health
    return await watch.report(backend)


@router.get(
    "/monitoring/metrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request, backend: OpenBackend) -> Response:
    """Metrics for Prometheus, in its text format or as OpenMetrics."""
    watch: HealthWatch = request.app.state.health
    found: ServiceMetrics = request.app.state.metrics
    with move_on_after(PATIENCE) as waiting:
        await to_thread.run_sync(found.refresh, backend, abandon_on_cancel=True, limiter=watch.threads)
    if waiting.cancelled_caught:
        found.unanswered()
    content, media_type = found.exposed(request.headers.get("accept", ""))
    return Response(content, headers={"Content-Type": media_type})


@router.get("/openapi.json", include_in_schema=False, dependencies=[Depends(authenticated_client)])
def openapi(request: Request) -> Response:
    """The API's description. It needs a token where everything else does."""
    # In a thread: making it for the first time takes long.
    return JSONResponse(request.app.openapi())
