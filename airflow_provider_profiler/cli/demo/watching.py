"""Tells the states of new jobs as they pass, from the events in the job store: none is missed."""

from uuid import UUID

import typer

from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.jobs.store import JobRecord, JobStore

#: Jobs that one demo submits at most.
_NEWEST = 100


class JobsWatch:
    """Watches the jobs that are submitted from now on.

    :param store: the store that the demo's service or embedded service writes.
    """

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._known = {job.job_id for job in store.list_jobs(limit=1)}
        self._told: dict[UUID, int] = {}

    def look(self) -> tuple[JobRecord, ...]:
        """Tell what happened since the last look.

        :return: the new jobs, oldest first.
        """
        jobs = []
        for job in self._store.list_jobs(limit=_NEWEST):
            if job.job_id in self._known:  # newest first: all behind it are older
                break
            jobs.append(job)
        for job in reversed(jobs):
            for event in self._store.events(job.job_id, after=self._told.get(job.job_id, 0)):
                self._told[job.job_id] = event.sequence
                if event.kind is EventKind.STATE:
                    name = job.request.profile_specification.name
                    typer.echo(f"  {event.at:%H:%M:%S}  {name}  {event.data['state']}")
        return tuple(reversed(jobs))
