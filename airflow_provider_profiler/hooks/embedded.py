"""Without a connection: the same service inside the task's own process, on loopback, for as long as the task runs."""

import importlib
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from airflow.sdk import conf
from airflow.sdk.log import mask_secret

from airflow_provider_profiler.config.settings import Settings, load_settings
from airflow_provider_profiler.contract.errors import (
    DatasetNotFound,
    InvalidRequest,
    PathOutsideRoot,
    ProfilerError,
)
from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.errors import (
    ConnectionNotUsable,
    EmbeddedNotInstalled,
    RequestRefused,
    UnknownDataset,
)

AUTO = "auto"
NEVER = "never"


def embedded_allowed() -> bool:
    """Whether ``[profiler] embedded`` lets tasks run the service themselves.

    :raises ConnectionNotUsable: when the option is neither ``auto`` nor ``never``.
    """
    word = str(conf.get("profiler", "embedded", fallback=AUTO)).strip().lower()
    if word not in (AUTO, NEVER):
        raise ConnectionNotUsable(f"[profiler] embedded must be '{AUTO}' or '{NEVER}', not {word!r}.")
    return word == AUTO


def embedded_settings() -> Settings:
    """The settings of this host, without what an embedded service does not use."""
    return load_settings().model_copy(update={"ray_address": None, "redis_host": None})


def staging_root(settings: Settings) -> Path:
    """Where tasks lay data frames for the embedded service. Beside its store, so that it is nobody else's folder."""
    return settings.home / "staging"


def unknown_here(job_id: str) -> str:
    """Why a job may be unknown to an embedded service, and what to do."""
    return (
        f"Profiling job {job_id} is unknown here. An embedded job is known only on the host that ran it, or where "
        f"PROFILER_HOME (here {embedded_settings().home}) is a folder that the hosts share. Run both tasks on one "
        "host, share that folder, or create a connection to a profiling service."
    )


def settle_path(path: str, settings: Settings) -> tuple[str, Settings]:
    """Turn one absolute dataset path into a relative one; see :func:`settle_paths`."""
    staged = staging_root(settings)
    root, relative = _under_root(path, staged if Path(path).is_relative_to(staged) else _folder(settings))
    return relative, _with_root(settings, root)


def settle_paths(specification: Mapping[str, Any], settings: Settings) -> tuple[dict[str, Any], Settings]:
    """Turn absolute dataset paths into relative ones, and say under which data root they then lie.

    An absolute path is taken if ``DATA_ROOT_PATH`` is unset (the path's parent is the root) or contains it.

    :param specification: the documented fields, connectors as objects.
    :return: the specification with relative paths, and the settings with the data root to use.
    :raises RequestRefused: when the paths have no root in common.
    :raises UnknownDataset: when there is nothing at an absolute path.
    """
    connectors = specification.get("data_connectors")
    if not isinstance(connectors, list | tuple):
        return dict(specification), settings  # the check of the whole request says what is wrong with it
    named = [connector.get("dataset_id") if isinstance(connector, Mapping) else None for connector in connectors]
    paths = [path for path in named if isinstance(path, str)]
    root = _folder(settings) if any(path.startswith("/") for path in paths) else None
    if not any(path.startswith("/") for path in paths):
        if paths and settings.data_root is None:
            raise RequestRefused(
                "A relative dataset path needs a data root, and none is set here. Give the dataset's absolute path, or "
                "set DATA_ROOT_PATH to the folder that holds all datasets, in the environment of the Airflow workers."
            )
        return dict(specification), settings
    settled: list[Any] = []
    for connector, path in zip(connectors, named, strict=True):
        if not isinstance(path, str):
            settled.append(connector)
            continue
        if path.startswith("/"):
            root, relative = _under_root(path, root)
        else:
            relative = f"{settings.mount_point}/{path}" if settings.mount_point else path
        settled.append({**connector, "dataset_id": relative})
    return {**specification, "data_connectors": settled}, _with_root(settings, root)


def _with_root(settings: Settings, root: Path | None) -> Settings:
    # An absolute path is relative to the root itself, so nothing may be put in between.
    return settings.model_copy(update={"data_root": str(root) if root else None, "mount_point": ""})


def _folder(settings: Settings) -> Path | None:
    """The data root, of which an absolute path may be a part.

    :raises RequestRefused: where it is in an object store.
    """
    if settings.data_root and "://" in settings.data_root:
        raise RequestRefused(
            f"An absolute path cannot lie under the data root {settings.data_root}; "
            "give the dataset's path relative to it."
        )
    return Path(settings.data_root) if settings.data_root else None


def _under_root(path: str, root: Path | None) -> tuple[Path, str]:
    from airflow_provider_profiler.storage.roots import root_for  # noqa: PLC0415 - the service's side of the house

    try:
        return root_for(Path(path), root)
    except DatasetNotFound as error:
        raise UnknownDataset(str(error)) from None
    except PathOutsideRoot as error:
        raise RequestRefused(
            f"{error} An absolute path must lie under DATA_ROOT_PATH; without it, all paths of one request must lie "
            "under the parent folder of the first."
        ) from None
    except InvalidRequest as error:
        raise RequestRefused(str(error)) from None


class Service(Protocol):
    """What is used of the embedded service, which must not be imported before it is wanted."""

    @property
    def base_url(self) -> str:
        """Where it answers."""
        ...

    def token(self) -> str:
        """A bearer token for it."""
        ...

    def stop(self) -> None:
        """Stop it."""
        ...


@dataclass
class _Running:
    service: Service
    address: ServiceAddress
    users: int


_Key = tuple[int, Settings, bool]
_lock = threading.Lock()
_running: dict[_Key, _Running] = {}


@dataclass(frozen=True)
class EmbeddedLease:
    """One user's hold on the process's service. The service stops when its last user lets go."""

    key: _Key
    address: ServiceAddress

    @property
    def runs_jobs(self) -> bool:
        """Whether the service has an engine, or only opens the store and the results."""
        return self.key[2]

    def release(self) -> None:
        """Let go, once."""
        with _lock:
            running = _running.get(self.key)
            if running is None or self.key[0] != os.getpid():
                return
            running.users -= 1
            if running.users:
                return
            del _running[self.key]
        running.service.stop()


def acquire(settings: Settings, *, run_jobs: bool) -> EmbeddedLease:
    """Start the service of this process, or share the one that runs with the same settings.

    :param run_jobs: with an engine, for tasks that submit; without, for tasks that only look.
    :raises EmbeddedNotInstalled: when the extra is not installed.
    :raises ConnectionNotUsable: when the service cannot start, for example because of a setting.
    """
    with _lock:
        # A forked child inherits the table, but neither the threads nor the right to the parent's service.
        for with_engine in (True, run_jobs):
            key = (os.getpid(), settings, with_engine)
            if key in _running:
                _running[key].users += 1
                return EmbeddedLease(key, _running[key].address)
        service = _start(settings, run_jobs=run_jobs)
        token = service.token()
        mask_secret(token)
        address = ServiceAddress(base_url=service.base_url, token=token, trust_env=False)
        _running[key] = _Running(service, address, users=1)
        return EmbeddedLease(key, address)


def _start(settings: Settings, *, run_jobs: bool) -> Service:
    try:
        from airflow_provider_profiler.service.embedded import EmbeddedService  # noqa: PLC0415 - an extra, and heavy

        if run_jobs:  # here, where a missing library can still be told by its name
            importlib.import_module("airflow_provider_profiler.profiling.engine")
        logging.getLogger("uvicorn.error").addFilter(_no_small_talk)
        service = EmbeddedService(settings, run_jobs=run_jobs)
        service.start()
    except ImportError as error:
        raise EmbeddedNotInstalled(
            "There is no connection to a profiling service, and this worker cannot run one itself: "
            f"{error.name or error} is not installed. Either install the extra (pip install "
            "'airflow-provider-profiler[embedded]') or create the Airflow connection 'profiler_default' of type "
            "'profiler' that leads to a service."
        ) from error
    except ProfilerError as error:
        raise ConnectionNotUsable(f"The embedded profiling service cannot start: {error}") from error
    return service


def _no_small_talk(record: logging.LogRecord) -> bool:
    # By thread and not by level: the process may run a server of its own, whose lines are none of our business.
    return record.levelno >= logging.WARNING or record.threadName != "profiler-service"
