"""``dataset-profiler serve``: the service as a program."""

import gc
import logging
import resource
import sys
from contextlib import suppress

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.jobs.tracing import trace_by
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.listening import Server, bind, url_of
from airflow_provider_profiler.telemetry.logs import configure_logging
from airflow_provider_profiler.telemetry.tracing import stop_tracing

log = logging.getLogger(__name__)

#: New objects among which garbage is looked for. Python's own number, 700, is reached by a few requests that are
#: under way at once: all they have made so far would be looked through again and again, and it is no garbage yet.
_YOUNG_OBJECTS = 10_000

STOPPED = 0
NOT_STARTED = 1
MISCONFIGURED = 2


def serve(settings: Settings) -> int:
    """Serve until a signal comes.

    :return: 0 after an orderly stop, 1 when the service could not start (the log says why), 2 when the settings
        cannot be used or the port is taken (standard error says so).
    """
    _take_all_descriptors()
    try:
        configure_logging(level=settings.log_level, log_format=settings.log_format)
        trace_by(settings)
        app = create_app(settings)
        listening = bind(settings.bind_host, settings.port)
    except ConfigurationError as error:
        sys.stderr.write(f"dataset-profiler: {error}\n")
        return MISCONFIGURED
    address = f"{url_of(listening)}{settings.base_url}"

    def announce() -> None:
        auth = "on" if settings.enable_auth else "off"
        greeting = f"Dataset profiler listens on {address} (authentication {auth})."
        if settings.log_format == "json":  # whoever collects the output expects nothing else in it
            log.info("%s", greeting)
        else:
            sys.stdout.write(f"{greeting} Stop with Ctrl+C.\n")
            sys.stdout.flush()
        # What is here now stays: looking through all of it for garbage would hold up every answer for a while.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_YOUNG_OBJECTS)

    server = Server(app, on_started=announce, access_log=True, event_loop="auto")
    with listening:
        try:
            server.run(sockets=[listening])
        except SystemExit:
            # How uvicorn leaves when the stores cannot be opened, after it has logged the traceback.
            sys.stderr.write(f"dataset-profiler: the service could not be started: {app.state.startup_error}\n")
            return NOT_STARTED
        finally:
            stop_tracing()
    return STOPPED


def _take_all_descriptors() -> None:
    """Allow as many open connections and files as the machine does: the usual soft limit, 1024, is for ``select``."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # where it cannot be raised, the service runs with what it has
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
