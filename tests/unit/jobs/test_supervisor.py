import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from airflow_provider_profiler.contract.errors import JobNotFound, ServiceUnavailable
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.control import JobControl, StopCause
from airflow_provider_profiler.jobs.heartbeat import Heartbeat
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.jobs.supervisor import MAX_LOSSES, InlineSupervisor

PATIENCE = 20.0
#: So long that only a wake can be the reason that something happens.
NEVER = 10_000.0
ABORT = Reason(code=ReasonCode.ABORTED, message="somebody asked for it")


class Held:
    """An engine's work that goes on only when the test says so, and looks up between its units."""

    def __init__(self):
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()

    def __call__(self, observer):
        self.begun.release()
        while not self.go_on.wait(0.01):
            observer.check()

    def await_begun(self):
        assert self.begun.acquire(timeout=PATIENCE)


@pytest.fixture
def supervise(store, results, engine, settings, clock):
    """Makes supervisors that are stopped when the test ends."""
    made = []

    def make(runner=RunnerKind.INLINE, *, started=True, poll_seconds=NEVER, **changes):
        supervisor = InlineSupervisor(
            store,
            results,
            engine,
            settings.model_copy(update=changes),
            runner,
            clock=clock,
            poll_seconds=poll_seconds,
        )
        made.append(supervisor)
        if started:
            supervisor.start()
        return supervisor

    yield make
    for supervisor in made:
        supervisor.stop(timeout=PATIENCE)


@pytest.fixture
def held(engine):
    work = Held()
    engine.on_heavy = work
    yield work
    work.go_on.set()


# --- finding jobs ---


def test_a_submission_wakes_the_pool(supervise, submit, store):
    supervisor = supervise()
    record = submit()
    supervisor.wake()
    ended = store.await_end()
    assert (ended.job_id, ended.state) == (record.job_id, JobState.HEAVY_PROFILES_READY)


def test_jobs_that_wait_at_the_start_are_run(supervise, submit, store):
    jobs = {submit().job_id for _ in range(3)}
    supervise()
    assert {store.await_end().job_id for _ in jobs} == jobs


def test_jobs_of_other_processes_are_found_by_looking(supervise, submit, store):
    supervise(poll_seconds=0.01)
    record = submit()
    assert store.await_end().job_id == record.job_id


def test_the_pool_runs_as_many_jobs_at_a_time_as_it_may(supervise, submit, store, held):
    jobs = [submit() for _ in range(3)]
    supervise(max_running_jobs=2)
    held.await_begun()
    held.await_begun()
    assert not held.begun.acquire(timeout=0.1), "the third waits"
    assert store.get(jobs[2].job_id).state is JobState.SUBMITTING
    held.go_on.set()
    assert {store.await_end().job_id for _ in jobs} == {job.job_id for job in jobs}


def test_waiting_jobs_start_by_priority_then_age(supervise, submit, store):
    names = {submit(priority=priority).job_id: name for name, priority in [("b", 0), ("d", -1), ("a", 9), ("c", 0)]}
    supervise()
    assert "".join(names[store.await_end().job_id] for _ in names) == "abcd"


def test_a_store_that_is_gone_for_a_while_stops_nothing(supervise, submit, store, monkeypatch):
    failed = threading.Event()
    real = store.claimable

    def flaky(*args):
        if not failed.is_set():
            failed.set()
            raise ServiceUnavailable("locked")
        return real(*args)

    monkeypatch.setattr(store, "claimable", flaky)
    record = submit()
    supervise(poll_seconds=0.01)
    assert store.await_end().job_id == record.job_id
    assert failed.is_set()


def test_a_job_that_breaks_the_lifecycle_leaves_the_pool_alive(supervise, submit, store, monkeypatch):
    first = submit(priority=1)
    second = submit()
    real = store.while_held

    def broken(job_id, *args, **more):
        if job_id == first.job_id:
            raise ServiceUnavailable("disk I/O error")
        return real(job_id, *args, **more)

    monkeypatch.setattr(store, "while_held", broken)
    supervise()
    assert store.await_end().job_id == second.job_id
    assert not store.get(first.job_id).terminal, "it is run again when its lease has run out"


# --- leases and recovery ---


def test_a_job_of_a_dead_process_is_run_again_after_its_lease(supervise, claimed, store, clock):
    record = claimed()
    supervisor = supervise()
    supervisor.wake()
    clock.advance(29)
    supervisor.wake()
    other = supervise(started=False)
    assert other.run_one(record.job_id).attempt == 1, "the lease is valid: it stays with its owner"
    clock.advance(1)
    supervisor.wake()
    ended = store.await_end()
    assert (ended.job_id, ended.attempt, ended.state) == (record.job_id, 2, JobState.HEAVY_PROFILES_READY)


def test_a_heartbeat_keeps_the_lease_and_hears_of_an_abort(store, claimed, clock):
    record = claimed()
    control = JobControl()
    heartbeat = Heartbeat(store, record, control, 30.0, clock)
    clock.advance(20)
    heartbeat.beat()
    kept = store.get(record.job_id)
    assert (kept.lease_until, kept.progress.heartbeat) == (clock() + timedelta(seconds=30), clock())
    assert control.cause is None
    store.request_abort(record.job_id, ABORT, clock())
    heartbeat.beat()
    assert (control.cause, control.reason) == (StopCause.ABORT, ABORT)


def test_a_heartbeat_that_lost_the_lease_stops_the_job(store, claimed, clock):
    record = claimed()
    control = JobControl()
    clock.advance(30)
    store.claim(record.job_id, "worker-2", clock(), clock() + timedelta(seconds=30))
    Heartbeat(store, record, control, 30.0, clock).beat()
    assert control.cause is StopCause.SUPERSEDED


def test_a_heartbeat_outlives_a_store_that_is_away(store, claimed, clock, monkeypatch):
    record = claimed()
    control = JobControl()
    beats = threading.Semaphore(0)
    real, calls = store.renew, []

    def flaky(*args):
        calls.append(args)
        beats.release()
        if len(calls) == 1:
            raise ServiceUnavailable("locked")
        return real(*args)

    monkeypatch.setattr(store, "renew", flaky)
    heartbeat = Heartbeat(store, record, control, 0.03, clock)
    heartbeat.start()
    assert beats.acquire(timeout=PATIENCE)
    assert beats.acquire(timeout=PATIENCE)
    heartbeat.stop()
    assert control.cause is None


def test_a_running_job_is_renewed_by_its_supervisor(supervise, submit, store, held, monkeypatch):
    renewed = threading.Event()
    real = store.renew

    def watch(*args):
        record = real(*args)
        renewed.set()
        return record

    monkeypatch.setattr(store, "renew", watch)
    supervisor = supervise(lease_seconds=0.06)
    submit()
    supervisor.wake()
    held.await_begun()
    assert renewed.wait(PATIENCE)
    held.go_on.set()
    assert store.await_end().state is JobState.HEAVY_PROFILES_READY


def test_a_superseded_job_stops_and_its_successor_ends_it(supervise, submit, store, held, clock):
    first = supervise()
    record = submit()
    first.wake()
    held.await_begun()
    clock.advance(31)
    second = supervise(started=False)
    with ThreadPoolExecutor(1) as pool:
        successor = pool.submit(second.run_one, record.job_id)
        held.await_begun()
        held.go_on.set()
        ended = successor.result(PATIENCE)
    assert (ended.attempt, ended.state) == (2, JobState.HEAVY_PROFILES_READY)
    first.stop()
    assert store.get(record.job_id) == ended, "the first one's last words were refused"


def test_a_job_that_kills_its_processes_is_given_up(supervise, claimed, store, clock):
    record = claimed()
    for _ in range(MAX_LOSSES - 1):
        clock.advance(31)
        assert store.claim(record.job_id, "killed", clock(), clock() + timedelta(seconds=30))
    clock.advance(31)
    supervise()
    ended = store.await_end()
    assert (ended.state, ended.reason.code) == (JobState.FAILED, ReasonCode.LOST)
    assert str(MAX_LOSSES) in ended.reason.message


def test_a_job_that_is_given_back_again_and_again_is_not_given_up(supervise, submit, store, clock):
    record = submit()
    for attempt in range(1, 2 * MAX_LOSSES):
        store.claim(record.job_id, "restarted", clock(), clock() + timedelta(seconds=30))
        store.release(record.job_id, attempt)
    supervise()
    assert store.await_end().state is JobState.HEAVY_PROFILES_READY


# --- aborts ---


def test_an_abort_reaches_a_running_job_at_once_when_its_process_is_woken(supervise, submit, store, held, clock):
    supervisor = supervise(lease_seconds=NEVER)
    record = submit()
    supervisor.wake()
    held.await_begun()
    store.request_abort(record.job_id, ABORT, clock())
    supervisor.wake()
    ended = store.await_end()
    assert (ended.state, ended.reason) == (JobState.FAILED, ABORT)
    assert ended.profiles_available == ("light",)


def test_an_abort_reaches_a_job_of_another_process_with_its_next_heartbeat(supervise, submit, store, held, clock):
    supervisor = supervise(lease_seconds=0.06)
    record = submit()
    supervisor.wake()
    held.await_begun()
    store.request_abort(record.job_id, ABORT, clock())
    assert store.await_end().reason == ABORT


def test_an_abort_that_its_owner_did_not_live_to_hear_is_carried_out_by_the_next(supervise, claimed, store, clock):
    record = claimed()
    store.request_abort(record.job_id, ABORT, clock())
    clock.advance(31)
    supervise()
    ended = store.await_end()
    assert (ended.attempt, ended.reason) == (2, ABORT)


# --- the end of a process ---


def test_a_stop_gives_running_jobs_back(supervise, submit, store, held, clock):
    supervisor = supervise()
    record = submit()
    supervisor.wake()
    held.await_begun()
    supervisor.stop()
    left = store.get(record.job_id)
    assert (left.state, left.owner, left.reason) == (JobState.LIGHT_PROFILE_READY, None, None)
    assert store.claimable(RunnerKind.INLINE, clock()) == (record.job_id,)
    held.go_on.set()
    assert supervise(started=False).run_one(record.job_id).state is JobState.HEAVY_PROFILES_READY


def test_a_stop_leaves_waiting_jobs_to_others(supervise, submit, store, held, clock):
    supervisor = supervise()
    running = submit(priority=1)
    waiting = submit()
    supervisor.wake()
    held.await_begun()
    supervisor.stop()
    assert store.get(waiting.job_id).state is JobState.SUBMITTING
    assert store.claimable(RunnerKind.INLINE, clock(), 10) == (running.job_id, waiting.job_id)


def test_a_supervisor_that_drains_finishes_what_it_has_and_takes_no_more(supervise, submit, store, held):
    before = set(threading.enumerate())
    supervisor = supervise(max_running_jobs=1)
    (worker,) = (thread for thread in set(threading.enumerate()) - before if thread.name.startswith("jobs-"))
    running, waiting = submit(), submit()
    supervisor.wake()
    held.await_begun()
    assert supervisor.drain() is True
    supervisor.wake()
    held.go_on.set()
    ended = store.await_end()
    assert (ended.job_id, ended.state, ended.attempt) == (running.job_id, JobState.HEAVY_PROFILES_READY, 1)
    worker.join(PATIENCE)
    assert not worker.is_alive()
    assert supervisor.drain() is False
    left = store.get(waiting.job_id)
    assert (left.state, left.attempt, left.owner) == (JobState.SUBMITTING, 0, None)


def test_a_job_that_does_not_look_up_is_given_back_all_the_same(supervise, submit, store, engine, results, clock):
    begun, go_on = threading.Event(), threading.Event()

    def deaf(observer):
        begun.set()
        assert go_on.wait(PATIENCE)

    engine.on_heavy = deaf
    supervisor = supervise()
    record = submit()
    supervisor.wake()
    assert begun.wait(PATIENCE)
    supervisor.stop(timeout=0)
    assert store.claimable(RunnerKind.INLINE, clock()) == (record.job_id,)
    go_on.set()
    supervisor.stop(timeout=PATIENCE)
    left = store.get(record.job_id)
    assert (left.state, left.owner) == (JobState.LIGHT_PROFILE_READY, None), "its late words were refused"
    assert results.cdd_path_of(record.dataset_id) is None


# --- embedded ---


def test_an_embedded_job_runs_where_it_was_submitted(supervise, submit, store, held):
    supervisor = supervise(RunnerKind.EMBEDDED)
    record = submit(runner=RunnerKind.EMBEDDED)
    supervisor.wake(record.job_id)
    assert store.get(record.job_id).attempt == 1, "it is claimed before the submission is answered"
    held.go_on.set()
    assert store.await_end().attempt == 1


def test_an_embedded_supervisor_leaves_the_jobs_of_other_tasks_alone(supervise, submit, store):
    other = submit(runner=RunnerKind.EMBEDDED, priority=9)
    own = submit(runner=RunnerKind.EMBEDDED)
    supervisor = supervise(RunnerKind.EMBEDDED, poll_seconds=0.01)
    supervisor.wake(own.job_id)
    assert store.await_end().job_id == own.job_id
    supervisor.stop()
    assert store.get(other.job_id).state is JobState.SUBMITTING


def test_waking_for_an_unknown_job_is_no_error(supervise):
    supervise(RunnerKind.EMBEDDED).wake(uuid4())


def test_embedded_jobs_fail_when_their_process_ends(supervise, submit, store, held):
    supervisor = supervise(RunnerKind.EMBEDDED)
    running = submit(runner=RunnerKind.EMBEDDED)
    waiting = submit(runner=RunnerKind.EMBEDDED)
    supervisor.wake(running.job_id)
    supervisor.wake(waiting.job_id)
    held.await_begun()
    supervisor.stop()
    for record in (running, waiting):
        ended = store.get(record.job_id)
        assert (ended.state, ended.reason.code) == (JobState.FAILED, ReasonCode.ABORTED)


# --- one job in the calling thread ---


def test_run_one_runs_here_and_returns_the_end(supervise, submit, engine):
    threads = []
    engine.on_heavy = lambda observer: threads.append(threading.current_thread())
    supervisor = supervise(RunnerKind.EMBEDDED, started=False)
    ended = supervisor.run_one(submit(runner=RunnerKind.EMBEDDED).job_id)
    assert ended.state is JobState.HEAVY_PROFILES_READY
    assert threads == [threading.current_thread()]
    assert supervisor.run_one(ended.job_id) == ended, "a job that has ended is not run again"


def test_run_one_of_an_unknown_job(supervise):
    with pytest.raises(JobNotFound):
        supervise(started=False).run_one(uuid4())


def test_run_one_keeps_its_lease(supervise, submit, store, held):
    supervisor = supervise(started=False, lease_seconds=0.06)
    record = submit()
    renewed = threading.Semaphore(0)
    real = store.renew
    store.renew = lambda *args: (real(*args), renewed.release())[0]
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(supervisor.run_one, record.job_id)
        held.await_begun()
        for _ in range(3):
            assert renewed.acquire(timeout=PATIENCE)
        held.go_on.set()
        assert running.result(PATIENCE).state is JobState.HEAVY_PROFILES_READY
