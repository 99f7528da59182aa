"""The operator with our own service: what it needs beyond the documented routes, and what becomes of dead workers."""

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.fingerprint import request_fingerprint
from airflow_provider_profiler.contract.messages import TriggeredBy
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.hooks.errors import ProfileDeadlineExceeded, ProfileJobFailed
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.operators.idempotency import Memory
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator

pytestmark = pytest.mark.usefixtures("impatient")


class Task:
    """A task instance without Airflow around it."""

    dag_id, run_id, task_id, map_index, try_number, max_tries = "d", "r", "t", -1, 1, 2

    def __init__(self) -> None:
        self.xcom: dict[str, Any] = {}
        self.stored: dict[str, Any] = {}
        self.get = self.stored.get
        self.set = self.stored.__setitem__
        run = SimpleNamespace(start_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
        self.context: Any = {"ti": self, "dag_run": run, "task_state_store": self}

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcom[key] = value


class IdleSupervisor:
    """Runs nothing: a job stays where it is until it is told to stop."""

    def start(self) -> None: ...

    def stop(self, timeout: float) -> None: ...

    def check(self) -> None: ...

    def health(self) -> None: ...

    def wake(self, job_id: UUID | None = None) -> None: ...


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "sales").mkdir(parents=True)
    (tmp_path / "data" / "sales" / "orders.csv").write_text("city,amount\nPatras,2\n", encoding="utf-8")
    return tmp_path / "data"


@pytest.fixture
def idle_service(tmp_path: Path, data: Path, connect: Callable[..., str]) -> Iterator[str]:
    from airflow_provider_profiler.service.app import create_app
    from airflow_provider_profiler.service.listening import ThreadedServer

    settings = Settings(home=tmp_path / "service", data_root=str(data))
    server = ThreadedServer(create_app(settings, supervise=lambda store, results: IdleSupervisor()))
    server.start()
    connect(server.base_url)
    yield server.base_url
    server.stop()


@pytest.fixture
def embedded_home(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATA_ROOT_PATH", str(data))
    return tmp_path / "home"


def operator(**fields: Any) -> ProfileDatasetOperator:
    return ProfileDatasetOperator(**{"task_id": "t", "path": "sales", "poll_interval": 0.02, **fields})


def test_on_kill_aborts_and_the_reason_is_told(idle_service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    task, airflow = operator(), Task()
    monkeypatch.setattr(
        type(task.log), "info", lambda log, line, *rest: "SUBMITTING" in line and task.on_kill(), raising=False
    )
    with pytest.raises(ProfileJobFailed, match="aborted") as caught:
        task.execute(airflow.context)
    assert f"{idle_service}/profiler/jobs/{airflow.xcom['job_id']}" in str(caught.value)
    with ProfilerHook() as hook:
        detail = hook.job_detail(airflow.xcom["job_id"])
    assert detail is not None
    assert not detail.cleaned_up, "an aborted job can still be looked at"


def test_a_deadline_counts_from_the_submission_and_not_from_the_retry(idle_service: str) -> None:
    airflow = Task()
    operator(wait_for_completion=False).execute(airflow.context)
    moment = datetime.datetime.now(datetime.UTC)
    with pytest.raises(ProfileDeadlineExceeded):
        operator(deadline=0.001, poll_interval=1000).execute(airflow.context)
    assert datetime.datetime.now(datetime.UTC) > moment
    with ProfilerHook() as hook:
        assert hook.job_status(airflow.xcom["job_id"]).state is JobState.FAILED


def test_two_tries_at_once_make_one_job(idle_service: str) -> None:
    """The second try knows nothing of the first, whose worker had no time to remember the job."""
    first, second = Task(), Task()
    for airflow in (first, second):
        operator(wait_for_completion=False).execute(airflow.context)
    assert first.xcom["job_id"] == second.xcom["job_id"]


def test_embedded_submit_only_returns_the_id_of_a_job_that_has_ended(embedded_home: Path, data: Path) -> None:
    airflow = Task()
    job_id = operator(path=f"{data}/sales", wait_for_completion=False).execute(airflow.context)
    assert job_id == airflow.xcom["job_id"]
    assert airflow.xcom["status"] == "HEAVY_PROFILES_READY"
    assert airflow.xcom["job_url"] is None


@pytest.mark.parametrize("lease", [None, datetime.timedelta(seconds=0.3)], ids=["long dead", "just died"])
def test_a_job_that_died_with_its_worker_is_run_again_in_the_next_try(
    embedded_home: Path, lease: datetime.timedelta | None
) -> None:
    from airflow_provider_profiler.hooks.embedded import embedded_settings
    from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
    from airflow_provider_profiler.jobs.store import NewJob, RunnerKind

    airflow, dead = Task(), uuid4()
    with ProfilerHook() as hook:
        request = hook.prepare(hook.specify("sales"), triggered_by=TriggeredBy(origin="airflow"))
    fingerprint = request_fingerprint(request)
    now = datetime.datetime.now(datetime.UTC)
    embedded_home.mkdir(exist_ok=True)
    store = SqliteJobStore(embedded_settings().store_file)
    store.submit(
        NewJob(
            job_id=dead,
            request=request,
            fingerprint=fingerprint,
            runner=RunnerKind.EMBEDDED,
            created=now - datetime.timedelta(hours=1),
        )
    )
    if lease:
        store.claim(dead, "a worker that is gone", now, now + lease)
    store.close()
    Memory(ordinal=0, epoch=Task.max_tries, fingerprint=fingerprint, job_id=str(dead)).save(airflow)
    path = operator().execute(airflow.context)
    assert path is not None
    assert Path(path).is_file()
    assert airflow.xcom["job_id"] != str(dead)
    assert airflow.stored["profiler_job"]["ordinal"] == 1
