"""How a job ends that does not go well: failures, aborts and deadlines, and attempts that lost it."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from airflow_provider_profiler.contract.errors import DatasetNotFound, InvalidRequest, PathOutsideRoot, WorkLost
from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.model import canonical_json
from airflow_provider_profiler.contract.profile import DistributionStatus
from airflow_provider_profiler.contract.reasons import Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.control import JobControl, StopCause
from airflow_provider_profiler.jobs.job_change import JobChange
from airflow_provider_profiler.jobs.lifecycle import JobLifecycle
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.render.documents import Renderings
from airflow_provider_profiler.storage.results import MOMA_HEAVY, MOMA_LIGHT, PROFILE
from tests.unit.jobs.outcomes import profile_of, states

FAILED, LISTED, PROFILED = DistributionStatus.FAILED, DistributionStatus.LISTED, DistributionStatus.PROFILED


# --- failures ---


def raising(error):
    def act(observer):
        raise error

    return act


def test_nothing_could_be_read(engine, results, store, claimed, run):
    engine.files = {"a.csv": FAILED, "b.csv": FAILED, "readme.pdf": LISTED}
    record = claimed()
    ended = run(record)
    assert (ended.state, ended.reason.code) == (JobState.FAILED, ReasonCode.ALL_FAILED)
    assert "2 files" in ended.reason.message
    assert "a.csv (malformed)" in ended.reason.message
    assert ended.profiles_available == ("light",)
    assert json.loads(results.read(record.dataset_id, 1, MOMA_LIGHT)), "light is still served"
    assert results.read(record.dataset_id, 1, MOMA_HEAVY) is None
    assert results.cdd_path_of(record.dataset_id) is None
    failed = [item for item in profile_of(results, record).distributions if item.status is FAILED]
    assert all(item.reason for item in failed), "the model says why"
    assert (ended.summary.failed, ended.summary.listed) == (2, 1)


@pytest.mark.parametrize("light_only", [True, False])
def test_nothing_could_even_be_opened(engine, results, claimed, run, light_only):
    engine.files = {"a.csv": FAILED}
    engine.on_heavy = lambda observer: pytest.fail("there is nothing to read")
    record = claimed(only_light_profile=light_only)
    ended = run(record)
    assert (ended.state, ended.reason.code) == (JobState.FAILED, ReasonCode.ALL_FAILED)
    assert ended.profiles_available == ("light",)
    assert results.read(record.dataset_id, 1, MOMA_LIGHT)


def test_the_dataset_vanished_after_it_was_submitted(settings, claimed, run, tmp_path):
    record = claimed()
    (tmp_path / "data" / "ferries").rename(tmp_path / "gone")
    ended = run(record)
    assert (ended.state, ended.reason.code) == (JobState.FAILED, ReasonCode.DATASET_NOT_FOUND)
    assert "ferries" in ended.reason.message


def test_the_dataset_became_a_link_out_of_the_root(claimed, run, tmp_path):
    record = claimed()
    folder = tmp_path / "data" / "ferries"
    folder.rename(tmp_path / "outside")
    folder.symlink_to(tmp_path / "outside")
    ended = run(record)
    assert (ended.state, ended.reason.code) == (JobState.FAILED, ReasonCode.PATH_OUTSIDE_ROOT)


@pytest.mark.parametrize("stage", ["light", "heavy"])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DatasetNotFound("There is no ferries."), ReasonCode.DATASET_NOT_FOUND),
        (PathOutsideRoot("ferries leads out."), ReasonCode.PATH_OUTSIDE_ROOT),
        (WorkLost("A node went, again."), ReasonCode.LOST),
        (InvalidRequest("This cannot be."), ReasonCode.INTERNAL),
    ],
)
def test_our_own_errors_are_told_as_they_are(engine, claimed, run, stage, error, code):
    setattr(engine, f"on_{stage}", raising(error))
    ended = run(claimed())
    assert (ended.state, ended.reason) == (JobState.FAILED, Reason(code=code, message=str(error)))
    assert ended.profiles_available == (("light",) if stage == "heavy" else ())


def test_an_unexpected_error_is_logged_and_not_quoted(engine, claimed, run, store, caplog):
    engine.on_heavy = raising(RuntimeError("password=hunter2 in row 7"))
    record = claimed()
    with caplog.at_level(logging.ERROR):
        ended = run(record)
    assert (ended.state, ended.reason.code) == (JobState.FAILED, ReasonCode.INTERNAL)
    assert "RuntimeError" in ended.reason.message
    assert str(record.job_id) in ended.reason.message
    stored = canonical_json(store.get(record.job_id).model_dump(mode="json")).decode()
    assert "hunter2" not in stored
    assert "Traceback" not in stored
    assert any(line.exc_info for line in caplog.records)
    assert ended.stages[-1].finished is not None
    assert ended.finished is not None


@dataclass(frozen=True)
class Rendering:
    """Does something in the place of rendering."""

    act: Callable[[], bytes]
    name: str = "scripted"

    def file_name(self, profile):
        return "scripted.json"

    def chunks(self, profile):
        yield self.act()


def test_a_rendering_that_breaks_fails_the_job_and_leaves_light(store, results, engine, settings, claimed, clock):
    def break_off() -> bytes:
        raise ValueError("NaN")

    record = claimed()
    renderings = Renderings(cdd=Rendering(break_off))
    ended = JobLifecycle(store, results, engine, settings, renderings=renderings, clock=clock).run(record, JobControl())
    assert (ended.state, ended.reason.code) == (JobState.FAILED, ReasonCode.INTERNAL)
    assert ended.profiles_available == ("light",)
    assert store.published_revision(record.dataset_id) is None


def test_what_breaks_after_an_abort_is_told_as_the_abort(engine, claimed, run, store, clock):
    reason = Reason(code=ReasonCode.ABORTED, message="somebody asked for it")
    record = claimed()

    def aborted_elsewhere(observer):
        store.request_abort(record.job_id, reason, clock())
        raise FileNotFoundError(2, "No such file or directory")

    engine.on_heavy = aborted_elsewhere
    ended = run(record)
    assert (ended.state, ended.reason) == (JobState.FAILED, reason)


@pytest.mark.parametrize("stage", ["light", "heavy"])
def test_an_abort_stops_between_units_of_work(engine, claimed, run, stage):
    control = JobControl()
    reason = Reason(code=ReasonCode.ABORTED, message="the task was cleared")

    def abort(observer):
        control.stop(StopCause.ABORT, reason)
        observer.check()
        pytest.fail("it went on")

    setattr(engine, f"on_{stage}", abort)
    ended = run(claimed(), control)
    assert (ended.state, ended.reason) == (JobState.FAILED, reason)
    assert ended.profiles_available == (("light",) if stage == "heavy" else ())


def test_a_deadline_counts_from_the_start_of_the_job(engine, store, claimed, run, clock):
    def read(observer):
        clock.advance(59)
        observer.check()
        clock.advance(1)
        observer.check()
        pytest.fail("it went on")

    engine.on_heavy = read
    ended = run(claimed(options={"execution": {"deadline_seconds": 60.0}}))
    assert (ended.state, ended.reason.code) == (JobState.FAILED, ReasonCode.DEADLINE)
    assert "60 seconds" in ended.reason.message


def test_a_deadline_holds_over_attempts(engine, store, claimed, run, clock):
    record = claimed(options={"execution": {"deadline_seconds": 60.0}})
    clock.advance(61)
    again = store.claim(record.job_id, "worker-2", clock(), clock() + timedelta(seconds=30))
    assert run(again).reason.code is ReasonCode.DEADLINE
    assert engine.seen.runs == 0


# --- attempts ---


def test_a_superseded_attempt_ends_without_a_word_and_without_a_write(engine, store, results, claimed, run, clock):
    record = claimed()

    def stall(observer):
        clock.advance(31)
        taken = store.claim(record.job_id, "worker-2", clock(), clock() + timedelta(seconds=30))
        assert taken.attempt == 2
        results.write(record.dataset_id, record.revision, PROFILE, b"the successor's")

    engine.on_heavy = stall
    left = run(record)
    assert (left.attempt, left.state, left.reason) == (2, JobState.LIGHT_PROFILE_READY, None)
    assert results.read(record.dataset_id, 1, PROFILE) == b"the successor's"
    assert results.read(record.dataset_id, 1, MOMA_HEAVY) is None
    assert store.published_revision(record.dataset_id) is None


@pytest.mark.parametrize("document", ["moma_light", "moma_heavy", "cdd", "croissant"])
def test_an_attempt_that_is_superseded_just_before_it_writes_writes_nothing(
    store, results, engine, settings, claimed, clock, document
):
    record = claimed()

    def be_overtaken() -> bytes:
        clock.advance(31)
        assert store.claim(record.job_id, "worker-2", clock(), clock() + timedelta(seconds=30))
        results.write(record.dataset_id, record.revision, PROFILE, b"the successor's")
        return b"the stale one's"

    renderings = Renderings(**{document: Rendering(be_overtaken)})
    left = JobLifecycle(store, results, engine, settings, renderings=renderings, clock=clock).run(record, JobControl())
    assert (left.attempt, left.reason) == (2, None)
    assert results.read(record.dataset_id, 1, PROFILE) == b"the successor's"
    assert results.cdd_path_of(record.dataset_id) is None


def test_a_second_attempt_runs_from_the_start_and_says_so(engine, store, claimed, run, clock):
    record = claimed()
    light = JobChange(profiles_available=("light",))
    store.transition(record.job_id, 1, JobState.LIGHT_PROFILE_READY, light, clock())
    later = clock.advance(31)
    ended = run(store.claim(record.job_id, "worker-2", later, later + timedelta(seconds=30)))
    assert (ended.state, ended.attempt) == (JobState.HEAVY_PROFILES_READY, 2)
    assert [warning.code for warning in ended.warnings] == ["restarted"]
    assert "attempt 2" in ended.warnings[0].message
    assert ended.stages[0].name is StageName.DISCOVER
    assert engine.seen.runs == 1
    told = states(store, record)
    assert told == ["SUBMITTING", "STARTING", "LIGHT_PROFILE_READY", "HEAVY_PROFILES_READY"], "each state is told once"


@pytest.mark.parametrize(("runner", "given_back"), [(RunnerKind.INLINE, True), (RunnerKind.EMBEDDED, False)])
def test_a_process_that_ends_gives_its_job_back_unless_nobody_else_may_run_it(
    engine, store, claimed, run, clock, runner, given_back
):
    control = JobControl()

    def end(observer):
        control.stop(StopCause.SHUTDOWN)
        observer.check()

    engine.on_heavy = end
    record = claimed(runner=runner)
    left = run(record, control)
    if given_back:
        assert (left.state, left.owner) == (JobState.LIGHT_PROFILE_READY, None)
        assert store.claimable(RunnerKind.INLINE, clock()) == (record.job_id,)
    else:
        assert (left.state, left.reason.code) == (JobState.FAILED, ReasonCode.ABORTED)


def test_an_interrupt_in_the_main_thread_fails_an_embedded_job_and_goes_on(engine, store, claimed, run):
    engine.on_heavy = raising(KeyboardInterrupt())
    record = claimed(runner=RunnerKind.EMBEDDED)
    with pytest.raises(KeyboardInterrupt):
        run(record)
    assert store.get(record.job_id).reason.code is ReasonCode.ABORTED


@pytest.mark.parametrize("fate", [PROFILED, FAILED])
def test_scratch_is_gone_when_the_job_has_ended(engine, results, claimed, run, fate):
    record = claimed()
    folder = results.scratch(record.job_id)
    (folder / "part").write_bytes(b"x")
    engine.files = {"a.csv": fate}
    run(record)
    assert not folder.exists()
