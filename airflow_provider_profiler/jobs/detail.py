"""From the store's record of a job to the detail that readers get."""

from airflow_provider_profiler.contract.job import JobDetail, JobLinks
from airflow_provider_profiler.jobs.store import JobRecord


def job_detail(record: JobRecord, base_path: str = "") -> JobDetail:
    """The job's detail.

    :param base_path: the service's root path prefix, such as ``/dataset-profiler``; links begin with it.
    """
    job = f"{base_path}/profiler/jobs/{record.job_id}"
    links = JobLinks(
        self=job,
        status=f"{base_path}/profiler/job_status/{record.job_id}",
        profile=f"{base_path}/profiler/profile/{record.job_id}",
        model=f"{job}/profile.json",
        events=f"{job}/events",
        cdd=f"{base_path}/profiler/cdd_profile_path/{record.dataset_id}",
    )
    return JobDetail(
        job_id=record.job_id,
        dataset_id=record.dataset_id,
        revision=record.revision,
        state=record.state,
        terminal=record.terminal,
        target=record.target,
        reason=record.reason,
        profiles_available=record.profiles_available,
        progress=record.progress,
        stages=record.stages,
        warnings=record.warnings,
        attempt=record.attempt,
        created=record.created,
        started=record.started,
        finished=record.finished,
        options=record.request.options,
        labels=record.request.labels,
        triggered_by=record.request.triggered_by,
        summary=record.summary,
        cleaned_up=record.cleaned_up,
        cdd_revision_path=record.cdd_revision_path,
        links=links,
    )
