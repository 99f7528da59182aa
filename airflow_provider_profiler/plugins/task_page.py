"""The page of a task instance: the report of its job, or why there is none."""

import threading

from airflow_provider_profiler.contract.job import JobDetail
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.hooks.errors import NotFound, ProfilerHookError, ServiceTooOld
from airflow_provider_profiler.hooks.waiting import JobView, last_lines
from airflow_provider_profiler.operators.revision_given import profile_of
from airflow_provider_profiler.plugins.links import Links
from airflow_provider_profiler.plugins.page import message_page
from airflow_provider_profiler.plugins.page_hook import PageHook
from airflow_provider_profiler.plugins.profile_lists import page_of_task
from airflow_provider_profiler.plugins.submitted_jobs import (
    SubmittedJob,
    TaskInstance,
    TaskPlace,
    task_instance,
    team_of,
)
from airflow_provider_profiler.plugins.troubles import told
from airflow_provider_profiler.render.report import report_chunks
from airflow_provider_profiler.render.report.airflow_pages import Message, progress_chunks
from airflow_provider_profiler.render.report.bounds import LARGEST_PROFILE, REPORTS_AT_ONCE
from airflow_provider_profiler.render.report.written import Page, page_of

#: Held while a report is made, by one of the threads that pages are made in.
_report_slots = threading.BoundedSemaphore(REPORTS_AT_ONCE)


def task_page(place: TaskPlace, links: Links, *, report: bool, offset: int) -> Page:
    """What there is to see of a task instance.

    :param report: show the report of what is ready, whatever became of the job.
    :param offset: of a mapped task as a whole: instances to leave out before.
    """
    found = task_instance(place)
    if found is None or (found.job is None and place.map_index < 0):
        instances = page_of_task(place, links, offset)
        if instances is not None:
            return instances
    if found is None:
        return message_page(Message("There is no such task instance", f"Airflow does not know {place.name}."), 404)
    if found.job is None:
        return message_page(_no_job(found, links), 200)
    if found.job.conn_id is None:
        return message_page(_no_connection(found.job), 404)
    return _job_page(found.job, found.job.conn_id, links, report=report)


def _job_page(job: SubmittedJob, conn_id: str, links: Links, *, report: bool) -> Page:
    with PageHook(conn_id, team_of(job.place.dag_id)) as hook:
        embedded = False
        try:
            embedded = hook.is_embedded
            detail = hook.job_detail(job.job_id)
            if detail is None:
                raise ServiceTooOld(
                    "The profiling service has the documented routes alone: it hands out no profiles that reports are "
                    f"made of. Its job is {job.job_id}."
                )
            return _page_of(hook, job, detail, links, report=report)
        except ProfilerHookError as error:
            return message_page(*told(error, is_embedded=embedded))


def _page_of(hook: PageHook, job: SubmittedJob, detail: JobDetail, links: Links, *, report: bool) -> Page:
    if detail.triggered_by.dag_id != job.place.dag_id:
        # Whoever may change what tasks hand on could name any job here; what they may read is this DAG's alone.
        return message_page(_not_this_dags(job), 404)
    where = links.report(job.place) if detail.profiles_available else ""
    if report or (detail.terminal and detail.state is not JobState.FAILED):
        return _report(hook, detail)
    if not detail.terminal:
        return page_of(progress_chunks(job.name, detail, where))
    return message_page(_failed(hook, job, detail, where))


def _report(hook: PageHook, detail: JobDetail) -> Page:
    job_id = str(detail.job_id)
    listed = hook.artefacts(job_id, name="profile.json")
    size = next((item.bytes for item in listed.data if item.name == "profile.json"), None) if listed else None
    if size is None:
        raise NotFound(f"Profiling job {job_id} has left no profile, or its revision was removed since.")
    if size > LARGEST_PROFILE:
        return message_page(_too_large(job_id, size), 200)
    with _report_slots:
        return page_of(report_chunks(profile_of(hook, job_id)))


def _failed(hook: PageHook, job: SubmittedJob, detail: JobDetail, report: str) -> Message:
    reason = detail.reason
    return Message(
        title=f"The profiling job of {job.name} failed",
        text=reason.message if reason else "The service does not tell why; the task's log may.",
        code=reason.code.value if reason else "",
        log=last_lines(hook, JobView(job.job_id, detail.state, detail)),
        links=[("Look at what is ready all the same", report)] if report else (),
        bad=True,
    )


def _no_job(found: TaskInstance, links: Links) -> Message:
    others = [("The profiles of this run", links.run(found.place.dag_id, found.place.run_id))]
    if not found.may_profile:
        return Message(
            "No profile",
            f"The task {found.place.name} profiles no dataset. Reports are shown at the tasks that do.",
            links=others,
        )
    if found.finished:
        return Message(
            "No profile",
            f"The task {found.place.name} ended ({found.state.replace('_', ' ')}) and submitted no profiling job. "
            "Where it should have, its log tells why.",
            links=others,
        )
    return Message(
        "No profile yet",
        f"The task {found.place.name} has submitted no profiling job so far. The report is shown here as soon as it is "
        "ready.",
        links=others,
        moving=True,
    )


def _no_connection(job: SubmittedJob) -> Message:
    return Message(
        "It is not known any more where this profile is",
        f"The connection of {job.name} is a template, and Airflow keeps what it was rendered to for a task's latest "
        "runs alone ([core] max_num_rendered_ti_fields_per_task).",
        f"The job is {job.job_id}; the profiling service has its report.",
    )


def _not_this_dags(job: SubmittedJob) -> Message:
    return Message(
        "This job is not this DAG's",
        f"The task {job.name} names the job {job.job_id}, which was not submitted by a task of the DAG "
        f"{job.place.dag_id}. Its report is not shown here.",
        bad=True,
    )


def _too_large(job_id: str, size: int) -> Message:
    return Message(
        "The profile is too large to be shown here",
        f"It has {size / 2**20:,.0f} MiB. Fetch it with a FetchProfileOperator and make the report with "
        f"dataset-profiler, or open it at the profiling service: /profiler/report/{job_id}.",
    )
