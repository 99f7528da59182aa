"""How a job ends when it is not its owner who ends it."""

from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.store import RunnerKind

ABORT = Reason(code=ReasonCode.ABORTED, message="somebody asked for it")
LOST = Reason(code=ReasonCode.LOST, message="its process died")


def test_an_abort_before_the_start_fails_at_once(store, new_job, now):
    job = store.submit(new_job()).record
    aborted = store.request_abort(job.job_id, ABORT, now)
    assert (aborted.state, aborted.reason, aborted.finished) == (JobState.FAILED, ABORT, now)
    assert store.claimable(RunnerKind.INLINE, now) == ()
    assert store.events(job.job_id)[-1].data == {"state": "FAILED", "reason": ABORT.model_dump(mode="json")}


def test_an_abort_of_a_running_job_reaches_its_owner(store, running, now, lease):
    record = running()
    asked = store.request_abort(record.job_id, ABORT, now)
    assert (asked.state, asked.abort_requested, asked.reason) == (JobState.STARTING, True, None)
    other = Reason(code=ReasonCode.ABORTED, message="and again")
    store.request_abort(record.job_id, other, now)
    renewed = store.renew(record.job_id, 1, now, now + lease)
    assert (renewed.abort_requested, renewed.abort_reason) == (True, ABORT)


def test_an_abort_after_the_lease_has_expired_fails_at_once(store, running, now, lease):
    record = running()
    assert store.request_abort(record.job_id, ABORT, now + lease).state is JobState.FAILED


def test_an_abort_of_an_ended_job_changes_nothing(store, running, now):
    record = running()
    ended = store.transition(record.job_id, 1, JobState.HEAVY_PROFILES_READY, JobChange(), now)
    assert store.request_abort(record.job_id, ABORT, now) == ended


def test_a_job_is_lost_only_after_its_lease(store, running, now, lease):
    record = running(runner=RunnerKind.EMBEDDED)
    assert store.fail_lost(record.job_id, 1, LOST, now) == record
    assert store.fail_lost(record.job_id, 0, LOST, now + lease) == record, "another attempt came meanwhile"
    failed = store.fail_lost(record.job_id, 1, LOST, now + lease)
    assert (failed.state, failed.reason) == (JobState.FAILED, LOST)
    assert store.fail_lost(record.job_id, 1, ABORT, now + 2 * lease) == failed


def test_a_clean_up_is_marked_once(store, running, now):
    record = running()
    store.transition(record.job_id, 1, JobState.HEAVY_PROFILES_READY, JobChange(), now)
    assert store.mark_cleaned_up(record.job_id, now) is True
    assert store.mark_cleaned_up(record.job_id, now) is False
    marked = store.get(record.job_id)
    assert (marked.cleaned_up, marked.state) == (True, JobState.HEAVY_PROFILES_READY)
    assert [event.kind for event in store.events(record.job_id)].count(EventKind.CLEANED_UP) == 1
