"""The life of a job that goes well: what is written, told and ready, and in which order."""

import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.job import EventKind, JobWarning, StageName
from airflow_provider_profiler.contract.profile import DistributionStatus
from airflow_provider_profiler.contract.reasons import ReasonCode
from airflow_provider_profiler.contract.states import JobState, Target
from airflow_provider_profiler.jobs.control import JobControl
from airflow_provider_profiler.jobs.lifecycle import JobLifecycle
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.storage.results import CROISSANT, MOMA_HEAVY, MOMA_LIGHT, PROFILE, STATES, cdd_name
from tests.unit.jobs.outcomes import profile_of, states

FAILED, LISTED, PROFILED = DistributionStatus.FAILED, DistributionStatus.LISTED, DistributionStatus.PROFILED


# --- success ---


def test_a_heavy_job_writes_everything_and_is_ready(store, results, claimed, run):
    record = claimed()
    ended = run(record)
    assert ended == store.get(record.job_id)
    assert (ended.state, ended.reason) == (JobState.HEAVY_PROFILES_READY, None)
    assert states(store, record) == ["SUBMITTING", "STARTING", "LIGHT_PROFILE_READY", "HEAVY_PROFILES_READY"]
    assert ended.profiles_available == ("light", "heavy", "cdd")
    assert profile_of(results, record).kind is Target.HEAVY
    for name in (MOMA_LIGHT, MOMA_HEAVY):
        assert json.loads(results.read(record.dataset_id, 1, name))
    copy = results.read(record.dataset_id, 1, cdd_name(record.dataset_id))
    assert json.loads(copy)
    assert ended.cdd_revision_path == results.path_of(record.dataset_id, 1, cdd_name(record.dataset_id))
    assert Path(results.cdd_path_of(record.dataset_id)).read_bytes() == copy
    assert store.published_revision(record.dataset_id) == 1
    assert (ended.summary.files, ended.summary.profiled, ended.summary.bytes) == (1, 1, 100)
    assert (ended.progress.percent, ended.progress.rows, ended.progress.bytes) == (100.0, 10, 100)


def test_a_heavy_job_keeps_what_was_remembered_beside_its_documents(results, claimed, run, settings, caplog):
    record = claimed()
    with caplog.at_level(logging.INFO):
        run(record)
    assert results.read(record.dataset_id, 1, STATES) == b"remembered"
    assert not (settings.home / "scratch" / str(record.job_id)).exists()
    assert f"The states of job {record.job_id} have 10 B." in caplog.messages


def test_a_job_that_lost_its_lease_leaves_no_states(store, results, engine, claimed, run, clock):
    record = claimed()

    def lose(observer):
        clock.advance(3600)
        assert store.claim(record.job_id, "another", clock(), clock() + timedelta(seconds=30)) is not None

    engine.on_heavy = lose
    run(record)
    assert results.read(record.dataset_id, 1, STATES) is None


def test_a_light_job_ends_with_the_light_profile(store, results, claimed, run):
    record = claimed(only_light_profile=True)
    ended = run(record)
    assert (ended.state, ended.terminal) == (JobState.LIGHT_PROFILE_READY, True)
    assert ended.profiles_available == ("light",)
    assert profile_of(results, record).kind is Target.LIGHT
    assert results.path_of(record.dataset_id, 1, MOMA_HEAVY) is None
    assert results.cdd_path_of(record.dataset_id) is None
    assert ended.cdd_revision_path is None
    assert store.published_revision(record.dataset_id) is None


def test_the_engine_gets_the_resolved_dataset_and_the_options(settings, engine, claimed, run):
    run(claimed(options={"statistics": {"top_values": 3}}))
    (dataset,) = engine.seen.datasets
    assert (str(dataset.root), dataset.dataset_path) == (settings.data_root, "ferries")
    assert engine.seen.options.statistics.top_values == 3


def test_stages_follow_each_other_and_end(engine, claimed, run, store, clock):
    engine.on_light = engine.on_heavy = lambda observer: clock.advance(5)
    record = claimed()
    ended = run(record)
    assert [stage.name for stage in ended.stages] == [
        StageName.DISCOVER,
        StageName.LIGHT,
        StageName.READ,
        StageName.RENDER,
        StageName.PUBLISH,
    ]
    for before, after in zip(ended.stages, ended.stages[1:], strict=False):
        assert before.finished == after.started
    assert ended.stages[-1].finished is not None
    told = [event.data["stage"] for event in store.events(record.job_id) if event.kind is EventKind.STAGE]
    assert told == [stage.name for stage in ended.stages]
    assert ended.stages[1].finished - ended.stages[1].started == timedelta(seconds=5)


def test_progress_is_reported_while_the_job_runs_and_never_falls(engine, claimed, run, store, clock):
    record = claimed()
    seen = []

    def read(observer):
        for percent in (10.0, 40.0, 30.0):
            clock.advance(2)
            observer.advanced(rows=int(percent), bytes=5, percent=percent)
            seen.append(store.get(record.job_id).progress)

    engine.on_heavy = read
    run(record)
    assert [progress.percent for progress in seen] == [10.0, 40.0, 40.0]
    assert seen[-1].stage is StageName.READ
    assert seen[-1].heartbeat == clock()


def test_progress_is_not_written_for_every_batch(engine, claimed, run, store, monkeypatch):
    record = claimed()
    writes, while_reading = [], []
    real = store.update
    monkeypatch.setattr(store, "update", lambda *args: writes.append(threading.current_thread()) or real(*args))

    def mine():
        # What another thread writes down late is not what a batch costs.
        return writes.count(threading.current_thread())

    def read(observer):
        before = mine()
        for number in range(1000):
            observer.advanced(rows=number, bytes=number, percent=1.0)
        while_reading.append(mine() - before)

    engine.on_heavy = read
    assert run(record).progress.rows == 10
    assert while_reading == [0], "no time has passed"


# --- light before heavy, heavy only when all is durable ---


def test_the_light_profile_can_be_read_while_heavy_is_at_work(store, results, engine, claimed, run):
    record = claimed()
    reading, go_on = threading.Event(), threading.Event()

    def hold(observer):
        reading.set()
        assert go_on.wait(20)

    engine.on_heavy = hold
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(run, record)
        assert reading.wait(20)
        seen = store.get(record.job_id)
        assert (seen.state, seen.terminal, seen.profiles_available) == (
            JobState.LIGHT_PROFILE_READY,
            False,
            ("light",),
        )
        assert json.loads(results.read(record.dataset_id, 1, MOMA_LIGHT))
        assert profile_of(results, record).kind is Target.LIGHT
        assert results.cdd_path_of(record.dataset_id) is None
        go_on.set()
        assert job.result(20).state is JobState.HEAVY_PROFILES_READY


def test_a_state_is_told_only_after_its_documents_are_durable(store, results, claimed, run, monkeypatch):
    order = []
    for target, name in ((results, "move_in"), (results, "replace_cdd"), (store, "transition")):
        real = getattr(target, name)

        def note(*args, real=real, name=name):
            done = real(*args)
            told = {"move_in": lambda: [*args[2]], "replace_cdd": lambda: ["CDD"], "transition": lambda: [str(args[2])]}
            order.extend(told[name]())
            return done

        monkeypatch.setattr(target, name, note)
    record = claimed()
    run(record)
    copy = cdd_name(record.dataset_id)
    assert order == [
        PROFILE,
        MOMA_LIGHT,
        CROISSANT,
        "LIGHT_PROFILE_READY",
        STATES,
        PROFILE,
        MOMA_HEAVY,
        CROISSANT,
        copy,
        "CDD",
        "HEAVY_PROFILES_READY",
    ]


@pytest.mark.parametrize("failing", ["move_in", "replace_cdd"])
def test_heavy_is_not_ready_when_its_documents_cannot_be_written(store, results, claimed, run, monkeypatch, failing):
    record = claimed()
    real = getattr(results, failing)

    def fail(*args):
        if failing == "move_in" and not results.read(*args[:2], CROISSANT):
            return real(*args)
        raise OSError(28, "No space left on device", "/secret/folder/name")

    monkeypatch.setattr(results, failing, fail)
    ended = run(record)
    assert (ended.state, ended.reason.code) == (JobState.FAILED, ReasonCode.INTERNAL)
    assert "No space left on device" in ended.reason.message
    assert "/secret" not in ended.reason.message
    assert ended.profiles_available == ("light",)
    assert results.read(record.dataset_id, 1, MOMA_LIGHT)
    assert store.published_revision(record.dataset_id) is None


def test_an_older_revision_that_finishes_later_is_ready_and_leaves_the_cdd_file(store, results, engine, claimed, run):
    older, newer = claimed(), claimed()
    stalled, go_on = threading.Event(), threading.Event()

    def stall(observer):
        if not stalled.is_set():
            stalled.set()
            assert go_on.wait(20)

    engine.on_heavy = stall
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(run, older)
        assert stalled.wait(20)
        assert run(newer).state is JobState.HEAVY_PROFILES_READY
        published = Path(results.cdd_path_of(newer.dataset_id)).read_bytes()
        engine.files = {"b.csv": PROFILED}
        go_on.set()
        ended = slow.result(20)
    assert ended.state is JobState.HEAVY_PROFILES_READY
    assert ended.profiles_available == ("light", "heavy", "cdd")
    assert b"b.csv" in Path(ended.cdd_revision_path).read_bytes()
    assert Path(results.cdd_path_of(newer.dataset_id)).read_bytes() == published
    assert store.published_revision(newer.dataset_id) == 2


# --- the one timestamp ---


def test_documents_carry_the_start_of_the_job_in_whole_seconds(engine, results, claimed, run):
    record = claimed()
    run(record)
    assert engine.seen.generated_at == [datetime(2026, 3, 1, 2, 30, 15, tzinfo=UTC)]
    assert profile_of(results, record).generated_at == record.started.replace(microsecond=0)


def test_source_date_epoch_fixes_the_timestamp(engine, claimed, run, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run(claimed())
    assert engine.seen.generated_at == [datetime.fromtimestamp(1700000000, UTC)]


def test_another_attempt_keeps_the_timestamp(engine, store, claimed, run, clock):
    record = claimed()
    clock.advance(60)
    run(store.claim(record.job_id, "worker-2", clock(), clock() + timedelta(seconds=30)))
    assert engine.seen.generated_at == [record.started.replace(microsecond=0)]


# --- warnings ---


def test_warnings_of_specification_profile_and_files_arrive(engine, store, claimed, run):
    engine.files = {"a.csv": PROFILED, "bad.csv": FAILED, "worse.csv": FAILED}
    engine.light_files = {"a.csv": LISTED, "bad.csv": LISTED, "worse.csv": FAILED}
    engine.warnings = (JobWarning(code="empty_files", message="one file is empty"),)
    record = claimed(specification={"licence": "CC-BY", "Χώρα": "GR"})
    ended = run(record)
    assert ended.state is JobState.HEAVY_PROFILES_READY, "one bad file never fails a job"
    found = {warning.code: warning.message for warning in ended.warnings}
    assert set(found) == {"unknown_specification_fields", "empty_files", "files_failed"}
    assert "licence" in found["unknown_specification_fields"]
    assert "Χώρα" in found["unknown_specification_fields"]
    assert "2 of 3" in found["files_failed"]
    assert "bad.csv (malformed)" in found["files_failed"]
    told = [event.data["code"] for event in store.events(record.job_id) if event.kind is EventKind.WARNING]
    assert sorted(told) == sorted(found), "light and heavy say it once"


def test_a_dataset_without_files_is_ready(engine, claimed, run):
    engine.files = {}
    ended = run(claimed())
    assert ended.state is JobState.HEAVY_PROFILES_READY
    assert ended.summary.files == 0


def test_files_that_are_only_listed_fail_nothing(engine, claimed, run):
    engine.files = {"a.pdf": LISTED, "b.bin": LISTED}
    assert run(claimed()).state is JobState.HEAVY_PROFILES_READY


# --- mirrors ---


def test_mirrors_are_documents_of_the_revision_and_the_croissant_document_names_them(
    store, results, settings, claimed, clock
):
    record = claimed(options={"output": {"parquet_mirror": True}})
    ended = JobLifecycle(store, results, ProfilingEngine(), settings, clock=clock).run(record, JobControl())
    assert ended.state is JobState.HEAVY_PROFILES_READY
    (table,) = profile_of(results, record).record_sets
    assert sha256(results.read(record.dataset_id, 1, table.mirror.path)).hexdigest() == table.mirror.sha256
    croissant = json.loads(results.read(record.dataset_id, 1, CROISSANT))
    assert table.mirror.path in [item["contentUrl"] for item in croissant["distribution"]]
    assert not (settings.home / "scratch" / str(record.job_id)).exists()
