"""Deferred tasks in a real Airflow: a scheduler, workers and a triggerer, and a service that ends jobs when told to."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import httpx
import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.jobs.store import RunnerKind

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

MANY = 50


class Gate:
    """A supervisor that runs nothing until it is opened."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.is_open = False

    def start(self) -> None: ...

    def check(self) -> None: ...

    def health(self) -> None: ...

    def open(self) -> None:
        self.inner.start()
        self.is_open = True

    def stop(self, timeout: float) -> None:
        if self.is_open:
            self.inner.stop(timeout)

    def wake(self, job_id: UUID | None = None) -> None:
        if self.is_open:
            self.inner.wake(job_id)


class HeldService:
    """Our service, which holds all jobs back until its gate is opened."""

    def __init__(self, home: Path, data: Path) -> None:
        self.home, self.data = home, data
        self.port = 0
        self.start()

    def start(self) -> None:
        from airflow_provider_profiler.service.app import create_app
        from airflow_provider_profiler.service.listening import ThreadedServer
        from airflow_provider_profiler.service.supervision import supervision

        settings = Settings(home=self.home, data_root=str(self.data))

        def supervise(store: Any, results: Any) -> Gate:
            self.gate = Gate(supervision(settings, RunnerKind.INLINE)(store, results))
            return self.gate

        self.server = ThreadedServer(create_app(settings, supervise=supervise), port=self.port)
        self.server.start()
        self.url = self.server.base_url
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self) -> None:
        self.server.stop()

    def detail(self, job_id: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}/profiler/jobs/{job_id}", trust_env=False).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name in ("sales", "stock", "ports"):
        (root / name).mkdir(parents=True)
        (root / name / f"{name}.csv").write_text("city,amount\nΑθήνα,1\nVolos,2\n", encoding="utf-8")
    (root / "broken").mkdir()
    (root / "broken" / "broken.parquet").write_bytes(b"PAR1 this is no Parquet file")
    return root


@pytest.fixture
def held(tmp_path: Path, data: Path) -> Iterator[HeldService]:
    service = HeldService(tmp_path / "service", data)
    yield service
    service.stop()


def wait_until(look: Callable[[], Any], what: str, *, seconds: float = 240, pause: float = 0.3) -> Any:
    from time import monotonic, sleep

    patience = monotonic() + seconds
    while monotonic() < patience:
        if found := look():
            return found
        sleep(pause)
    raise AssertionError(f"{what} did not come within {seconds:g} s")


def wait_deferred(airflow: Any, dag_id: str, run_id: str, count: int, *, seconds: float = 240) -> list[dict[str, Any]]:
    def look() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = airflow.deferred(dag_id, run_id)
        return found if len(found) == count else None

    # Each look costs the API server more the more tasks there are, and workers need it too.
    deferred: list[dict[str, Any]] = wait_until(
        look, f"{count} deferred tasks", seconds=seconds, pause=0.3 + count / 20
    )
    return deferred


def states(airflow: Any, dag_id: str, run_id: str) -> dict[tuple[str, int], str]:
    return {(task["task_id"], task["map_index"]): task["state"] for task in airflow.tasks(dag_id, run_id)}


def test_the_nightly_dag_profiles_every_dataset_on_its_own(airflow: Any, held: HeldService) -> None:
    names = ["sales", "broken", "stock", "ports"]
    with airflow.connection("profiler_default", held.url):
        run_id = airflow.start("nightly_profiling", {"datasets": names})
        deferred = wait_deferred(airflow, "nightly_profiling", run_id, 2 * len(names))
        assert {(task["task_id"], task["map_index"]) for task in deferred} == {
            (f"profile.{branch}", index) for branch in ("light", "heavy") for index in range(len(names))
        }
        assert all("ProfileJobTrigger" in task["trigger"]["classpath"] for task in deferred)
        held.gate.open()
        run = airflow.end("nightly_profiling", run_id, seconds=300)

    assert run["state"] == "failed", "a dataset without a profile must not go unseen"
    found = states(airflow, "nightly_profiling", run_id)
    assert {index: found["profile.heavy", index] for index in range(4)} == {
        0: "success",
        1: "failed",
        2: "success",
        3: "success",
    }
    assert {found["profile.clean_up", index] for index in range(4)} == {"success"}
    assert "all_failed" in airflow.task_log("nightly_profiling", run_id, "profile.heavy", 1)
    told = airflow.task_log("nightly_profiling", run_id, "collect")
    for index, name in enumerate(names):
        path = str(held.home / "cdd" / f"{dataset_uuid(name)}.json")
        if name == "broken":
            assert path not in told
            assert "Without a profile: broken" in told
            continue
        assert f"{name}: {path}" in told
        assert Path(path).is_file()
        fetched = airflow.xcom("nightly_profiling", run_id, "profile.fetch", map_index=index)
        assert (json.loads(fetched.replace("'", '"')) if isinstance(fetched, str) else fetched) == {
            "dataset": name,
            "cdd_path": path,
        }


def test_the_nightly_dag_over_all_real_datasets(airflow: Any, shared_data: Path, tmp_path: Path) -> None:
    service = HeldService(tmp_path / "service", shared_data)
    names = sorted(folder.name for folder in shared_data.iterdir() if folder.is_dir())
    assert len(names) >= 7
    try:
        with airflow.connection("profiler_default", service.url):
            run_id = airflow.start("nightly_profiling", {"datasets": names})
            deferred = wait_deferred(airflow, "nightly_profiling", run_id, 2 * len(names))
            assert {task["map_index"] for task in deferred} == set(range(len(names)))
            service.gate.open()
            run = airflow.end("nightly_profiling", run_id, seconds=400)
    finally:
        service.stop()

    assert run["state"] == "success"
    assert set(states(airflow, "nightly_profiling", run_id).values()) == {"success"}
    told = airflow.task_log("nightly_profiling", run_id, "collect")
    for index, name in enumerate(names):
        path = service.home / "cdd" / f"{dataset_uuid(name)}.json"
        assert f"{name}: {path}" in told
        assert airflow.xcom("nightly_profiling", run_id, "profile.heavy", map_index=index) == str(path)
        files = {file["source_file"] for file in json.loads(path.read_bytes())["files"]}
        root = shared_data / name
        # Files that are parts of one table are there each, and beside them the table of all.
        tables = {file for file in files if "*" in file}
        assert tables == ({"yellow_tripdata_sample_2019-*.csv"} if name == "nyc_taxi" else set())
        assert files - tables == {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


def test_fifty_tasks_wait_in_one_triggerer_without_blocking_it(airflow: Any, held: HeldService) -> None:
    before = len(airflow.log.read_text(errors="replace"))
    with airflow.connection("profiler_service", held.url):
        run_id = airflow.start("deferred_many", {"count": MANY})
        deferred = wait_deferred(airflow, "deferred_many", run_id, MANY, seconds=420)
        assert len({task["triggerer_job"]["id"] for task in deferred}) == 1
        jobs = {airflow.xcom("deferred_many", run_id, "profile", "job_id", task["map_index"]) for task in deferred}
        assert len(jobs) == MANY
        held.gate.open()
        run = airflow.end("deferred_many", run_id, seconds=420)
    assert run["state"] == "success"
    log = airflow.log.read_text(errors="replace")
    assert "triggers currently running" in log, "the triggerer's words are here"
    assert "async thread was blocked" not in log[before:]


def test_a_deferred_task_that_is_set_to_failed_takes_its_job_along(airflow: Any, held: HeldService) -> None:
    with airflow.connection("profiler_service", held.url):
        run_id = airflow.start("deferred_one", {"path": "sales"})
        wait_deferred(airflow, "deferred_one", run_id, 1)
        other = httpx.post(
            f"{held.url}/profiler/trigger_profile",
            json=json.loads(_request(held, "stock")),
            trust_env=False,
        ).json()["job_id"]
        job_id = airflow.xcom("deferred_one", run_id, "profile", "job_id")
        path = f"/api/v2/dags/deferred_one/dagRuns/{run_id}/taskInstances/profile"
        airflow.client.patch(path, json={"new_state": "failed"}).raise_for_status()
        detail = wait_until(lambda: (seen := held.detail(job_id))["terminal"] and seen, "the job's end", seconds=60)
    assert detail["reason"]["code"] == "aborted"
    assert not held.detail(other)["terminal"], "the jobs of others go on"


def _request(held: HeldService, path: str) -> str:
    from airflow_provider_profiler.contract.specification import ProfileSpecification

    return json.dumps({"profile_specification": ProfileSpecification.for_path(path).model_dump(mode="json")})


def test_a_service_that_starts_again_is_waited_for(airflow: Any, held: HeldService) -> None:
    with airflow.connection("profiler_service", held.url):
        run_id = airflow.start("deferred_one", {"path": "sales"})
        wait_deferred(airflow, "deferred_one", run_id, 1)
        held.stop()
        wait_until(
            lambda: (
                "Looking again in" in airflow.log.read_text(errors="replace")
                or "Looking again in" in airflow.task_log("deferred_one", run_id, "profile")
            ),
            "a failed look",
            seconds=60,
        )
        held.start()
        held.gate.open()
        run = airflow.end("deferred_one", run_id)
        path = Path(airflow.xcom("deferred_one", run_id, "profile"))
    assert run["state"] == "success"
    assert path.is_file()
    assert airflow.xcom("deferred_one", run_id, "profile", "status") == "HEAVY_PROFILES_READY"
    job_id = airflow.xcom("deferred_one", run_id, "profile", "job_id")
    assert airflow.xcom("deferred_one", run_id, "profile", "job_url") == f"{held.url}/profiler/jobs/{job_id}"


def test_each_failure_ends_the_task_in_words_for_dag_authors(
    airflow: Any, held: HeldService, documented: ModuleType, documented_service: Callable[..., Any]
) -> None:
    stuck = {name: documented_service(outcome="stuck") for name in ("unknown", "not_json", "refused")}
    hosts = {name: service.base_url for name, service in stuck.items()} | {
        "job_failed": held.url,
        "unreachable": "http://127.0.0.1:9",
    }
    runs: dict[str, str] = {}
    with ExitStack() as connections:
        for name, host in hosts.items():
            connections.enter_context(airflow.connection(f"profiler_{name}", host, password="a-token-of-the-test"))
            path = "broken" if name == "job_failed" else "sales"
            runs[name] = airflow.start("deferred_one", {"conn": f"profiler_{name}", "path": path})
        for name in (*stuck, "job_failed"):
            wait_deferred(airflow, "deferred_one", runs[name], 1)
        stuck["unknown"].status = lambda job_id: documented.Canned(200, "DONE")
        stuck["not_json"].status = lambda job_id: documented.Canned(200, raw=b"<html>a web page</html>")
        stuck["refused"].token = "another token"
        held.gate.open()
        for run_id in runs.values():
            assert airflow.end("deferred_one", run_id)["state"] == "failed"
        said = {name: airflow.task_log("deferred_one", run_id, "profile") for name, run_id in runs.items()}
    for name, words in {
        "unknown": "a job status that is not known: 'DONE'",
        "not_json": "something that is not JSON",
        "refused": "The bearer token in the connection's password was not accepted",
        "job_failed": "failed: all_failed",
        "unreachable": "the profiling service cannot be reached",
    }.items():
        assert words in said[name].replace("\\'", "'"), (name, said[name][-3000:])
        assert "a-token-of-the-test" not in said[name]
