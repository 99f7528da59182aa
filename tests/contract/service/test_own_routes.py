"""Our own routes: detail, lists, events, abort, the model, the CDD file, and the prefix of a proxy."""

import threading
import uuid
from pathlib import Path

import httpx
import pytest

from airflow_provider_profiler.contract.job import JobDetail, JobEventList, JobList
from airflow_provider_profiler.contract.profile import DatasetProfile


def test_detail(service, documented_request):
    job = service.submit(documented_request)
    service.wait(job)
    detail = JobDetail.model_validate(service.detail(job))
    assert str(detail.job_id) == job
    assert detail.terminal
    assert detail.profiles_available == ("light", "heavy", "cdd")
    assert detail.summary is not None
    for link in detail.links.model_dump().values():
        assert service.http.get(link).status_code == 200


def test_the_profile_model_and_the_cdd_file(service, documented_request):
    job = service.submit(documented_request)
    service.wait(job)
    model = service.http.get(f"/profiler/jobs/{job}/profile.json")
    assert DatasetProfile.from_document(model.content).dataset_id == uuid.UUID(
        documented_request["profile_specification"]["id"]
    )
    dataset = documented_request["profile_specification"]["id"]
    download = service.http.get(f"/profiler/datasets/{dataset}/cdd")
    path = service.http.get(f"/profiler/cdd_profile_path/{dataset}").json()["cdd_profile_path"]
    assert download.content == Path(path).read_bytes()
    assert f"{dataset}.json" in download.headers["content-disposition"]
    assert download.headers["x-profile-revision"] == "1"


def test_lists(service, documented_request):
    light = {**documented_request, "only_light_profile": True}
    jobs = [service.submit(body) for body in (documented_request, light, light)]
    for job in jobs:
        service.wait(job, "LIGHT_PROFILE_READY")
    service.wait(jobs[0])
    dataset = documented_request["profile_specification"]["id"]

    def ids(query: str) -> list[str]:
        listed = JobList.model_validate(service.http.get(f"/profiler/jobs{query}").json())
        assert listed.count == len(listed.data)
        return [str(item.job_id) for item in listed.data]

    assert ids("") == jobs[::-1]
    assert ids("?limit=2") == jobs[:0:-1]
    assert ids("?limit=2&offset=2") == jobs[:1]
    assert ids("?state=HEAVY_PROFILES_READY") == jobs[:1]
    assert ids(f"?dataset_id={dataset}&state=LIGHT_PROFILE_READY") == jobs[:0:-1]
    assert ids(f"?dataset_id={uuid.uuid4()}") == []


def test_events_in_order_and_after_a_number(service, documented_request):
    job = service.submit(documented_request)
    service.wait(job)
    whole = JobEventList.model_validate(service.http.get(f"/profiler/jobs/{job}/events").json())
    assert [event.sequence for event in whole.data] == list(range(1, whole.count + 1))
    states = [event.data["state"] for event in whole.data if event.kind == "state"]
    assert states == ["SUBMITTING", "STARTING", "LIGHT_PROFILE_READY", "HEAVY_PROFILES_READY"]
    rest = JobEventList.model_validate(service.http.get(f"/profiler/jobs/{job}/events?after=2").json())
    assert rest.data == whole.data[2:]
    assert service.http.get(f"/profiler/jobs/{job}/events?after={whole.count}&wait=30").json()["data"] == []


def test_waiting_for_events_returns_when_something_happens(service, documented_request):
    service.engine.hold_heavy.clear()
    job = service.submit(documented_request)
    service.wait(job, "LIGHT_PROFILE_READY")
    known = service.http.get(f"/profiler/jobs/{job}/events").json()["count"]
    assert service.http.get(f"/profiler/jobs/{job}/events?after={known + 10}&wait=0.1").json()["count"] == 0
    threading.Timer(0.2, service.engine.hold_heavy.set).start()
    after = known
    states = []
    while "HEAVY_PROFILES_READY" not in states:
        found = service.http.get(f"/profiler/jobs/{job}/events?after={after}&wait=30").json()["data"]
        assert found
        after = found[-1]["sequence"]
        states += [event["data"].get("state") for event in found]


def test_many_waiting_clients_do_not_take_the_threads(service, documented_request, monkeypatch):
    """More clients wait than the service has worker threads, and everyone else is still answered."""
    service.engine.hold_light.clear()
    job = service.submit(documented_request)
    service.wait(job, "STARTING")
    store = service.app.state.backend.store
    read_events, looks, all_wait = store.events, [], threading.Event()

    def events(*args):
        looks.append(args)
        if len(looks) >= 60:
            all_wait.set()
        return read_events(*args)

    monkeypatch.setattr(store, "events", events)
    answers = []

    def wait() -> None:
        url = f"{service.url}/profiler/jobs/{job}/events?after=1000&wait=25"
        answers.append(httpx.get(url, timeout=60, trust_env=False).status_code)

    clients = [threading.Thread(target=wait) for _ in range(60)]
    for client in clients:
        client.start()
    assert all_wait.wait(30)
    assert service.status(job) == "STARTING"
    assert service.http.post(f"/profiler/jobs/{job}/abort").status_code == 200
    for client in clients:
        client.join(30)
    assert answers == [200] * 60


def test_a_waiting_client_is_answered_when_the_service_stops(service, documented_request, monkeypatch):
    service.engine.hold_light.clear()
    job = service.submit(documented_request)
    service.wait(job, "STARTING")
    store = service.app.state.backend.store
    read_events, looked = store.events, threading.Event()

    def events(*args):
        found = read_events(*args)
        looked.set()
        return found

    monkeypatch.setattr(store, "events", events)
    answers = []

    def wait() -> None:
        url = f"{service.url}/profiler/jobs/{job}/events?after=1000&wait=30"
        answers.append(httpx.get(url, timeout=60, trust_env=False).json())

    client = threading.Thread(target=wait)
    client.start()
    assert looked.wait(60)
    service.server.stop()
    client.join(30)
    assert answers == [{"data": [], "count": 0}]


def test_abort(service, documented_request):
    service.engine.hold_heavy.clear()
    job = service.submit(documented_request)
    service.wait(job, "LIGHT_PROFILE_READY")
    JobDetail.model_validate(service.http.post(f"/profiler/jobs/{job}/abort").raise_for_status().json())
    assert service.wait(job) == "FAILED"
    assert service.detail(job)["reason"]["code"] == "aborted"
    assert service.http.get(f"/profiler/profile/{job}").json()["moma_profile_light"]
    again = service.http.post(f"/profiler/jobs/{job}/abort")
    assert (again.status_code, again.json()["state"]) == (200, "FAILED")


def test_a_finished_job_cannot_be_aborted_away(service, documented_request):
    job = service.submit(documented_request)
    service.wait(job)
    assert service.http.post(f"/profiler/jobs/{job}/abort").json()["state"] == "HEAVY_PROFILES_READY"


@pytest.mark.parametrize("prefix", ["/tools/profiles", "/profiler", "/monitoring"])
def test_a_proxy_may_strip_the_prefix_or_keep_it(start, documented_request, prefix):
    service = start(base_url=f"{prefix}/")
    job = service.submit(documented_request)
    service.wait(job)
    for before in ("", prefix):
        assert service.http.get(f"{before}/profiler/job_status/{job}").json() == "HEAVY_PROFILES_READY"
        assert service.http.get(f"{before}/monitoring/ready").json() == {"status": "ready"}
        assert service.http.get(f"{before}/").status_code == 200
        assert service.http.get(f"{before}/openapi.json").json()["servers"] == [{"url": prefix}]
    assert service.http.get(prefix).status_code == 200
    assert service.http.get(f"{prefix}x/profiler/jobs").status_code == 404
    assert service.detail(job)["links"]["self"] == f"{prefix}/profiler/jobs/{job}"
    for link in service.detail(job)["links"].values():
        assert link.startswith(f"{prefix}/profiler/")
        assert service.http.get(link).status_code == 200


def test_the_description_names_every_route_and_resolves(service):
    description = service.http.get("/openapi.json").json()
    assert {
        "/profiler/trigger_profile",
        "/profiler/job_status/{profile_job_id}",
        "/profiler/runner_status/{profile_job_id}",
        "/profiler/profile/{profile_job_id}",
        "/profiler/cdd_profile_path/{dataset_id}",
        "/profiler/clean_up",
        "/",
        "/monitoring/ready",
        "/monitoring/health-check",
    } <= set(description["paths"])
    schemas = description["components"]["schemas"]

    def references(value):
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    named = set(references(description))
    assert "#/components/schemas/TriggerProfileRequest" in named
    assert {reference.rsplit("/", 1)[1] for reference in named} <= set(schemas)


def test_head_is_get_without_the_body(service, documented_request):
    job = service.submit(documented_request)
    service.wait(job)
    places = ("/", "/monitoring/ready", f"/profiler/jobs/{job}", f"/profiler/jobs/{job}/artefacts/profile.json")
    for place in (*places, f"/profiler/jobs/{job}/profile.json", "/profiler/jobs/unknown", "/nowhere"):
        whole, head = service.http.get(place), service.http.head(place)
        assert (head.status_code, head.content) == (whole.status_code, b""), place
        kept = ("content-type", "content-length", "etag", "accept-ranges")
        assert {name: head.headers.get(name) for name in kept} == {name: whole.headers.get(name) for name in kept}
    assert service.http.head("/profiler/trigger_profile").status_code == 405
    assert service.http.get("/").status_code == 200, "the connection goes on"
