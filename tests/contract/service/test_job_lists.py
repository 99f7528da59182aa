"""Lists of jobs: filters, pages, parts of answers, and what can be embedded."""

import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from airflow_provider_profiler.contract.partial_job import PartialJobList
from airflow_provider_profiler.render.report.bounds import PageBound
from airflow_provider_profiler.service import embedding

SECRET = "a shared secret of more than 32 bytes: " + "s" * 32


@pytest.fixture(scope="module")
def service(start_for_module):
    return start_for_module()


@pytest.fixture(scope="module")
def jobs(service, request_body):
    """Three jobs that have ended, oldest first, and when the second one was made."""
    made = []
    for light, labels, dag in (
        (False, {"team": "maths", "n": "1:2"}, "nightly"),
        (True, {"team": "maths"}, ""),
        (True, {}, ""),
    ):
        body = {**request_body, "only_light_profile": light, "labels": labels, "triggered_by": {"dag_id": dag}}
        made.append(service.submit(body))
        service.wait(made[-1], "LIGHT_PROFILE_READY" if light else "HEAVY_PROFILES_READY")
    return made


@pytest.fixture(scope="module")
def request_body():
    import json
    from pathlib import Path

    fixtures = Path(__file__).resolve().parents[2] / "fixtures"
    return json.loads((fixtures / "documented_request.json").read_text("utf-8"))


def listed(service, **query):
    answer = service.http.get("/profiler/jobs", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == len(answer.json()["data"])
    return [item["job_id"] for item in answer.json()["data"]], answer.json()["total"]


def test_filters(service, jobs):
    first, second, third = jobs
    dataset = service.detail(first)["dataset_id"]
    created = service.detail(second)["created"]
    everything = [third, second, first]
    assert listed(service) == (everything, 3)
    assert listed(service, limit=1, offset=1) == ([second], 3)
    assert listed(service, offset=3) == ([], 3)
    assert listed(service, dataset_id=dataset) == (everything, 3)
    assert listed(service, dataset_id=str(uuid.uuid4())) == ([], 0)
    assert listed(service, state="HEAVY_PROFILES_READY") == ([first], 1)
    assert listed(service, state=["HEAVY_PROFILES_READY", "LIGHT_PROFILE_READY"]) == (everything, 3)
    assert listed(service, state=["FAILED", "STARTING"]) == ([], 0)
    assert listed(service, dag_id="nightly") == ([first], 1)
    assert listed(service, label="team:maths") == ([second, first], 2)
    assert listed(service, label=["team:maths", "n:1:2"]) == ([first], 1)
    assert listed(service, label="team:") == ([], 0)
    assert listed(service, created_from=created) == ([third, second], 2)
    assert listed(service, created_until=created) == ([first], 1)
    assert listed(service, terminal="true") == (everything, 3)
    assert listed(service, terminal="false") == ([], 0)
    assert listed(service, client="airflow") == ([], 0)
    assert listed(service, client="") == (everything, 3)
    assert listed(service, label="team:maths", terminal="true", state="LIGHT_PROFILE_READY") == ([second], 1)


@pytest.mark.parametrize(
    "query",
    [
        *("label=team", "label=:maths", "created_from=yesterday", "created_from=2026-01-01T00:00:00", "terminal=maybe"),
        *("state=DONE", "state=FAILED&state=x", "&".join(["label=a:b"] * 21), f"client={'x' * 1001}"),
        *("fields=nothing", "embed=nothing", "embed=events(limit=x)", "fields=", "embed=", "sate=FAILED"),
        *("embed=events(limit=401)", "limit=1000&embed=artefacts", "limit=100&embed=events(limit=60),stages(limit=60)"),
    ],
)
def test_queries_that_are_refused(service, query):
    assert service.http.get(f"/profiler/jobs?{query}").status_code == 422


def test_what_is_refused_names_what_is_valid(service, jobs):
    for path in ("/profiler/jobs", f"/profiler/jobs/{jobs[0]}"):
        assert "progress" in service.http.get(path, params={"fields": "progres"}).json()["detail"]
        assert (
            "artefacts, events, profile, revision, specification, stages"
            in service.http.get(path, params={"embed": "logs"}).json()["detail"]
        )


def test_the_client_is_a_filter(start):
    service = start(run_jobs=False, enable_auth=True, auth_key=SECRET, auth_clients=("a", "b"))
    claims = {"client_id": "a", "exp": datetime.now(UTC) + timedelta(minutes=5)}
    service.http.headers["Authorization"] = f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"
    assert listed(service, client="a") == ([], 0)


def test_parts_of_answers(service, jobs):
    detail = service.detail(jobs[0])
    answer = service.http.get("/profiler/jobs", params={"fields": "job_id;progress.percent;stages.name", "limit": 3})
    assert [item["job_id"] for item in answer.json()["data"]] == jobs[::-1]
    assert answer.json()["data"][2] == {
        "job_id": jobs[0],
        "progress": {"percent": detail["progress"]["percent"]},
        "stages": [{"name": stage["name"]} for stage in detail["stages"]],
    }
    one = service.http.get(f"/profiler/jobs/{jobs[0]}", params={"fields": "job_id;progress.percent;stages.name"})
    assert one.json() == answer.json()["data"][2]


def test_embedded_things(service, jobs):
    wanted = (
        "events(limit=1,sort=-sequence,fields=kind;sequence),profile(fields=kind;distributions.name),artefacts(limit=2),"
        "specification(fields=name),revision(fields=number),stages(limit=1,fields=name)"
    )
    answer = service.http.get("/profiler/jobs", params={"embed": wanted, "fields": "job_id", "label": "n:1:2"}).json()
    PartialJobList.model_validate(answer)
    (job,) = answer["data"]
    events = service.http.get(f"/profiler/jobs/{jobs[0]}/events").json()["data"]
    embedded = job["embedded"]
    assert set(job) == {"job_id", "embedded"}
    assert embedded["events"] == {
        "data": [{"kind": events[-1]["kind"], "sequence": events[-1]["sequence"]}],
        "count": 1,
    }
    assert embedded["profile"]["content"] == {
        "kind": "heavy",
        "distributions": [{"name": "answers.csv"}, {"name": "questions.csv"}],
    }
    assert embedded["profile"]["bytes"] == len(service.http.get(embedded["profile"]["link"]).content)
    assert embedded["specification"] == {"name": "Mathematics Learning Assessment"}
    assert embedded["revision"] == {"number": 1}
    assert embedded["stages"] == {"data": [{"name": "discover"}], "count": 1}
    assert embedded["artefacts"]["count"] == 2
    assert embedded["artefacts"]["data"] == service.http.get(f"/profiler/jobs/{jobs[0]}/artefacts").json()["data"][:2]
    whole = service.http.get(f"/profiler/jobs/{jobs[0]}", params={"embed": "events"}).json()
    assert whole.pop("embedded") == {"events": {"data": events, "count": len(events)}}
    assert whole == service.detail(jobs[0])


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_the_last_events_are_embedded_however_many_there_are(service, jobs, monkeypatch, page):
    monkeypatch.setattr(embedding, "_PAGE", page)
    numbers = [event["sequence"] for event in service.http.get(f"/profiler/jobs/{jobs[0]}/events").json()["data"]]
    for order, expected in (("sequence", numbers[:3]), ("-sequence", numbers[:-4:-1])):
        query = {"embed": f"events(limit=3,sort={order},fields=sequence)"}
        found = service.http.get(f"/profiler/jobs/{jobs[0]}", params=query).json()["embedded"]["events"]
        assert [event["sequence"] for event in found["data"]] == expected


def test_a_profile_that_is_too_large_is_not_embedded(service, jobs, monkeypatch):
    monkeypatch.setattr("airflow_provider_profiler.service.embedding._MOST_BYTES", 2000)
    answer = service.http.get("/profiler/jobs", params={"embed": "profile", "fields": "job_id"}).json()
    found = [job["embedded"]["profile"] for job in answer["data"]]
    assert all(profile["bytes"] > 500 for profile in found)
    assert None in [profile["content"] for profile in found]
    assert sum(profile["bytes"] for profile in found if profile["content"] is not None) <= 2000


def test_answers_with_whole_profiles_are_made_a_few_at_a_time(service, jobs):
    backend = service.app.state.backend
    own = backend.report_bound
    backend.report_bound = PageBound(at_once=0, waiting=0)
    try:
        for place in ("/profiler/jobs", f"/profiler/jobs/{jobs[0]}"):
            refused = service.http.get(place, params={"embed": "profile"})
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5"), refused.text
            assert "download profile.json" in refused.json()["detail"]
            assert service.http.get(place, params={"embed": "events"}).status_code == 200
    finally:
        backend.report_bound = own


def test_a_misspelt_parameter_is_told(service, jobs):
    for place in ("", "/events"):
        answer = service.http.get(f"/profiler/jobs/{jobs[0]}{place}", params={"embeds": "profile"})
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["loc"] == ["query", "embeds"]
