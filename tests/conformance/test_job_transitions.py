"""States pass in order: whatever is out of order is refused, and changes nothing."""

import pytest

from airflow_provider_profiler.contract.errors import IllegalTransition, StaleAttempt
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange

LEGAL = {
    ("heavy", JobState.STARTING): {
        JobState.LIGHT_PROFILE_READY,
        JobState.HEAVY_PROFILES_READY,
        JobState.FAILED,
    },
    ("heavy", JobState.LIGHT_PROFILE_READY): {JobState.HEAVY_PROFILES_READY, JobState.FAILED},
    ("light", JobState.STARTING): {JobState.LIGHT_PROFILE_READY, JobState.FAILED},
}


@pytest.mark.parametrize(("target", "state"), LEGAL, ids=str)
@pytest.mark.parametrize("wanted", JobState)
def test_a_running_job_moves_forward_only(store, running, now, target, state, wanted):
    record = running(only_light_profile=target == "light")
    if state is not record.state:
        record = store.transition(record.job_id, 1, state, JobChange(), now)
    events = store.events(record.job_id)
    change = JobChange(profiles_available=("light",))
    if wanted in LEGAL[target, state]:
        moved = store.transition(record.job_id, 1, wanted, change, now)
        assert (moved.state, moved.profiles_available) == (wanted, ("light",))
        return
    with pytest.raises(IllegalTransition, match=rf"{record.job_id} is {state.value} and cannot become {wanted.value}"):
        store.transition(record.job_id, 1, wanted, change, now)
    assert store.get(record.job_id) == record
    assert store.events(record.job_id) == events


@pytest.mark.parametrize("ended_as", [JobState.HEAVY_PROFILES_READY, JobState.FAILED])
@pytest.mark.parametrize("wanted", JobState)
def test_no_state_follows_the_last_one(store, ended, now, ended_as, wanted):
    record = ended(ended_as)
    with pytest.raises(StaleAttempt, match=f"has ended as {ended_as.value}"):
        store.transition(record.job_id, 1, wanted, JobChange(), now)
    assert store.get(record.job_id) == record


def test_a_later_attempt_goes_on_from_the_state_that_was_told(store, running, now, lease):
    record = running()
    store.transition(record.job_id, 1, JobState.LIGHT_PROFILE_READY, JobChange(), now)
    again = store.claim(record.job_id, "worker-2", now + lease, now + 2 * lease)
    with pytest.raises(IllegalTransition):
        store.transition(record.job_id, again.attempt, JobState.LIGHT_PROFILE_READY, JobChange(), now)
    ended = store.transition(record.job_id, again.attempt, JobState.HEAVY_PROFILES_READY, JobChange(), now)
    assert ended.terminal
