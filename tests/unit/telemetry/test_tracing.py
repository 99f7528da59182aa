"""Spans: nothing without configuration, one tree with it, and OTLP over HTTP on the wire."""

import contextvars
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from airflow_provider_profiler.telemetry.context import job_context
from airflow_provider_profiler.telemetry.task_reports import TaskContext, deliver, reporting
from airflow_provider_profiler.telemetry.task_times import TaskTimes
from airflow_provider_profiler.telemetry.tracing import (
    completed,
    configure_tracing,
    current_trace_id,
    current_traceparent,
    span,
    step,
    stop_tracing,
)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    configure_tracing(service_name="tests", exporter=exporter)
    yield exporter
    stop_tracing()


def tree(exporter: InMemorySpanExporter) -> dict[str, str | None]:
    """Each span's name, and that of the one it is in."""
    found = exporter.get_finished_spans()
    names = {item.context.span_id: item.name for item in found}
    return {item.name: names.get(item.parent.span_id) if item.parent else None for item in found}


def test_nothing_is_made_and_nothing_loaded_until_it_is_configured() -> None:
    program = (
        "import sys\n"
        "from airflow_provider_profiler.telemetry.tracing import *\n"
        "from airflow_provider_profiler.telemetry.tracing import span, step, current_traceparent, configure_tracing\n"
        "configure_tracing(service_name='tests')\n"
        "with span('a', parent='x') as opened:\n"
        "    step('b'); opened.set(c=1); opened.failed('d')\n"
        "    assert current_traceparent() == ''\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_spans_and_steps_are_one_tree(spans: InMemorySpanExporter) -> None:
    with span("outer", some__attribute="x", left_out=None):
        trace = current_trace_id()
        step("first")
        with span("inner"):
            assert current_trace_id() == trace
        step("second")
        completed("far away", TaskTimes("node-7", 41, 1_000, 2_000), units=3)
    assert current_trace_id() == ""
    assert tree(spans) == {
        "outer": None,
        "first": "outer",
        "inner": "first",
        "second": "outer",
        "far away": "second",
    }
    told = {item.name: item for item in spans.get_finished_spans()}
    assert told["outer"].attributes == {"some.attribute": "x"}
    assert (told["far away"].start_time, told["far away"].end_time) == (1_000, 2_000)
    assert told["far away"].attributes == {"host.name": "node-7", "process.pid": 41, "units": 3}


def test_the_trace_goes_on_where_its_header_is_told(spans: InMemorySpanExporter) -> None:
    with span("here"):
        header = current_traceparent()
    with span("unrelated"), span("there", parent=header):
        pass
    with span("from nowhere", parent="not a header"):
        pass
    assert tree(spans) == {"here": None, "unrelated": None, "there": "here", "from nowhere": None}


def test_what_fails_is_told_by_its_type_and_steps_end_with_it(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="hunter2"), span("outer"):
        step("first")
        raise ValueError("password is hunter2")
    assert set(tree(spans)) == {"outer", "first"}
    assert "hunter2" not in "".join(item.to_json() for item in spans.get_finished_spans())
    assert "ValueError" in "".join(item.to_json() for item in spans.get_finished_spans())


def test_threads_that_are_given_the_context_are_in_the_trace(spans: InMemorySpanExporter) -> None:
    def work() -> None:
        with span("in a thread"):
            pass

    with span("outer"):
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(work,))
        thread.start()
        thread.join()
    assert tree(spans)["in a thread"] == "outer"


def test_a_task_that_another_process_ran_is_a_span_of_the_job(spans: InMemorySpanExporter) -> None:
    with job_context("job-1"), span("job attempt"):
        step("heavy")
        with reporting(pickle.loads(pickle.dumps(TaskContext.current()))) as reporter:
            report = pickle.loads(pickle.dumps(reporter.report()))
        deliver(report)
    assert tree(spans) == {"job attempt": None, "heavy": "job attempt", "ray task": "heavy"}
    task = next(item for item in spans.get_finished_spans() if item.name == "ray task")
    assert task.attributes is not None
    assert task.attributes["process.pid"] == os.getpid()
    assert task.start_time is not None
    assert task.end_time is not None
    assert task.start_time <= task.end_time


def test_a_collector_gets_them_over_http_with_its_headers() -> None:
    got: list[tuple[str, str | None, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["X-Key"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        configure_tracing(
            endpoint=f"http://127.0.0.1:{server.server_address[1]}/", headers="x-key=a%20key", service_name="nightly"
        )
        with span("one"):
            pass
        stop_tracing()
        server.shutdown()
    [(path, key, body)] = got
    assert (path, key) == ("/v1/traces", "a key")
    sent = ExportTraceServiceRequest.FromString(body).resource_spans[0]
    assert sent.scope_spans[0].spans[0].name == "one"
    assert ("service.name", "nightly") in {(item.key, item.value.string_value) for item in sent.resource.attributes}
