"""A submission makes a job, a repeated key does not."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from airflow_provider_profiler.contract.errors import IdempotencyConflict
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.job_change import JobChange

LOST = Reason(code=ReasonCode.LOST, message="its process died")


def test_a_submission_comes_back_as_it_was_made(store, new_job):
    job = new_job(key="k", client="airflow", labels={"team": "Θάλασσα"}, priority=7, only_light_profile=True)
    submission = store.submit(job)
    assert submission.created
    record = store.get(job.job_id)
    assert record == submission.record
    assert (record.request, record.fingerprint, record.runner) == (job.request, job.fingerprint, job.runner)
    assert (record.client, record.idempotency_key, record.created) == ("airflow", "k", job.created)
    assert (record.state, record.attempt, record.owner) == (JobState.SUBMITTING, 0, None)
    assert [event.data for event in store.events(job.job_id)] == [{"state": "SUBMITTING"}]


def test_the_trace_of_a_submission_stays_with_its_job(store, new_job, now):
    header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    job = new_job()
    traced = store.submit(job.model_copy(update={"traceparent": header})).record
    assert store.get(traced.job_id).traceparent == header
    claimed = store.claim(traced.job_id, "worker", now, now + timedelta(seconds=30))
    assert claimed.traceparent == header
    assert store.submit(new_job()).record.traceparent == ""


def test_unknown_fields_of_a_specification_survive(store, new_job):
    job = new_job()
    specification = job.request.profile_specification.model_copy()
    extended = type(specification).model_validate({**specification.model_dump(), "Γλώσσα": ["el"], "n": 2**70})
    job = job.model_copy(update={"request": job.request.model_copy(update={"profile_specification": extended})})
    record = store.submit(job).record
    assert record.request.profile_specification.unknown_fields == {"Γλώσσα": ["el"], "n": 2**70}


def test_revisions_count_per_dataset(store, new_job):
    other = uuid4()
    numbers = [store.submit(new_job()).record.revision for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert store.submit(new_job(dataset_id=other)).record.revision == 1
    assert store.submit(new_job()).record.revision == 4


def test_a_repeated_key_is_the_same_job_and_takes_no_revision(store, new_job):
    first = store.submit(new_job(key="k"))
    second = store.submit(new_job(key="k"))
    assert (first.created, second.created) == (True, False)
    assert second.record.job_id == first.record.job_id
    assert store.submit(new_job()).record.revision == 2


def test_a_key_stays_taken_when_its_job_has_ended(store, new_job, running, now):
    record = running(key="k")
    store.transition(record.job_id, 1, JobState.FAILED, JobChange(reason=LOST), now)
    again = store.submit(new_job(key="k"))
    assert not again.created
    assert again.record.state is JobState.FAILED


def test_a_key_of_another_request_is_a_conflict_and_stores_nothing(store, new_job):
    store.submit(new_job(key="k"))
    with pytest.raises(IdempotencyConflict):
        store.submit(new_job(key="k", only_light_profile=True))
    assert len(store.list_jobs()) == 1
    assert store.submit(new_job()).record.revision == 2


def test_a_repeated_key_can_be_looked_up_without_submitting(store, new_job):
    assert store.repeated(new_job(key="k")) is None
    made = store.submit(new_job(key="k")).record
    assert store.repeated(new_job(key="k")).job_id == made.job_id
    assert store.repeated(new_job(key="k", client="another")) is None
    assert store.repeated(new_job()) is None
    with pytest.raises(IdempotencyConflict):
        store.repeated(new_job(key="k", only_light_profile=True))
    assert len(store.list_jobs()) == 1


def test_keys_are_scoped_by_client(store, new_job):
    assert store.submit(new_job(key="k", client="one")).created
    assert store.submit(new_job(key="k", client="two")).created


def test_submissions_without_key_are_jobs_of_their_own(store, new_job):
    assert store.submit(new_job()).created
    assert store.submit(new_job()).created


def test_threads_that_submit_one_key_make_one_job(store, new_job):
    jobs = [new_job(key="nightly") for _ in range(24)]
    gate = threading.Barrier(12)

    def submit(job):
        if job in jobs[:12]:
            gate.wait()
        return store.submit(job)

    with ThreadPoolExecutor(12) as pool:
        submissions = list(pool.map(submit, jobs))
    assert sum(item.created for item in submissions) == 1
    assert len({item.record.job_id for item in submissions}) == 1
    assert len(store.list_jobs()) == 1


SUBMITTER = """
import json
from airflow_provider_profiler.jobs.store import NewJob
template = NewJob.model_validate_json(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(8):
    for key in ("nightly", None):
        job = template.model_copy(update={"job_id": uuid4(), "idempotency_key": key})
        submission = store.submit(job)
        print(json.dumps([key, str(submission.record.job_id), submission.record.revision, submission.created]))
store.close()
"""


def test_processes_that_submit_one_key_make_one_job(backing, store, new_job):
    template = new_job().model_dump_json()
    processes = [backing.start(SUBMITTER, template) for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = []
    for process in processes:
        output, _ = process.communicate()
        assert process.returncode == 0
        answers += [json.loads(line) for line in output.splitlines()]
    keyed = [answer for answer in answers if answer[0]]
    assert len(keyed) == 24
    assert len({job for _, job, _, _ in keyed}) == 1
    assert sum(created for *_, created in keyed) == 1
    revisions = sorted(revision for _, _, revision, created in answers if created)
    assert revisions == list(range(1, 26)), "every job has a number of its own, without gaps"
    assert len(store.list_jobs(limit=100)) == 25
