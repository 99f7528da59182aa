"""The application: routes, middleware, and the stores behind them for as long as it runs."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from anyio import CapacityLimiter
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from airflow_provider_profiler import __version__
from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ProfilerError
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.service.access import Access
from airflow_provider_profiler.service.artefacts import CHECKSUMS_AT_A_TIME
from airflow_provider_profiler.service.auth import token_verifier
from airflow_provider_profiler.service.backend import Backend, SupervisorFactory
from airflow_provider_profiler.service.errors import add_error_handlers
from airflow_provider_profiler.service.health import HealthWatch
from airflow_provider_profiler.service.metrics import ServiceMetrics
from airflow_provider_profiler.service.middleware import Compression, HeadAnswers, Prefix, RequestId
from airflow_provider_profiler.service.openapi import TAGS, add_description
from airflow_provider_profiler.service.preconditions import (
    refuse_folders_that_cannot_be_written,
    refuse_what_cannot_work,
    start_warnings,
    stranded_jobs,
)
from airflow_provider_profiler.service.rate_limits import RateHeaders, rate_limits
from airflow_provider_profiler.service.routes import (
    artefacts,
    connections,
    datasets,
    documented,
    events,
    job_log,
    jobs,
    opened_jobs,
    previews,
    probes,
    reports,
    ui,
)
from airflow_provider_profiler.service.supervision import supervision

log = logging.getLogger(__name__)


def create_app(
    settings: Settings,
    *,
    runner: RunnerKind | None = None,
    run_jobs: bool = True,
    supervise: SupervisorFactory | None = None,
) -> FastAPI:
    """The service as an ASGI application. Stores are opened when it starts and closed when it stops.

    :param settings: where everything lies, who may use it.
    :param runner: who runs the jobs that are submitted here; by the settings where it is None.
    :param run_jobs: False to look at jobs only; the engine is not imported then and submissions are refused (503).
    :param supervise: makes the supervisor, instead of the one that runs jobs in this process.
    :raises ConfigurationError: when the settings contradict each other, are unsafe, or ask for what is not there.
    """
    refuse_what_cannot_work(settings)
    if runner is None:
        runner = RunnerKind.RAY if settings.ray_address else RunnerKind.INLINE
    verifier = token_verifier(settings)
    chosen = (supervise or supervision(settings, runner)) if run_jobs else None
    if chosen and runner is not RunnerKind.RAY:
        refuse_folders_that_cannot_be_written(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            backend = await run_in_threadpool(Backend.open, settings, runner, chosen)
        except Exception as error:
            # The server that runs the application only learns that it did not start.
            app.state.startup_error = error
            raise
        app.state.backend = backend
        try:
            if chosen and runner is not RunnerKind.EMBEDDED:
                await run_in_threadpool(_tell_operator, backend)
            # Counters of jobs begin here, and not at the first look.
            await run_in_threadpool(app.state.metrics.begin, backend)
            yield
        finally:
            await run_in_threadpool(backend.close)
            if app.state.rate_limits is not None:
                await app.state.rate_limits.close()

    app = FastAPI(
        title="Dataset Profiler",
        summary="Profiles of datasets: submit, wait, read.",
        openapi_tags=TAGS,
        generate_unique_id_function=lambda route: route.name,
        version=__version__,
        lifespan=lifespan,
        redirect_slashes=False,
        # The pages that show the description load scripts from the internet; the description itself is a route.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.verifier = verifier
    app.state.rate_limits = rate_limits(settings)
    app.state.connection_threads = CapacityLimiter(connections.ASKED_AT_A_TIME)
    app.state.checksum_threads = CapacityLimiter(CHECKSUMS_AT_A_TIME)
    app.state.startup_error = None
    app.state.health = HealthWatch()
    app.state.metrics = ServiceMetrics()
    # Whoever serves the application inside another program turns it off: that program's log is not ours.
    app.state.access_log = True
    # Whoever serves the application replaces it, so that waiting clients are answered when the server stops.
    app.state.stopping = lambda: False
    for family in (
        *(probes, documented, opened_jobs, jobs, job_log, events, artefacts, previews, datasets, connections),
        *(reports, ui),
    ):
        app.include_router(family.router)
    add_error_handlers(app)
    ui.add_sign_in(app)
    add_description(app)
    app.add_middleware(HeadAnswers)  # added first, so that all others see what was asked
    app.add_middleware(Compression)
    if app.state.rate_limits is not None:
        app.add_middleware(RateHeaders)
    app.add_middleware(Access, metrics=app.state.metrics.requests)
    if settings.base_url:
        app.add_middleware(Prefix, prefix=settings.base_url)
    app.add_middleware(RequestId)  # added last, so it surrounds everything
    return app


def _tell_operator(backend: Backend) -> None:
    """Log what works, but is probably not what was meant."""
    for warning in start_warnings(backend.settings):
        log.warning("%s", warning)
    with suppress(ProfilerError):  # a store that is away for a moment keeps no service from starting
        stranded = stranded_jobs(backend.store, backend.runner, backend.now())
        if stranded:
            log.warning("%s", stranded)
