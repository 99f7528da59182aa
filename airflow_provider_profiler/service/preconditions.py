"""What must be so before the service starts, and what its operator should know."""

import ipaddress

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError


def refuse_unsupported(settings: Settings) -> None:
    """Refuse what would otherwise be ignored in silence.

    :raises ConfigurationError: naming the variable and what to do.
    """
    if settings.ray_address:
        raise ConfigurationError(
            "RAY_ADDRESS is set, but this build runs jobs in the service's own process only and would not use Ray. "
            "Unset RAY_ADDRESS."
        )
    if settings.redis_host:
        raise ConfigurationError(
            "REDIS_HOST is set, but this build keeps jobs in SQLite under PROFILER_HOME only and would not use Redis. "
            "Unset REDIS_HOST."
        )


def start_warnings(settings: Settings) -> tuple[str, ...]:
    """What works, but is probably not what its operator wants."""
    warnings: list[str] = []
    if not settings.enable_auth and not is_loopback(settings.bind_host):
        warnings.append(
            f"Authentication is off and the service listens on {settings.bind_host}: everyone who can reach this "
            "address can read every profile. Set ENABLE_AUTH=true and a key, or PROFILER_HOST=127.0.0.1."
        )
    if not settings.data_root:
        warnings.append("DATA_ROOT_PATH is not set: datasets of files cannot be submitted.")
    return tuple(warnings)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. Names other than ``localhost`` count as reachable."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
