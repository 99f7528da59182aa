from datetime import timedelta

import pytest

from airflow_provider_profiler.contract.reasons import ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.lost import START_GRACE, observed
from airflow_provider_profiler.jobs.store import RunnerKind

LEASE = timedelta(seconds=30)


def test_an_embedded_job_whose_process_died_is_lost_at_the_next_look(store, claimed, clock):
    record = claimed(runner=RunnerKind.EMBEDDED)
    assert observed(store, record, clock() + LEASE - timedelta(seconds=1)) == record
    lost = observed(store, record, clock() + LEASE)
    assert (lost.state, lost.reason.code) == (JobState.FAILED, ReasonCode.LOST)
    assert store.get(record.job_id) == lost


def test_an_embedded_job_that_nobody_started_is_lost_after_a_grace(store, submit, clock):
    record = submit(runner=RunnerKind.EMBEDDED)
    assert observed(store, record, clock() + START_GRACE - timedelta(seconds=1)) == record
    assert observed(store, record, clock() + START_GRACE).reason.code is ReasonCode.LOST


def test_a_reader_with_an_old_record_kills_nothing(store, claimed, clock):
    """The lease was renewed between the reader's look and its verdict."""
    record = claimed(runner=RunnerKind.EMBEDDED)
    later = clock() + LEASE
    renewed = store.renew(record.job_id, 1, later, later + LEASE)
    assert observed(store, record, later) == renewed


@pytest.mark.parametrize("runner", [RunnerKind.INLINE, RunnerKind.RAY])
def test_jobs_that_others_may_take_over_are_not_lost(store, claimed, clock, runner):
    record = claimed(runner=runner)
    assert observed(store, record, clock() + 100 * LEASE) == record


def test_a_job_that_has_ended_is_not_lost(store, claimed, clock):
    record = claimed(runner=RunnerKind.EMBEDDED)
    ended = store.transition(record.job_id, 1, JobState.HEAVY_PROFILES_READY, JobChange(), clock())
    assert observed(store, ended, clock() + 100 * LEASE) == ended
