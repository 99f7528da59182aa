"""A submission: which request, under which key, and what becomes of it."""

import logging
from collections.abc import Sequence
from uuid import uuid4

from fastapi import Request

from airflow_provider_profiler.contract.dry_run import DryRunResponse
from airflow_provider_profiler.contract.errors import InvalidRequest, ServiceUnavailable
from airflow_provider_profiler.contract.fingerprint import request_fingerprint
from airflow_provider_profiler.contract.messages import (
    TriggerProfileRequest,
    TriggerProfileResponse,
)
from airflow_provider_profiler.jobs.admission import admit
from airflow_provider_profiler.jobs.planning import plan
from airflow_provider_profiler.jobs.store import NewJob, QueueLimits, RunnerKind
from airflow_provider_profiler.service.backend import Backend
from airflow_provider_profiler.telemetry.context import job_context
from airflow_provider_profiler.telemetry.tracing import current_traceparent, span

log = logging.getLogger(__name__)

#: The second is an alias under which other services know the same thing.
KEY_HEADERS = ("Idempotency-Key", "X-Execution-Id")
_LONGEST_KEY = 255


def idempotency_key(request: Request) -> str | None:
    """The key that makes a submission safe to repeat, or None.

    :raises InvalidRequest: when keys contradict each other, or one is empty, too long or not plain ASCII.
    """
    given: Sequence[str] = [value for name in KEY_HEADERS for value in request.headers.getlist(name)]
    if not given:
        return None
    if len(set(given)) > 1:
        raise InvalidRequest(f"The headers {' and '.join(KEY_HEADERS)} hold different keys; send one key.")
    key = given[0]
    if not 0 < len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise InvalidRequest(f"An idempotency key has 1 to {_LONGEST_KEY} printable ASCII characters.")
    return key


def submit(
    backend: Backend, request: TriggerProfileRequest, *, client: str, idempotency_key: str | None
) -> TriggerProfileResponse:
    """Check the request against what the service can see, and store it as a job.

    :param client: whom the key belongs to.
    :raises ProfilerError: when the request is refused; nothing is stored then.
    """
    with span("submit job") as opened:
        answer = _submitted(backend, request, client, idempotency_key)
        opened.set(profiler__job_id=str(answer.job_id) if answer.job_id else None)
        return answer


def _submitted(
    backend: Backend, request: TriggerProfileRequest, client: str, idempotency_key: str | None
) -> TriggerProfileResponse:
    if backend.supervisor is None:
        raise ServiceUnavailable("No jobs are run here: this service was started to look at jobs, not to run them.")
    job = NewJob(
        job_id=uuid4(),
        request=request,
        fingerprint=request_fingerprint(request),
        runner=backend.runner,
        client=client,
        idempotency_key=idempotency_key,
        traceparent=current_traceparent(),
        created=backend.now(),
    )
    if not request.dry_run:
        # Before anything else is checked: a repeated submission gets its job even where the dataset is gone by now.
        earlier = backend.store.repeated(job)
        if earlier is not None:
            return TriggerProfileResponse(job_id=earlier.job_id)
    backend.supervisor.check()
    # With SQLite the supervisors are on this host, and see no more of the data than this process does.
    elsewhere = backend.runner is RunnerKind.RAY and backend.settings.redis_host is not None
    found = admit(request, backend.settings, read_elsewhere=elsewhere)
    if request.dry_run:
        return DryRunResponse(plan=plan(request, found, backend.settings, backend.store, backend.runner))
    submission = backend.store.submit(job, _limits(backend))
    record = submission.record
    if submission.created and backend.runner is not RunnerKind.EMBEDDED:
        # The one line that has both the request's id and the job's, by which a request is followed to its job.
        with job_context(record.job_id, dataset_id=record.dataset_id):
            log.info(
                "Job %s is submitted: revision %d of dataset %s.", record.job_id, record.revision, record.dataset_id
            )
    backend.wake(record.job_id)
    return TriggerProfileResponse(job_id=record.job_id)


def _limits(backend: Backend) -> QueueLimits | None:
    # An embedded job is started by the call that submits it.
    if backend.runner is RunnerKind.EMBEDDED:
        return None
    settings = backend.settings
    return QueueLimits(total=settings.max_waiting_jobs, per_client=settings.max_waiting_jobs_per_client)
