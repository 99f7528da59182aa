"""Whatever happens in whatever order: one attempt at a time may write, and an ended job stays ended."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.errors import IllegalTransition, StaleAttempt
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange

LEASE = timedelta(seconds=30)
LOST = Reason(code=ReasonCode.LOST, message="its process died")
ATTEMPTS = st.integers(min_value=0, max_value=4)
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(min_value=1, max_value=40)),
    st.tuples(st.just("claim"), st.sampled_from("ab")),
    st.tuples(st.sampled_from(["renew", "update", "release", "light", "end", "lost", "hold"]), ATTEMPTS),
)


class Model:
    """The rules in a few lines: who holds the job, until when, and whether it has ended."""

    def __init__(self, now):
        self.now, self.attempt, self.holds, self.until, self.ended = now, 0, False, None, False
        self.light = False

    def leased(self):
        return self.until is not None and self.until > self.now

    def answer(self, step, attempt):
        if self.ended or not self.holds or attempt != self.attempt:
            return "stale"
        return "illegal" if step == "light" and self.light else "written"


def write(store, job, step, attempt, at) -> str:
    """Try to write as an attempt; what became of it."""
    writes: dict[str, Callable[[], object]] = {
        "renew": lambda: store.renew(job, attempt, at, at + LEASE),
        "update": lambda: store.update(job, attempt, JobChange(profiles_available=("light",))),
        "hold": lambda: store.while_held(job, attempt, lambda: None),
        "release": lambda: store.release(job, attempt),
        "light": lambda: store.transition(job, attempt, JobState.LIGHT_PROFILE_READY, JobChange(), at),
        "end": lambda: store.transition(job, attempt, JobState.HEAVY_PROFILES_READY, JobChange(), at),
    }
    try:
        writes[step]()
    except StaleAttempt:
        return "stale"
    except IllegalTransition:
        return "illegal"
    return "written"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=5, max_size=25))
def test_leases_follow_their_rules(store, new_job, now, steps):
    job = store.submit(new_job()).record.job_id
    model = Model(now)
    for step, value in steps:
        if step == "wait":
            model.now += timedelta(seconds=value)
        elif step == "claim":
            taken = store.claim(job, value, model.now, model.now + LEASE)
            assert (taken is not None) == (not model.ended and not model.leased())
            if taken:
                model.attempt, model.holds, model.until = model.attempt + 1, True, model.now + LEASE
        elif step == "lost":
            falls = not model.ended and value == model.attempt and not model.leased()
            record = store.fail_lost(job, value, LOST, model.now)
            model.ended = model.ended or falls
            assert record.terminal == model.ended
        else:
            answer = write(store, job, step, value, model.now)
            assert answer == model.answer(step, value), step
            written = answer == "written"
            if written and step == "light":
                model.light = True
            if written and step == "renew":
                model.until = model.now + LEASE
            if written and step == "release":
                model.holds, model.until = False, None
            if written and step == "end":
                model.ended = True
        record = store.get(job)
        assert (record.attempt, record.terminal) == (model.attempt, model.ended)
        sequences = [event.sequence for event in store.events(job)]
        assert sequences == list(range(1, len(sequences) + 1))
