"""The engine and its jobs on a real cluster of two nodes."""

import json
import logging
import os
import queue
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from airflow_provider_profiler.contract.options import ExecutionOptions, ProfileOptions, StatisticsOptions
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.tracing import trace_by
from airflow_provider_profiler.profiling import ray_executor
from airflow_provider_profiler.profiling import readings as readings_module
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver, Stopped
from airflow_provider_profiler.profiling.ray_executor import RayExecutor
from airflow_provider_profiler.storage.atomic import open_appending
from airflow_provider_profiler.storage.roots import DataRoot
from airflow_provider_profiler.telemetry.context import current_job, job_context, part_context, stage_context
from airflow_provider_profiler.telemetry.job_log import JobLog, logged
from airflow_provider_profiler.telemetry.tracing import stop_tracing

FINAL = {"HEAVY_PROFILES_READY", "FAILED"}


def write_ferries(folder: Path, *, rows: int, seed: int = 7) -> None:
    folder.mkdir(parents=True)
    numbers = random.Random(seed)
    with (folder / "crossings.csv").open("w", encoding="utf-8") as file:
        file.write("id,weight,harbour\n")
        lines = [
            f"{numbers.randrange(10**9)},{numbers.random():.9f},berth {numbers.randrange(10**6)}\n"
            for _ in range(min(rows, 20_000))
        ]
        for _ in range(max(1, rows // 20_000)):
            file.writelines(lines)
    (folder / "ports.csv").write_text("port,depth\nA,1.5\nB,2.5\n", encoding="utf-8")


def profile(engine: ProfilingEngine, dataset: Path, states: Path | None = None, **execution: Any) -> DatasetProfile:
    # Partitions below what users may ask for, and tables that soon overflow into sketches.
    options = ProfileOptions(
        statistics=StatisticsOptions(exact_values=16),
        execution=ExecutionOptions().model_copy(update={"partition_bytes": 4000, **execution}),
    )
    light = engine.light(
        ProfileSpecification.for_path(dataset.name),
        [DataRoot(dataset.parent).resolve(dataset.name)],
        options,
        generated_at=datetime(2026, 1, 1, tzinfo=UTC),
        observer=NullObserver(),
    )
    return engine.heavy(light, observer=NullObserver(), states=states)


def test_two_nodes_make_the_profile_that_one_process_makes(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_ferries(tmp_path / "data" / "ferries", rows=10_000)
    inline = profile(ProfilingEngine(), tmp_path / "data" / "ferries", tmp_path / "inline.bin")
    assert inline.record_sets[0].row_count == 10_000

    seen = tmp_path / "seen"
    seen.mkdir()
    original = readings_module.profile_partition

    def located(task: Any) -> Any:
        import ray

        (seen / ray.get_runtime_context().get_node_id()).touch()
        # Each node has one processor: the other one has its turn too, however late its first worker is there.
        patience = time.monotonic() + 60
        while len(list(seen.iterdir())) < 2 and time.monotonic() < patience:
            time.sleep(0.02)
        return original(task)

    monkeypatch.setattr(readings_module, "profile_partition", located)
    engine = ProfilingEngine(RayExecutor(share_bytes=40_000))
    on_ray = profile(engine, tmp_path / "data" / "ferries", tmp_path / "ray.bin")
    assert {path.name for path in seen.iterdir()} == {node.node_id for node in cluster.list_all_nodes()}
    assert on_ray.to_document() == inline.to_document()
    assert (tmp_path / "ray.bin").read_bytes() == (tmp_path / "inline.bin").read_bytes()


def test_a_unit_whose_worker_dies_is_run_again(cluster: Any, tmp_path: Path) -> None:
    marker = tmp_path / "died once"

    def once(number: int) -> int:
        if number == 1 and not marker.exists():
            marker.touch()
            os._exit(1)
        return number * number

    assert list(RayExecutor(share_bytes=1).map(once, range(4))) == [0, 1, 4, 9]
    assert marker.exists()


def test_what_is_given_up_does_not_run_on(cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    # Then they would be ended by force, and could not tell that they have ended.
    monkeypatch.setattr(ray_executor, "_GRACE_SECONDS", 60.0)
    running, started = tmp_path / "running", tmp_path / "started"
    running.mkdir()
    started.mkdir()

    def endless(number: int) -> Any:
        (running / str(number)).touch()
        (started / str(number)).touch()
        try:
            while True:
                time.sleep(0.05)
        finally:
            (running / str(number)).unlink()

    def check() -> None:
        if len(list(started.iterdir())) == 2:
            raise Stopped

    with pytest.raises(Stopped), RayExecutor(share_bytes=1).session(check) as session:
        list(session.run(endless, range(10)))
    assert list(running.iterdir()) == []
    patience = time.monotonic() + 30
    while ray.available_resources().get("CPU") != 2.0:
        assert time.monotonic() < patience, "tasks hold their processors"
        time.sleep(0.05)
    assert len(list(started.iterdir())) == 2


def test_an_error_of_the_function_comes_through(cluster: Any) -> None:
    def fail(_: int) -> int:
        raise KeyError("here")

    with pytest.raises(KeyError):
        list(RayExecutor().map(fail, [1]))


def job_log(api: Any, job_id: str, stage: str | None = None) -> list[dict[str, Any]]:
    """All lines of a job that has ended."""
    lines: list[dict[str, Any]] = []
    after, ended = 0, False
    while not ended:
        query = {"after": after, "limit": 10_000} | ({"stage": stage} if stage else {})
        answer = api.http.get(f"/profiler/jobs/{job_id}/log", params=query).json()
        lines += answer["data"]
        after, ended = answer["next"], answer["ended"]
    return lines


def test_a_job_over_http(serve: Callable[..., Any], tmp_path: Path) -> None:
    write_ferries(tmp_path / "data" / "ferries", rows=10_000)
    api = serve(lease_seconds=10, log_level="DEBUG")
    job_id = api.submit("ferries")
    assert api.http.get(f"/profiler/runner_status/{job_id}").json() in ("pending", "in_progress", "completed")
    detail = api.wait(job_id, FINAL)
    assert detail["state"] == "HEAVY_PROFILES_READY", detail["reason"]
    assert api.http.get(f"/profiler/runner_status/{job_id}").json() == "completed"
    assert detail["summary"]["rows"] == 10_002
    document = api.http.get(f"/profiler/jobs/{job_id}/profile.json").json()
    assert document["generated_at"].startswith("2026-01-01T00:00:00")
    patience = time.monotonic() + 30
    while (health := api.http.get("/monitoring/health-check").json())["status"] != "healthy":
        assert time.monotonic() < patience, health
        time.sleep(0.2)
    assert health["ray"]["message"] == "2 of 2 supervisors answer; 2 nodes, 2 CPUs"

    # Its log holds what the actor said and what the workers did.
    lines = job_log(api, job_id)
    assert {(line["job_id"], line["dataset_id"]) for line in lines} == {(job_id, detail["dataset_id"])}
    assert "Attempt 1 of job" in lines[0]["message"]
    assert "HEAVY_PROFILES_READY" in lines[-1]["message"]
    (piece,) = [line for line in job_log(api, job_id, "heavy/ports.csv") if line["message"].startswith("Piece 0, ")]
    assert piece["level"] == "DEBUG"
    assert piece["process"] != lines[0]["process"], "it is a worker's"
    graph = api.http.get(f"/profiler/jobs/{job_id}/stages").json()
    tables = {vertex["name"]: vertex for vertex in graph["vertices"] if vertex["part_of"] == "heavy"}
    assert {name: (table["state"], table["rows"]) for name, table in tables.items()} == {
        "crossings.csv": ("done", 10_000),
        "ports.csv": ("done", 2),
    }

    # Its actor dies over the next job, which another attempt finishes.
    write_ferries(tmp_path / "data" / "fleet", rows=600_000)
    job_id = api.submit("fleet", execution={"partition_bytes": 256 * 1024})
    api.wait(job_id, {"LIGHT_PROFILE_READY"})
    store = SqliteJobStore(api.settings.store_file)
    record = store.get(UUID(job_id))
    store.close()
    assert record is not None
    assert record.owner is not None
    assert record.owner.startswith("ray:")
    os.kill(int(record.owner.split(":")[2]), signal.SIGKILL)
    detail = api.wait(job_id, FINAL)
    assert detail["state"] == "HEAVY_PROFILES_READY", detail["reason"]
    assert detail["attempt"] == 2
    assert detail["summary"]["rows"] == 600_002
    lines = job_log(api, job_id)
    assert [line["attempt"] for line in lines] == sorted(line["attempt"] for line in lines)
    assert {line["attempt"] for line in lines} == {1, 2}
    assert "Attempt 2 of job" in lines[-1]["message"]


def test_a_cluster_of_another_version_is_named(cluster: Any, serve: Callable[..., Any], tmp_path: Path) -> None:
    from ray._private.worker import global_worker

    key, place = b"CLUSTER_METADATA", b"cluster"
    gcs = global_worker.gcs_client
    before = gcs.internal_kv_get(key, place)
    assert before is not None
    other = json.loads(before) | {"ray_version": "2.9.0", "python_version": "3.9.1"}
    gcs.internal_kv_put(key, json.dumps(other).encode(), True, place)
    try:
        write_ferries(tmp_path / "data" / "ferries", rows=10)
        api = serve()
        health = api.http.get("/monitoring/health-check").json()
        specification = ProfileSpecification.for_path("ferries").model_dump(mode="json")
        answer = api.http.post("/profiler/trigger_profile", json={"profile_specification": specification})
    finally:
        gcs.internal_kv_put(key, before, True, place)
    assert health["status"] == "degraded"
    assert health["ray"]["status"] == "unhealthy"
    assert answer.status_code == 503
    for told in ("Ray 2.9.0 on Python 3.9.1", "Ray 2.", "Python 3.1"):
        assert told in answer.json()["detail"]


def test_lines_of_tasks_come_back_with_their_results(
    cluster: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def work(number: int) -> int:
        with part_context(f"{number}.csv"):
            logging.getLogger("airflow_provider_profiler.tests.worker").info("%d with password=hunter2", number)
            logging.getLogger("airflow_provider_profiler.tests.worker").debug("too quiet")
        return number

    with job_context("0a", dataset_id="0b", attempt=3), stage_context("heavy"):
        log = JobLog(open_appending(tmp_path / "log.jsonl"), current_job(), max_bytes=100_000)
        with logged(log):
            assert list(RayExecutor(share_bytes=1).map(work, range(4))) == [0, 1, 2, 3]
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_bytes().splitlines()]
    told = [(line["job_id"], line["dataset_id"], line["attempt"], line["stage"], line["message"]) for line in lines]
    assert told == [("0a", "0b", 3, f"heavy/{number}.csv", f"{number} with password=********") for number in range(4)]
    assert os.getpid() not in {line["process"] for line in lines}


@contextmanager
def collector() -> Iterator[tuple[str, "queue.SimpleQueue[Any]"]]:
    """A collector of traces on loopback: its address, and the spans that arrive."""
    arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in sent.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        arrived.put(span)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", arrived
        server.shutdown()


def test_one_trace_from_the_request_to_the_tasks(serve: Callable[..., Any], tmp_path: Path) -> None:
    traces = {"harbour": "4bf92f3577b34da6a3ce929d0e0e4736", "quay": "0af7651916cd43dd8448eb211c80319c"}
    write_ferries(tmp_path / "data" / "harbour", rows=10_000)
    (tmp_path / "data" / "quay").mkdir()
    (tmp_path / "data" / "quay" / "ports.csv").write_text("id,name\n001,Syros\n002,Naxos\n", encoding="utf-8")
    with collector() as (endpoint, arrived):
        api = serve(otlp_endpoint=endpoint)
        trace_by(api.settings)
        try:
            for dataset, trace in traces.items():
                api.http.headers["traceparent"] = f"00-{trace}-00f067aa0ba902b7-01"
                job_id = api.submit(dataset)
                del api.http.headers["traceparent"]
                api.wait(job_id, FINAL)
        finally:
            stop_tracing()
        found: dict[str, list[Any]] = defaultdict(list)
        # The attempt ends last: what is in it is there by then.
        while not all("job attempt" in {span.name for span in found[trace]} for trace in traces.values()):
            span = arrived.get(timeout=60)
            found[span.trace_id.hex()].append(span)
    spans = found[traces["harbour"]]
    names = {span.span_id: span.name for span in spans}
    tree = {(span.name, names.get(span.parent_span_id)) for span in spans}
    assert ("submit job", "POST /profiler/trigger_profile") in tree
    assert ("job attempt", "submit job") in tree
    assert {(stage, "job attempt") for stage in ("discover", "light", "read", "heavy", "publish")} <= tree
    tasks = [span for span in spans if span.name == "ray task"]
    assert {names[span.parent_span_id] for span in tasks} >= {"light", "heavy"}
    processes = {item.value.int_value for span in tasks for item in span.attributes if item.key == "process.pid"}
    assert processes
    assert os.getpid() not in processes
    # What is small is no task: the supervisor has done it by itself.
    of_little = {span.name for span in found[traces["quay"]]}
    assert {"heavy", "publish"} <= of_little
    assert "ray task" not in of_little
