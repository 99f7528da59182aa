"""The hook: one method for each route of the profiling service."""

from uuid import UUID

from airflow_provider_profiler.contract.dataset import DatasetDetail
from airflow_provider_profiler.contract.job import JobDetail, JobEvent
from airflow_provider_profiler.hooks.catalogue import CatalogueHook
from airflow_provider_profiler.hooks.connection_check import NOBODY, check_connection
from airflow_provider_profiler.hooks.errors import NotFound
from airflow_provider_profiler.hooks.reading import events_of, events_tail, segment

__all__ = ["NOBODY", "ProfilerHook"]


class ProfilerHook(CatalogueHook):
    """Talks to a profiling service; without a connection, to one that it starts inside the task's own process.

    Use it as a context manager, so that an embedded service stops with the task::

        with ProfilerHook() as hook:
            job_id = hook.trigger_profile(specification).job_id

    :param profiler_conn_id: the Airflow connection; the default one need not exist.
    :param retry: a :class:`~airflow_provider_profiler.hooks.retrying.RetryPolicy`: how reads, and submissions with an
        idempotency key, are sent again.
    """

    def job_detail(self, job_id: str | UUID) -> JobDetail | None:
        """``GET /profiler/jobs/{id}``; None, with one warning, where the service has the documented routes alone.

        :raises UnknownJob: when the service knows no such job.
        """
        answer = self._beyond("GET", job_id)
        return None if answer is None else answer.model(JobDetail)

    def job_events(self, job_id: str | UUID, after: int = 0, *, wait: float = 0.0) -> tuple[JobEvent, ...] | None:
        """``GET /profiler/jobs/{id}/events``; None where the service has the documented routes alone.

        Events of a kind that this version does not know are left out.

        :param after: the sequence number of the last event that is known.
        :param wait: seconds for which the service may hold its answer back until something happens, 30 at most.
        """
        answer = self._beyond("GET", job_id, events_tail(after, wait), patience=wait)
        return None if answer is None else events_of(answer)

    def dataset(self, dataset_id: str | UUID) -> DatasetDetail | None:
        """``GET /profiler/datasets/{dataset}``: which revision its CDD file stands for, and since when.

        :return: None where the service has no such route; for an unknown dataset a detail of nulls.
        """
        try:
            answer = self._send("GET", f"/profiler/datasets/{segment(dataset_id)}")
        except NotFound:
            return None
        return answer.model(DatasetDetail)

    def abort(self, job_id: str | UUID) -> bool:
        """``POST /profiler/jobs/{id}/abort``: stop the job and keep what is ready.

        :return: False where the service has no such route; :meth:`clean_up` is all there is then.
        """
        return self._beyond("POST", job_id, "/abort") is not None

    def job_url(self, job_id: str | UUID) -> str | None:
        """Where a person can look at the job; None embedded, where nothing listens once the task is over."""
        if self._remote is None:
            return None
        route = "jobs" if self._knows_jobs_route else "job_status"
        return self._remote.url(f"/profiler/{route}/{segment(job_id)}")

    def test_connection(self) -> tuple[bool, str]:
        """Ask something that needs a token and changes nothing: the service's version, or what is wrong."""
        try:
            return check_connection(self)
        finally:
            self.close()
