"""What Prometheus reads at ``/monitoring/metrics``. It is open to everyone: numbers and bounded labels alone."""

import logging
import platform
import threading
from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector
from prometheus_client.exposition import choose_encoder

from airflow_provider_profiler import __version__
from airflow_provider_profiler.contract.errors import ProfilerError
from airflow_provider_profiler.contract.job import JobFilter
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.service.backend import Backend
from airflow_provider_profiler.service.job_metrics import JobMetrics
from airflow_provider_profiler.service.request_metrics import RequestMetrics

log = logging.getLogger(__name__)


class ServiceMetrics:
    """The metrics of one application, in a registry of its own: several may live in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._lock = threading.Lock()
        self._told = False
        self.requests = RequestMetrics(self._registry)
        self.jobs = JobMetrics(self._registry)
        self._states = Gauge("profiler_jobs", "Jobs in the store, by state.", ("state",), registry=self._registry)
        self._waiting = Gauge("profiler_queue_jobs", "Jobs that wait to be started.", registry=self._registry)
        self._oldest = Gauge(
            "profiler_queue_oldest_seconds",
            "Seconds since the submission of the oldest job that was not started yet; 0 where there is none.",
            registry=self._registry,
        )
        self._up = Gauge(
            "profiler_dependency_up",
            "1 for a dependency that works, 0 for one that does not.",
            ("dependency",),
            registry=self._registry,
        )
        self._deliveries = Counter(
            "profiler_webhook_deliveries",
            "Events that were sent to webhooks by this process, by whether they were taken.",
            ("outcome",),
            registry=self._registry,
        )
        self._delivered = {"taken": 0, "refused": 0}
        self._behind = Gauge(
            "profiler_webhook_events_behind",
            "Events that the slowest webhook was not offered yet.",
            registry=self._registry,
        )
        build = Gauge(
            "profiler_build_info", "1, with the versions as labels.", ("version", "python"), registry=self._registry
        )
        build.labels(__version__, platform.python_version()).set(1)
        ProcessCollector(registry=self._registry)

    def begin(self, backend: Backend) -> None:
        """Count what happens to jobs from now on."""
        with suppress(ProfilerError):  # where the store is away, counting begins when it is back
            self.jobs.catch_up(backend.store)

    def refresh(self, backend: Backend) -> None:
        """Ask the store and the supervisor.

        Where the store does not answer, what it would tell keeps its last value, and ``profiler_dependency_up`` is 0.
        """
        with self._lock:
            try:
                self._ask(backend)
                self._up.labels("store").set(1)
            except ProfilerError as error:
                log.warning("The job store cannot be asked for metrics: %s", error)
                self._up.labels("store").set(0)
            health = backend.supervisor.health() if backend.supervisor else None
            if health is not None:
                self._up.labels(backend.runs_on).set(health.status == "healthy")
                self._told = True
            elif self._told:  # processes are told of only while something is wrong with them
                self._up.labels(backend.runs_on).set(1)

    def unanswered(self) -> None:
        """The store did not answer in time."""
        self._up.labels("store").set(0)

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """The metrics in the format that the reader asks for, and its media type.

        :param accept: the request's header.
        """
        encoder, media_type = choose_encoder(accept)
        return encoder(self._registry), media_type

    def _ask(self, backend: Backend) -> None:
        store = backend.store
        self.jobs.catch_up(store)
        counts = store.state_counts()
        for state in JobState:
            self._states.labels(state.value).set(counts.get(state, 0))
        self._waiting.set(store.waiting_count())
        submitted = counts.get(JobState.SUBMITTING, 0)
        # Newest first: the last of them is the oldest.
        oldest = store.list_jobs(JobFilter(states=(JobState.SUBMITTING,)), limit=1, offset=max(0, submitted - 1))
        webhooks = backend.duties.webhooks() if backend.duties else None
        if webhooks is not None:
            for outcome, count in (("taken", webhooks.taken), ("refused", webhooks.refused)):
                self._deliveries.labels(outcome).inc(count - self._delivered[outcome])
                self._delivered[outcome] = count
            self._behind.set(webhooks.behind)
        self._oldest.set((backend.now() - oldest[0].created).total_seconds() if oldest else 0.0)
