"""What a task does with its dataset: submit a job or take one up, tell which it is, wait for it or defer, and end."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from airflow.sdk.serde import serialize

from airflow_provider_profiler.assets.events import emit_profile_event
from airflow_provider_profiler.assets.facts import ProfileFacts
from airflow_provider_profiler.contract.messages import TriggeredBy, TriggerProfileRequest
from airflow_provider_profiler.contract.reasons import ReasonCode
from airflow_provider_profiler.contract.states import JobState, Target, has_reached
from airflow_provider_profiler.hooks.cdd import cdd_path_of
from airflow_provider_profiler.hooks.errors import ProfileDeadlineExceeded, ProfilerHookError, UnexpectedAnswer
from airflow_provider_profiler.hooks.pacing import Pace
from airflow_provider_profiler.hooks.profiler import NOBODY, ProfilerHook
from airflow_provider_profiler.hooks.telling import Telling
from airflow_provider_profiler.hooks.waiting import JobView, JobWatch, failure, last_lines
from airflow_provider_profiler.links.profile_report import report_url
from airflow_provider_profiler.operators import publication
from airflow_provider_profiler.operators.idempotency import map_index, recall, task_identity
from airflow_provider_profiler.operators.one_job import FoundJob, OneJob
from airflow_provider_profiler.operators.stopping import JobStop
from airflow_provider_profiler.operators.wishes import Wishes
from airflow_provider_profiler.triggers.outcome import Outcome

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
    from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger

#: Seconds that a light job is waited for on the worker: it looks at files only, and deferring takes longer than that.
LIGHT_GRACE = 3.0
#: Ends of an earlier try's job that this try is there to make up for: it died with its worker, or was still on its way
#: to being stopped when this try began.
_TO_MAKE_UP_FOR = frozenset({ReasonCode.LOST.value, ReasonCode.ABORTED.value})


class ProfileRun:
    """One try of a task.

    :param stop: what stops the job when the task is killed.
    """

    def __init__(self, task: "ProfileDatasetOperator", context: "Context", stop: JobStop) -> None:
        self.task = task
        self.context = context
        self.stop = stop
        self.log = task.log
        self.wishes = Wishes.of(task)

    def begin(self) -> str | None:
        """Submit the job or take up the one of an earlier try, and see it to its end."""
        with ProfilerHook(self.task.profiler_conn_id) as hook:
            request = self._request(hook)
            if self._may_defer(hook):
                # What Airflow cannot write down must be found out before a job is submitted that nobody then watches.
                told = Telling(str(NOBODY), self.log.info)
                serialize(self._trigger(str(NOBODY), request, told, deadline_at=0.0).serialize()[1])
            jobs = self._jobs(hook, request)
            made_up = False
            while True:
                found = self._find_or_submit(hook, jobs)
                if not self._stays(hook):
                    return found.job_id
                outcome = self._see_to_its_end(hook, found, request)
                if made_up or self.stop.asked or not found.earlier or outcome.reason not in _TO_MAKE_UP_FOR:
                    return self.end(outcome)
                made_up = True
                self.log.warning(
                    "Profiling job %s of an earlier try ended %s; submitting it again.", found.job_id, outcome.reason
                )

    def resume(self, outcome: Outcome) -> str | None:
        """Go on where the trigger saw the job end."""
        self.task.job_id, self.task.job_url = outcome.job_id, outcome.job_url
        memory = recall(self.context.get("task_state_store"))
        ti = self.context["ti"]
        earlier = memory is not None and memory.job_id == outcome.job_id and memory.try_number < ti.try_number
        if earlier and outcome.reason in _TO_MAKE_UP_FOR:
            self.log.warning(
                "Profiling job %s of an earlier try ended %s; submitting it again.", outcome.job_id, outcome.reason
            )
            return self.begin()
        if outcome.problem is None and outcome.cdd_path is None and self._wants_path(outcome):
            with ProfilerHook(self.task.profiler_conn_id) as hook:
                path = cdd_path_of(hook, str(outcome.job_id), outcome.dataset_id)
            outcome = replace(outcome, cdd_path=path)
        return self.end(outcome)

    def end(self, outcome: Outcome) -> str | None:
        """End the task as its job ended: the one way out for a task that waited, wherever it did.

        :return: the path of the CDD file; None for a light profile.
        :raises ProfilerHookError: when the job did not reach its target.
        """
        publication.tell_end(self.context["ti"], outcome)
        problem = outcome.error()
        if not self.wishes.wait_for_completion:
            if problem:
                self.log.warning("%s Whoever waits for the job will see it fail.", problem)
            return outcome.job_id
        if problem:
            raise problem
        if outcome.state not in set(JobState) or not has_reached(JobState(outcome.state), self.wishes.profile):
            raise UnexpectedAnswer(
                f"Profiling job {outcome.job_id} is told to have ended well, but its state is {outcome.state}. Check "
                "that workers and triggerer have the same version of this provider."
            )
        facts = ProfileFacts.of_outcome(outcome)
        if facts is not None:
            emit_profile_event(self.context, facts, profiler_conn_id=self.task.profiler_conn_id)
        if self.wishes.profile is Target.LIGHT:
            return None
        self.log.info("The CDD file is %s.", outcome.cdd_path)
        return outcome.cdd_path

    # -- submission -----------------------------------------------------------------------------------------------

    def _request(self, hook: ProfilerHook) -> TriggerProfileRequest:
        task, wishes, ti = self.task, self.wishes, self.context["ti"]
        return hook.prepare(
            task._specification(hook),
            wishes.profile is Target.LIGHT,
            options=wishes.options,
            force=wishes.force,
            reuse_unchanged=wishes.reuse_unchanged,
            profiled_since_days=wishes.profiled_since_days,
            priority=wishes.priority,
            labels=wishes.labels,
            triggered_by=TriggeredBy(
                origin="airflow",
                dag_id=ti.dag_id,
                run_id=ti.run_id,
                task_id=ti.task_id,
                map_index=map_index(ti),
                try_number=ti.try_number,
            ),
        )

    def _jobs(self, hook: ProfilerHook, request: TriggerProfileRequest) -> OneJob:
        return OneJob(
            hook,
            request,
            task_identity(self.context),
            self.context.get("task_state_store"),
            self.log,
            try_number=self.context["ti"].try_number,
            retries=self.task.retries or 0,
            on_clear=self.wishes.on_clear,
            deadline=self.wishes.deadline,
        )

    def _find_or_submit(self, hook: ProfilerHook, jobs: OneJob) -> FoundJob:
        """The job of this try, told to people and to ``on_kill`` before anything is waited for."""
        if self.stop.asked:
            raise ProfilerHookError(f"Task {self.task.task_id!r} was killed before it submitted a job.")
        found, ti = jobs.find_or_submit(), self.context["ti"]
        address = hook.address()
        self.stop.aim(address, found.job_id)
        self.task.job_id = found.job_id
        publication.tell_job(ti, found.job_id)
        self.stop.aim(address, found.job_id, knows_abort=hook.job_detail(found.job_id) is not None)
        self.task.job_url = hook.job_url(found.job_id)
        publication.tell_place(ti, self.task.job_url, report_url(found.job_id, self.task.job_url, ti))
        if self.task.job_url:
            self.log.info("Profiling job: %s", self.task.job_url)
        return found

    def _stays(self, hook: ProfilerHook) -> bool:
        if self.wishes.wait_for_completion:
            return True
        if hook.is_embedded:
            self.log.info("The job is embedded: it runs inside this task, so the task stays until the job has ended.")
            return True
        self.stop.lift()  # from here on the job is not this task's to stop
        return False

    # -- waiting --------------------------------------------------------------------------------------------------

    def _may_defer(self, hook: ProfilerHook) -> bool:
        return self.wishes.deferrable and self.wishes.wait_for_completion and not hook.is_embedded

    def _see_to_its_end(self, hook: ProfilerHook, found: FoundJob, request: TriggerProfileRequest) -> Outcome:
        """Wait for the job, here or in the triggerer: then this does not return."""
        # An embedded job logs in this very process, and so into the task's log by itself.
        log_after = None if hook.is_embedded else 0
        told = Telling(found.job_id, self.log.info, self.log.warning, log_after=log_after)
        deadline_at = self._deadline_at(hook, found)
        if self._may_defer(hook):
            self._defer_unless_over(hook, request, told, deadline_at)
        watch = self._watch(hook, request, told, deadline_at)
        try:
            view = watch.wait()
        except ProfileDeadlineExceeded as error:
            stopped = "It was told to stop." if self.stop.now() else "It could not be told to stop."
            raise ProfileDeadlineExceeded(f"{error} {stopped}") from None
        except BaseException:
            # A service elsewhere goes on with the job, and the next try takes it up; this one ends with the task.
            if hook.is_embedded:
                self.stop.now()
            raise
        self.stop.lift()
        return self._outcome(hook, view, request)

    def _defer_unless_over(
        self, hook: ProfilerHook, request: TriggerProfileRequest, told: Telling, deadline_at: float | None
    ) -> None:
        """Hand the waiting over to the triggerer, unless the job is over already or, light, will be in a moment."""
        grace = LIGHT_GRACE if request.only_light_profile else 0.0
        at_once = JobWatch(
            hook,
            told.job_id,
            request.target,
            poll_interval=min(self.wishes.poll_interval, grace / 6),
            deadline_at=time.monotonic() + grace,
            report=self.log.info,
            telling=told,
        )
        try:
            at_once.wait()
        except ProfileDeadlineExceeded:
            self.log.info("Profiling job %s goes on; the task waits in the triggerer.", told.job_id)
        else:
            return
        self.task.defer(
            trigger=self._trigger(told.job_id, request, told, deadline_at=deadline_at), method_name="execute_complete"
        )

    def _trigger(
        self, job_id: str, request: TriggerProfileRequest, told: Telling, *, deadline_at: float | None
    ) -> "ProfileJobTrigger":
        return self.task._trigger(
            job_id=job_id,
            profiler_conn_id=self.task.profiler_conn_id,
            target=request.target.value,
            poll_interval=self.wishes.poll_interval,
            deadline_at=deadline_at,
            stop_on_kill=True,
            job_url=self.task.job_url,
            dataset_id=str(request.profile_specification.id),
            events_after=told.events_after,
            log_after=told.log_after,
            log_lines_left=told.log_lines_left,
        )

    def _watch(
        self, hook: ProfilerHook, request: TriggerProfileRequest, told: Telling, deadline_at: float | None
    ) -> JobWatch:
        return JobWatch(
            hook,
            told.job_id,
            request.target,
            poll_interval=self.wishes.poll_interval,
            deadline_at=None if deadline_at is None else time.monotonic() + deadline_at - time.time(),
            report=self.log.info,
            telling=told,
            pace=Pace(self.wishes.poll_interval, told.job_id),
        )

    def _deadline_at(self, hook: ProfilerHook, found: FoundJob) -> float | None:
        """Seconds since the epoch: the triggerer has a clock of its own, which counts from elsewhere."""
        if self.wishes.deadline is None:
            return None
        began = found.began
        if began is None:
            detail = hook.job_detail(found.job_id)
            began = detail.created.timestamp() if detail else time.time()
        return self.wishes.deadline.moment(began)

    def _outcome(self, hook: ProfilerHook, view: JobView, request: TriggerProfileRequest) -> Outcome:
        dataset_id = str(request.profile_specification.id)
        outcome = Outcome(view.job_id, self.task.job_url, dataset_id).seen(view)
        problem = failure(view, request.target, self.task.job_url, last_lines(hook, view))
        if problem is not None:
            return outcome.with_problem(problem)
        if self._wants_path(outcome):
            return replace(outcome, cdd_path=cdd_path_of(hook, view.job_id, dataset_id))
        return outcome

    def _wants_path(self, outcome: Outcome) -> bool:
        """Whether there is a CDD file to be told of."""
        return self.wishes.wait_for_completion and self.wishes.profile is not Target.LIGHT and bool(outcome.job_id)
