"""What must be so before the service starts, and what its operator should know."""

import ipaddress
import tempfile
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.jobs.admission import data_root
from airflow_provider_profiler.jobs.store import JobStore, RunnerKind
from airflow_provider_profiler.jobs.store_choice import check_store_fits

#: Jobs that are counted one by one; beyond that it is only said that there are more.
_COUNTED = 1_000


def refuse_what_cannot_work(settings: Settings) -> None:
    """Refuse settings that can never work together, before anything is opened.

    :raises ConfigurationError: naming the variable and what to do.
    """
    check_store_fits(settings)
    if settings.ray_address and find_spec("ray") is None:
        raise ConfigurationError(
            "RAY_ADDRESS is set, but Ray is not installed: pip install 'airflow-provider-profiler[service]'."
        )
    if settings.data_root:
        data_root(settings)


def refuse_folders_that_cannot_be_written(settings: Settings) -> None:
    """Refuse folders in which the jobs that run here could not leave what they found out, before they take the time.

    :raises ConfigurationError: naming the variable and the folder.
    """
    for variable, folder in (("PROFILER_HOME", settings.home), ("CDD_PROFILE_PATH", settings.cdd_folder)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise ConfigurationError(
                f"Nothing can be written to {folder} ({error.strerror}): set {variable} to a folder that this process "
                "may write to."
            ) from error


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
    elif "://" not in settings.data_root and not settings.ray_address and not Path(settings.data_root).is_dir():
        warnings.append(
            f"DATA_ROOT_PATH is {settings.data_root}, and no such folder is there: no dataset can be found."
        )
    return tuple(warnings)


def stranded_jobs(store: JobStore, runner: RunnerKind, now: datetime) -> str | None:
    """Tell of jobs that wait for a service of the other kind: this one never runs them.

    :return: None where there are none.
    """
    other = RunnerKind.INLINE if runner is RunnerKind.RAY else RunnerKind.RAY
    jobs = store.claimable(other, now, _COUNTED)
    if not jobs:
        return None
    many = "1 job waits" if len(jobs) == 1 else f"{len(jobs)} jobs {'and more ' * (len(jobs) == _COUNTED)}wait"
    way = "without RAY_ADDRESS" if other is RunnerKind.INLINE else "with RAY_ADDRESS"
    return (
        f"{many} in this job store for a service {way}, the first of them {jobs[0]}; this service will not run them. "
        "Let such a service finish them, or abort them (POST /profiler/jobs/{job_id}/abort) and submit them again."
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address. Names other than ``localhost`` count as reachable."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
