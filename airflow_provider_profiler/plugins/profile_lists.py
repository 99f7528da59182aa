"""Lists of profiles: of a run, of a mapped task, and the newest ones of several DAGs."""

import logging
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.hooks.errors import ProfilerHookError
from airflow_provider_profiler.plugins.links import Links
from airflow_provider_profiler.plugins.page import message_page
from airflow_provider_profiler.plugins.page_hook import PageHook
from airflow_provider_profiler.plugins.submitted_jobs import (
    FINISHED,
    SubmittedJob,
    TaskPlace,
    jobs_of_run,
    newest_jobs,
    run_exists,
    team_of,
)
from airflow_provider_profiler.render.report.airflow_pages import ListPage, Message, ProfileLine, list_chunks
from airflow_provider_profiler.render.report.written import Page, page_of

PAGE = 50
#: Jobs of a page that the service is asked about, and seconds that this may take: most are told of by their tasks.
_ASKED, _ASKING_SECONDS = 20, 8.0

log = logging.getLogger(__name__)


def run_page(dag_id: str, run_id: str, links: Links, offset: int) -> Page:
    """The profiles of a run."""
    jobs = jobs_of_run(dag_id, run_id, offset=offset, limit=PAGE + 1)
    if not jobs and not run_exists(dag_id, run_id):
        return message_page(Message("There is no such run", f"Airflow does not know {run_id} of {dag_id}."), 404)
    return page_of(
        list_chunks(
            _of_one_run(
                jobs,
                links,
                title="Profiles of this run",
                lead=f"{dag_id}, {run_id}",
                newer=links.run(dag_id, run_id, max(0, offset - PAGE)) if offset else "",
                older=links.run(dag_id, run_id, offset + PAGE) if len(jobs) > PAGE else "",
            )
        )
    )


def page_of_task(place: TaskPlace, links: Links, offset: int) -> Page | None:
    """The profiles of a mapped task's instances; None where it has none."""
    jobs = jobs_of_run(place.dag_id, place.run_id, place.task_id, offset=offset, limit=PAGE + 1)
    if not jobs:
        return None
    return page_of(
        list_chunks(
            _of_one_run(
                jobs,
                links,
                title=f"Profiles of {place.task_id}",
                lead=f"{place.dag_id}, {place.run_id}",
                newer=links.task(place, max(0, offset - PAGE)) if offset else "",
                older=links.task(place, offset + PAGE) if len(jobs) > PAGE else "",
            )
        )
    )


def newest_page(dag_ids: Collection[str], links: Links, offset: int) -> Page:
    """The newest profiles of the DAGs that somebody may read."""
    jobs = newest_jobs(dag_ids, offset=offset, limit=PAGE + 1)
    lines = [replace(_line(job, links), run_link=links.run(job.place.dag_id, job.place.run_id)) for job in jobs[:PAGE]]
    return page_of(
        list_chunks(
            ListPage(
                title="Dataset profiles",
                lead="The newest first, of the DAGs that you may read.",
                lines=lines,
                nothing="No task of a DAG that you may read has profiled a dataset yet.",
                moving=_moving(lines),
                newer=links.newest(max(0, offset - PAGE)) if offset else "",
                older=links.newest(offset + PAGE) if len(jobs) > PAGE else "",
            )
        )
    )


def _of_one_run(
    jobs: Sequence[SubmittedJob], links: Links, *, title: str, lead: str, newer: str, older: str
) -> ListPage:
    lines = [_line(job, links) for job in _asked_about(jobs[:PAGE])]
    return ListPage(
        title=title,
        lead=lead,
        lines=lines,
        nothing="No task of this run has submitted a profiling job so far.",
        moving=_moving(lines),
        newer=newer,
        older=older,
    )


def _line(job: SubmittedJob, links: Links) -> ProfileLine:
    # What a task that still waits for its job has not told yet: the job is on its way.
    state = job.state or (None if job.task_state in FINISHED else JobState.STARTING)
    return ProfileLine(
        dag_id=job.place.dag_id,
        run_id=job.place.run_id,
        task=job.name,
        task_state=job.task_state,
        dataset=job.dataset,
        submitted=job.submitted,
        state=state,
        summary=job.summary,
        link=links.task(job.place),
    )


def _moving(lines: Iterable[ProfileLine]) -> bool:
    return any(line.state in (JobState.SUBMITTING, JobState.STARTING) for line in lines)


def _asked_about(jobs: Sequence[SubmittedJob]) -> list[SubmittedJob]:
    """The same, with what the service says of those whose end no task has seen; as they are where it does not."""
    open_jobs = [job for job in jobs if job.state is None and job.conn_id is not None][:_ASKED]
    answers: dict[str, SubmittedJob] = {}
    until = time.monotonic() + _ASKING_SECONDS
    for conn_id in dict.fromkeys(job.conn_id for job in open_jobs if job.conn_id):
        mine = [job for job in open_jobs if job.conn_id == conn_id]
        with PageHook(conn_id, team_of(mine[0].place.dag_id)) as hook:
            try:
                # An embedded job goes on in its task, which tells of its end; a service is not started for it here.
                if hook.is_embedded:
                    continue
                for job in mine:
                    if time.monotonic() > until:
                        break
                    answers[job.job_id] = _as_told(hook, job)
            except ProfilerHookError as error:
                log.info("The list of profiles is shown without what the service would say: %s", error)
    return [answers.get(job.job_id, job) for job in jobs]


def _as_told(hook: PageHook, job: SubmittedJob) -> SubmittedJob:
    detail = hook.job_detail(job.job_id)
    if detail is None:
        return replace(job, state=hook.job_status(job.job_id).state)
    if detail.triggered_by.dag_id != job.place.dag_id:
        return job
    return replace(job, state=detail.state, summary=detail.summary or job.summary)
