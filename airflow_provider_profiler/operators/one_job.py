"""Exactly one job for one execution of a task, however many tries it takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from airflow_provider_profiler.contract.fingerprint import request_fingerprint
from airflow_provider_profiler.contract.messages import TriggerProfileRequest
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.hooks.errors import ProfileDeadlineExceeded, UnknownJob
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.hooks.waiting import look
from airflow_provider_profiler.operators.arguments import OnClear
from airflow_provider_profiler.operators.deadline import Deadline
from airflow_provider_profiler.operators.idempotency import Memory, StateStore, TaskIdentity, next_attempt, recall


@dataclass(frozen=True)
class FoundJob:
    """The job of this try."""

    job_id: str
    earlier: bool
    """Whether a try before had submitted it."""
    began: float | None
    """When it was submitted, in seconds since the epoch; None where an old version did not write that down."""


@dataclass(frozen=True)
class OneJob:
    """Submits the job of a task, or finds the one that an earlier try submitted.

    :param store: where the task remembers its job from one try to the next; None where there is no such place. Airflow
        keys it by the place of a mapped task among its siblings, which may change: what is found there is the task's
        own only where it was submitted for the same request.
    :param try_number: the present one, from 1.
    :param retries: of the task, as its DAG says.
    :param deadline: which must not have passed when a job is submitted.
    """

    hook: ProfilerHook
    request: TriggerProfileRequest
    identity: TaskIdentity
    store: StateStore | None
    log: Any
    try_number: int = 1
    retries: int = 0
    on_clear: OnClear = OnClear.RERUN
    deadline: Deadline | None = None
    clock: Callable[[], float] = time.time

    def find_or_submit(self) -> FoundJob:
        """The job of this try.

        :raises ProfileDeadlineExceeded: when there is none yet, and its deadline has passed.
        """
        fingerprint = request_fingerprint(self.request)
        before = recall(self.store)
        epoch = self._epoch(before)
        alive = before is not None and before.job_id is not None and self._is_alive(before.job_id)
        memory = next_attempt(before, epoch=epoch, fingerprint=fingerprint, alive=alive)
        if memory.job_id is not None:
            self.log.info("Taking up profiling job %s of an earlier try.", memory.job_id)
            return FoundJob(memory.job_id, earlier=True, began=memory.began)
        if memory is before:
            # An earlier try sent this and did not hear the answer.
            return self._submit(memory, spare=1)
        if before is not None and before.job_id is not None and before.fingerprint != fingerprint:
            self.log.info("Profiling job %s of before was for another request; it is let be.", before.job_id)
        memory = replace(memory, forced=self._is_forced(before, epoch))
        # Without a memory, earlier tries may have used up as many keys.
        return self._submit(self._begun(memory), spare=self.try_number - 1 if before is None else 0)

    def _epoch(self, before: Memory | None) -> int:
        """What a clear changes: with it, what is remembered is of the past."""
        if self.on_clear is OnClear.REUSE:
            # A clear is then a try like any other; without a memory, the service's own is asked under the same key.
            return before.epoch if before is not None else 0
        return self.identity.max_tries

    def _is_forced(self, before: Memory | None, epoch: int) -> bool:
        if self.on_clear is OnClear.REUSE:
            return False
        if before is None:
            # A clear raises it; Airflow may forget what a task remembers when the task succeeds.
            return self.try_number > 1 and self.identity.max_tries > self.retries
        return before.forced if before.epoch == epoch else True

    def _begun(self, memory: Memory) -> Memory:
        return replace(memory, began=self.clock(), try_number=self.try_number)

    def _submit(self, memory: Memory, *, spare: int) -> FoundJob:
        """Send it.

        :param spare: how many keys from here on an earlier try may have used up, on jobs that have failed since.
        """
        while True:
            if spare == 0 and self.deadline is not None and self.deadline.moment(self.clock()) <= self.clock():
                raise ProfileDeadlineExceeded(
                    f"The deadline of task {self.identity.task_id!r} passed before a job was submitted; nothing was."
                )
            # Written before the submission: should this process die in between, the next try sends the same.
            memory.save(self.store)
            sent = self.request.model_copy(update={"force": True}) if memory.forced else self.request
            identity = replace(self.identity, max_tries=memory.epoch)
            key = identity.key(memory.ordinal, request_fingerprint(sent))
            job_id = str(self.hook.submit(sent, idempotency_key=key).job_id)
            if spare == 0 or self._is_alive(job_id):
                break
            spare -= 1
            memory = self._begun(replace(memory, ordinal=memory.ordinal + 1))
        replace(memory, job_id=job_id).save(self.store)
        self.log.info("Submitted profiling job %s.", job_id)
        return FoundJob(job_id, earlier=False, began=memory.began)

    def _is_alive(self, job_id: str) -> bool:
        """Whether a job of an earlier try is running or ended well, and can still be asked for its results."""
        try:
            view = look(self.hook, job_id)
        except UnknownJob as error:
            self.log.warning("%s Submitting the job again.", error)
            return False
        gone = view.state is None or (view.detail is not None and view.detail.cleaned_up)
        return not gone and view.state is not JobState.FAILED
