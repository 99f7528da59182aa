"""The sensor: waits for a job that another task submitted."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException

from airflow_provider_profiler.contract.states import JobState, RunnerStatus, Target
from airflow_provider_profiler.sensors.waiting import ServiceSensor

if TYPE_CHECKING:
    from airflow_provider_profiler.hooks.profiler import ProfilerHook
    from airflow_provider_profiler.hooks.waiting import JobView
    from airflow_provider_profiler.triggers.outcome import Outcome
    from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger


class ProfileJobSensor(ServiceSensor):
    """Wait until a job's light or heavy profile is ready; returns the path of the CDD file (None for a light profile).

    A job that failed, is unknown, or answers a status that nobody knows fails the task at once and for good: no later
    look could be better. It works in ``poke`` and in ``reschedule`` mode, deferrable and from the triggerer alone;
    nothing is kept between two looks. The job is not the sensor's to stop, however the sensor ends.

    :param job_id: the job. (templated)
    :param target: ``light`` or ``heavy``; None waits for whatever the job was submitted for. A service that has the
        documented routes alone does not tell what that was: None then means ``heavy``, with a warning.
    :param heartbeat_timeout: seconds (or a timedelta) for which nothing may be heard of the worker of a running job;
        then the task fails. It should be well above the service's ``PROFILER_LEASE_SECONDS`` (30), within which another
        worker takes the job of a lost one over. A job in the queue has no worker. Needs more than the documented
        routes; None bears any silence.
    :param deferrable: wait in the triggerer; ``[operators] default_deferrable`` by default.
    :param start_from_trigger: begin in the triggerer, too.
    :param max_consecutive_failures: looks in a row that may fail because the service is away or in trouble.
    :param profiler_conn_id: the connection to the service; without the default one jobs are embedded. (templated)
    """

    template_fields: Sequence[str] = ("job_id", "profiler_conn_id")

    def __init__(
        self,
        *,
        job_id: str,
        target: str | None = None,
        heartbeat_timeout: datetime.timedelta | float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if target is not None and target not in set(Target):
            raise ValueError(f"target must be 'light', 'heavy' or None, not {target!r}.")
        if isinstance(heartbeat_timeout, datetime.timedelta):
            heartbeat_timeout = heartbeat_timeout.total_seconds()
        if heartbeat_timeout is not None and not heartbeat_timeout > 0:
            raise ValueError(f"heartbeat_timeout must be seconds above 0 or None, not {heartbeat_timeout!r}.")
        self.job_id = job_id
        self.target = target
        self.heartbeat_timeout = heartbeat_timeout
        self.begin_in_triggerer(
            "airflow_provider_profiler.triggers.profile_job.ProfileJobTrigger",
            job_id=job_id,
            target=None if target is None else Target(target).value,
            profiler_conn_id=self.profiler_conn_id,
            poll_interval=self.poke_interval,
            heartbeat_timeout=heartbeat_timeout,
            max_consecutive_failures=self.max_consecutive_failures,
        )

    def look(self, hook: "ProfilerHook") -> PokeReturnValue:
        """Look once."""
        from airflow_provider_profiler.hooks.cdd import cdd_path_of  # noqa: PLC0415 - DAG files are parsed often
        from airflow_provider_profiler.hooks.heartbeat import stalled  # noqa: PLC0415
        from airflow_provider_profiler.hooks.waiting import failure, look  # noqa: PLC0415

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
            silence = stalled(view.detail, self.heartbeat_timeout, hook.service_time)
            if silence:
                raise silence
            return PokeReturnValue(is_done=False)
        problem = failure(view, target, hook.job_url(job_id))
        if problem:
            raise problem
        if target is Target.LIGHT:
            return PokeReturnValue(is_done=True)
        dataset_id = str(view.detail.dataset_id) if view.detail else None
        return PokeReturnValue(is_done=True, xcom_value=cdd_path_of(hook, job_id, dataset_id))

    def trigger(self) -> "ProfileJobTrigger":
        """What waits in the triggerer."""
        from airflow_provider_profiler.triggers.profile_job import (  # noqa: PLC0415 - DAG files are parsed often
            ProfileJobTrigger,
        )

        return ProfileJobTrigger(
            job_id=self._checked_job_id(),
            profiler_conn_id=self.profiler_conn_id,
            target=self.target,
            poll_interval=self.poke_interval,
            heartbeat_timeout=self.heartbeat_timeout,
            max_consecutive_failures=self.max_consecutive_failures,
        )

    def found(self, outcome: "Outcome") -> str | None:
        """The path of the CDD file; None for a light profile."""
        from airflow_provider_profiler.hooks.cdd import cdd_path_of  # noqa: PLC0415 - DAG files are parsed often
        from airflow_provider_profiler.hooks.profiler import ProfilerHook  # noqa: PLC0415

        ended_light = outcome.state == JobState.LIGHT_PROFILE_READY
        if outcome.cdd_path is not None or ended_light or self.target == Target.LIGHT:
            return outcome.cdd_path
        with ProfilerHook(self.profiler_conn_id) as hook:
            return cdd_path_of(hook, str(outcome.job_id), None)

    def _target(self, view: "JobView") -> Target:
        if self.target is not None:
            return Target(self.target)
        if view.detail is not None:
            return view.detail.target
        self.log.warning(
            "The profiling service does not tell what profiling job %s was submitted for; waiting for its heavy "
            "profile. Give target='light' for a job that was submitted for that alone.",
            view.job_id,
        )
        return Target.HEAVY

    def _ended_light(self, hook: "ProfilerHook", view: "JobView") -> bool:
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
