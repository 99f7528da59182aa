"""The operator: submits a dataset's profile, waits for it, and hands on where it lies."""

import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import requests
from airflow.sdk import BaseOperator, conf
from airflow.sdk.serde import serialize

from airflow_provider_profiler.contract.messages import TriggeredBy, TriggerProfileRequest
from airflow_provider_profiler.contract.reasons import ReasonCode
from airflow_provider_profiler.contract.specification import ProfileSpecification
from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.cdd import cdd_path_of
from airflow_provider_profiler.hooks.errors import (
    ProfileDeadlineExceeded,
    ProfilerHookError,
    RequestRefused,
)
from airflow_provider_profiler.hooks.profiler import NOBODY, ProfilerHook
from airflow_provider_profiler.hooks.transport import send_once
from airflow_provider_profiler.hooks.waiting import JobView, JobWatch, failure
from airflow_provider_profiler.links.profile_job import JOB_URL_KEY, ProfileJobLink
from airflow_provider_profiler.operators.idempotency import map_index, task_identity
from airflow_provider_profiler.operators.one_job import OneJob
from airflow_provider_profiler.triggers.outcome import Outcome
from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

#: Seconds to connect and to wait when the task is killed: Airflow allows five in all, then it kills the process.
_KILL_TIMEOUT = (1.5, 2.5)
#: Seconds that a light job is waited for on the worker: it looks at files only, and deferring takes longer than that.
_LIGHT_GRACE = 3.0


class ProfileDatasetOperator(BaseOperator):
    """Profile a dataset and wait for the result.

    Give a whole ``specification``, or a ``path`` (or ``dataset_id``) and what ``metadata`` you have. Returns the path
    of the CDD file (None for a light profile); with ``wait_for_completion=False`` the job id. ``job_id``, ``job_url``,
    ``status``, ``summary`` and ``cdd_revision_path`` are XCom keys of their own, the first two from the moment of
    submission. A retry takes the running job up again instead of submitting a second one; clearing the task runs it
    anew.

    :param specification: the documented ``profile_specification``. (templated)
    :param path: path of the dataset under the service's data root; embedded, an absolute path too. (templated)
    :param dataset_id: a UUID, or a name that one is derived from; by default derived from the path. (templated)
    :param metadata: any fields of the specification, beside ``path`` or ``dataset_id``. (templated)
    :param only_light_profile: look at the files only, not at their content.
    :param options: how to profile, by section (``discovery reading selection sampling statistics execution``).
        (templated)
    :param labels: for people to find the job by. (templated)
    :param force: read everything, whatever the next two say.
    :param reuse_unchanged: do not read files again that have not changed since the dataset's last profile: True goes by
        their path, size and time of the last change, ``"content"`` by their checksums.
    :param profiled_since_days: look at no file where the last profile looked at them within so many days.
    :param priority: -100 to 100; of two waiting jobs the higher one starts first.
    :param wait_for_completion: off, the task ends once the job is submitted. An embedded job runs to its end all the
        same: it lives in the task's process.
    :param poll_interval: seconds between two looks at the job; ``[profiler] poll_interval`` by default.
    :param deadline: seconds (or a timedelta) from submission after which the job is aborted and the task fails.
    :param deferrable: wait in the triggerer instead of on a worker; ``[operators] default_deferrable`` by default. An
        embedded job never defers: it lives in the task's process.
    :param profiler_conn_id: the connection to the service; without the default one jobs run embedded. (templated)
    """

    template_fields: Sequence[str] = (
        "specification",
        "path",
        "dataset_id",
        "metadata",
        "options",
        "labels",
        "profiler_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "specification": "json",
        "metadata": "json",
        "options": "json",
        "labels": "json",
    }
    operator_extra_links = (ProfileJobLink(),)
    ui_color = "#d9ecf2"

    def __init__(
        self,
        *,
        specification: Mapping[str, Any] | ProfileSpecification | None = None,
        path: str | None = None,
        dataset_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        only_light_profile: bool = False,
        options: Mapping[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
        force: bool = False,
        reuse_unchanged: bool | str = False,
        profiled_since_days: float | None = None,
        priority: int = 0,
        wait_for_completion: bool = True,
        poll_interval: float | None = None,
        deadline: datetime.timedelta | float | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        profiler_conn_id: str = ProfilerHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # A model would be shown as its repr and could not be templated.
        self.specification = (
            specification.model_dump(mode="json") if isinstance(specification, ProfileSpecification) else specification
        )
        self.path = path
        self.dataset_id = dataset_id
        self.metadata = metadata
        self.only_light_profile = only_light_profile
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
        self.profiler_conn_id = profiler_conn_id
        self.job_url: str | None = None
        self._kill_call: tuple[ServiceAddress, str, dict[str, str] | None] | None = None

    def execute(self, context: "Context") -> str | None:
        """Submit the job or take up the one of an earlier try, and see it to its end."""
        with ProfilerHook(self.profiler_conn_id) as hook:
            request = self._request(hook, context)
            if self._may_defer(hook):
                # What Airflow cannot write down must be found out before a job is submitted that nobody then watches.
                serialize(self._trigger(str(NOBODY), request, deadline_at=0.0).serialize()[1])
            jobs = OneJob(hook, request, task_identity(context), context.get("task_state_store"), self.log)
            job_id, found = jobs.find_or_submit()
            self._publish(hook, job_id, context)
            if not self._stays(hook):
                return job_id
            if self._may_defer(hook):
                self._defer_unless_over(hook, job_id, request)
            view = self._wait(hook, job_id, request, context)
            if found and view.reason is not None and view.reason.code is ReasonCode.LOST:
                # The worker of the earlier try died with its job; this try is there to make up for that.
                self.log.warning("Profiling job %s was lost with its worker; submitting it again.", job_id)
                job_id, _ = jobs.find_or_submit()
                self._publish(hook, job_id, context)
                view = self._wait(hook, job_id, request, context)
            return self._result(hook, view, request)

    def execute_complete(self, context: "Context", event: Any) -> str | None:
        """Go on where the trigger saw the job end.

        :param event: the trigger's event. It brings all that is needed: not every way of resuming a task keeps the
            arguments that were given to ``defer``.
        """
        outcome = Outcome.of(event)
        self.job_url = outcome.job_url
        ti = context["ti"]
        if outcome.state is not None:
            self._tell(ti, outcome.state, outcome.summary, outcome.cdd_revision_path)
        problem = outcome.error()
        if problem is not None:
            raise problem
        if self.only_light_profile:
            return None
        path = outcome.cdd_path
        if path is None:
            with ProfilerHook(self.profiler_conn_id) as hook:
                path = cdd_path_of(hook, str(outcome.job_id), outcome.dataset_id)
        self.log.info("The CDD file is %s.", path)
        return path

    def on_kill(self) -> None:
        """Stop the job with one short request.

        This runs in a signal handler, where any call to Airflow may hang: everything it needs was laid by before.
        """
        if self._kill_call is None:
            return
        address, path, body = self._kill_call
        self._kill_call = None
        try:
            with requests.Session() as session:
                send_once(session, replace(address, timeout=_KILL_TIMEOUT), "POST", path, body=body)
        except ProfilerHookError as error:
            self.log.warning("The profiling job could not be stopped: %s", error)

    def _request(self, hook: ProfilerHook, context: "Context") -> TriggerProfileRequest:
        ti = context["ti"]
        return hook.prepare(
            self._specification(hook),
            self.only_light_profile,
            options=self.options,
            force=self.force,
            reuse_unchanged=self.reuse_unchanged,
            profiled_since_days=self.profiled_since_days,
            priority=self.priority,
            labels=self.labels,
            triggered_by=TriggeredBy(
                origin="airflow",
                dag_id=ti.dag_id,
                run_id=ti.run_id,
                task_id=ti.task_id,
                map_index=map_index(ti),
                try_number=ti.try_number,
            ),
        )

    def _specification(self, hook: ProfilerHook) -> Mapping[str, Any]:
        given = self.path or self.dataset_id
        if bool(self.specification) == bool(given):
            raise RequestRefused(
                f"Task {self.task_id!r} must be given either a specification, or a path or dataset_id; "
                f"it has {'both' if given else 'neither'} once its templates are rendered."
            )
        if self.specification:
            if self.metadata:
                raise RequestRefused(
                    f"Task {self.task_id!r} has a specification and metadata; put the metadata into the specification."
                )
            if not isinstance(self.specification, Mapping):
                raise RequestRefused(
                    f"The specification of task {self.task_id!r} is rendered to a {type(self.specification).__name__}, "
                    "not to an object. Render templates natively (render_template_as_native_obj=True) or pass the "
                    "output of the task before as it is."
                )
            return self.specification
        return hook.specify(self.path or "", dataset_id=self.dataset_id or "", metadata=self.metadata)

    def _publish(self, hook: ProfilerHook, job_id: str, context: "Context") -> None:
        """Tell people and ``on_kill`` which job it is, before anything is waited for."""
        ti = context["ti"]
        ti.xcom_push(key="job_id", value=job_id)
        knows_abort = hook.job_detail(job_id) is not None
        self.job_url = hook.job_url(job_id)
        ti.xcom_push(key=JOB_URL_KEY, value=self.job_url)
        if knows_abort:
            self._kill_call = (hook.address(), f"/profiler/jobs/{job_id}/abort", None)
        else:
            self._kill_call = (hook.address(), "/profiler/clean_up", {"profile_job_id": job_id})
        if self.job_url:
            self.log.info("Profiling job: %s", self.job_url)

    def _stays(self, hook: ProfilerHook) -> bool:
        if self.wait_for_completion:
            return True
        if hook.is_embedded:
            self.log.info("The job is embedded: it runs inside this task, so the task stays until the job has ended.")
            return True
        self._kill_call = None  # from here on the job is not this task's to stop
        return False

    def _may_defer(self, hook: ProfilerHook) -> bool:
        return self.deferrable and self.wait_for_completion and not hook.is_embedded

    def _defer_unless_over(self, hook: ProfilerHook, job_id: str, request: TriggerProfileRequest) -> None:
        """Hand the waiting over to the triggerer, unless the job is over already or, light, will be in a moment."""
        grace = _LIGHT_GRACE if request.only_light_profile else 0.0
        deadline_at = self._deadline_at(hook, job_id)
        at_once = JobWatch(
            hook,
            job_id,
            request.target,
            poll_interval=min(self._interval(), grace / 6),
            deadline_at=time.monotonic() + grace,
            report=self.log.info,
        )
        try:
            at_once.wait()
        except ProfileDeadlineExceeded:
            self.log.info("Profiling job %s goes on; the task waits in the triggerer.", job_id)
        else:
            return
        self.defer(
            trigger=self._trigger(job_id, request, deadline_at=deadline_at),
            method_name="execute_complete",
        )

    def _trigger(self, job_id: str, request: TriggerProfileRequest, *, deadline_at: float | None) -> ProfileJobTrigger:
        return ProfileJobTrigger(
            job_id=job_id,
            profiler_conn_id=self.profiler_conn_id,
            target=request.target.value,
            poll_interval=self._interval(),
            deadline_at=deadline_at,
            stop_on_kill=True,
            job_url=self.job_url,
            dataset_id=str(request.profile_specification.id),
        )

    def _wait(self, hook: ProfilerHook, job_id: str, request: TriggerProfileRequest, context: "Context") -> JobView:
        deadline_at = self._deadline_at(hook, job_id)
        watch = JobWatch(
            hook,
            job_id,
            request.target,
            poll_interval=self._interval(),
            deadline_at=None if deadline_at is None else time.monotonic() + deadline_at - time.time(),
            report=self.log.info,
        )
        try:
            view = watch.wait()
        except ProfileDeadlineExceeded as error:
            self.on_kill()
            raise ProfileDeadlineExceeded(f"{error} It was told to stop.") from None
        except BaseException:
            # A service elsewhere goes on with the job, and the next try takes it up; this one ends with the task.
            if hook.is_embedded:
                self.on_kill()
            raise
        self._kill_call = None
        detail = view.detail
        self._tell(
            context["ti"],
            view.state.value if view.state else "CLEANED_UP",
            detail.summary.model_dump() if detail and detail.summary else None,
            detail.cdd_revision_path if detail else None,
        )
        return view

    def _tell(self, ti: Any, status: str, summary: dict[str, int] | None, cdd_revision_path: str | None) -> None:
        ti.xcom_push(key="status", value=status)
        ti.xcom_push(key="summary", value=summary)
        ti.xcom_push(key="cdd_revision_path", value=cdd_revision_path)

    def _result(self, hook: ProfilerHook, view: JobView, request: TriggerProfileRequest) -> str | None:
        problem = failure(view, request.target, self.job_url)
        if not self.wait_for_completion:
            if problem:
                self.log.warning("%s Whoever waits for the job will see it fail.", problem)
            return view.job_id
        if problem:
            raise problem
        if request.only_light_profile:
            return None
        path = cdd_path_of(hook, view.job_id, str(request.profile_specification.id))
        self.log.info("The CDD file is %s.", path)
        return path

    def _interval(self) -> float:
        if self.poll_interval is not None:
            return float(self.poll_interval)
        return float(conf.getfloat("profiler", "poll_interval", fallback=10.0))

    def _deadline_at(self, hook: ProfilerHook, job_id: str) -> float | None:
        """Seconds since the epoch: the triggerer has a clock of its own, which counts from elsewhere."""
        if self.deadline is None:
            return None
        seconds = self.deadline.total_seconds() if isinstance(self.deadline, datetime.timedelta) else self.deadline
        detail = hook.job_detail(job_id)
        # Measured from submission, so that a retry does not begin the count anew.
        passed = (datetime.datetime.now(datetime.UTC) - detail.created).total_seconds() if detail else 0.0
        return time.time() + float(seconds) - max(0.0, passed)
