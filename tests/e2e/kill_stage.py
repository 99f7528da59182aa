"""A service, Redis and a Ray cluster whose parts are killed in the middle of jobs, and what became of those."""

import json
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from redis import Redis

from airflow_provider_profiler.config.ray_environment import prepare_ray_environment
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.jobs.redis_connections import RedisAddress
from airflow_provider_profiler.jobs.redis_store import RedisJobStore
from tests.e2e.conftest import BINARIES, FOREIGN, Served, clean_environment, eventually
from tests.ray_nodes import add_node
from tests.redis_server import RedisServer, redis_running

#: Lines of each dataset: a dozen units of work.
ROWS = 20_000
#: Seconds within which all jobs of a round must have ended, on a machine that does other things too.
PATIENCE = 600.0
#: Seconds within which nothing may be left of them after that.
LEAK_PATIENCE = 60.0
KINDS = ("api", "worker node", "redis", "supervisor")


@dataclass
class Outcome:
    """What became of the jobs of one round."""

    kind: str
    jobs: int
    lost: list[str] = field(default_factory=list)
    """Jobs that did not end."""
    doubled: list[str] = field(default_factory=list)
    """Keys with more than one job, and jobs with more than one end or another revision than the first."""
    unexplained: list[str] = field(default_factory=list)
    """Jobs that failed without saying why."""
    broken: list[str] = field(default_factory=list)
    """Documents that are not whole."""
    leaked: list[str] = field(default_factory=list)
    """What jobs that have ended left behind: temporary files, places in the queue, supervisors beyond their number."""
    failed: Counter[str] = field(default_factory=Counter)
    """Failures by reason code and message."""
    restarted: int = 0
    """Jobs that took more than one attempt."""
    running: int = 0
    """Jobs that had begun and not ended when the kill came."""
    seconds: float = 0.0

    def row(self) -> str:
        """As a line of a table in Markdown."""
        cells = (
            *(self.kind, self.jobs, self.running, len(self.lost), len(self.doubled), len(self.broken)),
            *(len(self.leaked), sum(self.failed.values()), self.restarted, f"{self.seconds:.0f}"),
        )
        return "| " + " | ".join(str(cell) for cell in cells) + " |"


HEADER = (
    "| killed | jobs | running then | lost | doubled | broken | leaked | failed with a reason | restarted | seconds |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


@dataclass
class Stage:
    """Everything that runs, and how to kill each part."""

    folder: Path
    redis: RedisServer
    cluster: Any
    workers: list[Any]
    environment: dict[str, str]
    stopping: ExitStack
    rows: int
    """Lines of each dataset."""
    service: Served | None = None

    def serve(self) -> Served:
        """Start a service; the one before must be dead."""
        process = subprocess.Popen(
            [str(BINARIES / "dataset-profiler"), "serve", "--port", "0"],
            env=clean_environment() | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.stopping.callback(_end, process)
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if found := re.search(r"http://[\d.]+:\d+", line):
                threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True).start()
                self.service = Served(process, found.group(0), lines)
                return self.service
        raise AssertionError("the service did not start:\n" + "".join(lines))

    def call(self, method: str, path: str, **given: Any) -> httpx.Response:
        """A request as a client with patience sends it: again while nobody answers, or only that it cannot now."""
        patience = time.monotonic() + PATIENCE
        while True:
            assert self.service is not None
            try:
                answer = httpx.request(method, self.service.base_url + path, timeout=60, trust_env=False, **given)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer
                trouble = answer.text
            except httpx.TransportError as error:
                trouble = repr(error)
            assert time.monotonic() < patience, f"{method} {path}: {trouble}"
            time.sleep(0.1)  # nobody is there who could tell when to come again

    def kill(self, kind: str, job_ids: list[str]) -> None:
        """End one part without a word, and bring back what does not come back by itself."""
        if kind == "api":
            assert self.service is not None
            self.service.kill()
            self.serve()
        elif kind == "redis":
            self.redis.kill()
            self.redis.start()
        elif kind == "worker node":
            self.cluster.remove_node(self.workers.pop(0), allow_graceful=False)
            self.workers.append(add_node(self.cluster, num_cpus=1))
        else:
            os.kill(self._supervisor_of(job_ids), signal.SIGKILL)

    def _supervisor_of(self, job_ids: list[str]) -> int:
        store = RedisJobStore(RedisAddress("127.0.0.1", self.redis.port))
        try:
            records = [record for job_id in job_ids if (record := store.get(UUID(job_id))) is not None]
        finally:
            store.close()
        owners = [record.owner for record in records if record.owner and not record.terminal]
        assert owners, "no job runs"
        return int(owners[0].split(":")[2])

    def round(self, kind: str, jobs: int, name: str) -> Outcome:
        """Submit jobs, kill a part while they run, submit all again, and see what became of each."""
        began = time.monotonic()
        bodies = {f"{name}-{number}": self._request(name, number) for number in range(jobs)}
        after = self.call("GET", "/profiler/events", params={"after": "latest"}).json()["next"]
        made = {key: self._submitted(key, body) for key, body in bodies.items()}
        self._first_in_the_middle(set(made.values()), after)
        outcome = Outcome(kind, jobs, running=self._running(name))
        self.kill(kind, list(made.values()))
        for key, body in bodies.items():
            again = self._submitted(key, body)
            if again != made[key]:
                outcome.doubled.append(f"{key}: {made[key]} and {again}")
        details = self._ended(list(made.values()), outcome)
        self._check(name, details, outcome)
        if not outcome.lost:
            self._look_for_leaks(outcome)
        outcome.seconds = time.monotonic() - began
        return outcome

    def _request(self, name: str, number: int) -> dict[str, Any]:
        dataset = self.folder / "data" / name / f"{number:03}"
        dataset.mkdir(parents=True)
        os.link(self.folder / "calls.csv", dataset / "calls.csv")
        specification = ProfileSpecification.for_path(f"{name}/{number:03}").model_dump(mode="json")
        execution = {"partition_bytes": 64 * 1024}
        return {"profile_specification": specification, "options": {"execution": execution}, "labels": {"round": name}}

    def _submitted(self, key: str, body: dict[str, Any]) -> str:
        answer = self.call("POST", "/profiler/trigger_profile", json=body, headers={"Idempotency-Key": key})
        assert answer.status_code == httpx.codes.OK, answer.text
        job_id: str = answer.json()["job_id"]
        return job_id

    def _first_in_the_middle(self, job_ids: set[str], after: int) -> None:
        """Return when the first of the jobs is at its tables."""
        patience = time.monotonic() + PATIENCE
        while time.monotonic() < patience:
            found = self.call("GET", "/profiler/events", params={"after": after, "wait": 10, "type": "state"}).json()
            after = found["next"]
            ready = (event["job_id"] for event in found["data"] if event["data"]["state"] == "LIGHT_PROFILE_READY")
            if not job_ids.isdisjoint(ready):
                return
        raise AssertionError("no job began")

    def _running(self, name: str) -> int:
        query = {"label": f"round:{name}", "state": ["STARTING", "LIGHT_PROFILE_READY"], "limit": 1}
        total: int = self.call("GET", "/profiler/jobs", params=query).json()["total"]
        return total

    def _ended(self, job_ids: list[str], outcome: Outcome) -> list[dict[str, Any]]:
        patience = time.monotonic() + PATIENCE
        details = []
        for job_id in job_ids:
            seen = 0
            while True:
                detail = self.call("GET", f"/profiler/jobs/{job_id}").json()
                if detail["terminal"]:
                    details.append(detail)
                    break
                if time.monotonic() > patience:
                    outcome.lost.append(f"{job_id} is {detail['state']}")
                    break
                query = {"after": seen, "wait": 5}
                events = self.call("GET", f"/profiler/jobs/{job_id}/events", params=query).json()["data"]
                seen = max([seen, *(event["sequence"] for event in events)])
        return details

    def _check(self, name: str, details: list[dict[str, Any]], outcome: Outcome) -> None:
        listed = self.call("GET", "/profiler/jobs", params={"label": f"round:{name}", "limit": 1}).json()["total"]
        if listed != outcome.jobs:
            outcome.doubled.append(f"{listed} jobs of {outcome.jobs} keys")
        for detail in details:
            job_id, dataset_id = detail["job_id"], detail["dataset_id"]
            outcome.restarted += detail["attempt"] > 1
            events = self.call("GET", f"/profiler/jobs/{job_id}/events").json()["data"]
            states = [event["data"]["state"] for event in events if event["kind"] == "state"]
            ends = [state for state in states if state in ("HEAVY_PROFILES_READY", "FAILED")]
            if len(ends) != 1 or len(set(states)) != len(states) or detail["revision"] != 1:
                outcome.doubled.append(f"{job_id}: revision {detail['revision']}, {', '.join(states)}")
            if detail["state"] == "FAILED":
                reason = detail["reason"] or {}
                if not reason.get("code") or not reason.get("message"):
                    outcome.unexplained.append(job_id)
                outcome.failed[f"{reason.get('code')}: {reason.get('message')}"] += 1
                continue
            path = self.call("GET", f"/profiler/cdd_profile_path/{dataset_id}").json()["cdd_profile_path"]
            if trouble := _trouble_of(path, detail, self):
                outcome.broken.append(f"{job_id}: {trouble}")

    def _look_for_leaks(self, outcome: Outcome) -> None:
        """See what is left of the jobs when all have ended; whoever ends a job tidies up right after that is seen."""
        with suppress(AssertionError):
            eventually(lambda: not self._left(), seconds=LEAK_PATIENCE, what="an end of what jobs leave")
        outcome.leaked += self._left()

    def _left(self) -> list[str]:
        return [*self._scratch(), *self._queued()]

    def _scratch(self) -> list[str]:
        folder = self.folder / "home" / "scratch"
        return [f"scratch/{path.name}" for path in folder.iterdir()] if folder.exists() else []

    def _queued(self) -> list[str]:
        client = Redis("127.0.0.1", self.redis.port, decode_responses=True)
        try:
            keys = (str(key) for key in client.scan_iter("profiler:*"))
            return [key for key in keys if key.split(":")[1] in ("waiting", "leased", "clients")]
        finally:
            client.close()


def _trouble_of(path: str | None, detail: dict[str, Any], stage: Stage) -> str | None:
    """What is wrong with a job's documents; None: they are whole, and say the same."""
    if path is None:
        return "no CDD file"
    job = f"/profiler/jobs/{detail['job_id']}"
    published = Path(path).read_bytes()
    json.loads(published)
    if published != stage.call("GET", f"{job}/artefacts/{detail['dataset_id']}.json").content:
        return "the published file is not the revision's"
    model = stage.call("GET", f"{job}/profile.json").json()
    if [table["row_count"] for table in model["record_sets"]] != [stage.rows]:
        return f"tables of other than {stage.rows} rows"
    if not stage.call("GET", f"/profiler/profile/{detail['job_id']}").json()["moma_profile_heavy"]:
        return "no heavy profile"
    return None


@contextmanager
def stage_in(folder: Path, rows: int = ROWS) -> Iterator[Stage]:
    """A head without processors, two workers of one each with a supervisor each, Redis, and a service."""
    (folder / "data").mkdir(parents=True)
    _write_calls(folder / "calls.csv", rows)
    with ExitStack() as stopping:
        patch = stopping.enter_context(pytest.MonkeyPatch.context())
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            patch.delenv(name)
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # As the guide says of nodes with one processor: beside the supervisor they would keep no idle process.
        patch.setenv("RAY_num_workers_soft_limit", "3")
        prepare_ray_environment()
        redis = stopping.enter_context(redis_running(folder / "redis"))
        from ray.cluster_utils import Cluster

        cluster = Cluster()
        stopping.callback(cluster.shutdown)
        add_node(cluster, num_cpus=0, include_dashboard=False)
        workers = [add_node(cluster, num_cpus=1) for _ in range(2)]
        environment = {
            "PROFILER_HOME": str(folder / "home"),
            "DATA_ROOT_PATH": str(folder / "data"),
            "RAY_ADDRESS": cluster.address,
            "REDIS_HOST": "127.0.0.1",
            "REDIS_PORT": str(redis.port),
            "PROFILER_LEASE_SECONDS": "6",
            "PROFILER_RAY_CONNECT_SECONDS": "120",
        }
        stage = Stage(folder, redis, cluster, workers, environment, stopping, rows)
        stage.serve()
        yield stage


def tell_rounds(tell: Callable[[str], object], outcomes: list[Outcome]) -> None:
    """The table of all rounds, and why jobs failed."""
    tell(HEADER)
    for outcome in outcomes:
        tell(outcome.row())
    for outcome in outcomes:
        for reason, count in outcome.failed.items():
            tell(f"- {outcome.kind}: {count} x {reason}")


def _write_calls(path: Path, rows: int) -> None:
    numbers = random.Random(5)
    lines = [
        f"{numbers.randrange(10**9)},{numbers.random():.9f},berth {numbers.randrange(10**6)}\n" for _ in range(1000)
    ]
    with path.open("w", encoding="utf-8") as file:
        file.write("ship,draught,berth\n")
        for _ in range(rows // 1000):
            file.writelines(lines)


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)
