"""Jobs on Ray as the service sees them: submitted to the store, taken up by actors that it only wakes."""

import logging
import math
import threading
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.contract.messages import DependencyHealth
from airflow_provider_profiler.jobs.child_process import ChildProcess, keep
from airflow_provider_profiler.jobs.job_orders import End, Wake
from airflow_provider_profiler.jobs.ray_link import LOCAL, LinkReport, LinkState, speak_with_ray

logger = logging.getLogger(__name__)

#: Seconds that starting a cluster on this machine may take beyond the time to connect.
LOCAL_START_SECONDS = 60.0
#: Seconds without a report after which the child counts as stuck and is replaced. It reports every few seconds, but
#: replacing an actor takes it a minute and more.
SILENCE_SECONDS = 180.0
_STOP_SECONDS = 50.0
#: Seconds between two looks at whether the service ends.
_LOOK_SECONDS = 0.2
_CONNECTING = LinkReport(LinkState.FAILED, "The connection with the Ray cluster is being made; try again in a moment.")


class RaySupervisor:
    """Keeps a process that speaks with the cluster, and knows how it stands there without asking.

    Nothing here waits for Ray but the start, and that for a bounded time. Jobs go on when this ends.

    :param settings: ``ray_address`` says where the cluster is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._since = time.time()
        self._patience = settings.ray_connect_seconds
        if settings.ray_address == LOCAL:
            self._patience += LOCAL_START_SECONDS
        self._report = _CONNECTING
        self._unhealthy_since = datetime.now(UTC)
        self._heard = threading.Event()
        self._stopping = threading.Event()
        self._end_by = math.inf
        self._child: ChildProcess | None = None
        self._thread = threading.Thread(target=self._keep_link, name="ray-link", daemon=True)

    def start(self) -> None:
        """Connect. A cluster that cannot be reached is told in the log and by :meth:`health`, and tried again."""
        self._thread.start()
        self._heard.wait(self._patience + 5.0)

    def stop(self, timeout: float = _STOP_SECONDS) -> None:
        """Let go of the cluster. A local one ends, and its jobs are given back; on any other they go on.

        :param timeout: seconds after which a connection that is not let go of is broken off.
        """
        self._end_by = time.monotonic() + timeout
        self._stopping.set()
        self._send(End(timeout))
        if self._thread.is_alive():
            # Breaking it off takes a moment too.
            self._thread.join(timeout + 5 * _LOOK_SECONDS)

    def wake(self, job_id: UUID | None = None) -> None:
        """Let the actors look into the store, if they can be reached; they do so by themselves every few seconds."""
        self._send(Wake(job_id))

    def check(self) -> None:
        """Tell whether jobs may be submitted.

        :raises ServiceUnavailable: when the cluster cannot be reached or runs other versions.
        """
        report = self._report
        if report.state in (LinkState.FAILED, LinkState.REFUSED):
            raise ServiceUnavailable(report.message)

    def health(self) -> DependencyHealth:
        """How the cluster was when it was last looked at, a few seconds ago."""
        report = self._report
        if report.state is LinkState.CONNECTED:
            return DependencyHealth(status="healthy", message=report.message)
        return DependencyHealth(status="unhealthy", message=report.message, since=self._unhealthy_since)

    def _send(self, order: Wake | End) -> None:
        child = self._child
        if child is not None and not child.send(order, surely=isinstance(order, End)):
            logger.debug("The Ray link is gone; it is made again.")

    def _keep_link(self) -> None:
        keep(self._link_once, self._link_failed, self._stopping, sound=self._patience)

    def _link_failed(self, error: Exception) -> None:
        logger.exception("The process that speaks with Ray cannot be kept; trying again.")
        self._take(LinkReport(LinkState.FAILED, f"The Ray link cannot be made ({type(error).__name__})."))

    def _link_once(self) -> None:
        """One child from its start to its end."""
        child = self._child = ChildProcess(speak_with_ray, self._settings, self._since, name="profiler-ray-link")
        if self._stopping.is_set():
            self._send(End(0.0))
        orderly = False
        try:
            orderly = self._listen(child)
        finally:
            self._child = None
            # One that Ray does not let go of is not waited for.
            child.end(min(_STOP_SECONDS, max(0.0, self._end_by - time.monotonic())) if orderly else 0.0)

    def _listen(self, child: ChildProcess) -> bool:
        """Take reports until the child ends or is silent for too long.

        :return: whether the child has the connection with the cluster, and so something to end in good order.
        """
        connected = False
        patience, heard_at = self._patience, time.monotonic()
        while connected or not self._stopping.is_set():
            if not child.connection.poll(_LOOK_SECONDS):
                if time.monotonic() > self._end_by:
                    return False
                if time.monotonic() - heard_at > patience:
                    self._take(LinkReport(LinkState.FAILED, self._silent(patience)))
                    return False
                continue
            try:
                report: Any = child.connection.recv()
            except (EOFError, OSError):
                if self._report.state in (LinkState.CONNECTED, LinkState.IMPAIRED):
                    self._take(LinkReport(LinkState.FAILED, "The connection with the Ray cluster was lost."))
                return connected
            self._take(report)
            connected = connected or report.state in (LinkState.CONNECTED, LinkState.IMPAIRED)
            patience, heard_at = SILENCE_SECONDS, time.monotonic()
        return connected

    def _take(self, report: LinkReport) -> None:
        if self._stopping.is_set():
            return
        if report.state is not self._report.state or report.state in (LinkState.FAILED, LinkState.REFUSED):
            logger.log(self._level(report), "Ray: %s", report.message)
        if (report.state is LinkState.CONNECTED) is not (self._report.state is LinkState.CONNECTED):
            self._unhealthy_since = datetime.now(UTC)
        self._report = report
        self._heard.set()

    def _level(self, report: LinkReport) -> int:
        if report == self._report:
            return logging.DEBUG
        if report.state in (LinkState.FAILED, LinkState.REFUSED):
            return logging.ERROR
        worse = report.state is LinkState.IMPAIRED and self._report.state is LinkState.CONNECTED
        return logging.WARNING if worse else logging.INFO

    def _silent(self, seconds: float) -> str:
        return (
            f"The Ray cluster at RAY_ADDRESS ({self._settings.ray_address}) takes connections but did not answer "
            f"within {seconds:g} seconds. Is this the port of a Ray of this version? A cluster that asks for a token "
            "needs RAY_AUTH_MODE=token and RAY_AUTH_TOKEN (or RAY_AUTH_TOKEN_PATH) in the service's environment."
        )
