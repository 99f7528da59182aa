"""The button that leads from a task to the report of its profile."""

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

REPORT_URL_KEY = "report_url"
_JOB, _REPORT = "/profiler/jobs/", "/profiler/report/"


class ProfileReportLink(BaseOperatorLink):
    """Shows what the operator pushed as ``report_url`` before it began to wait, so it works while the job runs.

    It leads to the service, which asks a browser for a token where it wants one. An embedded job has no service: then
    it leads to the task's tab *Profile* as a page of its own, within Airflow.
    """

    name = "Profile report"
    xcom_key = REPORT_URL_KEY

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:
        """The report's URL, empty where there is none."""
        return report_url(getattr(operator, "job_id", None), getattr(operator, "job_url", None), ti_key)


def report_url(job_id: str | None, job_url: str | None, instance: Any) -> str:
    """Where a job's report is; empty before the submission, and where the service has no reports.

    :param job_url: None for an embedded job.
    :param instance: the task instance, or its key.
    """
    if job_url:
        service, found, told_id = job_url.rpartition(_JOB)
        return f"{service}{_REPORT}{told_id}" if found else ""
    return _own_page(instance) if job_id else ""


def _own_page(instance: Any) -> str:
    """The path of the task instance's page, which Airflow's pages resolve against the path of ``[api] base_url``."""
    # A DAG file that names the operator is parsed every few seconds: it needs none of this.
    from airflow_provider_profiler.plugins.links import Links  # noqa: PLC0415
    from airflow_provider_profiler.plugins.report_pages import PREFIX  # noqa: PLC0415
    from airflow_provider_profiler.plugins.submitted_jobs import TaskPlace  # noqa: PLC0415

    map_index = -1 if instance.map_index is None else instance.map_index
    return Links(PREFIX).task(TaskPlace(instance.dag_id, instance.run_id, instance.task_id, map_index))
