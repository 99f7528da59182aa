"""What every job store does alike."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from airflow_provider_profiler.contract.errors import IdempotencyConflict, JobNotFound, StaleAttempt
from airflow_provider_profiler.contract.job import (
    EventKind,
    JobSummary,
    JobWarning,
    Progress,
    Stage,
    StageName,
)
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.store import JobChange, RunnerKind

ABORT = Reason(code=ReasonCode.ABORTED, message="somebody asked for it")
LOST = Reason(code=ReasonCode.LOST, message="its process died")


@pytest.fixture
def running(store, new_job, now, lease):
    """Submits a job and claims it."""

    def make(**options):
        job = store.submit(new_job(**options)).record
        record = store.claim(job.job_id, "worker-1", now, now + lease)
        assert record is not None
        return record

    return make


# --- submission ---


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


# --- leases ---


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


# --- writing ---

WRITES = {
    "renew": lambda store, job, attempt, now: store.renew(job, attempt, now, now),
    "release": lambda store, job, attempt, now: store.release(job, attempt),
    "while_held": lambda store, job, attempt, now: store.while_held(job, attempt, lambda: pytest.fail("ran")),
    "update": lambda store, job, attempt, now: store.update(job, attempt, JobChange(profiles_available=("heavy",))),
    "transition": lambda store, job, attempt, now: store.transition(
        job, attempt, JobState.HEAVY_PROFILES_READY, JobChange(), now
    ),
    "append_event": lambda store, job, attempt, now: store.append_event(job, attempt, EventKind.STAGE, {}, now),
    "publish": lambda store, job, attempt, now: store.publish(job, attempt, lambda: pytest.fail("ran")),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_stale_attempt_changes_nothing(store, running, now, lease, write):
    record = running()
    current = store.claim(record.job_id, "worker-2", now + lease, now + 2 * lease)
    events = store.events(record.job_id)
    with pytest.raises(StaleAttempt):
        write(store, record.job_id, record.attempt, now)
    assert store.get(record.job_id) == current
    assert store.events(record.job_id) == events
    assert store.published_revision(record.dataset_id) is None


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_job_that_has_ended_changes_no_more(store, running, now, write):
    record = running()
    ended = store.transition(record.job_id, 1, JobState.FAILED, JobChange(reason=LOST), now)
    with pytest.raises(StaleAttempt):
        write(store, record.job_id, 1, now)
    assert store.get(record.job_id) == ended


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nobody_writes_to_a_job_that_was_never_claimed(store, new_job, now, write):
    record = store.submit(new_job()).record
    with pytest.raises(StaleAttempt):
        write(store, record.job_id, 0, now)
    assert store.get(record.job_id) == record


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_an_unknown_job_is_named_in_the_error(store, now, write):
    unknown = uuid4()
    with pytest.raises(JobNotFound, match=str(unknown)):
        write(store, unknown, 1, now)


def test_other_calls_on_an_unknown_job(store, now, lease):
    unknown = uuid4()
    assert store.get(unknown) is None
    assert store.mark_cleaned_up(unknown, now) is False
    for call in (
        lambda: store.claim(unknown, "w", now, now + lease),
        lambda: store.fail_lost(unknown, 1, LOST, now),
        lambda: store.request_abort(unknown, ABORT, now),
        lambda: store.events(unknown),
    ):
        with pytest.raises(JobNotFound):
            call()


def test_every_field_of_a_change_is_kept(store, running, now):
    record = running()
    change = JobChange(
        profiles_available=("light", "heavy"),
        cdd_revision_path="/cdd/1.json",
        progress=Progress(percent=12.5, stage=StageName.READ, rows=2**40, bytes=7, heartbeat=now),
        stages=(Stage(name=StageName.DISCOVER, started=now, finished=now), Stage(name=StageName.READ, started=now)),
        warnings=(JobWarning(code="c", message="μήνυμα"),),
        summary=JobSummary(files=3, rows=2**40),
    )
    changed = store.update(record.job_id, 1, change)
    assert changed == store.get(record.job_id)
    for name in change.model_fields_set:
        assert getattr(changed, name) == getattr(change, name), name
    untouched = store.update(record.job_id, 1, JobChange(profiles_available=()))
    assert untouched == changed.model_copy(update={"profiles_available": ()})


def test_a_change_and_its_transition_are_seen_together(store, running, now):
    record = running()
    moved = store.transition(
        record.job_id, 1, JobState.LIGHT_PROFILE_READY, JobChange(profiles_available=("light",)), now
    )
    assert (moved.state, moved.profiles_available, moved.finished) == (
        JobState.LIGHT_PROFILE_READY,
        ("light",),
        None,
    )
    assert moved.lease_until is not None


@pytest.mark.parametrize(
    ("light_only", "state"),
    [
        (True, JobState.LIGHT_PROFILE_READY),
        (False, JobState.HEAVY_PROFILES_READY),
        (True, JobState.FAILED),
        (False, JobState.FAILED),
    ],
)
def test_a_final_state_ends_the_lease(store, running, now, light_only, state):
    record = running(only_light_profile=light_only)
    ended = store.transition(record.job_id, 1, state, JobChange(), now)
    assert (ended.lease_until, ended.finished, ended.terminal) == (None, now, True)
    later = now + timedelta(days=1)
    assert store.claimable(RunnerKind.INLINE, later) == ()
    assert store.claim(record.job_id, "worker-2", later, later + timedelta(days=1)) is None


def test_nobody_takes_a_job_over_while_its_holder_writes(backing, store, running, now, lease):
    """A worker that was stalled beyond its lease writes under the store's eyes, or not at all."""
    record = running()
    inside, reaching, taken_over = threading.Event(), threading.Event(), threading.Event()
    later = now + 2 * lease
    other = backing.open()

    def write():
        inside.set()
        assert reaching.wait(20)
        # Not a measurement: where the store holds, the other never comes through, however long this waits.
        assert not taken_over.wait(0.2)

    def take_over():
        assert inside.wait(20)
        reaching.set()
        taken = other.claim(record.job_id, "worker-2", later, later + lease)
        taken_over.set()
        return taken

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(store.while_held, record.job_id, 1, write)
        taking = pool.submit(take_over)
        writing.result(20)
        assert taking.result(20).attempt == 2
    other.close()


def test_while_held_hands_back_result_and_exception(store, running):
    record = running()
    assert store.while_held(record.job_id, 1, lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        store.while_held(record.job_id, 1, lambda: 1 // 0)
    assert store.get(record.job_id) == record


# --- ends that others bring ---


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


# --- reading ---


def test_events_count_from_one_without_gaps(store, running, now):
    record = running()
    for number in range(5):
        event = store.append_event(record.job_id, 1, EventKind.STAGE, {"stage": "read", "n": number}, now)
        assert event in store.events(record.job_id)
    everything = store.events(record.job_id)
    assert [event.sequence for event in everything] == list(range(1, 8))
    assert store.events(record.job_id, after=5) == everything[5:]
    assert store.events(record.job_id, after=2, limit=2) == everything[2:4]
    assert store.events(record.job_id, after=7) == ()


def test_events_of_threads_have_numbers_of_their_own(store, running, now):
    record = running()
    with ThreadPoolExecutor(6) as pool:
        numbers = list(
            pool.map(lambda n: store.append_event(record.job_id, 1, EventKind.STAGE, {"n": n}, now).sequence, range(30))
        )
    assert sorted(numbers) == list(range(3, 33))


def test_lists_are_newest_first_filtered_and_paged(store, new_job, now, lease):
    other = uuid4()
    jobs = [store.submit(new_job()).record.job_id for _ in range(4)]
    stranger = store.submit(new_job(dataset_id=other)).record.job_id
    store.claim(jobs[1], "w", now, now + lease)
    dataset = store.get(jobs[0]).dataset_id

    def ids(**query) -> list[UUID]:
        return [record.job_id for record in store.list_jobs(**query)]

    assert ids() == [stranger, *reversed(jobs)]
    assert ids(dataset_id=other) == [stranger]
    assert ids(state=JobState.STARTING) == [jobs[1]]
    assert ids(dataset_id=dataset, state=JobState.SUBMITTING) == [jobs[3], jobs[2], jobs[0]]
    assert ids(limit=2, offset=1) == [jobs[3], jobs[2]]
    assert ids(offset=9) == []


def test_another_handle_sees_what_this_one_did(backing, store, running, now):
    record = running(key="k")
    store.append_event(record.job_id, 1, EventKind.WARNING, {"code": "c"}, now)
    other = backing.open()
    assert other.get(record.job_id) == record
    assert other.events(record.job_id) == store.events(record.job_id)
    other.close()


def test_ping_says_a_word(store):
    assert store.ping()


# --- publication ---


def publish(store, record, log):
    def replace() -> str:
        log.append(record.revision)
        return "/cdd/dataset.json"

    return store.publish(record.job_id, record.attempt, replace)


def test_revisions_that_finish_in_order_are_published_each(store, running):
    first, second = running(), running()
    log = []
    assert store.published_revision(first.dataset_id) is None
    assert publish(store, first, log)
    assert store.published_revision(first.dataset_id) == 1
    assert publish(store, second, log)
    assert store.published_revision(first.dataset_id) == 2
    assert log == [1, 2]


def test_an_older_revision_that_finishes_later_is_not_published(store, running):
    older, newer = running(), running()
    log = []
    assert publish(store, newer, log)
    assert not publish(store, older, log)
    assert (store.published_revision(older.dataset_id), log) == (2, [2])


def test_an_older_revision_that_stalls_while_it_publishes_comes_first(backing, store, running):
    """The newer one waits: otherwise the older one's file could land on top of its own."""
    older, newer = running(), running()
    inside, reaching, published = threading.Event(), threading.Event(), threading.Event()
    log = []
    other = backing.open()

    def stall() -> str:
        inside.set()
        assert reaching.wait(20)
        assert not published.wait(0.2)
        log.append(1)
        return "/cdd/dataset.json"

    def overtake() -> bool:
        assert inside.wait(20)
        reaching.set()
        done = publish(other, newer, log)
        published.set()
        return done

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(store.publish, older.job_id, 1, stall)
        fast = pool.submit(overtake)
        assert slow.result(20) is True
        assert fast.result(20) is True
    other.close()
    assert log == [1, 2]
    assert store.published_revision(older.dataset_id) == 2


def test_a_failed_replacement_publishes_nothing(store, running):
    older, newer = running(), running()

    def full() -> str:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        store.publish(newer.job_id, 1, full)
    assert store.published_revision(newer.dataset_id) is None
    assert publish(store, older, [])


def test_a_later_attempt_of_a_published_revision_replaces_its_own_file(store, running, now, lease):
    record = running()
    log = []
    publish(store, record, log)
    again = store.claim(record.job_id, "worker-2", now + lease, now + 2 * lease)
    assert publish(store, again, log)
    assert log == [1, 1]


def test_datasets_are_published_apart(store, running):
    one, two = running(), running(dataset_id=uuid4())
    assert publish(store, one, [])
    assert store.published_revision(two.dataset_id) is None
    assert store.published_revision(uuid4()) is None


def test_the_published_revision_can_be_written_again_while_nobody_publishes(backing, store, running):
    first, second = running(), running()
    seen = []
    store.with_published(first.dataset_id, seen.append)
    assert seen == [], "nothing is published yet"
    publish(store, first, [])
    inside, reaching, published = threading.Event(), threading.Event(), threading.Event()
    other = backing.open()

    def restore(revision: int) -> None:
        inside.set()
        assert reaching.wait(20)
        assert not published.wait(0.2)
        seen.append(revision)

    def overtake() -> bool:
        assert inside.wait(20)
        reaching.set()
        done = publish(other, second, [])
        published.set()
        return done

    with ThreadPoolExecutor(2) as pool:
        restoring = pool.submit(store.with_published, first.dataset_id, restore)
        assert pool.submit(overtake).result(20) is True
        restoring.result(20)
    other.close()
    store.with_published(first.dataset_id, seen.append)
    assert seen == [1, 2]


def test_a_durable_store_has_no_shortcomings(store):
    assert store.shortcomings() == ()
