"""The parts of a job's work: what waits for what, how each ends, and what readers get of them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.job import Stage, StageName
from airflow_provider_profiler.contract.reasons import FileReason, FileReasonCode, Reason, ReasonCode
from airflow_provider_profiler.contract.stage_graph import VertexKind, VertexState
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.stage_graph import WorkGraph
from airflow_provider_profiler.jobs.stage_pages import stage_page
from airflow_provider_profiler.profiling.observer import ExpectedTable
from airflow_provider_profiler.storage.documents import open_document

MALFORMED = FileReason(code=FileReasonCode.MALFORMED, message="row 3 has 4 cells")
UNREAD = FileReason(code=FileReasonCode.UNSUPPORTED_FORMAT, message="nothing reads it")
ABORTED = Reason(code=ReasonCode.ABORTED, message="on request")


@pytest.fixture
def page(tmp_path: Path, clock):
    """A page of a graph as it is kept, or of what the record alone knows."""

    def read(record, graph=None, *, offset=0, limit=1000, state=None):
        if graph is None:
            return stage_page(record, None, offset=offset, limit=limit, state=state)
        (tmp_path / "stages.json").write_bytes(b"".join(graph.document(clock())))
        with open_document(tmp_path, "stages.json") as document:
            return stage_page(record, document, offset=offset, limit=limit, state=state)

    return read


def half_done(record, clock) -> WorkGraph:
    graph = WorkGraph(record)
    graph.begin(StageName.DISCOVER, clock())
    graph.begin(StageName.LIGHT, clock.advance(1))
    graph.found("odd.bin", VertexKind.FILE, UNREAD, clock(), failed=False)
    graph.found("gone.csv", VertexKind.FILE, MALFORMED, clock(), failed=True)
    graph.begin(StageName.READ, clock.advance(1))
    graph.expect([ExpectedTable("a.pdf", VertexKind.DOCUMENT)])
    graph.start_part("a.pdf", clock())
    graph.finish_part("a.pdf", clock.advance(1), rows=0, bytes=7, reason=None, reused=False)
    graph.begin(StageName.HEAVY, clock.advance(1))
    graph.expect([ExpectedTable("a.csv"), ExpectedTable("b.csv"), ExpectedTable("c.csv")])
    graph.start_part("a.csv", clock())
    graph.advance_part("a.csv", rows=3, bytes=30, percent=50.0)
    assert graph.finish_part("b.csv", clock.advance(2), rows=0, bytes=0, reason=MALFORMED, reused=False) is None
    return graph


def states(graph) -> dict[str, str]:
    return {vertex.id: vertex.state.value for vertex in graph.vertices}


def test_a_graph_while_the_job_runs(claimed, clock, page):
    record = claimed()
    found = page(record, half_done(record, clock))
    assert states(found) == {
        "discover": "done",
        "light": "done",
        "light/odd.bin": "skipped",
        "light/gone.csv": "failed",
        "read": "done",
        "read/a.pdf": "done",
        "heavy": "running",
        "heavy/a.csv": "running",
        "heavy/b.csv": "failed",
        "heavy/c.csv": "waiting",
        "merge": "waiting",
        "render": "waiting",
        "publish": "waiting",
    }
    vertices = {vertex.id: vertex for vertex in found.vertices}
    table = vertices["heavy/a.csv"]
    assert (table.name, table.kind, table.part_of, table.after) == ("a.csv", VertexKind.TABLE, "heavy", ("read",))
    assert (table.rows, table.bytes, table.percent, table.attempt) == (3, 30, 50.0, 1)
    assert table.started is not None
    assert table.finished is None
    failed = vertices["heavy/b.csv"]
    assert (failed.error.code, failed.error.message) == ("malformed", "row 3 has 4 cells")
    assert vertices["read/a.pdf"].finished - vertices["read/a.pdf"].started == timedelta(seconds=1)
    assert vertices["merge"].after == ("heavy",)
    assert found.states == {
        VertexState.DONE: 4,
        VertexState.SKIPPED: 1,
        VertexState.FAILED: 2,
        VertexState.RUNNING: 2,
        VertexState.WAITING: 4,
    }
    assert (found.count, found.total, found.attempt, found.job_id) == (13, 13, 1, record.job_id)
    assert found.at == clock()
    ids = [vertex.id for vertex in found.vertices]
    assert all(ids.index(edge.source) < ids.index(edge.target) for edge in found.edges)
    assert {edge.target for edge in found.edges} == set(ids) - {"discover"}


def test_an_end_leaves_nothing_open(claimed, clock, page):
    record = claimed()
    graph = half_done(record, clock)
    graph.end(ABORTED, clock.advance(1))
    found = {vertex.id: vertex for vertex in page(record, graph).vertices}
    assert (found["heavy"].state, found["heavy"].error.code) == (VertexState.FAILED, "aborted")
    assert found["heavy/a.csv"].state is found["heavy/c.csv"].state is VertexState.SKIPPED
    assert found["heavy/a.csv"].error.code == "aborted"
    assert found["merge"].state is VertexState.SKIPPED
    assert found["merge"].finished is None


def test_a_table_may_turn_out_to_be_none_later(claimed, clock, page):
    record = claimed()
    graph = half_done(record, clock)
    graph.finish_part("a.csv", clock(), rows=9, bytes=90, reason=None, reused=False)
    graph.begin(StageName.MERGE, clock())
    graph.finish_part("a.csv", clock(), rows=9, bytes=90, reason=MALFORMED, reused=False)
    assert states(page(record, graph))["heavy/a.csv"] == "failed"
    graph.begin(StageName.PUBLISH, clock())
    graph.end(None, clock())
    assert states(page(record, graph))["render"] == "skipped"
    assert states(page(record, graph))["publish"] == "done"


def test_a_light_job_has_two_stages(claimed, clock, page):
    record = claimed(only_light_profile=True)
    graph = WorkGraph(record)
    graph.begin(StageName.DISCOVER, clock())
    graph.begin(StageName.LIGHT, clock())
    graph.end(None, clock())
    assert states(page(record, graph)) == {"discover": "done", "light": "done"}


@pytest.mark.parametrize("state", [None, *VertexState])
def test_pages_are_parts_of_the_whole(claimed, clock, page, state):
    record = claimed()
    graph = half_done(record, clock)
    whole = page(record, graph)
    fitting = [vertex for vertex in whole.vertices if state in (None, vertex.state)]
    for offset in range(15):
        for limit in (1, 3, 20):
            part = page(record, graph, offset=offset, limit=limit, state=state)
            assert list(part.vertices) == fitting[offset : offset + limit]
            assert (part.count, part.total, part.offset) == (len(part.vertices), len(fitting), offset)
            assert part.states == whole.states
            ends = [(edge.source, edge.target) for edge in part.edges]
            assert ends == [(source, vertex.id) for vertex in part.vertices for source in vertex.after]


def test_the_document_is_json_with_a_line_for_each_part(claimed, clock):
    record = claimed()
    document = b"".join(half_done(record, clock).document(clock()))
    whole = json.loads(document)
    assert len(whole["vertices"]) == whole["total"] == sum(whole["states"].values()) == 13
    assert len(document.splitlines()) == 13 + 2


def test_odd_names_are_kept_as_unicode(claimed, clock, page):
    record = claimed()
    graph = WorkGraph(record)
    graph.begin(StageName.DISCOVER, clock())
    graph.begin(StageName.READ, clock())
    odd = FileReason(code=FileReasonCode.MALFORMED, message="odd \udcff\n")
    graph.finish_part('a\udcff\n"b".csv', clock(), rows=0, bytes=0, reason=odd, reused=False)
    (vertex,) = [item for item in page(record, graph).vertices if item.part_of]
    assert (vertex.name, vertex.error.message) == ('a?\n"b".csv', "odd ?\n")


# --- what was not kept, or kept by another attempt ---


def test_before_anything_is_written_the_stages_alone_are_known(claimed, clock, page):
    record = claimed()
    stages = (
        Stage(name=StageName.DISCOVER, started=clock(), finished=clock.advance(1)),
        Stage(name=StageName.LIGHT, started=clock()),
    )
    found = page(record.model_copy(update={"stages": stages}))
    assert list(states(found).values()) == ["done", "running", *["waiting"] * 5]
    assert found.vertices[0].finished - found.vertices[0].started == timedelta(seconds=1)
    assert list(states(page(record)).values()) == ["waiting"] * 7


def test_a_job_that_failed_before_it_ran(claimed, clock, page):
    record = claimed().model_copy(update={"state": JobState.FAILED, "reason": ABORTED, "finished": clock()})
    assert set(states(page(record)).values()) == {"skipped"}


def test_the_graph_of_an_earlier_attempt_is_not_shown(claimed, clock, page):
    record = claimed()
    graph = half_done(record, clock)
    second = record.model_copy(update={"attempt": 2})
    found = page(second, graph)
    assert (found.total, found.attempt) == (7, 2)


@pytest.mark.parametrize("content", [b"", b"{", b"[]\n", b'{"attempt":1}\n', b'{"attempt":1,"states":[1]'])
def test_what_a_power_cut_has_left_is_no_graph(claimed, tmp_path, content):
    (tmp_path / "stages.json").write_bytes(content)
    with open_document(tmp_path, "stages.json") as document:
        assert stage_page(claimed(), document, offset=0, limit=10).total == 7


def test_a_job_that_was_lost_leaves_nothing_open(claimed, clock, page):
    record = claimed()
    graph = half_done(record, clock)
    lost = Reason(code=ReasonCode.LOST, message="its process ended")
    ended = record.model_copy(update={"state": JobState.FAILED, "reason": lost, "finished": clock.advance(60)})
    found = page(ended, graph)
    closed = states(found)
    assert (closed["heavy"], closed["heavy/a.csv"], closed["merge"]) == ("failed", "skipped", "skipped")
    assert closed["heavy/b.csv"] == "failed"
    assert sum(found.states.values()) == found.total
    counted = {state: list(closed.values()).count(state.value) for state in VertexState}
    assert found.states == {state: count for state, count in counted.items() if count}
