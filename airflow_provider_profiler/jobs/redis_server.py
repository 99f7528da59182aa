"""What a Redis server must be before jobs are entrusted to it: of a layout that is known here, and durable."""

from typing import Any

from redis.exceptions import ResponseError

from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.jobs.redis_connections import RedisConnections
from airflow_provider_profiler.jobs.redis_migration import migrate

SCHEMA_VERSION = 2
_SCHEMA_KEY = "profiler:schema"

#: Anything else may lose a change that was acknowledged: to a power cut, or to the need for memory.
DURABLE = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


def adopt(connections: RedisConnections) -> None:
    """Make the database a job store if it is empty of one, migrate an earlier layout, and refuse a later one.

    :raises ConfigurationError: when a newer version of this package, or another program, wrote it.
    :raises ServiceUnavailable: when the server cannot be used.
    """

    def found_version(client: Any) -> str:
        try:
            client.set(_SCHEMA_KEY, SCHEMA_VERSION, nx=True)
            return str(client.get(_SCHEMA_KEY))
        except ResponseError as error:
            # A value of another kind than text is told by the name of the refusal alone.
            if str(error).startswith("WRONGTYPE"):
                return ""
            raise

    version = connections.call(found_version)
    if not version.isdecimal():
        raise ConfigurationError(
            f"The key {_SCHEMA_KEY} in {connections.address} belongs to another program, not to a job store. "
            "Set REDIS_DB to another database."
        )
    if int(version) > SCHEMA_VERSION:
        raise ConfigurationError(
            f"The job store in {connections.address} was written by a newer version of this package (schema {version}, "
            f"this one knows {SCHEMA_VERSION}). Upgrade the package, or set REDIS_DB to another database."
        )
    if int(version) < SCHEMA_VERSION:
        migrate(connections, _SCHEMA_KEY, SCHEMA_VERSION)


def durability_shortcomings(connections: RedisConnections, *, patience: float) -> tuple[str, ...]:
    """What the server's settings could lose, each as a sentence that names the setting to change.

    :param patience: seconds for which to try again where the server is away.
    :raises ServiceUnavailable: when the server is away.
    """

    def settings(client: Any) -> dict[str, str] | None:
        try:
            found: dict[str, str] = {}
            for name in DURABLE:
                found |= client.config_get(name)
            return found
        except ResponseError:
            # Many hosted servers have no CONFIG, or do not let everybody use it.
            return None

    found = connections.call(settings, patience=patience)
    if found is None:
        wanted = ", ".join(f"{name} {value}" for name, value in DURABLE.items())
        return (
            f"Redis does not permit CONFIG GET, so nobody can tell whether it is durable; allow it, with {wanted}.",
        )
    return tuple(
        f"Redis may lose jobs: set {name} to {value} (it is {found.get(name) or 'unknown'})."
        for name, value in DURABLE.items()
        if found.get(name) != value
    )
