"""The pool of supervisor actors on a cluster: found by name or made, replaced where they are of another time."""

import hashlib
import logging
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import ray
from ray.exceptions import ActorDiedError, GetTimeoutError, RayError
from ray.util import list_named_actors
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.jobs.ray_actor import Assignment, JobSupervisor, Standing

logger = logging.getLogger(__name__)

NAMESPACE = "profiler"
#: Seconds within which a new actor must have opened its stores; its first start brings our code to the node.
START_SECONDS = 60.0
#: Seconds that an actor gets to give its jobs back before it is ended; what it holds then runs out by lease.
DRAIN_SECONDS = 40.0
PING_SECONDS = 3.0
#: How often an actor is made that turns out to be made by other settings.
_TRIES = 3
#: Calls that an actor answers at a time: a stop that waits for work must not keep it from answering.
_CONCURRENCY = 16


@dataclass(frozen=True)
class PoolHealth:
    """How the pool is."""

    supervisors: int
    answering: int
    leaving: int
    """Further ones, which only finish the jobs that they have."""
    nodes: int
    processors: int


@dataclass(frozen=True, order=True)
class _Place:
    """A place in the pool; each actor at it that succeeds another is of the next generation."""

    number: int
    generation: int = 0

    @classmethod
    def from_text(cls, text: str) -> "_Place":
        number, _, generation = text.partition(".")
        return cls(int(number), int(generation or 0))

    def __str__(self) -> str:
        return f"{self.number}.{self.generation}" if self.generation else f"{self.number}"

    @property
    def next(self) -> "_Place":
        return _Place(self.number, self.generation + 1)


class ActorPool:
    """The actors that look after the jobs of one job store. Deployments that share a cluster share no actors.

    :param supervisors: how many there are to be; None for one a node.
    """

    def __init__(self, assignment: Assignment, supervisors: int | None) -> None:
        self._assignment = assignment
        self._supervisors = supervisors
        self._prefix = f"supervisor-{_store_name(assignment.settings)}-"
        self._actors: dict[_Place, Any] = {}
        self._leaving: dict[_Place, Any] = {}

    @property
    def actors(self) -> tuple[Any, ...]:
        """Those that take jobs."""
        return tuple(self._actors.values())

    def ensure(self) -> None:
        """Let there be as many actors as there are to be, all of them on today's code and settings.

        One of an earlier service is told to give its jobs back and replaced, busy or not: the job goes on in the next
        attempt, and two versions of the code never write to one store. One of a later service stays.

        :raises ServiceUnavailable: when they cannot be started, saying why.
        """
        nodes = self._homes()
        count = self._supervisors or len(nodes)
        places = {number: _Place(number) for number in range(count)}
        self._leaving = {}
        for place in self._known():  # of one number, the earlier generations come first
            if place.number in places:
                earlier = places[place.number]
                if earlier != place and (actor := self._found(earlier)) is not None:
                    self._take_leave(earlier, actor)
                places[place.number] = place
            elif (actor := self._found(place)) is not None:
                self._end(place, actor)
        self._actors = {
            place: self._found_or_made(place, nodes[number % len(nodes)]) for number, place in places.items()
        }

    def wake(self, job_id: UUID | None) -> None:
        """Let all actors look into the job store, without waiting for them."""
        for actor in (*self._actors.values(), *self._leaving.values()):
            actor.wake.remote(job_id)

    def health(self) -> PoolHealth:
        """Ask all actors, and make those again that are gone for good.

        One whose maker is gone gets a successor at its place, finishes the jobs that it has, and is ended then.
        """
        caller = ray.get_runtime_context().get_job_id()
        asked, gone = _answers({place: actor.is_left.remote(caller) for place, actor in self._actors.items()})
        left = [place for place, is_left in asked.items() if is_left]
        if gone:
            self.ensure()
        for place in left:
            self._succeed(place)
        self._see_off()
        nodes = _nodes()
        processors = sum(int(node["Resources"].get("CPU", 0)) for node in nodes)
        return PoolHealth(len(self._actors), len(asked), len(self._leaving), len(nodes), processors)

    def _take_leave(self, place: _Place, actor: Any) -> None:
        """Let an actor that was succeeded finish its jobs, unless it is of another version or settings too."""
        try:
            stays = self._stays(place, actor)
        except ServiceUnavailable:
            stays = True  # it does not answer now; nobody needs it to begin with
        if stays:
            self._leaving[place] = actor
        else:
            self._end(place, actor)

    def _succeed(self, place: _Place) -> None:
        """Put a new actor at the place of one. Whoever else sees the same comes to the same name, and finds it."""
        actor = self._actors.pop(place, None)
        if actor is None:
            return
        logger.info("The service that made the supervisor %s is gone; another one takes its place.", self._name(place))
        self._leaving[place] = actor
        nodes = self._homes()
        self._actors[place.next] = self._found_or_made(place.next, nodes[place.number % len(nodes)])

    def _see_off(self) -> None:
        """End the actors that have been succeeded and have nothing left to do."""
        asked, gone = _answers({place: actor.drain.remote() for place, actor in self._leaving.items()})
        for place, is_busy in asked.items():
            if not is_busy:
                self._end(place, self._leaving.pop(place))
        for place in gone:
            del self._leaving[place]

    def end(self) -> None:
        """End all actors; their jobs are given back."""
        for place, actor in (self._actors | self._leaving).items():
            self._end(place, actor)
        self._actors, self._leaving = {}, {}

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

    def _known(self) -> list[_Place]:
        found = [item["name"] for item in list_named_actors(all_namespaces=True) if item["namespace"] == NAMESPACE]
        return sorted(_Place.from_text(name[len(self._prefix) :]) for name in found if name.startswith(self._prefix))

    def _name(self, place: _Place) -> str:
        return f"{self._prefix}{place}"

    def _found(self, place: _Place) -> Any | None:
        try:
            return ray.get_actor(self._name(place), namespace=NAMESPACE)
        except ValueError:
            return None  # it has ended meanwhile

    def _found_or_made(self, place: _Place, node: str) -> Any:
        """The actor at a place, by this assignment or a younger one."""
        for _ in range(_TRIES):
            actor = self._made(self._name(place), node)
            if self._stays(place, actor):
                return actor
            # Whoever else cares for the pool may make it again before we do, by other settings.
            self._end(place, actor)
        raise ServiceUnavailable(
            f"The supervisor {self._name(place)} is made by other settings again and again: services on one job store "
            "and cluster should be the same."
        )

    def _stays(self, place: _Place, actor: Any) -> bool:
        """Whether an actor may go on; the log says why it may not.

        :raises ServiceUnavailable: when it cannot start.
        """
        name = self._name(place)
        try:
            standing = ray.get(actor.stands_to.remote(self._assignment), timeout=START_SECONDS)
        except GetTimeoutError:
            raise ServiceUnavailable(
                f"The supervisor {name} did not start on the Ray cluster within {START_SECONDS:g} seconds."
            ) from None
        except ActorDiedError as error:
            raise _not_started(error) from None
        except RayError:
            # Its code is too old to understand what it was asked.
            logger.warning("The supervisor %s does not answer; it is replaced.", name)
            return False
        if standing is Standing.OLDER:
            logger.info("The supervisor %s is of another version or has other settings; it is replaced.", name)
        elif standing is Standing.YOUNGER:
            logger.warning(
                "The supervisor %s is of another version or has other settings, of a service that began after this "
                "one: it stays. Services on one job store should be the same.",
                name,
            )
        return standing is not Standing.OLDER

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

    def _end(self, place: _Place, actor: Any) -> None:
        try:
            ray.get(actor.stop.remote(), timeout=DRAIN_SECONDS)
        except ActorDiedError:
            return  # another service has ended it
        except (RayError, GetTimeoutError):
            logger.warning("The supervisor %s did not stop in good order; its jobs' leases run out.", self._name(place))
        ray.kill(actor, no_restart=True)


def _answers(asked: Mapping[_Place, Any]) -> tuple[dict[_Place, bool], list[_Place]]:
    """What actors answer, and those that are gone for good. One that is being started again is in neither."""
    if asked:
        ray.wait(list(asked.values()), num_returns=len(asked), timeout=PING_SECONDS)
    answers: dict[_Place, bool] = {}
    gone: list[_Place] = []
    for place, answer in asked.items():
        try:
            answers[place] = ray.get(answer, timeout=0)
        except ActorDiedError:
            gone.append(place)
        except (RayError, GetTimeoutError):
            continue
    return answers, gone


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
