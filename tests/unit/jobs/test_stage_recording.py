"""A running attempt's stages and log as they come to lie beside its documents."""

import json
import logging
from datetime import timedelta
from itertools import pairwise

import pytest

from airflow_provider_profiler.contract.job import StageName
from airflow_provider_profiler.contract.profile import DistributionStatus
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode, Reason, ReasonCode
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs import stage_recording
from airflow_provider_profiler.jobs.control import JobControl, StopCause
from airflow_provider_profiler.jobs.lifecycle import JobLifecycle
from airflow_provider_profiler.profiling.engine import ProfilingEngine
from airflow_provider_profiler.profiling.observer import ExpectedTable
from airflow_provider_profiler.storage.results import LOG, PROFILE, STAGES

MALFORMED = FileReason(code=FileReasonCode.MALFORMED, message="a.csv: row 3 has 4 cells")


@pytest.fixture(autouse=True)
def informed(caplog):
    caplog.set_level(logging.INFO)


@pytest.fixture
def run(lifecycle):
    def carry_out(record, control=None):
        return lifecycle.run(record, control or JobControl())

    return carry_out


def graph_of(results, record) -> dict[str, dict]:
    kept = results.read(record.dataset_id, record.revision, STAGES)
    return {vertex["id"]: vertex for vertex in json.loads(kept)["vertices"]} if kept else {}


def log_of(results, record) -> list[dict]:
    return [json.loads(line) for line in results.read(record.dataset_id, record.revision, LOG).splitlines()]


def test_a_job_with_the_real_engine(store, results, settings, claimed, clock, tmp_path):
    folder = tmp_path / "data" / "ferries"
    (folder / "names.csv").write_bytes("id;name\n1;Müller\n2;Café\n3;Señor\n".encode("cp1252"))
    (folder / "bad.json").write_text('{"broken": ')
    (folder / "notes.md").write_text("# Ferries\n\nThey cross the sea.\n")
    (folder / "odd.bin").write_bytes(bytes(range(256)))
    record = claimed()
    ended = JobLifecycle(store, results, ProfilingEngine(), settings, clock=clock).run(record, JobControl())
    assert ended.state is JobState.HEAVY_PROFILES_READY
    graph = graph_of(results, record)
    assert {identity: vertex["state"] for identity, vertex in graph.items() if vertex["part_of"]} == {
        "light/odd.bin": "skipped",
        "read/bad.json": "failed",
        "read/notes.md": "done",
        "heavy/a.csv": "done",
        "heavy/names.csv": "done",
    }
    assert {vertex["state"] for vertex in graph.values() if not vertex["part_of"]} == {"done"}
    assert [stage.value for stage in StageName] == [name for name in graph if "/" not in name]
    table = graph["heavy/names.csv"]
    assert (table["rows"], table["bytes"] > 20, table["percent"], table["reused"]) == (3, True, 100.0, False)
    assert (graph["read/notes.md"]["kind"], graph["read/notes.md"]["reused"]) == ("document", False)
    assert graph["read/bad.json"]["error"]["code"] == "malformed"
    log = log_of(results, record)
    assert {line["job_id"] for line in log} == {str(record.job_id)}
    assert {line["dataset_id"] for line in log} == {str(record.dataset_id)}
    told = {(line["stage"], line["level"]): line["message"] for line in log}
    assert told["heavy/names.csv", "INFO"].startswith("names.csv ends: 3 rows, ")
    assert told["read/bad.json", "WARNING"].startswith("bad.json failed (malformed): is no JSON")
    messages = [line["message"] for line in log]
    assert "Found 5 files of" in "".join(messages)
    assert "names.csv is read as cp1252, as its bytes suggest." in messages
    assert f"Published as {results.cdd_path_of(record.dataset_id)}." in messages
    assert messages[0].startswith("Attempt 1 of job")
    assert "ends after 0.00 s: HEAVY_PROFILES_READY" in messages[-1]
    kept = results.read(record.dataset_id, record.revision, LOG).decode()
    for cell in ("Müller", "Café", "Señor", "They cross"):
        assert cell not in kept
    profile = results.read(record.dataset_id, record.revision, PROFILE).decode()
    assert "log.jsonl" not in profile
    assert "stages.json" not in profile


def test_a_failed_job_leaves_its_reason_in_both(results, engine, claimed, run):
    engine.files = {"a.csv": DistributionStatus.FAILED}
    record = claimed()
    ended = run(record)
    assert ended.reason.code is ReasonCode.ALL_FAILED
    graph = graph_of(results, record)
    assert (graph["light"]["state"], graph["light"]["error"]["code"]) == ("failed", "all_failed")
    assert graph["light/a.csv"]["error"]["message"] == "row 3 has 4 cells"
    last = log_of(results, record)[-1]
    assert last["level"] == "WARNING"
    assert ended.reason.message in last["message"]


def test_an_unexpected_error_is_told_without_its_text(results, engine, claimed, run):
    def fail(observer):
        raise RuntimeError("cell of Naxos in row 7")

    engine.on_heavy = fail
    record = claimed()
    run(record)
    log = log_of(results, record)
    (error,) = [line for line in log if line["level"] == "ERROR"]
    assert error["details"].startswith("RuntimeError at\n")
    assert "in fail" in error["details"]
    assert "Naxos" not in json.dumps(log)
    assert graph_of(results, record)["read"]["state"] == "failed"


def test_everything_is_written_before_the_end_can_be_seen(store, results, claimed, run, monkeypatch):
    record = claimed()
    real = store.transition
    seen = []

    def transition(job_id, attempt, state, *rest):
        if state is JobState.HEAVY_PROFILES_READY:
            seen.append((log_of(results, record), graph_of(results, record)))
        return real(job_id, attempt, state, *rest)

    monkeypatch.setattr(store, "transition", transition)
    run(record)
    ((log, graph),) = seen
    assert log == log_of(results, record)
    assert "ends" in log[-1]["message"]
    assert graph == graph_of(results, record)
    assert graph["publish"]["state"] == "done"


def test_the_graph_is_written_while_the_job_runs_but_not_for_each_table(results, engine, claimed, run, monkeypatch):
    record = claimed()
    now = [0.0]
    monkeypatch.setattr(stage_recording, "monotonic", lambda: now[0])
    writes = []
    real = results.write
    monkeypatch.setattr(results, "write", lambda *args, **more: writes.append(args[2]) or real(*args, **more))

    def read(observer):
        observer.tables_expected([ExpectedTable(f"{number}.csv") for number in range(1000)])
        for number in range(1000):
            observer.table_started(f"{number}.csv")
            observer.table_finished(f"{number}.csv", rows=1, bytes=10)
        assert writes == []
        now[0] += stage_recording.WRITE_SECONDS
        observer.check()
        observer.check()
        assert writes == [STAGES]
        kept = graph_of(results, record)
        assert kept["read"]["state"] == "running"
        assert kept["read/999.csv"]["state"] == "done"

    engine.on_heavy = read
    run(record)
    assert writes == [STAGES, STAGES]


def test_a_graph_that_takes_long_to_write_is_written_less_often(store, results, claimed, clock, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(stage_recording, "monotonic", lambda: now[0])
    writes = []

    def slow(*args, **more):
        writes.append(now[0])
        now[0] += 1.0

    monkeypatch.setattr(results, "write", slow)
    recorder = stage_recording.StageRecorder(store, results, claimed(), clock)
    while now[0] < 100:
        recorder.write_if_due()
        now[0] += 0.5
    gaps = [later - earlier for earlier, later in pairwise(writes)]
    assert writes[0] == stage_recording.WRITE_SECONDS
    assert set(gaps) == {31.0}


def test_a_disk_that_is_full_is_told_and_ends_no_job(results, claimed, run, monkeypatch, caplog):
    def full(*args, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results, "write", full)
    monkeypatch.setattr(results, "appending", full)
    assert run(claimed()).state is JobState.HEAVY_PROFILES_READY
    told = [message for message in caplog.messages if "No space left" in message]
    assert ["log" in told[0], "stages" in told[1]] == [True, True]


def test_a_superseded_attempt_leaves_the_successors_graph_and_its_lines_are_told_apart(
    store, results, engine, claimed, run, clock
):
    record = claimed()

    def stall(observer):
        taken = store.claim(record.job_id, "worker-2", clock.advance(31), clock() + timedelta(seconds=30))
        engine.on_heavy = lambda observer: None
        run(taken)
        clock.advance(1)

    engine.on_heavy = stall
    assert run(record).state is JobState.HEAVY_PROFILES_READY
    kept = json.loads(results.read(record.dataset_id, 1, STAGES))
    assert kept["attempt"] == 2
    assert kept["vertices"][-1]["state"] == "done"
    attempts = [line["attempt"] for line in log_of(results, record)]
    assert attempts[0] == attempts[-1] == 1
    assert 2 in attempts
    assert "ends" in [line for line in log_of(results, record) if line["attempt"] == 2][-1]["message"]
    assert any("To be known (restarted): This is attempt 2" in line["message"] for line in log_of(results, record))


def test_a_job_that_is_given_back_says_so(results, engine, claimed, run):
    control = JobControl()

    def end(observer):
        control.stop(StopCause.SHUTDOWN)
        observer.check()

    engine.on_heavy = end
    record = claimed()
    run(record, control)
    assert "given back" in log_of(results, record)[-1]["message"]


def test_tables_that_nobody_expected_are_told_of_as_well(results, engine, claimed, run):
    def read(observer):
        observer.table_finished("new.csv", rows=2, bytes=9, reused=True)
        observer.table_finished("a.csv", reason=MALFORMED)

    engine.on_heavy = read
    record = claimed()
    run(record)
    graph = graph_of(results, record)
    assert (graph["read/new.csv"]["reused"], graph["read/new.csv"]["rows"]) == (True, 2)
    assert graph["read/a.csv"]["state"] == "failed"
    told = [line["message"] for line in log_of(results, record)]
    assert "new.csv is taken over from an earlier revision: 2 rows." in told
    assert "a.csv failed (malformed): row 3 has 4 cells" in told


def test_a_job_that_is_failed_without_being_run_leaves_its_reason(lifecycle, results, claimed):
    record = claimed()
    lifecycle.fail(record, Reason(code=ReasonCode.LOST, message="given up after many attempts"))
    (line,) = log_of(results, record)
    assert line["message"].endswith("(lost): given up after many attempts")
