"""The pool of supervisor actors on a cluster: found by name or made, replaced where they are of another time."""

import hashlib
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import ray
from ray.exceptions import ActorDiedError, GetTimeoutError, RayError
from ray.util import list_named_actors
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.jobs.ray_actor import Assignment, JobSupervisor

logger = logging.getLogger(__name__)

NAMESPACE = "profiler"
#: Seconds within which a new actor must have opened its stores; its first start brings our code to the node.
START_SECONDS = 60.0
#: Seconds that an actor gets to give its jobs back before it is ended; what it holds then runs out by lease.
DRAIN_SECONDS = 40.0
PING_SECONDS = 3.0
#: Calls that an actor answers at a time: a stop that waits for work must not keep it from answering.
_CONCURRENCY = 16


@dataclass(frozen=True)
class PoolHealth:
    """How the pool is."""

    supervisors: int
    answering: int
    nodes: int
    processors: int


class ActorPool:
    """The actors that look after the jobs of one job store. Deployments that share a cluster share no actors.

    :param supervisors: how many there are to be; None for one a node.
    """

    def __init__(self, assignment: Assignment, supervisors: int | None) -> None:
        self._assignment = assignment
        self._supervisors = supervisors
        self._prefix = f"supervisor-{_store_name(assignment.settings)}-"
        self._actors: dict[str, Any] = {}

    def ensure(self) -> None:
        """Let there be as many actors as there are to be, all of them on today's code and settings.

        One of another time is told to give its jobs back and replaced, busy or not: the job goes on in the next
        attempt, and two versions of the code never write to one store.

        :raises ServiceUnavailable: when they cannot be started, saying why.
        """
        nodes = self._homes()
        count = self._supervisors or len(nodes)
        names = [f"{self._prefix}{number}" for number in range(count)]
        for name in self._known():
            if name not in names:
                self._end(name, ray.get_actor(name, namespace=NAMESPACE))
        self._actors = {name: self._found_or_made(name, nodes[at % len(nodes)]) for at, name in enumerate(names)}

    def wake(self, job_id: UUID | None) -> None:
        """Let all actors look into the job store, without waiting for them."""
        for actor in self._actors.values():
            actor.wake.remote(job_id)

    def health(self) -> PoolHealth:
        """Ask all actors, and make those again that are gone for good, or whose maker is."""
        caller = ray.get_runtime_context().get_job_id()
        pings = {name: actor.is_left.remote(caller) for name, actor in self._actors.items()}
        ray.wait(list(pings.values()), num_returns=len(pings), timeout=PING_SECONDS)
        left: dict[str, bool] = {}
        gone = False
        for name, ping in pings.items():
            try:
                left[name] = ray.get(ping, timeout=0)
            except ActorDiedError:
                gone = True
            except (RayError, GetTimeoutError):
                continue  # being started again, or its node does not answer
        for name in (name for name, is_left in left.items() if is_left):
            logger.info("The service that made the supervisor %s is gone; it is made again.", name)
            self._end(name, self._actors[name])
        if gone or any(left.values()):
            self.ensure()
        nodes = _nodes()
        processors = sum(int(node["Resources"].get("CPU", 0)) for node in nodes)
        answering = sum(not is_left for is_left in left.values())
        return PoolHealth(len(self._actors), answering, len(nodes), processors)

    def end(self) -> None:
        """End all actors; their jobs are given back."""
        for name, actor in self._actors.items():
            self._end(name, actor)
        self._actors = {}

    def _homes(self) -> list[str]:
        """Ids of the nodes that may have an actor. SQLite is a file: its users must be on its host."""
        nodes = _nodes()
        if not self._assignment.settings.redis_host:
            nodes = [node for node in nodes if node["NodeManagerHostname"] == socket.gethostname()]
            if not nodes:
                raise ServiceUnavailable(
                    "No node of the Ray cluster is on this host, where the SQLite job store lies. "
                    "Set REDIS_HOST to a Redis that this service and the Ray nodes reach."
                )
        # A node without processors is there to manage the cluster, not to work.
        working = [node for node in nodes if node["Resources"].get("CPU")] or nodes
        return [node["NodeID"] for node in sorted(working, key=lambda node: str(node["NodeID"]))]

    def _known(self) -> Sequence[str]:
        found = list_named_actors(all_namespaces=True)
        return [
            item["name"]
            for item in found
            if item["namespace"] == NAMESPACE and str(item["name"]).startswith(self._prefix)
        ]

    def _found_or_made(self, name: str, node: str) -> Any:
        actor = self._made(name, node)
        try:
            if ray.get(actor.works_by.remote(self._assignment), timeout=START_SECONDS):
                return actor
        except GetTimeoutError:
            raise ServiceUnavailable(
                f"The supervisor {name} did not start on the Ray cluster within {START_SECONDS:g} seconds."
            ) from None
        except ActorDiedError as error:
            raise _not_started(error) from None
        except RayError:
            # Its code is too old to understand what it was asked.
            logger.warning("The supervisor %s does not answer; it is replaced.", name)
        else:
            logger.info("The supervisor %s is of another version or has other settings; it is replaced.", name)
        self._end(name, actor)
        actor = self._made(name, node)
        try:
            ray.get(actor.ping.remote(), timeout=START_SECONDS)
        except (GetTimeoutError, RayError) as error:
            raise _not_started(error) from None
        return actor

    def _made(self, name: str, node: str) -> Any:
        options = ray.remote(JobSupervisor).options(
            name=name,
            namespace=NAMESPACE,
            lifetime="detached",
            get_if_exists=True,
            num_cpus=0,
            max_restarts=-1,
            max_concurrency=_CONCURRENCY,
            # When its node goes, it moves; but never away from the host of a job store that is a file.
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=bool(self._assignment.settings.redis_host)),
        )
        return options.remote(self._assignment)

    def _end(self, name: str, actor: Any) -> None:
        try:
            ray.get(actor.stop.remote(), timeout=DRAIN_SECONDS)
        except (RayError, GetTimeoutError):
            logger.warning("The supervisor %s did not stop in good order; its jobs' leases run out.", name)
        ray.kill(actor, no_restart=True)


def _nodes() -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]


def _store_name(settings: Settings) -> str:
    """A short name for the job store, the same for everyone who uses it."""
    if settings.redis_host:
        place = f"redis {settings.redis_host}:{settings.redis_port}/{settings.redis_db}"
    else:
        place = f"sqlite {socket.gethostname()}:{settings.store_file}"
    return hashlib.sha256(place.encode()).hexdigest()[:10]


def _not_started(error: Exception) -> ServiceUnavailable:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return ServiceUnavailable(
        "A supervisor could not be started on the Ray cluster; do its nodes have the libraries of "
        f"'airflow-provider-profiler[embedded]' and reach the job store? {lines[-1] if lines else type(error).__name__}"
    )
