"""The sensor: waits for a job that another task submitted."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from airflow.sdk import PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_profiler.contract.states import JobState, RunnerStatus, Target
from airflow_provider_profiler.hooks.cdd import cdd_path_of
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.waiting import JobView, failure, look
from airflow_provider_profiler.sensors.waiting import ServiceSensor
from airflow_provider_profiler.triggers.outcome import Outcome
from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger


class ProfileJobSensor(ServiceSensor):
    """Wait until a job's light or heavy profile is ready; returns the path of the CDD file (None for a light profile).

    A job that failed, is unknown, or answers a status that nobody knows fails the task at once and for good: no later
    look could be better. It works in ``poke`` and in ``reschedule`` mode and deferrable; nothing is kept between two
    looks. The job is not the sensor's to stop, however the sensor ends.

    :param job_id: the job. (templated)
    :param target: ``light`` or ``heavy``; None waits for whatever the job was submitted for. A service that has the
        documented routes alone does not tell what that was: None then means ``heavy``, with a warning.
    :param deferrable: wait in the triggerer; ``[operators] default_deferrable`` by default.
    :param profiler_conn_id: the connection to the service; without the default one jobs are embedded. (templated)
    """

    template_fields: Sequence[str] = ("job_id", "profiler_conn_id")

    def __init__(self, *, job_id: str, target: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if target is not None and target not in set(Target):
            raise ValueError(f"target must be 'light', 'heavy' or None, not {target!r}.")
        self.job_id = job_id
        self.target = target

    def look(self, hook: ProfilerHook) -> PokeReturnValue:
        """Look once."""
        job_id = self._checked_job_id()
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
            raise problem
        if target is Target.LIGHT:
            return PokeReturnValue(is_done=True)
        dataset_id = str(view.detail.dataset_id) if view.detail else None
        return PokeReturnValue(is_done=True, xcom_value=cdd_path_of(hook, job_id, dataset_id))

    def trigger(self) -> ProfileJobTrigger:
        """What waits in the triggerer."""
        return ProfileJobTrigger(
            job_id=self._checked_job_id(),
            profiler_conn_id=self.profiler_conn_id,
            target=self.target,
            poll_interval=self.poke_interval,
        )

    def found(self, outcome: Outcome) -> str | None:
        """The path of the CDD file; None for a light profile."""
        ended_light = outcome.state == JobState.LIGHT_PROFILE_READY
        if outcome.cdd_path is not None or ended_light or self.target == Target.LIGHT:
            return outcome.cdd_path
        with ProfilerHook(self.profiler_conn_id) as hook:
            return cdd_path_of(hook, str(outcome.job_id), None)

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
