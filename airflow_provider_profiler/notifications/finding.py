"""Which job a notification is about, and what the service tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.notifications.news import ProfileNews

if TYPE_CHECKING:
    from airflow_provider_profiler.contract.job import JobDetail, JobList
    from airflow_provider_profiler.hooks.profiler import ProfilerHook
    from airflow_provider_profiler.hooks.profiler_async import ProfilerAsyncHook

#: Jobs of a DAG among which those of one run are looked for, newest first.
_LOOKED_AT = 100


@dataclass(frozen=True)
class About:
    """What is known of the job, the most exact first: its id, its dataset, or the DAG run that submitted it."""

    job_id: str | None = None
    dataset_id: str | None = None
    dag_id: str | None = None
    run_id: str | None = None

    def filters(self) -> dict[str, object] | None:
        """How the job is looked for in the service's list; None where there is nothing to look for."""
        if self.dataset_id:
            return {"dataset_id": dataset_uuid(self.dataset_id), "limit": 1}
        if self.dag_id and self.run_id:
            return {"dag_id": self.dag_id, "limit": _LOOKED_AT}
        return None

    def chosen(self, found: "JobList | None") -> "JobDetail | None":
        """The newest job; of those of a run, one that failed before all others."""
        jobs: Sequence[JobDetail] = found.data if found is not None else ()
        if not self.dataset_id:
            jobs = [job for job in jobs if job.triggered_by.run_id == self.run_id]
        failed = [job for job in jobs if job.state is JobState.FAILED]
        return next(iter([*failed, *jobs]), None)


def ask(hook: "ProfilerHook", about: About, known: ProfileNews) -> ProfileNews:
    """What the service tells, before what was known without it.

    :raises ProfilerHookError: when it cannot be asked.
    """
    if about.job_id:
        detail = hook.job_detail(about.job_id)
        if detail is None:  # the documented routes alone
            state = hook.job_status(about.job_id).state
            return replace(known, job_id=about.job_id, state=state.value if state else known.state)
    else:
        filters = about.filters()
        detail = about.chosen(hook.list_jobs(**filters)) if filters is not None else None
    return known if detail is None else known.with_detail(detail, hook.job_url(detail.job_id))


async def ask_async(hook: "ProfilerAsyncHook", about: About, known: ProfileNews) -> ProfileNews:
    """The same in an event loop; see :func:`ask`."""
    if about.job_id:
        detail = await hook.job_detail(about.job_id)
        if detail is None:
            state = (await hook.job_status(about.job_id)).state
            return replace(known, job_id=about.job_id, state=state.value if state else known.state)
    else:
        filters = about.filters()
        detail = about.chosen(await hook.list_jobs(**filters)) if filters is not None else None
    return known if detail is None else known.with_detail(detail, await hook.job_url(detail.job_id))
