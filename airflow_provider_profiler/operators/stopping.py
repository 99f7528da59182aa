"""Stopping a task's job when the task is killed, at whatever moment that is."""

from dataclasses import dataclass, field, replace
from typing import Any

import requests

from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.errors import NotFound, ProfilerHookError
from airflow_provider_profiler.hooks.reading import segment
from airflow_provider_profiler.hooks.transport import send_once

#: Seconds to connect and to wait when the task is killed: Airflow allows five in all, then it kills the process.
_TIMEOUT = (1.5, 2.5)


@dataclass
class JobStop:
    """Stops the job that it is aimed at, once, with one short request.

    It is used in the handler of a signal, where any call to Airflow may hang: all that it needs is laid by before. A
    kill that comes while the job is being submitted stops the job as soon as its id is known.
    """

    log: Any
    asked: bool = field(default=False, init=False)
    """Whether the task is being killed."""
    _job: tuple[ServiceAddress, str, bool | None] | None = field(default=None, init=False)
    _stopped: set[str] = field(default_factory=set, init=False)

    def aim(self, address: ServiceAddress, job_id: str, *, knows_abort: bool | None = None) -> None:
        """From here on this is the job to stop.

        :param knows_abort: whether the service can abort a job; None where that is not known yet.
        """
        self._job = (address, job_id, knows_abort)
        if self.asked:
            self.now()

    def lift(self) -> None:
        """The job has ended, or is not the task's to stop."""
        self._job = None

    def now(self) -> bool:
        """Stop the job, where there is one. Whether it was told to."""
        self.asked = True
        job, self._job = self._job, None
        if job is None:
            return False
        address, job_id, knows_abort = job
        if job_id in self._stopped:
            return True
        self._stopped.add(job_id)
        try:
            with requests.Session() as session:
                self._send(session, replace(address, timeout=_TIMEOUT), job_id, knows_abort)
        except ProfilerHookError as error:
            self.log.warning("Profiling job %s could not be stopped: %s", job_id, error)
            return False
        return True

    def _send(self, session: requests.Session, address: ServiceAddress, job_id: str, knows_abort: bool | None) -> None:
        if knows_abort is not False:
            path = f"/profiler/jobs/{segment(job_id)}/abort"
            try:
                send_once(session, address, "POST", path, last=True).raise_for_status()
                return
            except NotFound:
                if knows_abort:
                    raise
        body = {"profile_job_id": job_id}
        send_once(session, address, "POST", "/profiler/clean_up", body=body, last=True).raise_for_status()
