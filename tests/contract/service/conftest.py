"""The service on a free loopback port, with an engine that the test holds in its hands or with the real one."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Generator,
)
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.jobs.supervisor import InlineSupervisor
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.listening import ThreadedServer
from tests.contract.service.tokens import KEYS, pem

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FINAL = {"HEAVY_PROFILES_READY", "FAILED"}


@dataclass
class HeldEngine:
    """Lists files as the light profile; its heavy profile waits until the test lets it go on."""

    hold_light: threading.Event = field(default_factory=threading.Event)
    hold_heavy: threading.Event = field(default_factory=threading.Event)
    heavy_error: Exception | None = None
    submitted: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hold_light.set()
        self.hold_heavy.set()

    def light(self, specification, datasets, options, *, generated_at, observer, databases=(), ledger=None):
        self.submitted.append(specification)
        _wait(self.hold_light, observer)
        files = sorted(path for dataset in datasets for path in dataset.path.rglob("*") if path.is_file())
        self.profile = DatasetProfile(
            kind=Target.LIGHT,
            generated_at=generated_at,
            generator=Generator(name="held", version="0"),
            specification=specification,
            options=options,
            distributions=tuple(
                Distribution(
                    id=part_uuid(specification.id, "distribution", path.name),
                    kind=DistributionKind.FILE,
                    status=DistributionStatus.LISTED,
                    path=path.name,
                    name=path.name,
                    media_type="text/csv",
                    content_url=path.name,
                )
                for path in files
            ),
        )
        return self

    def heavy(self, light, *, observer, states, mirrors, keep=None):
        observer.stage(StageName.READ)
        _wait(self.hold_heavy, observer)
        if self.heavy_error:
            raise self.heavy_error
        return light.profile.model_copy(update={"kind": Target.HEAVY})


def _wait(event: threading.Event, observer: Any) -> None:
    while not event.wait(0.02):
        observer.check()


@dataclass
class Running:
    """A running service and what a client of it does most."""

    url: str
    http: httpx.Client
    engine: HeldEngine
    settings: Settings
    app: Any
    server: ThreadedServer

    def submit(self, body: dict[str, Any], **headers: str) -> str:
        answer = self.http.post("/profiler/trigger_profile", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "Job submitted"
        return answer.json()["job_id"]

    def status(self, job_id: str) -> Any:
        answer = self.http.get(f"/profiler/job_status/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def detail(self, job_id: str) -> dict[str, Any]:
        return self.http.get(f"/profiler/jobs/{job_id}").raise_for_status().json()

    def wait(self, job_id: str, *states: str) -> str:
        """Wait on the job's events until it passes through one of the states (or ends)."""
        after = 0
        patience = time.monotonic() + 60
        while time.monotonic() < patience:
            answer = self.http.get(f"/profiler/jobs/{job_id}/events", params={"after": after, "wait": 20})
            assert answer.status_code == 200, answer.text
            for event in answer.json()["data"]:
                after = event["sequence"]
                if event["kind"] == "state" and event["data"]["state"] in (states or FINAL):
                    return event["data"]["state"]
            if self.detail(job_id)["terminal"] and not answer.json()["data"]:
                break
        raise AssertionError(f"never in {states or FINAL}: {self.detail(job_id)}")


def read_fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text("utf-8"))


@pytest.fixture
def documented_request() -> dict[str, Any]:
    return read_fixture("documented_request.json")


@pytest.fixture
def mixed_connectors() -> list[dict[str, Any]]:
    return read_fixture("mixed_connectors.json")


def make_data_root(root: Path) -> Path:
    """A root with the documented dataset (two small files) and an empty one."""
    dataset = root / read_fixture("documented_request.json")["profile_specification"]["id"]
    dataset.mkdir(parents=True)
    (dataset / "answers.csv").write_text(
        "Student ID;Country;Correct\n" + "".join(f"{n};{'PT' if n % 3 else 'IE'};{n % 2}\n" for n in range(40)), "utf-8"
    )
    (dataset / "questions.csv").write_text("Question ID,Topic\n1,Integration\n2,Algebra\n", "utf-8")
    (root / "empty").mkdir()
    return root


@contextmanager
def starting(folder: Path, data_root: Path) -> Iterator[Callable[..., Running]]:
    """Starts services; each stops at the end of the block."""
    with ExitStack() as running, pytest.MonkeyPatch.context() as environment:
        for name in ("REDIS_HOST", "RAY_ADDRESS", "ENABLE_AUTH", "BASE_URL", "DATA_ROOT_PATH", "CDD_PROFILE_PATH"):
            environment.delenv(name, raising=False)

        def begin(
            *,
            engine: HeldEngine | None = None,
            real_engine: bool = False,
            runner: RunnerKind = RunnerKind.INLINE,
            run_jobs: bool = True,
            **settings: Any,
        ) -> Running:
            given = {"home": folder / "home", "data_root": str(data_root), **settings}
            own = Settings(**given)
            held = engine or HeldEngine()
            running.callback(held.hold_light.set)
            running.callback(held.hold_heavy.set)
            supervise = None if real_engine else partial(_supervise, engine=held, settings=own, runner=runner)
            app = create_app(own, runner=runner, run_jobs=run_jobs, supervise=supervise)
            server = ThreadedServer(app)
            server.start()
            running.callback(server.stop)
            client = running.enter_context(httpx.Client(base_url=server.base_url, trust_env=False, timeout=40))
            return Running(server.base_url, client, held, own, app, server)

        yield begin


def _supervise(store, results, *, engine, settings, runner):
    return InlineSupervisor(store, results, engine, settings, runner)


@pytest.fixture
def data_root(tmp_path: Path) -> Path:
    return make_data_root(tmp_path / "datasets")


@pytest.fixture
def start(tmp_path: Path, data_root: Path) -> Iterator[Callable[..., Running]]:
    """Starts services of the test's own."""
    with starting(tmp_path, data_root) as begin:
        yield begin


@pytest.fixture
def service(start: Callable[..., Running]) -> Running:
    """A service of the test's own, with default settings."""
    return start()


@pytest.fixture(scope="module")
def start_for_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """Starts services that stay for all tests of a module."""
    folder = tmp_path_factory.mktemp("standing")
    with starting(folder, make_data_root(folder / "datasets")) as begin:
        yield begin


@pytest.fixture(scope="module")
def standing(start_for_module: Callable[..., Running]) -> Running:
    """One service for all tests of a module that leave no trace in it."""
    return start_for_module()


@pytest.fixture(scope="module")
def guarded(start_for_module: Callable[..., Running]) -> Running:
    """A service that wants a token, for all tests of a module."""
    return start_for_module(run_jobs=False, enable_auth=True, auth_key=pem(KEYS["RS256"]))
