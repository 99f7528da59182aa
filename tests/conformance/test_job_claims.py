"""Who runs a job: claims, leases, and giving back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from airflow_provider_profiler.contract.errors import StaleAttempt
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.store import RunnerKind


def test_a_claim_starts_the_job(store, new_job, now, lease):
    job = store.submit(new_job()).record
    record = store.claim(job.job_id, "worker-1", now, now + lease)
    assert (record.state, record.attempt, record.owner) == (JobState.STARTING, 1, "worker-1")
    assert (record.started, record.lease_until, record.progress.heartbeat) == (now, now + lease, now)
    assert store.get(job.job_id) == record
    assert [event.data["state"] for event in store.events(job.job_id)] == ["SUBMITTING", "STARTING"]


def test_a_valid_lease_keeps_others_off(store, running, now, lease):
    record = running()
    almost = now + lease - timedelta(microseconds=1)
    assert store.claim(record.job_id, "worker-2", almost, almost + lease) is None
    assert store.claimable(RunnerKind.INLINE, almost) == ()


def test_an_expired_lease_lets_another_take_over(store, running, now, lease):
    record = running()
    store.transition(record.job_id, 1, JobState.LIGHT_PROFILE_READY, JobChange(profiles_available=("light",)), now)
    later = now + lease
    assert store.claimable(RunnerKind.INLINE, later) == (record.job_id,)
    taken = store.claim(record.job_id, "worker-2", later, later + lease)
    assert (taken.attempt, taken.owner, taken.started) == (2, "worker-2", now)
    assert taken.state is JobState.LIGHT_PROFILE_READY, "what people were told stays true"
    with pytest.raises(StaleAttempt):
        store.renew(record.job_id, 1, later, later + lease)


def test_renewals_keep_a_job_for_longer_than_one_lease(store, running, now, lease):
    record = running()
    for step in range(1, 6):
        moment = now + step * lease * 0.5
        renewed = store.renew(record.job_id, 1, moment, moment + lease)
        assert (renewed.progress.heartbeat, renewed.lease_until) == (moment, moment + lease)
        assert store.claim(record.job_id, "worker-2", moment, moment + lease) is None


def test_of_many_claims_one_wins(store, new_job, now, lease):
    for _ in range(5):
        job = store.submit(new_job()).record
        gate = threading.Barrier(8)

        def claim(name, job=job, gate=gate):
            gate.wait()
            return store.claim(job.job_id, name, now, now + lease)

        with ThreadPoolExecutor(8) as pool:
            winners = [record for record in pool.map(claim, "abcdefgh") if record]
        assert len(winners) == 1
        assert store.get(job.job_id).owner == winners[0].owner
        assert winners[0].attempt == 1


CLAIMER = """
now = datetime.fromisoformat(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for job_id in sys.argv[2:]:
    record = store.claim(UUID(job_id), "another", now, now + timedelta(seconds=30))
    if record:
        print(job_id, record.attempt)
store.close()
"""


def test_of_claims_by_several_processes_one_wins(backing, store, new_job, now):
    jobs = [str(store.submit(new_job()).record.job_id) for _ in range(20)]
    processes = [backing.start(CLAIMER, now.isoformat(), *jobs) for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    won = [line for process in processes for line in process.communicate()[0].splitlines()]
    assert sorted(won) == sorted(f"{job} 1" for job in jobs)


def test_waiting_jobs_come_by_priority_then_age(store, new_job, now):
    jobs = {
        name: store.submit(new_job(priority=priority)).record.job_id
        for name, priority in [("old", 0), ("low", -5), ("high", 5), ("young", 0), ("high too", 5)]
    }
    order = store.claimable(RunnerKind.INLINE, now, limit=10)
    assert order == tuple(jobs[name] for name in ["high", "high too", "old", "young", "low"])
    assert store.claimable(RunnerKind.INLINE, now) == (jobs["high"],)


def test_each_runner_sees_its_own_jobs(store, new_job, now, lease):
    inline = store.submit(new_job()).record.job_id
    ray = store.submit(new_job(runner=RunnerKind.RAY)).record.job_id
    assert store.claimable(RunnerKind.INLINE, now, limit=10) == (inline,)
    assert store.claimable(RunnerKind.RAY, now, limit=10) == (ray,)


def test_an_embedded_job_is_never_taken_over(store, running, now, lease):
    record = running(runner=RunnerKind.EMBEDDED)
    later = now + 10 * lease
    assert store.claimable(RunnerKind.EMBEDDED, later) == ()
    assert store.claim(record.job_id, "worker-2", later, later + lease) is None


def test_a_job_given_back_is_taken_at_once(store, running, now, lease):
    record = running()
    released = store.release(record.job_id, 1)
    assert (released.owner, released.lease_until, released.state) == (None, None, JobState.STARTING)
    with pytest.raises(StaleAttempt):
        store.renew(record.job_id, 1, now, now + lease)
    taken = store.claim(record.job_id, "worker-2", now, now + lease)
    assert (taken.attempt, taken.owner) == (2, "worker-2")
