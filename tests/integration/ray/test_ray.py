"""The engine and its jobs on a real cluster of two nodes."""

import json
import os
import random
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.options import ExecutionOptions, ProfileOptions, StatisticsOptions
from airflow_provider_profiler.contract.profile import DatasetProfile
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.profiling import readings as readings_module
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import NullObserver, Stopped
from airflow_provider_profiler.profiling.ray_executor import RayExecutor
from airflow_provider_profiler.storage.roots import DataRoot

pytestmark = pytest.mark.timeout(180)

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


def test_what_is_given_up_does_not_run_on(cluster: Any, tmp_path: Path) -> None:
    import ray

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


def test_a_job_over_http(serve: Callable[..., Any], tmp_path: Path) -> None:
    write_ferries(tmp_path / "data" / "ferries", rows=10_000)
    api = serve(lease_seconds=3)
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

    # Its actor dies over the next job, which another attempt finishes.
    write_ferries(tmp_path / "data" / "fleet", rows=600_000)
    job_id = api.submit("fleet", execution={"partition_bytes": 64 * 1024})
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
