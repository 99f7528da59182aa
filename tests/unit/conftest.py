"""Our service with an engine that never runs: a job is where the test puts it."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

if TYPE_CHECKING:
    from airflow_provider_profiler.contract.states import JobState
    from airflow_provider_profiler.jobs.store import JobStore


class IdleSupervisor:
    """Runs nothing: a job stays where it is until it is told to stop."""

    def start(self) -> None: ...

    def stop(self, timeout: float) -> None: ...

    def check(self) -> None: ...

    def health(self) -> None: ...

    def wake(self, job_id: Any = None) -> None: ...


@dataclass(frozen=True)
class ServiceInHand:
    """The service, and what a worker of it would do to jobs."""

    base_url: str
    app: Any

    @property
    def store(self) -> "JobStore":
        store: JobStore = self.app.state.backend.store
        return store

    def take(self, job_id: str, *, silent: float = 0.0) -> None:
        """Take a job as a worker does that is then silent for so many seconds."""
        heard = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=silent)
        assert self.store.claim(UUID(job_id), "worker", heard, heard + datetime.timedelta(days=1))

    def move(self, job_id: str, state: "JobState | str", **change: Any) -> None:
        """Move a job, taken first where it is not yet."""
        from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
        from airflow_provider_profiler.contract.states import JobState
        from airflow_provider_profiler.jobs.job_change import JobChange

        record = self.store.get(UUID(job_id))
        assert record is not None
        if not record.attempt:
            self.take(job_id)
        if state == JobState.FAILED:
            change["reason"] = Reason(code=ReasonCode.ALL_FAILED, message="No file could be read.")
        now = datetime.datetime.now(datetime.UTC)
        self.store.transition(UUID(job_id), max(1, record.attempt), JobState(state), JobChange(**change), now)


@pytest.fixture(scope="session")
def _serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceInHand]:
    from airflow_provider_profiler.config.settings import Settings
    from airflow_provider_profiler.service.app import create_app
    from airflow_provider_profiler.service.listening import ThreadedServer

    folder = tmp_path_factory.mktemp("service-in-hand")
    for name in ("sales", "stock"):
        (folder / "data" / name).mkdir(parents=True)
    settings = Settings(home=folder / "service", data_root=str(folder / "data"))
    app = create_app(settings, supervise=lambda store, results: IdleSupervisor())
    server = ThreadedServer(app)
    server.start()
    yield ServiceInHand(server.base_url, app)
    server.stop()


@pytest.fixture
def service_in_hand(_serving: ServiceInHand, connect: Callable[..., str]) -> ServiceInHand:
    """Our service, whose jobs the test moves; the datasets are ``sales`` and ``stock``. It serves all tests, and so
    has jobs of earlier ones.
    """
    connect(_serving.base_url)
    return _serving


@pytest.fixture
def idle_service(service_in_hand: ServiceInHand) -> str:
    """The same, where nothing of it but its address is wanted."""
    return service_in_hand.base_url


@pytest.fixture
def submit() -> Callable[..., str]:
    """Submit a job, for the dataset ``sales`` unless told otherwise."""

    def submit(dataset: str = "sales", *, light: bool = False) -> str:
        from airflow_provider_profiler.hooks.profiler import ProfilerHook

        with ProfilerHook() as hook:
            return str(hook.trigger_profile(hook.specify(dataset), light).job_id)

    return submit
