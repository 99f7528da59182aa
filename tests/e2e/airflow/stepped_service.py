"""Our service, whose jobs go no further than they are let: every state is there for as long as a test wants it."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.jobs.store import JobStore, RunnerKind
from airflow_provider_profiler.jobs.supervisor import InlineSupervisor
from airflow_provider_profiler.profiling.engine import LightResult, ProfilingEngine
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.listening import ThreadedServer

#: Jobs that compute at a time, as many as there are processors on a small machine; and those that are held on the way.
_AT_A_TIME = threading.BoundedSemaphore(2)
_UNDER_WAY = 32
#: Seconds between two looks of a job that is held on the way whether it is to stop.
_LOOK = 0.2


class Step(IntEnum):
    """How far a job may go."""

    SUBMITTING = 0
    STARTING = 1
    LIGHT_PROFILE_READY = 2
    END = 3


class Steps:
    """How far each job may go; they only ever go forward."""

    def __init__(self, step: Step) -> None:
        self._all = step
        self._one: dict[str, Step] = {}
        self._changed = threading.Condition()

    def let(self, step: Step, job_ids: Iterable[str] | None = None) -> None:
        with self._changed:
            if job_ids is None:
                self._all = max(self._all, step)
            else:
                self._one |= dict.fromkeys(job_ids, step)
            self._changed.notify_all()

    def wait(
        self,
        job_id: UUID,
        step: Step,
        seconds: float | None = None,
        given_up: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Whether a job may go so far, now or within some seconds.

        :param given_up: whether to wait no longer; who changes what it says calls :meth:`look_again`.
        """

        def may() -> bool:
            return max(self._all, self._one.get(str(job_id), Step.SUBMITTING)) >= step

        with self._changed:
            self._changed.wait_for(lambda: may() or given_up(), seconds)
            return may()

    def look_again(self) -> None:
        with self._changed:
            self._changed.notify_all()


class SteppedEngine:
    """The engine, which stops before it does what would bring a job into a state that it is not let into."""

    def __init__(self, job_id: UUID, steps: Steps) -> None:
        self.job_id, self.steps = job_id, steps
        self.engine = ProfilingEngine()

    def light(self, *arguments: Any, observer: Any, **options: Any) -> LightResult:
        self._hold(Step.LIGHT_PROFILE_READY, observer)
        with _AT_A_TIME:
            return self.engine.light(*arguments, observer=observer, **options)

    def heavy(self, light: LightResult, *, observer: Any, **options: Any) -> Any:
        self._hold(Step.END, observer)
        with _AT_A_TIME:
            return self.engine.heavy(light, observer=observer, **options)

    def _hold(self, step: Step, observer: Any) -> None:
        while not self.steps.wait(self.job_id, step, _LOOK):
            observer.check()


class SteppedSupervisor:
    """Runs each job in a thread of its own, as far as it is let."""

    def __init__(self, steps: Steps, store: JobStore, results: Any, settings: Settings, runner: RunnerKind) -> None:
        self.steps, self.store, self.results, self.settings, self.runner = steps, store, results, settings, runner
        self.stopping = threading.Event()
        self.under_way = threading.BoundedSemaphore(_UNDER_WAY)
        self.lock = threading.Lock()
        self.running: dict[UUID, tuple[threading.Thread, InlineSupervisor]] = {}

    def start(self) -> None:
        """Take up what another service left."""
        for job_id in self.store.claimable(self.runner, datetime.now(UTC), 10_000):
            self._begin(job_id)

    def check(self) -> None: ...

    def health(self) -> None: ...

    def wake(self, job_id: UUID | None = None) -> None:
        """Begin a job, which is over when this returns where all jobs may go to their end."""
        begun = self._begin(job_id)
        if begun is not None and job_id is not None and self.steps.wait(job_id, Step.END, 0):
            begun.join()

    def _begin(self, job_id: UUID | None) -> threading.Thread | None:
        thread = None
        with self.lock:
            if job_id is not None and job_id not in self.running and not self.stopping.is_set():
                engine = SteppedEngine(job_id, self.steps)
                inner = InlineSupervisor(self.store, self.results, engine, self.settings, self.runner)
                thread = threading.Thread(target=self._run, args=(job_id, inner), daemon=True)
                self.running[job_id] = thread, inner
                thread.start()
            for _, inner in self.running.values():
                inner.wake()
        return thread

    def stop(self, timeout: float) -> None:
        self.stopping.set()
        self.steps.look_again()
        with self.lock:
            running = list(self.running.values())
        for _, inner in running:
            inner.stop(0)
        for thread, _ in running:
            thread.join(timeout)

    def _run(self, job_id: UUID, inner: InlineSupervisor) -> None:
        # Hundreds may wait here: none of them looks by itself.
        if not self.steps.wait(job_id, Step.STARTING, given_up=self.stopping.is_set):
            return
        with self.under_way:
            if not self.stopping.is_set():
                inner.run_one(job_id)


class SteppedService:
    """The service in this process, on a port that it keeps when it starts again.

    :param home: where its store and results lie.
    :param data: folder of the datasets.
    :param runner: EMBEDDED makes jobs as tasks make them that run without a service.
    """

    def __init__(
        self, home: Path, data: Path, *, step: Step = Step.SUBMITTING, runner: RunnerKind = RunnerKind.INLINE
    ) -> None:
        self.home, self.data, self.runner = home, data, runner
        self.steps = Steps(step)
        self.port = 0
        self.start()

    def start(self) -> None:
        settings = Settings(home=self.home, data_root=str(self.data))

        def supervise(store: JobStore, results: Any) -> SteppedSupervisor:
            return SteppedSupervisor(self.steps, store, results, settings, self.runner)

        self.server = ThreadedServer(create_app(settings, runner=self.runner, supervise=supervise), port=self.port)
        self.server.start()
        self.url = self.server.base_url
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self) -> None:
        self.server.stop()

    def let(self, step: Step, *job_ids: str) -> None:
        """Let some jobs go so far, or all, those that are still to come too."""
        self.steps.let(step, job_ids or None)

    def submit(self, path: str, *, light: bool = False) -> str:
        """Submit a job on behalf of nobody."""
        body = {
            "profile_specification": ProfileSpecification.for_path(path).model_dump(mode="json"),
            "only_light_profile": light,
        }
        answer = httpx.post(f"{self.url}/profiler/trigger_profile", json=body, timeout=60, trust_env=False)
        job_id: str = answer.raise_for_status().json()["job_id"]
        return job_id

    def detail(self, job_id: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}/profiler/jobs/{job_id}", timeout=60, trust_env=False).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def jobs(self, limit: int = 100) -> list[dict[str, Any]]:
        """The latest jobs."""
        answer = httpx.get(f"{self.url}/profiler/jobs", params={"limit": limit}, timeout=60, trust_env=False)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["data"]
        return found
