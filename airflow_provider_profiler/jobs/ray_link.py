"""The process that speaks with Ray for the service.

Ray ends a process that has lost its cluster for a minute, takes minutes to give up on a dead address, and may keep a
thread for ever. None of it may happen to the service, so a child process has the connection: it can be ended at any
time, and made again.
"""

import logging
import os
import platform
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit

from airflow_provider_profiler.config.ray_environment import prepare_ray_environment
from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ProfilerError, ServiceUnavailable
from airflow_provider_profiler.jobs.code_version import NOT_CODE, PACKAGE, code_version
from airflow_provider_profiler.jobs.job_orders import End
from airflow_provider_profiler.telemetry.logs import configure_logging

logger = logging.getLogger(__name__)

#: Seconds between two looks at the actors.
LOOK_SECONDS = 3.0
#: Seconds for a host to take a connection; one that is up does at once.
_REACH_SECONDS = 4.0
#: Characters of what Ray says itself.
_MOST_WORDS = 200
LOCAL = "local"


class LinkState(StrEnum):
    """How it stands with the cluster."""

    CONNECTED = "connected"
    IMPAIRED = "impaired"
    """Connected; not all supervisors answer, but jobs that are submitted are durable and will be taken."""
    REFUSED = "refused"
    """The cluster runs other versions: nothing will change that but a person."""
    FAILED = "failed"


@dataclass(frozen=True)
class LinkReport:
    """What the child tells of the cluster."""

    state: LinkState
    message: str


def speak_with_ray(connection: Connection, settings: Settings, since: float) -> None:
    """The child's main function: connect, care for the actors, report, until told to end or the service is gone.

    :param connection: where orders come from and reports go to.
    :param since: when the service began, in seconds since 1970.
    """
    _keep_signals_from_ray()
    prepare_ray_environment()
    configure_logging(level=settings.log_level, log_format=settings.log_format)
    try:
        _reach(settings.ray_address or "")
        _work(connection, settings, since)
    except ProfilerError as error:
        _tell(connection, LinkState.FAILED, str(error))
    except _VersionMismatch as error:
        _tell(connection, LinkState.REFUSED, str(error))
    except Exception as error:
        logger.exception("The connection with the Ray cluster ended.")
        _tell(connection, LinkState.FAILED, f"The connection with the Ray cluster failed ({type(error).__name__}).")


class _VersionMismatch(Exception):
    """The cluster runs another Ray or Python."""


def _work(connection: Connection, settings: Settings, since: float) -> None:
    _connect(settings)
    # Ray must not be imported before its environment is prepared.
    import ray  # noqa: PLC0415

    from airflow_provider_profiler.jobs.ray_actor import Assignment  # noqa: PLC0415
    from airflow_provider_profiler.jobs.ray_pool import ActorPool  # noqa: PLC0415

    pool = ActorPool(Assignment(settings.for_workers(), code_version(), since), settings.ray_supervisors)
    try:
        # Making actors takes its time, and submissions need not wait for it: they are durable, and taken up then.
        _tell(connection, LinkState.IMPAIRED, "connected; the supervisors are being started")
        pool.ensure()
        while True:
            health = pool.health()
            healthy = health.answering == health.supervisors
            leaving = f", {health.leaving} more only finish what they have" if health.leaving else ""
            message = (
                f"{health.answering} of {health.supervisors} supervisors answer{leaving}; "
                f"{health.nodes} nodes, {health.processors} CPUs"
            )
            _tell(connection, LinkState.CONNECTED if healthy else LinkState.IMPAIRED, message)
            # Several orders may have come; one is enough to look again.
            if connection.poll(LOOK_SECONDS):
                while connection.poll():
                    order: Any = connection.recv()
                    if isinstance(order, End):
                        return
                    pool.wake(order.job_id)
    except (EOFError, OSError):  # the service is gone
        logger.info("The service has ended; its jobs on Ray go on.")
    finally:
        if settings.ray_address == LOCAL:
            # The cluster ends with us: its actors give their jobs back while they can.
            with suppress(Exception):
                pool.end()
        ray.shutdown()


def _connect(settings: Settings) -> None:
    import ray  # noqa: PLC0415

    more: dict[str, Any] = {}
    if settings.ray_address == LOCAL:
        # A node ends processes that are idle for a second where it has more than processors, and the supervisor is one
        # of them: the next unit of work would wait for a new one to import the engine.
        kept = len(os.sched_getaffinity(0)) + (settings.ray_supervisors or 1)
        more = {"include_dashboard": False, "_system_config": {"num_workers_soft_limit": kept}}
    try:
        ray.init(
            address=settings.ray_address,
            namespace="profiler",
            log_to_driver=False,
            logging_level=logging.WARNING,
            runtime_env={"py_modules": [str(PACKAGE)], "excludes": list(NOT_CODE)},
            **more,
        )
    except RuntimeError as error:
        theirs = _versions_in(str(error))
        if theirs is None:
            raise
        ours = f"Ray {ray.__version__} on Python {platform.python_version()}"
        raise _VersionMismatch(
            f"The Ray cluster runs {theirs}, this service {ours}: jobs cannot run there. "
            "Let both have the same Ray and the same minor version of Python."
        ) from error
    except ConnectionError as error:
        raise ServiceUnavailable(_not_let_in(settings.ray_address or "", str(error))) from error


def _not_let_in(address: str, why: str) -> str:
    """What is told where Ray's own attempt ends without a connection."""
    if address == "auto":
        return "There is no Ray cluster at RAY_ADDRESS (auto). Start one, or correct the address."
    # Something listens there: that was tried before.
    first = (why.strip() or "Ray tells no reason").splitlines()[0][:_MOST_WORDS].rstrip(".:")
    return (
        f"The Ray cluster at RAY_ADDRESS ({address}) takes connections, but this one came to nothing ({first}). One "
        "that is busy, or has just been started, may take longer: the service goes on trying."
    )


def _versions_in(message: str) -> str | None:
    """The versions that Ray's refusal names of the cluster, or None where it is another error."""
    if "Version mismatch" not in message and "version" not in message.lower():
        return None
    named: dict[str, str] = {}
    for line in message.splitlines():
        key, _, value = line.strip().partition(":")
        if key in ("Ray", "Python"):
            named.setdefault(key, value.strip())
    if not named:
        return "other versions" if "mismatch" in message.lower() else None
    return f"Ray {named.get('Ray', '?')} on Python {named.get('Python', '?')}"


def _reach(address: str) -> None:
    """Find out quickly whether anything listens at the address; Ray itself would try for minutes.

    :raises ServiceUnavailable: when nothing does.
    """
    parts = urlsplit(address if "://" in address else f"ray://{address}")
    if address in (LOCAL, "auto") or parts.hostname is None:
        return
    try:
        port = parts.port or 10001
        socket.create_connection((parts.hostname, port), timeout=_REACH_SECONDS).close()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ServiceUnavailable(
            f"There is no Ray cluster at RAY_ADDRESS ({address}): {why}. Start one, or correct the address."
        ) from None


def _keep_signals_from_ray() -> None:
    """Ctrl+C reaches the whole group of processes; the service tells us when to end.

    A handler that does nothing, and not SIG_IGN: the processes of a local cluster would inherit that, and tasks that
    ignore the signal cannot be cancelled.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, lambda *_: None)


def _tell(connection: Connection, state: LinkState, message: str) -> None:
    with suppress(OSError):
        connection.send(LinkReport(state, message))
