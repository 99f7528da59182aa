"""The implementations that the conformance suites run over, and what every test of them needs."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from airflow_provider_profiler.contract.fingerprint import request_fingerprint
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.redis_connections import RedisAddress
from airflow_provider_profiler.jobs.redis_store import RedisJobStore
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.store import JobRecord, JobStore, NewJob, RunnerKind
from airflow_provider_profiler.storage.local_results import LocalResultStore
from airflow_provider_profiler.storage.results import ResultStore

NOW = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)


@dataclass(frozen=True)
class StoreUnderTest:
    """One implementation on one empty store that any number of handles and processes may open."""

    open: Callable[[], JobStore]
    opening_script: str
    """Python that opens the same store as ``store`` in another process."""

    def start(self, script: str, *arguments: str) -> "subprocess.Popen[str]":
        """Another process on the store; it says a line when it is ready and begins when it is sent one."""
        prologue = "import sys\nfrom uuid import UUID, uuid4\nfrom datetime import datetime, timedelta, UTC\n"
        code = prologue + self.opening_script + textwrap.dedent(script)
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )


def _sqlite(request: pytest.FixtureRequest) -> StoreUnderTest:
    path = request.getfixturevalue("tmp_path") / "home" / "jobs.sqlite3"
    script = (
        "from pathlib import Path\n"
        "from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore\n"
        f"store = SqliteJobStore(Path({str(path)!r}))\n"
    )
    return StoreUnderTest(open=lambda: SqliteJobStore(path), opening_script=script)


def _redis(request: pytest.FixtureRequest) -> StoreUnderTest:
    address = RedisAddress("127.0.0.1", request.getfixturevalue("redis_server").port)
    script = (
        "from airflow_provider_profiler.jobs.redis_connections import RedisAddress\n"
        "from airflow_provider_profiler.jobs.redis_store import RedisJobStore\n"
        f"store = RedisJobStore(RedisAddress({address.host!r}, {address.port}))\n"
    )
    return StoreUnderTest(open=lambda: RedisJobStore(address), opening_script=script)


STORES = {"sqlite": _sqlite, "redis": _redis}


@pytest.fixture(params=STORES)
def backing(request: pytest.FixtureRequest) -> StoreUnderTest:
    return STORES[request.param](request)


@pytest.fixture
def store(backing: StoreUnderTest) -> Iterator[JobStore]:
    opened = backing.open()
    yield opened
    opened.close()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def lease() -> timedelta:
    return timedelta(seconds=30)


@pytest.fixture
def new_job() -> Callable[..., NewJob]:
    """Makes submissions of one dataset unless told otherwise, each a second later than the one before."""
    dataset = uuid4()
    count = iter(range(10_000))

    def make(
        *,
        dataset_id: UUID = dataset,
        key: str | None = None,
        client: str = "",
        runner: RunnerKind = RunnerKind.INLINE,
        **request: object,
    ) -> NewJob:
        specification = ProfileSpecification.for_path("ferries", dataset_id=str(dataset_id))
        body = TriggerProfileRequest.model_validate({"profile_specification": specification, **request})
        return NewJob(
            job_id=uuid4(),
            request=body,
            fingerprint=request_fingerprint(body),
            runner=runner,
            client=client,
            idempotency_key=key,
            created=NOW + timedelta(seconds=next(count)),
        )

    return make


@pytest.fixture
def running(
    store: JobStore, new_job: Callable[..., NewJob], now: datetime, lease: timedelta
) -> Callable[..., JobRecord]:
    """Submits a job and claims it."""

    def make(**options: object) -> JobRecord:
        job = store.submit(new_job(**options)).record
        record = store.claim(job.job_id, "worker-1", now, now + lease)
        assert record is not None
        return record

    return make


@pytest.fixture
def ended(store: JobStore, running: Callable[..., JobRecord], now: datetime) -> Callable[..., JobRecord]:
    """Submits a job, claims it, and brings it to an end."""

    def make(state: JobState = JobState.HEAVY_PROFILES_READY, **options: object) -> JobRecord:
        record = running(**options)
        return store.transition(record.job_id, record.attempt, state, JobChange(), now)

    return make


RESULT_STORES = {
    "local": lambda folder: LocalResultStore(folder / "results", folder / "cdd", folder / "scratch"),
}


@pytest.fixture(params=RESULT_STORES)
def results(request: pytest.FixtureRequest, tmp_path: Path) -> ResultStore:
    return RESULT_STORES[request.param](tmp_path)
