"""A submission that is sent twice at once is one job, however many are sent."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from airflow_provider_profiler.contract.job import JobFilter
from airflow_provider_profiler.contract.states import JobState

SUBMITTERS = 16


def submit_all(store, jobs):
    with ThreadPoolExecutor(SUBMITTERS) as pool:
        return list(pool.map(store.submit, jobs))


def test_a_thousand_submissions_with_one_key_are_one_job(store, new_job):
    submissions = submit_all(store, [new_job(key="nightly") for _ in range(1000)])
    assert sum(item.created for item in submissions) == 1
    assert len({item.record.job_id for item in submissions}) == 1
    assert store.count_jobs() == store.feed_end() == 1
    assert store.submit(new_job()).record.revision == 2


def test_five_hundred_keys_sent_twice_are_five_hundred_jobs(store, new_job):
    keys = [f"run {number}" for number in range(500)]
    submissions = submit_all(store, [new_job(key=key) for key in keys for _ in range(2)])
    assert sum(item.created for item in submissions) == 500
    jobs = Counter(item.record.job_id for item in submissions)
    assert set(jobs.values()) == {2}
    assert len(jobs) == 500
    assert {item.record.idempotency_key for item in submissions} == set(keys)
    assert sorted({item.record.revision for item in submissions}) == list(range(1, 501))
    assert store.count_jobs(JobFilter(states=(JobState.SUBMITTING,))) == 500


def test_one_key_of_two_clients_is_two_jobs(store, new_job):
    jobs = [new_job(key="k", client=client) for _ in range(20) for client in ("a", "b")]
    submissions = submit_all(store, jobs)
    assert Counter(item.record.client for item in submissions if item.created) == {"a": 1, "b": 1}
