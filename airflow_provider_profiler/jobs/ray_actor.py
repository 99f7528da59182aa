"""The actor that looks after jobs on a Ray cluster: the supervisor of every process, with the engine on Ray."""

import asyncio
import os
import secrets
import socket
import time
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import ray

from airflow_provider_profiler.config.ray_environment import prepare_ray_environment
from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.jobs.store_choice import open_store
from airflow_provider_profiler.jobs.supervisor import InlineSupervisor
from airflow_provider_profiler.jobs.tracing import trace_by
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.ray_executor import RayExecutor
from airflow_provider_profiler.profiling.small_work import SmallWorkHere
from airflow_provider_profiler.storage.local_results import LocalResultStore
from airflow_provider_profiler.telemetry.logs import configure_logging
from airflow_provider_profiler.telemetry.tracing import stop_tracing

#: Seconds that whoever made an actor may be silent: a link looks after its actors every few seconds.
LEFT_SECONDS = 30.0


@dataclass(frozen=True, repr=False)
class Assignment:
    """What an actor works by. It has no readable form: Ray shows and logs what it can of an actor's arguments."""

    settings: Settings
    code: str
    """Names the code of the package; see :func:`~airflow_provider_profiler.jobs.code_version.code_version`."""
    since: float = field(default=0.0, compare=False)
    """When the service began that makes it, in seconds since 1970: where services differ, the youngest decides."""


class Standing(StrEnum):
    """How an actor stands to an assignment."""

    SAME = "same"
    OLDER = "older"
    """It works by another one, of a service that began earlier: it is to be replaced."""
    YOUNGER = "younger"
    """It works by another one, of a service that began later: it stays. Two that replaced each other would not end."""


class JobSupervisor:
    """Owns jobs by lease, wherever they were submitted. Made as a detached actor, it outlives who made it.

    Ray starts it again when its process or node is lost. It remembers nothing: what it was at is in the job store,
    under leases that run out.
    """

    def __init__(self, assignment: Assignment) -> None:
        prepare_ray_environment()
        settings = assignment.settings
        configure_logging(level=settings.log_level, log_format=settings.log_format)
        trace_by(settings)
        self._assignment = assignment
        self._maker = ray.get_runtime_context().get_job_id()
        self._heard = time.monotonic()
        self._draining = False
        self._store = open_store(settings)
        self._supervisor = InlineSupervisor(
            self._store,
            LocalResultStore(settings.results_folder, settings.cdd_folder, settings.home / "scratch"),
            ProfilingEngine(SmallWorkHere(RayExecutor())),
            settings,
            RunnerKind.RAY,
            owner=f"ray:{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
        )
        self._supervisor.start()

    async def ping(self) -> str:
        """Answer with the id of the node that the actor is on."""
        return str(ray.get_runtime_context().get_node_id())

    async def process_id(self) -> int:
        """The actor's process, as its node numbers it."""
        return os.getpid()

    async def wake(self, job_id: UUID | None = None) -> None:
        """Look into the job store now."""
        # The engine holds locks for moments only, but nothing may keep this loop from answering a ping.
        await asyncio.to_thread(self._supervisor.wake, job_id)

    async def is_left(self, caller: str) -> bool:
        """Hear from a link; whether the one that made the actor is gone, or was taken for gone.

        The actor's work belongs to its maker's Ray job. When that is over Ray ends each process without work at once,
        and the next unit of work waits for seconds until another one has imported the engine.

        :param caller: the Ray job of the link.
        """
        now = time.monotonic()
        if caller == self._maker:
            self._heard = now
        return self._draining or now - self._heard > LEFT_SECONDS

    async def drain(self) -> bool:
        """Take no more jobs; whether one still runs here."""
        self._draining = True
        return self._supervisor.drain()

    async def stands_to(self, assignment: Assignment) -> Standing:
        """Whether the actor works by an assignment, which is the same code and the same settings."""
        if self._assignment == assignment:
            return Standing.SAME
        return Standing.YOUNGER if self._assignment.since > assignment.since else Standing.OLDER

    async def stop(self) -> None:
        """Give all jobs back and take no more."""
        await asyncio.to_thread(self._supervisor.stop)
        await asyncio.to_thread(stop_tracing)
