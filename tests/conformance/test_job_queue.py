"""Who starts next, where a job stands in the queue, and when no more may wait."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_profiler.contract.errors import IdempotencyConflict, QueueFull
from airflow_provider_profiler.contract.job import JobFilter
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.store import QueueLimits, RunnerKind

ABORT = Reason(code=ReasonCode.ABORTED, message="somebody asked for it")


def queue(store, now, runner=RunnerKind.INLINE):
    return store.claimable(runner, now, limit=1000)


def places(store, jobs):
    return [store.queue_place(job) for job in jobs]


# --- fairness ---


def test_a_client_that_floods_the_queue_does_not_keep_another_waiting(store, new_job, now):
    flood = [store.submit(new_job(client="nightly")).record.job_id for _ in range(20)]
    late = [store.submit(new_job(client="analyst")).record.job_id for _ in range(2)]
    order = queue(store, now)
    assert order[:4] == (flood[0], late[0], flood[1], late[1])
    assert order[4:] == tuple(flood[2:])
    assert places(store, order) == list(range(1, 23))


def test_jobs_that_run_count_as_well(store, new_job, now, lease):
    running = [store.submit(new_job(client="nightly")).record.job_id for _ in range(3)]
    for job in running:
        store.claim(job, "worker", now, now + lease)
    older = [store.submit(new_job(client="nightly")).record.job_id for _ in range(2)]
    younger = [store.submit(new_job(client="analyst")).record.job_id for _ in range(4)]
    # The analyst's first three have the turns 0 to 2; from 3 on both have one, and the older comes first.
    assert queue(store, now) == (*younger[:3], older[0], younger[3], older[1])
    store.transition(running[0], 1, JobState.HEAVY_PROFILES_READY, JobChange(), now)
    assert queue(store, now) == (*younger[:2], older[0], younger[2], older[1], younger[3])


def test_priority_comes_before_fairness(store, new_job, now):
    flood = [store.submit(new_job(client="nightly", priority=5)).record.job_id for _ in range(3)]
    normal = store.submit(new_job(client="nightly")).record.job_id
    other = store.submit(new_job(client="analyst")).record.job_id
    assert queue(store, now) == (*flood, other, normal)
    assert places(store, [*flood, other, normal]) == [1, 2, 3, 4, 5]


def test_a_job_whose_process_was_lost_comes_first_within_its_priority(store, running, new_job, now, lease):
    waiting = store.submit(new_job(client="analyst")).record.job_id
    lost = running(client="nightly").job_id
    urgent = store.submit(new_job(client="nightly", priority=1)).record.job_id
    assert queue(store, now + lease) == (urgent, lost, waiting)


def test_losses_are_counted_and_what_is_given_back_is_none(store, running, now, lease):
    record = running()
    assert record.losses == 0
    store.release(record.job_id, 1)
    again = store.claim(record.job_id, "worker-2", now, now + lease)
    assert (again.attempt, again.losses) == (2, 0)
    taken_over = store.claim(record.job_id, "worker-3", now + lease, now + 2 * lease)
    assert (taken_over.attempt, taken_over.losses) == (3, 1)
    assert store.get(record.job_id) == taken_over


def test_a_job_given_back_stands_in_the_queue_again(store, running, new_job, now):
    record = running(client="one")
    other = store.submit(new_job(client="two")).record.job_id
    assert store.queue_place(record.job_id) is None
    assert store.queue_place(other) == 1
    released = store.release(record.job_id, 1)
    assert released.waiting
    assert places(store, [record.job_id, other]) == [1, 2]


def test_only_jobs_that_wait_have_a_place(store, new_job, running, ended):
    assert store.queue_place(uuid4()) is None
    assert store.queue_place(running().job_id) is None
    assert store.queue_place(ended().job_id) is None
    assert store.queue_place(store.submit(new_job(runner=RunnerKind.EMBEDDED)).record.job_id) is None
    assert store.queue_place(store.submit(new_job()).record.job_id) == 1


def test_each_runner_has_a_queue_of_its_own(store, new_job):
    inline = store.submit(new_job()).record.job_id
    on_ray = [store.submit(new_job(runner=RunnerKind.RAY)).record.job_id for _ in range(2)]
    assert places(store, [inline, *on_ray]) == [1, 1, 2]
    assert store.waiting_count() == 3


def test_as_many_wait_as_nobody_has_begun(store, new_job, running, ended, now):
    assert store.waiting_count() == 0
    record = running()
    ended()
    store.submit(new_job(runner=RunnerKind.EMBEDDED))
    job = store.submit(new_job()).record
    assert store.waiting_count() == 1
    store.release(record.job_id, 1)
    assert store.waiting_count() == 2
    store.request_abort(job.job_id, ABORT, now)
    assert store.waiting_count() == 1


WAITING = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([-1, 0, 1]), st.sampled_from(["wait", "wait", "run", "end"])),
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(jobs=WAITING)
def test_the_queue_is_what_its_rule_says(backing, new_job, now, lease, jobs):
    """The rule in a few lines, beside what each store makes of it."""
    store = backing.open()
    for job in queue(store, now):
        store.request_abort(job, ABORT, now)
    waiting, running = [], []
    for number, (client, priority, fate) in enumerate(jobs):
        record = store.submit(new_job(client=client, priority=priority)).record
        if fate == "wait":
            waiting.append((priority, number, client, record.job_id))
            continue
        store.claim(record.job_id, "worker", now, now + lease)
        if fate == "end":
            store.transition(record.job_id, 1, JobState.HEAVY_PROFILES_READY, JobChange(), now)
        else:
            running.append((client, record.job_id))

    def turn(job):
        before = [one for one in waiting if one[2] == job[2] and (-one[0], one[1]) < (-job[0], job[1])]
        return len(before) + sum(client == job[2] for client, _ in running)

    expected = [job[3] for job in sorted(waiting, key=lambda job: (-job[0], turn(job), job[1]))]
    assert list(queue(store, now)) == expected
    assert places(store, expected) == list(range(1, len(expected) + 1))
    assert store.waiting_count() == len(expected)
    for _, job in running:
        store.transition(job, 1, JobState.FAILED, JobChange(), now)
    store.close()


# --- limits ---


def test_no_more_jobs_wait_than_may(store, new_job, now, lease):
    limits = QueueLimits(total=2)
    jobs = [store.submit(new_job(), limits).record.job_id for _ in range(2)]
    with pytest.raises(QueueFull, match=r"As many jobs are waiting as may \(2\)") as refused:
        store.submit(new_job(), limits)
    assert refused.value.retry_after > 0
    assert store.count_jobs() == 2
    store.claim(jobs[0], "worker", now, now + lease)
    assert store.submit(new_job(), limits).record.revision == 3, "what was refused took no number"


def test_a_client_has_a_limit_of_its_own(store, new_job):
    limits = QueueLimits(total=5, per_client=2)
    for _ in range(2):
        store.submit(new_job(client="nightly"), limits)
    with pytest.raises(QueueFull, match=r"As many of your jobs are waiting as may \(2\)"):
        store.submit(new_job(client="nightly"), limits)
    for client in ("analyst", "analyst", "curator"):
        store.submit(new_job(client=client), limits)
    with pytest.raises(QueueFull, match=r"as may \(5\)"):
        store.submit(new_job(client="curator"), limits)


def test_jobs_of_both_runners_count_and_embedded_ones_do_not(store, new_job):
    store.submit(new_job(runner=RunnerKind.EMBEDDED))
    limits = QueueLimits(total=2, per_client=2)
    store.submit(new_job(), limits)
    store.submit(new_job(runner=RunnerKind.RAY), limits)
    with pytest.raises(QueueFull):
        store.submit(new_job(), limits)


def test_nobody_waits_where_none_may(store, new_job):
    with pytest.raises(QueueFull):
        store.submit(new_job(), QueueLimits(total=0))


def test_a_repeated_key_is_answered_when_the_queue_is_full(store, new_job):
    limits = QueueLimits(total=1, per_client=1)
    first = store.submit(new_job(key="k"), limits)
    again = store.submit(new_job(key="k"), limits)
    assert (again.created, again.record.job_id) == (False, first.record.job_id)
    with pytest.raises(IdempotencyConflict):
        store.submit(new_job(key="k", only_light_profile=True), limits)


def test_a_key_that_was_refused_may_come_again(store, new_job, now, lease):
    first = store.submit(new_job()).record
    with pytest.raises(QueueFull):
        store.submit(new_job(key="k"), QueueLimits(total=1))
    assert store.repeated(new_job(key="k")) is None
    store.claim(first.job_id, "worker", now, now + lease)
    assert store.submit(new_job(key="k"), QueueLimits(total=1)).created


def test_limits_hold_for_submissions_at_the_same_time(store, new_job):
    limits = QueueLimits(total=10, per_client=6)
    jobs = [new_job(client="ab"[number % 2], dataset_id=uuid4()) for number in range(48)]
    gate = threading.Barrier(12)

    def submit(job):
        if job in jobs[:12]:
            gate.wait()
        try:
            return store.submit(job, limits).record.client
        except QueueFull:
            return None

    with ThreadPoolExecutor(12) as pool:
        taken = [client for client in pool.map(submit, jobs) if client]
    assert len(taken) == 10
    assert max(taken.count("a"), taken.count("b")) <= 6
    assert store.count_jobs(JobFilter(states=(JobState.SUBMITTING,))) == store.waiting_count() == 10
