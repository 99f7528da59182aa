"""Traces: what a request, a job and its units of work did and for how long. Nothing is made until it is configured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal

from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.telemetry.task_times import TaskTimes

if TYPE_CHECKING:  # a process that makes no traces does not load their library
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

Attribute = str | int | float | bool
_SCOPE = "airflow_provider_profiler"
#: Spans of W3C's own header travel as text; longer ones are not ours.
_TRACEPARENT = "traceparent"
#: How often spans are sent: soon, as a process may be killed with those that it still has.
_SEND_MILLISECONDS = 1_000
_FLUSH_MILLISECONDS = 5_000


class _Tracing:
    """What this process has of traces."""

    provider: TracerProvider | None = None
    tracer: Tracer | None = None


class OpenSpan:
    """A span that is open; where no traces are made, nothing."""

    def __init__(self, span: Span | None = None) -> None:
        self._span = span

    def set(self, **attributes: Attribute | None) -> None:
        """Tell more of it. A name's double underscores become dots; what is None is left out."""
        if self._span is not None:
            self._span.set_attributes(_told(attributes))

    def rename(self, name: str) -> None:
        """Give it the name that is known only now."""
        if self._span is not None:
            self._span.update_name(name)

    def failed(self, why: str) -> None:
        """Mark it as failed.

        :param why: a word, such as a reason code. No message: those may tell what only a job's readers may know.
        """
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

            self._span.set_status(Status(StatusCode.ERROR, why))


_NOTHING = OpenSpan()
#: The step of the innermost span that is made of steps: its end is the next one's beginning.
_step: ContextVar[list[object] | None] = ContextVar("profiler_trace_step", default=None)


def configure_tracing(
    *, endpoint: str | None = None, headers: str = "", service_name: str, exporter: SpanExporter | None = None
) -> None:
    """Make traces in this process from now on. Programs call it; what runs inside another program does not.

    :param endpoint: the collector's base URL; spans go to ``/v1/traces`` below it, as OTLP over HTTP. None: no traces.
    :param headers: ``name=value`` with commas between them, percent-encoded, sent along with the spans.
    :param service_name: what the collector calls this program.
    :param exporter: takes the spans instead, at once.
    :raises ConfigurationError: when traces are wanted and the library that makes them is not installed.
    """
    stop_tracing()
    if endpoint is None and exporter is None:
        return
    try:
        _begin(endpoint, headers, service_name, exporter)
    except ImportError as error:
        raise ConfigurationError(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is set, but what makes traces is not installed ({error.name} is missing): "
            "pip install 'airflow-provider-profiler[service]'."
        ) from error


def _begin(endpoint: str | None, headers: str, service_name: str, exporter: SpanExporter | None) -> None:
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor  # noqa: PLC0415

    # Of our own, and not the process's global one: that belongs to the program that we may be part of.
    provider = TracerProvider(resource=Resource.create({"service.name": service_name}), shutdown_on_exit=True)
    if exporter is not None:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.util.re import parse_env_headers  # noqa: PLC0415

        target = f"{str(endpoint).rstrip('/')}/v1/traces"
        sender = OTLPSpanExporter(endpoint=target, headers=parse_env_headers(headers, liberal=True))
        provider.add_span_processor(BatchSpanProcessor(sender, schedule_delay_millis=_SEND_MILLISECONDS))
    _Tracing.provider = provider
    _Tracing.tracer = provider.get_tracer(_SCOPE)


def stop_tracing() -> None:
    """Send what is left, for a bounded time, and make no more traces."""
    provider, _Tracing.provider, _Tracing.tracer = _Tracing.provider, None, None
    if provider is not None:
        provider.force_flush(_FLUSH_MILLISECONDS)
        provider.shutdown()


def current_traceparent() -> str:
    """The open span as W3C's header says it, for work that goes on elsewhere; empty where there is none."""
    if _Tracing.tracer is None:
        return ""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get(_TRACEPARENT, "")


def current_trace_id() -> str:
    """The id of the trace that is being made here, by which log lines are found; empty where there is none."""
    if _Tracing.tracer is None:
        return ""
    from opentelemetry.trace import format_trace_id, get_current_span  # noqa: PLC0415

    context = get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else ""


@contextmanager
def span(
    name: str,
    *,
    parent: str | None = None,
    kind: Literal["internal", "server"] = "internal",
    **attributes: Attribute | None,
) -> Iterator[OpenSpan]:
    """A span for as long as the block lasts; an exception that leaves it marks it as failed, by its type alone.

    :param parent: W3C's header of what this belongs to; None: the span that is open here.
    :param kind: ``server`` for an answer to a request.
    :param attributes: what is told of it, as :meth:`OpenSpan.set` takes it.
    """
    tracer = _Tracing.tracer
    if tracer is None:
        yield _NOTHING
        return
    from opentelemetry.trace import SpanKind  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    # From an empty context where the parent is told: what happens to be open here has nothing to do with it.
    context = None if parent is None else TraceContextTextMapPropagator().extract({_TRACEPARENT: parent}, _empty())
    kinds = {"internal": SpanKind.INTERNAL, "server": SpanKind.SERVER}
    steps = _step.set([])
    try:
        with tracer.start_as_current_span(
            name,
            context=context,
            kind=kinds[kind],
            attributes=_told(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as started:
            opened = OpenSpan(started)
            try:
                yield opened
            except BaseException as error:
                opened.failed(type(error).__name__)
                raise
            finally:
                _end_step()
    finally:
        _step.reset(steps)


def step(name: str) -> None:
    """Begin the next step of the innermost :func:`span`, and end the one before; both in the thread that opened it."""
    tracer, steps = _Tracing.tracer, _step.get()
    if tracer is None or steps is None:
        return
    _end_step()
    from opentelemetry.context import attach  # noqa: PLC0415
    from opentelemetry.trace import set_span_in_context  # noqa: PLC0415

    started = tracer.start_span(name)
    steps.extend((started, attach(set_span_in_context(started))))


def completed(name: str, times: TaskTimes, **attributes: Attribute | None) -> None:
    """A span that is over already, within the one that is open here: work that another process has timed."""
    tracer = _Tracing.tracer
    if tracer is None:
        return
    where = {"host.name": times.host, "process.pid": times.process_id, **_told(attributes)}
    tracer.start_span(name, start_time=times.began_ns, attributes=where).end(times.ended_ns)


def _end_step() -> None:
    steps = _step.get()
    if not steps:
        return
    from opentelemetry.context import detach  # noqa: PLC0415

    started, token = steps
    steps.clear()
    detach(token)  # type: ignore[arg-type]
    started.end()  # type: ignore[attr-defined]


def _empty() -> Context:
    from opentelemetry.context import Context  # noqa: PLC0415

    return Context()


def _told(attributes: Mapping[str, Attribute | None]) -> dict[str, Attribute]:
    return {name.replace("__", "."): value for name, value in attributes.items() if value is not None}
