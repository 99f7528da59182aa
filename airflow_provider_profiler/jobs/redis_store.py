"""Jobs in one Redis server, for any number of threads, processes and hosts."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from airflow_provider_profiler.contract.errors import IdempotencyConflict
from airflow_provider_profiler.contract.job import EventKind, JobEvent
from airflow_provider_profiler.contract.reasons import Reason
from airflow_provider_profiler.contract.states import JobState, Target, is_terminal, states_before
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.queue_limits import refuse_when_full
from airflow_provider_profiler.jobs.redis_catalogue import RedisCatalogue
from airflow_provider_profiler.jobs.redis_connections import (
    WORKER_OUTAGE_SECONDS,
    RedisAddress,
    RedisConnections,
    pairs,
)
from airflow_provider_profiler.jobs.redis_queue import RedisQueue
from airflow_provider_profiler.jobs.redis_refusals import refuse
from airflow_provider_profiler.jobs.redis_rows import (
    event_arguments,
    event_of_text,
    event_text,
    fields_of_submission,
    flat,
    key_of,
    rank_of,
    record_of_fields,
)
from airflow_provider_profiler.jobs.redis_sections import HOLD_SECONDS, RedisSections, Section, until_free
from airflow_provider_profiler.jobs.redis_server import adopt, durability_shortcomings
from airflow_provider_profiler.jobs.refusals import of_same_request
from airflow_provider_profiler.jobs.sqlite_rows import columns_of_change, moment
from airflow_provider_profiler.jobs.store import JobRecord, NewJob, QueueLimits, Submission

logger = logging.getLogger(__name__)

T = TypeVar("T")


class RedisJobStore(RedisCatalogue, RedisQueue):
    """The :class:`~airflow_provider_profiler.jobs.store.JobStore` of services and workers on several hosts.

    Every change is one script, which the server runs without anything in between. It is on disk before the answer
    comes where the server is set so; :meth:`shortcomings` tells where it is not.

    :param address: the server and the database.
    :param hold_seconds: after which others may go on when a process dies while it writes documents.
    :raises ConfigurationError: when a newer version of this package or another program wrote the database.
    :raises ServiceUnavailable: when the server cannot be used.
    """

    def __init__(self, address: RedisAddress, *, hold_seconds: float = HOLD_SECONDS) -> None:
        super().__init__(RedisConnections(address))
        self._sections = RedisSections(self._connections, hold_seconds)
        try:
            adopt(self._connections)
            for shortcoming in self.shortcomings():
                logger.warning("%s", shortcoming)
        except BaseException:
            self._connections.close()
            raise

    def repeated(self, job: NewJob) -> JobRecord | None:
        """The job that the submission's key already made, or None."""
        key = key_of(job)
        fields = pairs(self._connections.script("by_key", key)) if key else None
        return of_same_request(record_of_fields(fields), job) if fields else None

    def submit(self, job: NewJob, limits: QueueLimits | None = None) -> Submission:
        """Insert the job with the dataset's next revision number, or return the one its key already made."""
        limits = limits or QueueLimits()
        word, _, fields = self._connections.change(
            "submit",
            job.job_id,
            job.request.profile_specification.id,
            key_of(job),
            moment(job.created),
            rank_of(job.request.priority),
            event_text(EventKind.STATE, {"state": JobState.SUBMITTING.value}, job.created),
            job.request.profile_specification.name,
            job.client,
            "" if limits.total is None else limits.total,
            "" if limits.per_client is None else limits.per_client,
            *fields_of_submission(job),
        )
        if word == "taken":
            raise IdempotencyConflict(f"There is a job {job.job_id} already. Submit again under a new id.")
        if word == "full":
            waiting, waiting_of_client = fields
            refuse_when_full(limits, waiting=int(waiting), waiting_of_client=int(waiting_of_client))
        record = record_of_fields(pairs(fields))
        if word == "repeated":
            record = of_same_request(record, job)
        return Submission(record=record, created=word == "ok")

    def claim(self, job_id: UUID, owner: str, now: datetime, lease_until: datetime) -> JobRecord | None:
        """Take the job if it is not finished and no lease on it is valid."""
        started = event_text(EventKind.STATE, {"state": JobState.STARTING.value}, now)
        answer = self._free("claim", job_id, owner, moment(now), moment(lease_until), started)
        if answer[0] == "none":
            return None
        record = self._record(answer, job_id)
        # A repeated call learns late that it had taken the job, perhaps after its lease ran out and another took it.
        return record if record.attempt == int(answer[1]) else None

    def renew(self, job_id: UUID, attempt: int, now: datetime, lease_until: datetime) -> JobRecord:
        """Prolong the lease and the heartbeat; the answer tells whether an abort was requested meanwhile."""
        answer = self._connections.change("renew", job_id, attempt, moment(now), moment(lease_until))
        return self._record(answer, job_id, attempt)

    def release(self, job_id: UUID, attempt: int) -> JobRecord:
        """Give the job back unfinished: anybody may claim it at once."""
        return self._record(self._free("release", job_id, attempt), job_id, attempt)

    def while_held(self, job_id: UUID, attempt: int, action: Callable[[], T]) -> T:
        """Run ``action`` while the attempt certainly holds the job; again where the process was stalled meanwhile."""
        results: list[T] = []
        self._sections.run(Section(job_id=job_id, attempt=attempt), lambda _: results.append(action()))
        return results[-1]

    def update(self, job_id: UUID, attempt: int, change: JobChange) -> JobRecord:
        """Change fields of a running job without a transition."""
        given = (*event_arguments(change), *flat(columns_of_change(change)))
        answer = self._connections.change("update", job_id, attempt, *given, patience=WORKER_OUTAGE_SECONDS)
        return self._record(answer, job_id, attempt)

    def transition(self, job_id: UUID, attempt: int, state: JobState, change: JobChange, at: datetime) -> JobRecord:
        """Move a job that is not finished to another state, with an event."""
        data: dict[str, object] = {"state": state.value}
        if change.reason is not None:
            data["reason"] = change.reason.model_dump(mode="json")
        answer = self._free(
            "transition",
            job_id,
            attempt,
            state.value,
            int(is_terminal(state, Target.LIGHT)),
            int(is_terminal(state, Target.HEAVY)),
            moment(change.finished or at),
            event_text(EventKind.STATE, data, at),
            _between_bars(states_before(state, Target.LIGHT)),
            _between_bars(states_before(state, Target.HEAVY)),
            *event_arguments(change),
            *flat(columns_of_change(change)),
            patience=WORKER_OUTAGE_SECONDS,
        )
        if answer[0] == "illegal":
            refuse("illegal", answer[1], job_id, wanted=state.value)
        return self._record(answer, job_id, attempt)

    def fail_lost(self, job_id: UUID, attempt: int, reason: Reason, at: datetime) -> JobRecord:
        """Fail a job in this attempt on which no lease is valid at ``at``; any other stays and returns as it is."""
        answer = self._free("fail_lost", job_id, attempt, moment(at), reason.model_dump_json(), _failure(reason, at))
        return self._record(answer, job_id)

    def request_abort(self, job_id: UUID, reason: Reason, at: datetime) -> JobRecord:
        """Ask the owner to stop. A job on which no lease is valid fails at once."""
        answer = self._free("request_abort", job_id, moment(at), reason.model_dump_json(), _failure(reason, at))
        return self._record(answer, job_id)

    def mark_cleaned_up(self, job_id: UUID, at: datetime) -> bool:
        """Mark the job, with an event. False where it was marked already or is unknown."""
        word, *_ = self._connections.change("mark_cleaned_up", job_id, event_text(EventKind.CLEANED_UP, {}, at))
        return bool(word == "ok")

    def events(self, job_id: UUID, after: int = 0, limit: int = 1000) -> tuple[JobEvent, ...]:
        """Events with a sequence number above ``after``, in order."""
        key = f"profiler:events:{job_id}"
        # To the list, a limit of none would mean all.
        texts: list[str] = self._connections.call(
            lambda client: client.lrange(key, after, after + limit - 1) if limit > 0 else []
        )
        # A job has an event from its first moment on.
        if not texts and not self._connections.call(lambda client: client.exists(key)):
            refuse("missing", "", job_id)
        return tuple(event_of_text(number, text) for number, text in enumerate(texts, start=after + 1))

    def publish(self, job_id: UUID, attempt: int, replace: Callable[[], str]) -> bool:
        """Let the job's revision become the dataset's published one unless a higher one is published."""
        section = Section(job_id=job_id, attempt=attempt, publishes=True)
        published, _ = self._sections.run(section, lambda _: replace())
        return published

    def with_published(self, dataset_id: UUID, action: Callable[[int], None]) -> None:
        """Run ``action`` on the published revision while nobody publishes another one."""
        self._sections.run(Section(dataset_id=dataset_id), lambda revision: action(revision) if revision else None)

    def remove_job(self, job_id: UUID, at: datetime) -> bool:
        """Forget a job that has ended, with its events and its key, unless its revision is the published one."""
        record = self.get(job_id)
        if record is None:
            return False
        removed = event_text(EventKind.REVISION_REMOVED, {}, at)
        word, *_ = self._connections.change("remove_job", job_id, key_of(record), removed)
        return bool(word == "ok")

    def ping(self) -> str:
        """A word on the store's health."""
        self._connections.call(lambda client: client.ping(), patience=0.0)
        return "Redis answers"

    def shortcomings(self) -> tuple[str, ...]:
        """What of the server's settings could lose a change that was acknowledged."""
        return durability_shortcomings(self._connections, patience=0.0)

    def close(self) -> None:
        """Release connections. The store may not be used afterwards."""
        self._connections.close()

    def _free(self, name: str, *arguments: object, patience: float | None = None) -> list[Any]:
        """A change that waits while somebody is in an exclusive section of the job."""
        answer: list[Any] = []

        def attempt() -> str:
            answer[:] = self._connections.change(name, *arguments, patience=patience)
            return str(answer[0])

        until_free(attempt)
        return answer

    def _record(self, answer: list[Any], job_id: UUID, attempt: int | None = None) -> JobRecord:
        word, extra, fields = answer
        if word != "ok":
            refuse(word, extra, job_id, attempt)
        return record_of_fields(pairs(fields))


def _between_bars(states: Iterable[JobState]) -> str:
    return "|" + "".join(f"{state.value}|" for state in states)


def _failure(reason: Reason, at: datetime) -> str:
    data = {"state": JobState.FAILED.value, "reason": reason.model_dump(mode="json")}
    return event_text(EventKind.STATE, data, at)
