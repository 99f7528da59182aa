"""Exactly one job for one execution of a task, however many tries it takes."""

from dataclasses import dataclass, replace
from typing import Any

from airflow_provider_profiler.contract.fingerprint import request_fingerprint
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.hooks.errors import UnknownJob
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.waiting import look
from airflow_provider_profiler.operators.idempotency import StateStore, TaskIdentity, next_attempt, recall


@dataclass(frozen=True)
class OneJob:
    """Submits the job of a task, or finds the one that an earlier try submitted."""

    hook: ProfilerHook
    request: TriggerProfileRequest
    identity: TaskIdentity
    store: StateStore | None
    log: Any

    def find_or_submit(self) -> tuple[str, bool]:
        """The id of this try's job, and whether an earlier try had submitted it."""
        fingerprint = request_fingerprint(self.request)
        before = recall(self.store)
        alive = before is not None and before.job_id is not None and self._is_alive(before.job_id)
        memory = next_attempt(before, epoch=self.identity.max_tries, fingerprint=fingerprint, alive=alive)
        if memory.job_id is not None:
            self.log.info("Taking up profiling job %s of an earlier try.", memory.job_id)
            return memory.job_id, True
        # Written before the submission: should this process die in between, the next try sends the same key.
        memory.save(self.store)
        key = self.identity.key(memory.ordinal, fingerprint)
        job_id = str(self.hook.submit(self.request, idempotency_key=key).job_id)
        replace(memory, job_id=job_id).save(self.store)
        self.log.info("Submitted profiling job %s.", job_id)
        return job_id, False

    def _is_alive(self, job_id: str) -> bool:
        """Whether a job of an earlier try is running or ended well, and can still be asked for its results."""
        try:
            view = look(self.hook, job_id)
        except UnknownJob as error:
            self.log.warning("%s Submitting the job again.", error)
            return False
        gone = view.state is None or (view.detail is not None and view.detail.cleaned_up)
        return not gone and view.state is not JobState.FAILED
