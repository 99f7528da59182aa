"""``GET /monitoring/metrics``: what it counts, wherever jobs ran, and what it never tells."""

import re
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families

from airflow_provider_profiler.contract.messages import DependencyHealth

PATH = "/monitoring/metrics"


def samples(running: Any) -> dict[str, float]:
    """Every sample that is not about the process, as ``name{label=value,...}``."""
    answer = running.http.get(PATH)
    assert answer.status_code == 200, answer.text
    return {
        f"{sample.name}{{{','.join(f'{name}={value}' for name, value in sorted(sample.labels.items()))}}}": sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def grown(before: dict[str, float], after: dict[str, float], prefix: str) -> dict[str, float]:
    found = {name: value - before.get(name, 0.0) for name, value in after.items() if name.startswith(prefix)}
    return {name: value for name, value in found.items() if value}


def test_jobs_are_counted_by_how_they_ended(start, documented_request):
    service = start(real_engine=True)
    before = samples(service)
    service.wait(service.submit(documented_request))
    light = documented_request | {"only_light_profile": True}
    service.wait(service.submit(light), "LIGHT_PROFILE_READY")
    empty = documented_request | {
        "profile_specification": documented_request["profile_specification"]
        | {"data_connectors": [{"type": "RawDataPath", "dataset_id": "empty"}]}
    }
    failing = service.submit(empty | {"options": {"execution": {"deadline_seconds": 0.000001}}})
    service.wait(failing, "FAILED")
    after = samples(service)
    assert grown(before, after, "profiler_jobs_submitted_total") == {"profiler_jobs_submitted_total{}": 3}
    assert grown(before, after, "profiler_jobs_finished_total") == {
        "profiler_jobs_finished_total{outcome=succeeded,target=heavy}": 1,
        "profiler_jobs_finished_total{outcome=succeeded,target=light}": 1,
        "profiler_jobs_finished_total{outcome=failed,target=heavy}": 1,
    }
    assert grown(before, after, "profiler_jobs_failed_total") == {"profiler_jobs_failed_total{reason=deadline}": 1}
    assert grown(before, after, "profiler_rows_read_total") == {"profiler_rows_read_total{}": 42}
    assert after["profiler_bytes_read_total{}"] > 0
    assert after["profiler_job_duration_seconds_count{outcome=succeeded,target=heavy}"] == 1
    assert after["profiler_job_wait_seconds_count{}"] == 3
    assert after["profiler_jobs{state=HEAVY_PROFILES_READY}"] == 1
    assert after["profiler_jobs{state=LIGHT_PROFILE_READY}"] == 1
    assert after["profiler_jobs{state=FAILED}"] == 1
    # Looking twice counts nothing twice.
    assert grown(after, samples(service), "profiler_jobs") == {}


def test_a_job_that_another_process_ran_is_counted_too(start, documented_request):
    watching, working = start(), start()  # on one job store
    before = samples(watching)
    working.wait(working.submit(documented_request))
    after = samples(watching)
    assert grown(before, after, "profiler_jobs_submitted_total") == {"profiler_jobs_submitted_total{}": 1}
    assert sum(grown(before, after, "profiler_jobs_finished_total").values()) == 1


def test_what_ended_before_the_start_is_no_part_of_the_counters(start, documented_request):
    first = start()
    first.wait(first.submit(documented_request))
    first.server.stop()
    second = samples(start())
    assert second["profiler_jobs_submitted_total{}"] == 0
    assert second["profiler_jobs{state=HEAVY_PROFILES_READY}"] + second["profiler_jobs{state=FAILED}"] == 1


def test_the_queue_is_measured(start, documented_request):
    service = start(max_running_jobs=1)
    service.engine.hold_light.clear()
    running = service.submit(documented_request)
    service.wait(running, "STARTING")
    waiting = [service.submit(documented_request) for _ in range(2)]
    found = samples(service)
    assert found["profiler_queue_jobs{}"] == 2
    assert found["profiler_queue_oldest_seconds{}"] > 0
    assert found["profiler_jobs{state=SUBMITTING}"] == 2
    service.engine.hold_light.set()
    for job_id in waiting:
        service.wait(job_id)
    found = samples(service)
    assert (found["profiler_queue_jobs{}"], found["profiler_queue_oldest_seconds{}"]) == (0, 0)


def test_requests_are_counted_by_route_and_never_by_path(service):
    before = samples(service)
    for path in ("/profiler/jobs/no-such-job", "/profiler/jobs/another", "/made-up-1", "/made-up-2"):
        assert service.http.get(path).status_code == 404
    service.http.request("PROPFIND", "/made-up-3")
    after = samples(service)
    assert grown(before, after, "profiler_http_requests_total") == {
        "profiler_http_requests_total{method=GET,route=/profiler/jobs/{job_id},status=404}": 2,
        "profiler_http_requests_total{method=GET,route=unknown,status=404}": 2,
        "profiler_http_requests_total{method=other,route=unknown,status=404}": 1,
        "profiler_http_requests_total{method=GET,route=/monitoring/metrics,status=200}": 1,
    }
    assert after["profiler_http_request_duration_seconds_count{method=GET,route=/profiler/jobs/{job_id}}"] == 2


def test_they_are_open_and_hold_nothing_that_should_not_be_read(start, documented_request):
    secret = "a-shared-secret-of-more-than-32-bytes"
    service = start(enable_auth=True, auth_key=secret, auth_algorithms=("HS256",), base_url="/tools")
    text = service.http.get(f"/tools{PATH}").text
    specification = documented_request["profile_specification"]
    for hidden in (secret, specification["id"], specification["name"], str(service.settings.home)):
        assert hidden not in text
    # Nothing that looks like an id, wherever it may come from.
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text)
    assert 'profiler_build_info{python="' in text


def test_a_store_that_is_gone_is_told_by_a_number(service):
    assert samples(service)["profiler_dependency_up{dependency=store}"] == 1
    service.settings.store_file.unlink()
    found = samples(service)
    assert found["profiler_dependency_up{dependency=store}"] == 0
    assert "profiler_dependency_up{dependency=ray}" not in found


def test_processes_that_run_jobs_are_told_when_they_are_in_trouble_and_when_they_are_back(service, monkeypatch):
    name = "profiler_dependency_up{dependency=jobs}"
    backend = service.app.state.backend
    assert name not in samples(service)
    trouble = DependencyHealth(status="unhealthy", message="1 of 2 processes run jobs.")
    monkeypatch.setattr(backend.supervisor, "health", lambda: trouble)
    assert samples(service)[name] == 0
    monkeypatch.setattr(backend.supervisor, "health", lambda: None)
    assert samples(service)[name] == 1


@pytest.mark.parametrize("accept", ["application/openmetrics-text; version=1.0.0", "text/plain", "*/*", "nonsense/"])
def test_both_formats_are_spoken(standing, accept):
    answer = standing.http.get(PATH, headers={"Accept": accept})
    spoken = "openmetrics" in answer.headers["content-type"]
    families = openmetrics_families if spoken else text_string_to_metric_families
    assert {family.name for family in families(answer.text)} >= {"profiler_jobs", "profiler_build_info"}
    assert spoken is ("openmetrics" in accept)
