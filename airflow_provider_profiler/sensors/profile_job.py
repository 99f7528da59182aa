"""The sensor: waits for a job that another task submitted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseSensorOperator, PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_profiler.contract.errors import UnknownStatus
from airflow_provider_profiler.contract.states import JobState, RunnerStatus, Target
from airflow_provider_profiler.hooks.cdd import cdd_path_of
from airflow_provider_profiler.hooks.errors import ConnectionNotUsable, JobGone, UnknownJob
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.waiting import JobView, failure, look

if TYPE_CHECKING:
    from airflow.sdk import Context


class ProfileJobSensor(BaseSensorOperator):
    """Wait until a job's light or heavy profile is ready; returns the path of the CDD file (None for a light profile).

    A job that failed, is unknown, or answers a status that nobody knows fails the task at once and for good: no later
    look could be better. It works in ``poke`` and in ``reschedule`` mode; nothing is kept between two looks.

    :param job_id: the job. (templated)
    :param target: ``light`` or ``heavy``; None waits for whatever the job was submitted for. A service that has the
        documented routes alone does not tell what that was: None then means ``heavy``, with a warning.
    :param profiler_conn_id: the connection to the service; without the default one jobs are embedded. (templated)
    """

    template_fields: Sequence[str] = ("job_id", "profiler_conn_id")
    ui_color = "#e6f1f2"

    def __init__(
        self,
        *,
        job_id: str,
        target: str | None = None,
        profiler_conn_id: str = ProfilerHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if target is not None and target not in set(Target):
            raise ValueError(f"target must be 'light', 'heavy' or None, not {target!r}.")
        self.job_id = job_id
        self.target = target
        self.profiler_conn_id = profiler_conn_id

    def poke(self, context: "Context") -> bool | PokeReturnValue:  # noqa: ARG002
        """Look once."""
        job_id = self._checked_job_id()
        try:
            with ProfilerHook(self.profiler_conn_id) as hook:
                return self._look(hook, job_id)
        except (UnknownJob, JobGone, UnknownStatus, ConnectionNotUsable) as error:
            # AirflowFailException alone gets past ``silent_fail``, which would otherwise look again for ever.
            raise AirflowFailException(str(error)) from error

    def _look(self, hook: ProfilerHook, job_id: str) -> PokeReturnValue:
        view = look(hook, job_id)
        target = self._target(view)
        self.log.info(
            "Profiling job %s is %s, waiting for its %s profile.",
            job_id,
            view.state.value if view.state else "cleaned up",
            target.value,
        )
        if not (view.is_over(target) or self._ended_light(hook, view)):
            return PokeReturnValue(is_done=False)
        problem = failure(view, target, hook.job_url(job_id))
        if problem:
            raise AirflowFailException(str(problem)) from problem
        if target is Target.LIGHT:
            return PokeReturnValue(is_done=True)
        dataset_id = str(view.detail.dataset_id) if view.detail else None
        return PokeReturnValue(is_done=True, xcom_value=cdd_path_of(hook, job_id, dataset_id))

    def _target(self, view: JobView) -> Target:
        if self.target is not None:
            return Target(self.target)
        if view.detail is not None:
            return view.detail.target
        self.log.warning(
            "The profiling service does not tell what profiling job %s was submitted for; waiting for its heavy "
            "profile. Give target='light' for a job with only_light_profile.",
            view.job_id,
        )
        return Target.HEAVY

    def _ended_light(self, hook: ProfilerHook, view: JobView) -> bool:
        """Whether a job without detail stays at its light profile: waiting on would take for ever."""
        if view.detail is not None or view.state is not JobState.LIGHT_PROFILE_READY:
            return False
        if hook.runner_status(view.job_id) is not RunnerStatus.COMPLETED:
            return False
        # The heavy profile may have become ready between the two answers.
        return hook.job_status(view.job_id).state is JobState.LIGHT_PROFILE_READY

    def _checked_job_id(self) -> str:
        job_id = str(self.job_id or "").strip()
        try:
            UUID(job_id)
        except ValueError:
            raise AirflowFailException(
                f"Task {self.task_id!r} was given {job_id!r} as job_id, which is not the id of a profiling job. Did "
                "the task that submits the job run, and does the template name it?"
            ) from None
        return job_id
