"""How a running job is told to stop, from whichever thread learns of it."""

import threading
from enum import StrEnum

from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.profiling.observer import Stopped


class StopCause(StrEnum):
    """Why a running job is to stop, which decides what becomes of it."""

    ABORT = "abort"
    """Somebody asked for it: the job fails."""
    DEADLINE = "deadline"
    """It took longer than it was allowed: the job fails."""
    SHUTDOWN = "shutdown"
    """This process ends: the job is given back, or fails where nobody else may run it."""
    SUPERSEDED = "superseded"
    """Another attempt holds the job: this one ends without a word."""


class JobControl:
    """A stop signal. The first cause counts, later ones change nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cause: StopCause | None = None
        self._reason: Reason | None = None

    def stop(self, cause: StopCause, reason: Reason | None = None) -> None:
        """Ask the job to stop after its current unit of work.

        :param reason: what to tell people, where the one who stops the job said so.
        """
        with self._lock:
            if self._cause is None:
                self._cause, self._reason = cause, reason

    @property
    def cause(self) -> StopCause | None:
        """Why the job is to stop, None while it may go on."""
        return self._cause

    @property
    def reason(self) -> Reason | None:
        """What the one who stopped the job said."""
        return self._reason

    def check(self) -> None:
        """Go on, or not.

        :raises Stopped: when the job is to stop.
        """
        if self._cause is not None:
            raise Stopped(f"the job was told to stop: {self._cause}")
