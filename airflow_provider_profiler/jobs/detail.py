"""From the store's record of a job to the detail that readers get."""

from airflow_provider_profiler.contract.job import JobDetail, JobLinks
from airflow_provider_profiler.jobs.store import JobRecord, JobStore


def place_of(store: JobStore, record: JobRecord) -> int | None:
    """Where the job stands in the queue; None, without asking, for one that does not wait."""
    return store.queue_place(record.job_id) if record.waiting else None


def job_detail(record: JobRecord, base_path: str = "", *, queue_place: int | None = None) -> JobDetail:
    """The job's detail.

    :param queue_place: where the job stands in the queue, as the store tells; see :func:`place_of`.
    :param base_path: the service's root path prefix, such as ``/dataset-profiler``; links begin with it.
    """
    job = f"{base_path}/profiler/jobs/{record.job_id}"
    links = JobLinks(
        self=job,
        status=f"{base_path}/profiler/job_status/{record.job_id}",
        profile=f"{base_path}/profiler/profile/{record.job_id}",
        model=f"{job}/profile.json",
        events=f"{job}/events",
        log=f"{job}/log",
        stages=f"{job}/stages",
        cdd=f"{base_path}/profiler/cdd_profile_path/{record.dataset_id}",
        artefacts=f"{job}/artefacts",
        revision=f"{base_path}/profiler/datasets/{record.dataset_id}/revisions/{record.revision}",
        report=f"{base_path}/profiler/report/{record.job_id}",
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
        reused=record.reused,
        reused_from=record.reused_from,
        queue_place=queue_place,
        cleaned_up=record.cleaned_up,
        cdd_revision_path=record.cdd_revision_path,
        links=links,
    )
