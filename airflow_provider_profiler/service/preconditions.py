"""What must be so before the service starts, and what its operator should know."""

import ipaddress
from importlib.util import find_spec

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.jobs.store_choice import check_store_fits


def refuse_what_cannot_work(settings: Settings) -> None:
    """Refuse settings that can never work together, before anything is opened.

    :raises ConfigurationError: naming the variable and what to do.
    """
    check_store_fits(settings)
    if settings.ray_address and find_spec("ray") is None:
        raise ConfigurationError(
            "RAY_ADDRESS is set, but Ray is not installed: pip install 'airflow-provider-profiler[service]'."
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
