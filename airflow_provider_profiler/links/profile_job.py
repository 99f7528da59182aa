"""The button that leads from a task to its profiling job."""

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

JOB_URL_KEY = "job_url"


class ProfileJobLink(BaseOperatorLink):
    """Shows what the operator pushed as ``job_url`` before it began to wait, so it works while the job runs."""

    name = "Profiling job"
    xcom_key = JOB_URL_KEY

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:  # noqa: ARG002
        """The job's URL, empty for an embedded job: nothing listens once its task is over."""
        return getattr(operator, JOB_URL_KEY, None) or ""
