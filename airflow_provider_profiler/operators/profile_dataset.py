"""The operator: submits a dataset's profile, waits for it, and hands on where it lies.

What it does when it runs is imported when it runs: DAG files are parsed every few seconds.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow.sdk import BaseOperator, conf

from airflow_provider_profiler.hooks.names import DEFAULT_CONN_NAME
from airflow_provider_profiler.links.profile_job import ProfileJobLink
from airflow_provider_profiler.links.profile_report import ProfileReportLink
from airflow_provider_profiler.operators.arguments import check_written, fields_to_render
from airflow_provider_profiler.operators.dataset_given import DatasetGiven

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_profiler.contract.specification import ProfileSpecification
    from airflow_provider_profiler.hooks.profiler import ProfilerHook
    from airflow_provider_profiler.operators.profile_run import ProfileRun
    from airflow_provider_profiler.operators.stopping import JobStop
    from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger


class ProfileDatasetOperator(BaseOperator):
    """Profile a dataset and wait for the result.

    Give a whole ``specification``, or a ``path`` (or ``dataset_id``) and what ``metadata`` you have; each may be the
    output of another task. Returns the path of the CDD file (None for a light profile); with
    ``wait_for_completion=False`` the job id. ``job_id``, ``job_url``, ``report_url``, ``status``, ``summary`` and
    ``cdd_revision_path`` are XCom keys of their own, the first three from the moment of submission.

    However often a worker or a triggerer dies, one job is submitted: the next try takes it up, and returns what the
    first would have. A try after a job that failed submits anew, and so does a clear. Killing the task stops the job,
    while the task waits and while it is deferred. The job's states, progress and log lines are told in the task's log.

    All arguments may be templates, or the output of another task, but ``deferrable`` and ``task_id``.

    :param specification: the documented ``profile_specification``: an object, a model, or JSON text. An object without
        ``data_connectors`` may name the dataset by ``path`` or ``dataset_id`` beside any other fields.
    :param path: path of the dataset under the service's data root; embedded, an absolute path too.
    :param dataset_id: a UUID, or a name that one is derived from; by default derived from the path. Without a path it
        is the path as well.
    :param metadata: any fields of the specification, beside ``path`` or ``dataset_id``.
    :param profile: ``light`` looks at the files only, ``heavy`` at their content too.
    :param options: how to profile, by section (``discovery reading selection sampling statistics execution``).
    :param labels: for people to find the job by.
    :param force: read everything, whatever the next two say.
    :param reuse_unchanged: do not read files again that have not changed since the dataset's last profile: True goes by
        their path, size and time of the last change, ``"content"`` by their checksums.
    :param profiled_since_days: look at no file where the last profile looked at them within so many days.
    :param priority: -100 to 100; of two waiting jobs the higher one starts first.
    :param wait_for_completion: off, the task ends once the job is submitted. An embedded job runs to its end all the
        same: it lives in the task's process.
    :param poll_interval: seconds between two looks at the job, give or take a quarter, so that many tasks do not look
        in step; ``[profiler] poll_interval`` by default.
    :param deadline: when the job is stopped and the task fails: seconds (or a timedelta) from the submission, or a
        moment (UTC where it names no time zone). As text: ``7200``, ``02:00:00``, ``2026-01-31T06:00:00+00:00``.
    :param deferrable: wait in the triggerer instead of on a worker; ``[operators] default_deferrable`` by default. An
        embedded job never defers: it lives in the task's process.
    :param on_clear: what a cleared task does: ``rerun`` reads the dataset again, all of it (``force``); ``reuse`` takes
        up the job of before unless it failed.
    :param profiler_conn_id: the connection to the service; without the default one jobs run embedded.
    :raises WrongArguments: when an argument could never be right.
    """

    template_fields: Sequence[str] = (
        "specification",
        "path",
        "dataset_id",
        "metadata",
        "profile",
        "options",
        "labels",
        "force",
        "reuse_unchanged",
        "profiled_since_days",
        "priority",
        "wait_for_completion",
        "poll_interval",
        "deadline",
        "on_clear",
        "profiler_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "specification": "json",
        "metadata": "json",
        "options": "json",
        "labels": "json",
    }
    operator_extra_links = (ProfileJobLink(), ProfileReportLink())
    ui_color = "#d9ecf2"

    needs_dataset: ClassVar[bool] = True
    """Off in a subclass that finds its dataset only when it runs."""

    job_id: str | None = None
    job_url: str | None = None
    _stop: "JobStop | None" = None

    def __init__(
        self,
        *,
        specification: "Mapping[str, Any] | ProfileSpecification | str | None" = None,
        path: str | None = None,
        dataset_id: str | None = None,
        metadata: Mapping[str, Any] | str | None = None,
        profile: Literal["light", "heavy"] | str = "heavy",
        options: Mapping[str, Any] | str | None = None,
        labels: Mapping[str, str] | str | None = None,
        force: bool | str = False,
        reuse_unchanged: bool | str = False,
        profiled_since_days: float | str | None = None,
        priority: int | str = 0,
        wait_for_completion: bool | str = True,
        poll_interval: float | str | None = None,
        deadline: datetime.timedelta | datetime.datetime | float | str | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        on_clear: Literal["rerun", "reuse"] | str = "rerun",
        profiler_conn_id: str = DEFAULT_CONN_NAME,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # A model would be shown as its repr and could not be templated.
        dump = getattr(specification, "model_dump", None)
        self.specification = specification if dump is None else dump(mode="json")
        self.path = path
        self.dataset_id = dataset_id
        self.metadata = metadata
        self.profile = profile
        self.options = options
        self.labels = labels
        self.force = force
        self.reuse_unchanged = reuse_unchanged
        self.profiled_since_days = profiled_since_days
        self.priority = priority
        self.wait_for_completion = wait_for_completion
        self.poll_interval = poll_interval
        self.deadline = deadline
        self.deferrable = deferrable
        self.on_clear = on_clear
        self.profiler_conn_id = profiler_conn_id
        check_written(self)
        if self.needs_dataset:
            self._given().check_written()
        self.template_fields = fields_to_render(self)

    def execute(self, context: "Context") -> str | None:
        """Submit the job or take up the one of an earlier try, and see it to its end."""
        return self._run(context).begin()

    def execute_complete(self, context: "Context", event: Any) -> str | None:
        """Go on where the trigger saw the job end.

        :param event: the trigger's event. It brings all that is needed: not every way of resuming a task keeps the
            arguments that were given to ``defer``.
        """
        from airflow_provider_profiler.triggers.outcome import Outcome  # noqa: PLC0415 - DAG files are parsed often

        return self._run(context).resume(Outcome.of(event))

    def on_kill(self) -> None:
        """Stop the job with one short request; one that is just being submitted, as soon as its id is known."""
        if self._stop is not None:
            self._stop.now()

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:  # noqa: ARG002 - OpenLineage calls it so
        """Metrics and schema of each table, and what the profile stands for, where OpenLineage asks."""
        from airflow_provider_profiler.operators.lineage import lineage_of_job  # noqa: PLC0415 - as above

        return lineage_of_job(self.job_id, self.profiler_conn_id)

    def _given(self) -> DatasetGiven:
        return DatasetGiven(self.task_id, self.specification, self.path, self.dataset_id, self.metadata)

    def _specification(self, hook: "ProfilerHook") -> Mapping[str, Any]:
        """The dataset's specification, once the templates are rendered."""
        return self._given().settle(hook)

    def _trigger(self, **arguments: Any) -> "ProfileJobTrigger":
        """What waits for the job in the triggerer."""
        from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger  # noqa: PLC0415 - as above

        return ProfileJobTrigger(**arguments)

    def _run(self, context: "Context") -> "ProfileRun":
        from airflow_provider_profiler.operators.profile_run import ProfileRun  # noqa: PLC0415 - as above
        from airflow_provider_profiler.operators.stopping import JobStop  # noqa: PLC0415

        self._stop = JobStop(self.log)
        return ProfileRun(self, context, self._stop)
