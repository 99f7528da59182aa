"""From the request over the submission to each stage of the job: one trace."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from airflow_provider_profiler.telemetry.context import ContextFilter
from airflow_provider_profiler.telemetry.tracing import configure_tracing, stop_tracing

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SUBMISSION = "POST /profiler/trigger_profile"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    configure_tracing(service_name="tests", exporter=exporter)
    yield exporter
    stop_tracing()


def of_trace(exporter: InMemorySpanExporter, trace: str) -> dict[str, Any]:
    return {item.name: item for item in exporter.get_finished_spans() if f"{item.context.trace_id:032x}" == trace}


def test_a_job_is_one_trace_that_the_client_began(start, documented_request, spans, caplog):
    service = start(real_engine=True)
    caplog.handler.addFilter(ContextFilter())
    caplog.set_level(logging.INFO)
    header = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-ID": "r-1"}
    job_id = service.submit(documented_request, **header)
    service.wait(job_id, "HEAVY_PROFILES_READY")
    detail = service.detail(job_id)
    service.server.stop()  # the attempt's span ends after its job
    found = of_trace(spans, TRACE)
    parents = {span.context.span_id: name for name, span in found.items()}
    tree = {name: parents.get(span.parent.span_id) for name, span in found.items()}
    assert tree.pop(SUBMISSION) is None  # the client's span is elsewhere
    assert found[SUBMISSION].parent.span_id == 0x00F067AA0BA902B7
    assert tree.pop("submit job") == SUBMISSION
    assert tree.pop("job attempt") == "submit job"
    assert {"discover", "light", "read", "heavy", "publish"} <= set(tree)
    assert set(tree.values()) == {"job attempt"}

    attributes = found[SUBMISSION].attributes
    assert attributes["http.route"] == "/profiler/trigger_profile"
    assert (attributes["http.response.status_code"], attributes["profiler.request_id"]) == (200, "r-1")
    assert found["submit job"].attributes["profiler.job_id"] == job_id
    assert found["job attempt"].attributes["profiler.state"] == "HEAVY_PROFILES_READY"
    # The log's lines are found by the trace, in the job's thread too.
    assert {record.trace_id for record in caplog.records if record.job_id == job_id} == {TRACE}
    # What readers of jobs see is not what travels with them.
    assert TRACE not in str(detail)


def test_a_failure_is_told_by_its_reason(start, documented_request, spans):
    service = start()
    service.engine.heavy_error = RuntimeError("the password is hunter2")
    job_id = service.submit(documented_request, traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
    service.wait(job_id, "FAILED")
    service.server.stop()
    attempt = of_trace(spans, TRACE)["job attempt"]
    assert attempt.attributes["profiler.reason"] == "internal"
    assert attempt.status.description == "internal"
    assert "hunter2" not in "".join(item.to_json() for item in spans.get_finished_spans())


def test_probes_make_no_spans_and_what_is_not_sampled_stays_so(service, documented_request, spans):
    for path in ("/", "/monitoring/ready", "/monitoring/metrics"):
        service.http.get(path)
    job_id = service.submit(documented_request, traceparent=f"00-{TRACE}-00f067aa0ba902b7-00")
    service.wait(job_id)
    service.server.stop()
    names = {item.name for item in spans.get_finished_spans()}
    assert not names - {"GET /profiler/jobs/{job_id}/events", "GET /profiler/jobs/{job_id}"}
