"""The traces of jobs: each attempt is a span of the trace that submitted the job, wherever it runs."""

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.jobs.store import JobRecord
from airflow_provider_profiler.telemetry.tracing import OpenSpan, configure_tracing, span


def trace_by(settings: Settings) -> None:
    """Make traces in this process where the settings name a collector."""
    headers = settings.otlp_headers
    configure_tracing(
        endpoint=settings.otlp_endpoint,
        headers=headers.get_secret_value() if headers else "",
        service_name=settings.otel_service_name,
    )


@contextmanager
def attempt_span(record: JobRecord) -> Iterator[OpenSpan]:
    """The span of one attempt at a job; :func:`~airflow_provider_profiler.telemetry.tracing.step` makes its stages."""
    with span(
        "job attempt",
        parent=record.traceparent,
        profiler__job_id=str(record.job_id),
        profiler__dataset_id=str(record.dataset_id),
        profiler__revision=record.revision,
        profiler__attempt=record.attempt,
        profiler__target=record.target.value,
    ) as opened:
        yield opened


def tell_end(opened: OpenSpan, record: JobRecord) -> None:
    """How the attempt ended: the job's state, and the reason of a failure."""
    opened.set(profiler__state=record.state.value)
    if record.reason is not None:
        opened.set(profiler__reason=record.reason.code)
        opened.failed(record.reason.code)
