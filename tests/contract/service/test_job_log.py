"""The log of a job and the parts of its work over HTTP: read, followed, after the end, after a clean-up."""

import json
import logging
import threading
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.job_log import JobLogLine, JobLogPage
from airflow_provider_profiler.contract.stage_graph import StageGraph

log = logging.getLogger("airflow_provider_profiler.tests.engine")


FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


pytestmark = pytest.mark.usefixtures("informed")


@pytest.fixture(scope="module")
def finished(informed, standing):
    """A job that is done."""
    job = standing.submit(json.loads((FIXTURES / "documented_request.json").read_text("utf-8")))
    standing.wait(job)
    return job


def page(service, job, **query) -> JobLogPage:
    answer = service.http.get(f"/profiler/jobs/{job}/log", params=query)
    assert answer.status_code == 200, answer.text
    return JobLogPage.model_validate_json(answer.content)


def test_the_whole_log_of_a_job(standing, finished):
    found = page(standing, finished)
    assert found.ended
    assert found.count == len(found.data)
    assert {str(line.job_id) for line in found.data} == {finished}
    assert {str(line.dataset_id) for line in found.data} == {standing.detail(finished)["dataset_id"]}
    assert found.data[0].message.startswith("Attempt 1 of job")
    assert "HEAVY_PROFILES_READY" in found.data[-1].message
    assert standing.detail(finished)["links"]["log"] == f"/profiler/jobs/{finished}/log"


def test_pages_go_on_where_the_last_one_ended(standing, finished):
    whole = page(standing, finished).data
    after, found, ended = 0, [], False
    while not ended:
        part = page(standing, finished, after=after, limit=2)
        assert part.count <= 2
        found += part.data
        after, ended = part.next, part.ended
    assert tuple(found) == whole
    assert page(standing, finished, after=after, wait=30).data == ()


def test_the_last_lines_and_those_of_a_stage(standing, finished):
    whole = page(standing, finished).data
    tail = page(standing, finished, tail=2)
    assert (tail.data, tail.ended) == (whole[-2:], True)
    assert page(standing, finished, tail=10_000).data == whole
    assert {line.stage for line in page(standing, finished, stage="read").data} == {"read"}
    assert page(standing, finished, level="WARNING").data == ()
    assert page(standing, finished, level="CRITICAL", tail=5).ended


def test_as_json_lines_and_as_text(standing, finished):
    whole = page(standing, finished)
    for accept, kind in (
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/plain", "text/plain"),
        ("application/json;q=0.1, text/plain;q=0.5, application/x-ndjson;q=0.9", "application/x-ndjson"),
    ):
        answer = standing.http.get(f"/profiler/jobs/{finished}/log", headers={"Accept": accept})
        assert answer.headers["content-type"].split(";")[0] == kind
        assert (answer.headers["x-log-next"], answer.headers["x-log-ended"]) == (str(whole.next), "true")
        lines = answer.text.splitlines()
        assert len(lines) == whole.count
        if kind == "application/x-ndjson":
            assert tuple(JobLogLine.model_validate(json.loads(line)) for line in lines) == whole.data
        else:
            assert "[publish]: Attempt 1 of job" in lines[-1]
    for accept in ("*/*", "text/html", "", "text/plain;q=none"):
        answer = standing.http.get(f"/profiler/jobs/{finished}/log", headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/json"


def test_following_a_job_while_it_runs(service, documented_request):
    """Each line comes while the engine waits for the reader: neither can be ahead of the other."""
    service.engine.hold_heavy.clear()
    job = service.submit(documented_request)
    lines, after = [], 0
    while not any("Stage read begins" in line.message for line in lines):
        part = page(service, job, after=after, wait=25)
        assert part.data, "nothing came for 25 seconds"
        assert not part.ended
        lines, after = [*lines, *part.data], part.next
    assert page(service, job, after=after).data == ()
    waiting = threading.Timer(0.1, service.engine.hold_heavy.set)
    waiting.start()
    ended = False
    while not ended:
        part = page(service, job, after=after, wait=25)
        lines, after, ended = [*lines, *part.data], part.next, part.ended
    assert tuple(lines) == page(service, job).data
    assert "HEAVY_PROFILES_READY" in lines[-1].message


def test_waiting_for_lines_of_a_stage_leaves_out_the_others(service, documented_request):
    service.engine.hold_heavy.clear()
    job = service.submit(documented_request)
    first = page(service, job, stage="read", wait=25)
    assert {line.stage for line in first.data} == {"read"}
    service.engine.hold_heavy.set()
    later = page(service, job, stage="publish", after=first.next, wait=25)
    assert {line.stage for line in later.data} == {"publish"}


def test_waiting_ends_with_the_time_and_with_the_service(service, documented_request):
    service.engine.hold_light.clear()
    job = service.submit(documented_request)
    service.wait(job, "STARTING")
    assert page(service, job, stage="publish", wait=0.1).data == ()
    answers, asked = [], threading.Event()
    looked = service.app.state.backend.results.open

    def open_document(*args):
        asked.set()
        return looked(*args)

    service.app.state.backend.results.open = open_document
    client = threading.Thread(target=lambda: answers.append(page(service, job, stage="publish", wait=30)))
    client.start()
    assert asked.wait(20)
    service.server.stop()
    client.join(30)
    assert [(answer.data, answer.ended) for answer in answers] == [((), False)]


def test_a_failed_job_tells_why(service, documented_request):
    service.engine.heavy_error = RuntimeError("cell of Naxos, password=hunter2")
    job = service.submit(documented_request)
    assert service.wait(job) == "FAILED"
    reason = service.detail(job)["reason"]
    found = page(service, job)
    assert reason["message"] in found.data[-1].message
    assert "internal" in found.data[-1].message
    (error,) = page(service, job, level="ERROR").data
    assert error.details.startswith("RuntimeError at\n")
    answer = service.http.get(f"/profiler/jobs/{job}/log", headers={"Accept": "text/plain"}).text
    assert "Naxos" not in answer
    assert "hunter2" not in answer
    assert "RuntimeError at" in answer
    graph = stages(service, job)
    assert {vertex.id: vertex.state.value for vertex in graph.vertices}["read"] == "failed"
    assert graph.vertices[2].error.code == "internal"


def test_a_secret_that_a_reader_logs_is_masked(service, documented_request, monkeypatch):
    real = service.engine.heavy

    def heavy(light, **more):
        log.warning("connecting to postgresql://u:hunter2@db/x with %s", {"password": "hunter2"})
        return real(light, **more)

    monkeypatch.setattr(service.engine, "heavy", heavy)
    job = service.submit(documented_request)
    service.wait(job)
    (line,) = page(service, job, level="WARNING").data
    assert line.logger == log.name
    assert line.message.startswith("connecting to postgresql://********@db/x")
    assert "hunter2" not in service.http.get(f"/profiler/jobs/{job}/log").text


def test_it_stays_after_a_clean_up(service, documented_request):
    finished = service.submit(documented_request)
    service.wait(finished)
    before = page(service, finished)
    assert service.http.post("/profiler/clean_up", json={"profile_job_id": finished}).status_code == 200
    assert page(service, finished) == before
    assert stages(service, finished).total == 7


def test_a_job_that_has_not_started_has_no_lines_yet(start, documented_request):
    waiting = start(max_running_jobs=1)
    waiting.engine.hold_light.clear()
    waiting.wait(waiting.submit(documented_request), "STARTING")
    job = waiting.submit(documented_request)
    assert page(waiting, job) == JobLogPage(data=(), count=0, next=0, ended=False)
    answer = waiting.http.get(f"/profiler/jobs/{job}/log", headers={"Accept": "text/plain"})
    assert (answer.text, answer.headers["x-log-next"], answer.headers["x-log-ended"]) == ("", "0", "false")
    assert {vertex.state.value for vertex in stages(waiting, job).vertices} == {"waiting"}


def test_what_cannot_be_meant_is_refused(standing, finished):
    for route in ("log", "stages"):
        assert standing.http.get(f"/profiler/jobs/nobody/{route}").status_code == 404
    for query in (
        "tail=0",
        "tail=10001",
        "after=-1",
        "wait=31",
        "level=LOUD",
        "limit=0",
        f"after={2**63}",
        "stages=heavy",
    ):
        assert standing.http.get(f"/profiler/jobs/{finished}/log?{query}").status_code == 422, query
    for query in ("limit=0", "offset=-1", "state=ready"):
        assert standing.http.get(f"/profiler/jobs/{finished}/stages?{query}").status_code == 422, query


# --- stages ---


def stages(service, job, **query) -> StageGraph:
    answer = service.http.get(f"/profiler/jobs/{job}/stages", params=query)
    assert answer.status_code == 200, answer.text
    return StageGraph.model_validate_json(answer.content)


def test_the_parts_of_a_real_job(start, documented_request):
    service = start(real_engine=True)
    job = service.submit(documented_request)
    assert service.wait(job) == "HEAVY_PROFILES_READY"
    whole = stages(service, job)
    assert {vertex.state.value for vertex in whole.vertices} == {"done"}
    tables = {vertex.name: vertex for vertex in whole.vertices if vertex.part_of == "heavy"}
    assert {name: table.rows for name, table in tables.items()} == {"answers.csv": 40, "questions.csv": 2}
    for table in tables.values():
        assert table.started <= table.finished
        assert table.percent == 100.0
    assert whole.total == 9
    first, rest = stages(service, job, limit=4), stages(service, job, limit=100, offset=4)
    assert (*first.vertices, *rest.vertices) == whole.vertices
    assert stages(service, job, state="failed").total == 0
    lines = page(service, job, stage="heavy/answers.csv").data
    assert lines[-1].message.startswith("answers.csv ends: 40 rows, ")
    assert "Stage merge begins." in [line.message for line in page(service, job).data]


def test_the_parts_of_a_job_that_runs(service, documented_request):
    service.engine.hold_heavy.clear()
    job = service.submit(documented_request)
    after, begun = 0, ""
    while begun != "read":
        feed = service.http.get("/profiler/events", params={"after": after, "type": "stage", "wait": 25}).json()
        after, begun = feed["next"], feed["data"][-1]["data"]["stage"]
    running = stages(service, job, state="running")
    assert [vertex.id for vertex in running.vertices] == ["read"]
    assert running.total == 1
    assert service.http.post(f"/profiler/jobs/{job}/abort").status_code == 200
    assert service.wait(job) == "FAILED"
    assert stages(service, job, state="failed").vertices[0].error.code == "aborted"
