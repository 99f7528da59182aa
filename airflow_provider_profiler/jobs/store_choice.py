"""Which job store a process uses: Redis where ``REDIS_HOST`` names one, SQLite under ``PROFILER_HOME`` otherwise."""

import socket
from urllib.parse import urlsplit

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.jobs.sqlite_store import SqliteJobStore
from airflow_provider_profiler.jobs.store import JobStore

#: Ray's words for a cluster on this host.
_RAY_HERE = {"auto", "local"}


def open_store(settings: Settings) -> JobStore:
    """Open the job store of the settings, making it where it is not there yet.

    :raises ConfigurationError: when the store does not fit the other settings, another version wrote it, or its
        library is missing.
    :raises ServiceUnavailable: when it cannot be reached or opened.
    """
    check_store_fits(settings)
    if not settings.redis_host:
        return SqliteJobStore(settings.store_file)
    # Here and not above: the library takes half a second to load, and most processes do not need it.
    try:
        from airflow_provider_profiler.jobs.redis_connections import RedisAddress  # noqa: PLC0415
        from airflow_provider_profiler.jobs.redis_store import RedisJobStore  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError(
            f"REDIS_HOST is set, but the library for it is not installed ({error.name} is missing): "
            "pip install 'airflow-provider-profiler[service]'."
        ) from error
    return RedisJobStore(RedisAddress(settings.redis_host, settings.redis_port, settings.redis_db))


def check_store_fits(settings: Settings) -> None:
    """Refuse a store that cannot be meant, or that not all who need it can reach.

    :raises ConfigurationError: when jobs are run by a Ray on other hosts, but SQLite keeps them on this one; when
        ``REDIS_HOST`` is a URL or holds credentials.
    """
    if settings.redis_host and ("@" in settings.redis_host or "/" in settings.redis_host):
        raise ConfigurationError(
            "REDIS_HOST must be the plain name or address of a host, without scheme, user or password. "
            "The port and the database are REDIS_PORT and REDIS_DB."
        )
    if settings.redis_host or not settings.ray_address:
        return
    host = _ray_host(settings.ray_address)
    if not _is_this_host(host):
        raise ConfigurationError(
            f"RAY_ADDRESS names another host ({host}), whose workers cannot reach the SQLite job store under "
            "PROFILER_HOME. Set REDIS_HOST to a Redis that this service and the Ray workers reach."
        )


def _ray_host(address: str) -> str:
    if address in _RAY_HERE:
        return ""
    try:
        return urlsplit(address if "://" in address else f"ray://{address}").hostname or ""
    except ValueError:
        raise ConfigurationError(
            "RAY_ADDRESS cannot be read; it is 'local', 'auto', 'host:port' or 'ray://host:port'."
        ) from None


def _is_this_host(host: str) -> bool:
    """Whether the name or address leads to this machine: only its own addresses can be bound."""
    if host in ("", "localhost"):
        return True
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM)
    except OSError:
        return False
    for family, kind, protocol, _, target in found:
        with socket.socket(family, kind, protocol) as probe:
            try:
                probe.bind(target)
            except OSError:
                continue
            # Every address at once is no address of a host.
            return target[0] not in ("0.0.0.0", "::")  # noqa: S104
    return False
