"""A store that tells when a job ends, a clock that stands still, and an engine that does what a test says."""

import queue
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.fingerprint import request_fingerprint
from airflow_provider_profiler.contract.identity import part_uuid
from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.profile import (
    DatasetProfile,
    Distribution,
    DistributionKind,
    DistributionStatus,
    Generator,
)
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import Target
from airflow_provider_profiler.jobs.control import JobControl
from airflow_provider_profiler.jobs.lifecycle import JobLifecycle
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.store import JobRecord, NewJob, RunnerKind
from airflow_provider_profiler.storage.local_results import LocalResultStore

#: Far beyond what anything here takes: a wait that comes to its end is a failure, not a measurement.
PATIENCE = 20.0


class Clock:
    """The present moment, moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 2, 30, 15, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


class WatchedStore(SqliteJobStore):
    """Tells of every job that has ended here or was given back."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.ended: queue.Queue[JobRecord] = queue.Queue()

    def transition(self, *args, **kwargs):
        record = super().transition(*args, **kwargs)
        if record.terminal:
            self.ended.put(record)
        return record

    def await_end(self) -> JobRecord:
        return self.ended.get(timeout=PATIENCE)


class ScriptedEngine:
    """Files and their fates are told beforehand; ``on_light`` and ``on_heavy`` happen while it "works"."""

    def __init__(self) -> None:
        self.files: dict[str, DistributionStatus] = {"a.csv": DistributionStatus.PROFILED}
        self.light_files: dict[str, DistributionStatus] | None = None
        self.extra: tuple[Distribution, ...] = ()
        self.warnings: tuple = ()
        self.on_light: Callable = lambda observer: None
        self.on_heavy: Callable = lambda observer: None
        self.seen = SimpleNamespace(datasets=None, options=None, generated_at=[], runs=0)

    def light(self, specification, datasets, options, *, generated_at, observer, databases=(), ledger=None):
        self.seen.datasets, self.seen.options = datasets, options
        self.seen.generated_at.append(generated_at)
        self.seen.runs += 1
        observer.stage(StageName.DISCOVER)
        observer.stage(StageName.LIGHT)
        self.on_light(observer)
        files = self.light_files or {
            name: DistributionStatus.LISTED if status is DistributionStatus.PROFILED else status
            for name, status in self.files.items()
        }
        return SimpleNamespace(profile=self._profile(specification, options, generated_at, Target.LIGHT, files))

    def heavy(self, light, *, observer, states, mirrors, keep=None):
        observer.stage(StageName.READ)
        self.on_heavy(observer)
        observer.advanced(rows=10, bytes=100, percent=90.0)
        states.write_bytes(b"remembered")
        profile = light.profile
        return self._profile(profile.specification, profile.options, profile.generated_at, Target.HEAVY, self.files)

    def _profile(self, specification, options, generated_at, kind, files):
        distributions = tuple(
            Distribution(
                id=part_uuid(specification.id, "distribution", name),
                kind=DistributionKind.FILE,
                status=status,
                reason=FileReason(code=FileReasonCode.MALFORMED, message="row 3 has 4 cells")
                if status is DistributionStatus.FAILED
                else None,
                path=name,
                name=name,
                media_type="text/csv",
                content_url=name,
                content_size=100,
            )
            for name, status in files.items()
        )
        return DatasetProfile(
            kind=kind,
            generated_at=generated_at,
            generator=Generator(name="test", version="1"),
            specification=specification,
            options=options,
            distributions=distributions + self.extra,
            warnings=self.warnings,
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def settings(tmp_path) -> Settings:
    root = tmp_path / "data"
    (root / "ferries").mkdir(parents=True)
    (root / "ferries" / "a.csv").write_text("a\n1\n")
    return Settings(home=tmp_path / "home", data_root=str(root), lease_seconds=30.0, max_running_jobs=1)


@pytest.fixture
def store(settings) -> Iterator[WatchedStore]:
    opened = WatchedStore(settings.store_file)
    yield opened
    opened.close()


@pytest.fixture
def results(settings) -> LocalResultStore:
    return LocalResultStore(settings.results_folder, settings.cdd_folder, settings.home / "scratch")


@pytest.fixture
def lifecycle(store, results, engine, settings, clock) -> JobLifecycle:
    return JobLifecycle(store, results, engine, settings, clock=clock)


@pytest.fixture
def request_for():
    """Makes requests for one dataset; fields of the request are keyword arguments."""
    dataset_id = str(uuid4())

    def make(path: str = "ferries", *, specification: dict | None = None, **request) -> TriggerProfileRequest:
        described = ProfileSpecification.for_path(path, dataset_id=dataset_id, **(specification or {}))
        return TriggerProfileRequest.model_validate({"profile_specification": described, **request})

    return make


@pytest.fixture
def submit(store, request_for, clock):
    """Submits a request and returns the record."""

    def make(*, runner: RunnerKind = RunnerKind.INLINE, request=None, **options) -> JobRecord:
        body = request or request_for(**options)
        job = NewJob(
            job_id=uuid4(), request=body, fingerprint=request_fingerprint(body), runner=runner, created=clock()
        )
        return store.submit(job).record

    return make


@pytest.fixture
def claimed(store, submit, clock):
    """Submits a request and claims the job."""

    def make(**options) -> JobRecord:
        record = submit(**options)
        taken = store.claim(record.job_id, "worker-1", clock(), clock() + timedelta(seconds=30))
        assert taken is not None
        return taken

    return make


@pytest.fixture
def new_job(request_for, clock):
    """Makes submissions of one dataset, for a store of the test's own."""

    def make(*, runner: RunnerKind = RunnerKind.INLINE, key: str | None = None, **options) -> NewJob:
        body = request_for(**options)
        return NewJob(
            job_id=uuid4(),
            request=body,
            fingerprint=request_fingerprint(body),
            runner=runner,
            idempotency_key=key,
            created=clock(),
        )

    return make


@pytest.fixture
def run(lifecycle):
    def carry_out(record, control=None):
        return lifecycle.run(record, control or JobControl())

    return carry_out
