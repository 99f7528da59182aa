import pytest

from airflow_provider_profiler.contract.job import EventKind
from airflow_provider_profiler.contract.reasons import ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.cleanup import clean_up
from airflow_provider_profiler.jobs.control import JobControl, StopCause
from airflow_provider_profiler.storage.results import MOMA_LIGHT


def test_a_job_that_has_ended_keeps_its_word_and_its_revision(store, results, lifecycle, claimed, clock):
    ended = lifecycle.run(claimed(), JobControl())
    assert clean_up(store, results, str(ended.job_id), clock()) == ended.job_id
    cleaned = store.get(ended.job_id)
    assert cleaned == ended.model_copy(update={"cleaned_up": True})
    assert results.read(ended.dataset_id, ended.revision, MOMA_LIGHT)
    assert results.cdd_path_of(ended.dataset_id)


def test_a_waiting_job_is_never_started(store, results, submit, clock):
    record = submit()
    clean_up(store, results, str(record.job_id), clock())
    cleaned = store.get(record.job_id)
    assert (cleaned.state, cleaned.reason.code, cleaned.cleaned_up) == (JobState.FAILED, ReasonCode.ABORTED, True)


def test_a_running_job_is_told_to_stop_and_keeps_its_scratch_until_it_has(store, results, claimed, run, clock):
    record = claimed()
    folder = results.scratch(record.job_id)
    (folder / "part").write_bytes(b"x")
    clean_up(store, results, str(record.job_id), clock())
    cleaned = store.get(record.job_id)
    assert (cleaned.abort_requested, cleaned.cleaned_up, cleaned.terminal) == (True, True, False)
    assert folder.exists(), "what runs would break over a missing folder, and say that instead"
    told = JobControl()
    told.stop(StopCause.ABORT, cleaned.abort_reason)  # as its heartbeat would
    ended = run(record, told)
    assert (ended.terminal, ended.reason.code) == (True, ReasonCode.ABORTED)
    assert not folder.exists()


def test_a_repeated_clean_up_changes_nothing(store, results, submit, clock):
    record = submit()
    clean_up(store, results, str(record.job_id), clock())
    once = store.get(record.job_id)
    assert clean_up(store, results, str(record.job_id), clock()) == record.job_id
    assert store.get(record.job_id) == once
    assert [event.kind for event in store.events(record.job_id)].count(EventKind.CLEANED_UP) == 1


@pytest.mark.parametrize(
    "job_id", ["", "no-uuid", "../../etc", "'; DROP TABLE jobs", "1f0c1a52-6b1e-4d3c-9a57-2f4f6f2f9c11", "α" * 500]
)
def test_an_unknown_job_is_no_error(store, results, job_id, clock):
    assert clean_up(store, results, job_id, clock()) is None
