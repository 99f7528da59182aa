"""A process that runs jobs for a service on this host, beside the process that answers requests."""

import logging
import os
import signal
from contextlib import suppress
from multiprocessing.connection import Connection, wait

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ProfilerError, ServiceUnavailable
from airflow_provider_profiler.jobs.job_orders import End, NotRunning, Running, Wake
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.jobs.store_choice import open_store
from airflow_provider_profiler.jobs.supervisor import InlineSupervisor
from airflow_provider_profiler.jobs.tracing import trace_by
from airflow_provider_profiler.storage.local_results import LocalResultStore
from airflow_provider_profiler.telemetry.logs import configure_logging
from airflow_provider_profiler.telemetry.tracing import stop_tracing

logger = logging.getLogger(__name__)


#: Seconds in which jobs are given back where the service is gone and does not say how long that may take.
_GIVE_BACK_SECONDS = 20.0


def run_jobs(connection: Connection, settings: Settings) -> None:
    """The process's main function: run jobs until told to end, or until the service is gone.

    :param connection: where orders come from, and where it is told that jobs are taken.
    :param settings: ``max_running_jobs`` is what this process runs at a time.
    """
    # Ctrl+C reaches the whole group of processes; the service says when to end. Whoever ends this process alone, or
    # all of a service's at once, gets the same orderly end.
    signal.signal(signal.SIGINT, lambda *_: None)
    ended, end = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(end, b"."))
    configure_logging(level=settings.log_level, log_format=settings.log_format)
    trace_by(settings)
    try:
        supervisor = _supervisor(settings)
        supervisor.start()
    except ImportError as error:
        _say(
            connection,
            NotRunning(
                f"The engine that runs jobs is not installed ({error.name} is missing): "
                "pip install 'airflow-provider-profiler[embedded]'.",
                passing=False,
            ),
        )
        return
    except ProfilerError as error:
        _say(connection, NotRunning(str(error), passing=isinstance(error, ServiceUnavailable)))
        return
    _say(connection, Running())
    seconds = _GIVE_BACK_SECONDS
    try:
        seconds = _obey(connection, supervisor, ended)
    finally:
        supervisor.stop(seconds)
        stop_tracing()


def _supervisor(settings: Settings) -> InlineSupervisor:
    # The one import that may fail: a service without the engine still answers.
    from airflow_provider_profiler.profiling.engine import ProfilingEngine  # noqa: PLC0415

    return InlineSupervisor(
        open_store(settings),
        LocalResultStore(settings.results_folder, settings.cdd_folder, settings.home / "scratch"),
        ProfilingEngine(),
        settings,
        RunnerKind.INLINE,
    )


def _obey(connection: Connection, supervisor: InlineSupervisor, ended: int) -> float:
    """Carry out orders until the last one; the seconds that it leaves."""
    while ended not in wait([connection, ended]):
        try:
            order: Wake | End = connection.recv()
        except (EOFError, OSError):
            logger.info("The service has ended; what runs here is given back.")
            break
        if isinstance(order, End):
            return order.seconds
        supervisor.wake(order.job_id)
    return _GIVE_BACK_SECONDS


def _say(connection: Connection, word: Running | NotRunning) -> None:
    with suppress(OSError):
        connection.send(word)
