"""Calls to one Redis server: bounded in time, repeated over a short outage, and for processes that fork."""

import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError
from redis.retry import Retry

from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.jobs.redis_catalogue_scripts import CATALOGUE_SCRIPTS
from airflow_provider_profiler.jobs.redis_queue_scripts import QUEUE_SCRIPTS
from airflow_provider_profiler.jobs.redis_scripts import SCRIPTS
from airflow_provider_profiler.jobs.redis_section_scripts import SECTION_SCRIPTS

T = TypeVar("T")

_SCRIPTS = SCRIPTS | CATALOGUE_SCRIPTS | QUEUE_SCRIPTS | SECTION_SCRIPTS

#: Seconds for a connection to be made, and for one answer to come.
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
#: Seconds for which a call is tried again while the server is away: a restart takes less.
OUTAGE_SECONDS = 5.0
#: The same for who writes down work that took long to do; shorter than a lease.
WORKER_OUTAGE_SECONDS = 20.0
_FIRST_PAUSE, _LAST_PAUSE = 0.02, 0.5

#: Clients that a child inherited by fork: their sockets are the parent's, so they are neither used nor collected.
_inherited: list[tuple["redis.Redis", dict[str, Script]]] = []


# Words of the server, which a script wraps into a message of its own.
_REFUSALS = {
    "OOM ": "its memory is full; raise its maxmemory",
    "MISCONF": "it cannot write to its disk; its log says why",
    "READONLY": "it is a read-only replica; REDIS_HOST must name the primary",
    "NOPERM": "it does not permit what a job store needs; allow its user all commands on keys of profiler:*",
}


@dataclass(frozen=True)
class RedisAddress:
    """Where the server is."""

    host: str
    port: int = 6379
    db: int = 0

    def __str__(self) -> str:
        return f"Redis at {self.host}:{self.port}, database {self.db},"


class RedisConnections:
    """A pool of connections to one server and the scripts that run there.

    :param address: the server.
    """

    def __init__(self, address: RedisAddress) -> None:
        self.address = address
        self._closed = False
        self._pid = os.getpid()
        self._client, self._scripts = self._connect()

    def script(self, name: str, *arguments: object, patience: float | None = None) -> Any:
        """Run a script that may safely run twice.

        :param patience: as for :meth:`call`.
        :raises ServiceUnavailable: when the server does not carry it out.
        """
        given = [str(argument) for argument in arguments]
        return self.call(lambda _: self._scripts[name](args=given), patience=patience)

    def change(self, name: str, *arguments: object, patience: float | None = None) -> list[Any]:
        """Run a script that changes something, exactly once even where the connection breaks before the answer.

        :param patience: as for :meth:`call`.
        :raises ServiceUnavailable: when the server does not carry it out, or it cannot be told whether it did.
        """
        answer: list[Any] = self.script(name, secrets.token_hex(8), *arguments, patience=patience)
        return answer

    def call(self, action: Callable[[Any], T], *, patience: float | None = None) -> T:
        """Call the server; again and again while it is away.

        :param action: what to ask the client, whose answers are text; it may run several times.
        :param patience: seconds for which to try again, :data:`OUTAGE_SECONDS` where it is not given.
        :raises ServiceUnavailable: when the server is away for longer, or refuses.
        """
        until = time.monotonic() + (OUTAGE_SECONDS if patience is None else patience)
        pause = _FIRST_PAUSE
        while True:
            try:
                return action(self._current())
            except (AuthenticationError, AuthorizationError) as error:
                raise self._unavailable("it asks for a user or a password, which the service has no setting for") from (
                    error
                )
            except (redis.ConnectionError, redis.TimeoutError) as error:
                if self._closed or time.monotonic() + pause > until:
                    raise self._unavailable(
                        f"it does not answer ({type(error).__name__}); check REDIS_HOST, REDIS_PORT and that it runs"
                    ) from error
            except RedisError as error:
                raise self._unavailable(_refusal(str(error))) from error
            time.sleep(pause)
            pause = min(pause * 2, _LAST_PAUSE)

    def close(self) -> None:
        """Close the connections."""
        self._closed = True
        if self._pid == os.getpid():
            self._client.close()

    def _current(self) -> "redis.Redis":
        if self._closed:
            raise ServiceUnavailable(f"The job store in {self.address} was closed.")
        if self._pid != os.getpid():
            _inherited.append((self._client, self._scripts))
            self._client, self._scripts = self._connect()
            self._pid = os.getpid()
        return self._client

    def _connect(self) -> tuple["redis.Redis", dict[str, Script]]:
        client = redis.Redis(
            host=self.address.host,
            port=self.address.port,
            db=self.address.db,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            socket_keepalive=True,
            # Repeating is ours: the library would repeat calls that must not happen twice.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            decode_responses=True,
            client_name="dataset-profiler",
        )
        scripts = {name: client.register_script(text) for name, text in _SCRIPTS.items()}
        return client, scripts

    def _unavailable(self, why: str) -> ServiceUnavailable:
        return ServiceUnavailable(f"The job store in {self.address} cannot be used: {why}.")


def _refusal(message: str) -> str:
    told = next((words for word, words in _REFUSALS.items() if word in message), None)
    return told or f"it refuses: {message}"


def pairs(answer: Sequence[str]) -> dict[str, str]:
    """The fields of a hash as a script answers them: name, value, name, value."""
    return dict(zip(answer[::2], answer[1::2], strict=True))
