"""The operator that lets go of a job: usable as a teardown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME

if TYPE_CHECKING:
    from airflow.sdk import Context


class CleanUpProfileJobOperator(BaseOperator):
    """Abort a job if it still runs, and stop serving its results under its id.

    The dataset's revision with its documents stays. A job that is unknown, cleaned up already or was never submitted
    is fine, so that the operator can stand at the end of a DAG whatever happened before::

        clean_up = CleanUpProfileJobOperator(task_id="clean_up", job_id=submit.output)
        clean_up.as_teardown(setups=submit)

    :param job_id: the job. (templated)
    :param profiler_conn_id: the connection to the service; without the default one jobs are embedded. (templated)
    """

    template_fields: Sequence[str] = ("job_id", "profiler_conn_id")
    ui_color = "#d9ecf2"

    def __init__(self, *, job_id: str | None, profiler_conn_id: str = DEFAULT_CONN_NAME, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.profiler_conn_id = profiler_conn_id

    def execute(self, context: "Context") -> None:  # noqa: ARG002
        """Clean up."""
        job_id = str(self.job_id or "").strip()
        # A template that finds no XCom renders the word "None".
        if job_id in ("", "None"):
            self.log.info("No profiling job was submitted, there is nothing to clean up.")
            return
        from airflow_provider_profiler.hooks.profiler import ProfilerHook  # noqa: PLC0415 - DAG files are parsed often

        with ProfilerHook(self.profiler_conn_id) as hook:
            hook.clean_up(job_id)
        self.log.info("Profiling job %s is cleaned up.", job_id)
