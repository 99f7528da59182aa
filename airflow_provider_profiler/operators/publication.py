"""What a task tells of its job under keys of its own, for people and for the tasks behind it."""

from typing import Any

from airflow_provider_profiler.triggers.outcome import Outcome


def tell_job(ti: Any, job_id: str) -> None:
    """Which job it is: known from the moment of submission."""
    ti.xcom_push(key="job_id", value=job_id)


def tell_place(ti: Any, job_url: str | None, report_url: str) -> None:
    """Where people look at the job and its report; the extra links show it while the job runs.

    :param report_url: empty where there are no reports; then nothing is told of it.
    """
    ti.xcom_push(key="job_url", value=job_url)
    if report_url:
        ti.xcom_push(key="report_url", value=report_url)


def tell_end(ti: Any, outcome: Outcome) -> None:
    """How the job ended, also where it failed; nothing where its end was not seen."""
    if outcome.state is None:
        return
    ti.xcom_push(key="status", value=outcome.state)
    ti.xcom_push(key="summary", value=outcome.summary)
    ti.xcom_push(key="cdd_revision_path", value=outcome.cdd_revision_path)
