"""The documented routes, answer by answer, and the decisions where the document is silent."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from airflow_provider_profiler.contract.messages import HealthReport, ProfileResponse
from airflow_provider_profiler.contract.profile import DatasetProfile


def test_the_documented_flow(service, documented_request):
    dataset = documented_request["profile_specification"]["id"]
    assert service.http.get(f"/profiler/cdd_profile_path/{dataset}").json() == {"cdd_profile_path": None}
    job = service.submit(documented_request)
    assert service.wait(job) == "HEAVY_PROFILES_READY"
    assert service.status(job) == "HEAVY_PROFILES_READY"
    assert service.http.get(f"/profiler/runner_status/{job}").json() == "completed"
    answer = service.http.get(f"/profiler/profile/{job}")
    assert answer.headers["content-type"] == "application/json"
    profile = answer.json()
    assert set(profile) == {"moma_profile_light", "moma_profile_heavy", "cdd_profile"}
    assert profile["moma_profile_light"]
    assert profile["moma_profile_heavy"]
    path = Path(profile["cdd_profile"]["path"])
    assert path.name == f"{dataset}.json"
    assert json.loads(path.read_bytes())
    assert service.http.get(f"/profiler/cdd_profile_path/{dataset}").json() == {"cdd_profile_path": str(path)}
    ProfileResponse.model_validate(profile)
    cleaned = service.http.post("/profiler/clean_up", json={"profile_job_id": job})
    assert (cleaned.status_code, cleaned.json()) == (200, {"detail": "SUCCESS"})
    gone = service.http.get(f"/profiler/profile/{job}")
    assert gone.status_code == 410
    assert "cleaned up" in gone.json()["detail"]
    # What belongs to the dataset's revision stays, and is found by the job as before.
    model = service.http.get(service.detail(job)["links"]["model"])
    assert DatasetProfile.from_document(model.content).dataset_id == UUID(dataset)
    assert service.status(job) == "HEAVY_PROFILES_READY"
    assert service.detail(job)["cleaned_up"] is True
    assert path.exists()


def test_light_only_ends_with_light(service, documented_request):
    job = service.submit({**documented_request, "only_light_profile": True})
    assert service.wait(job, "LIGHT_PROFILE_READY") == "LIGHT_PROFILE_READY"
    assert service.http.get(f"/profiler/runner_status/{job}").json() == "completed"
    profile = service.http.get(f"/profiler/profile/{job}").json()
    assert profile["moma_profile_light"]
    assert profile["moma_profile_heavy"] == {}
    assert profile["cdd_profile"] == {}
    assert service.detail(job)["terminal"] is True
    dataset = documented_request["profile_specification"]["id"]
    assert service.http.get(f"/profiler/cdd_profile_path/{dataset}").json() == {"cdd_profile_path": None}
    assert service.http.get(f"/profiler/datasets/{dataset}/cdd").status_code == 404


def test_light_is_served_while_heavy_still_runs(service, documented_request):
    service.engine.hold_heavy.clear()
    job = service.submit(documented_request)
    service.wait(job, "LIGHT_PROFILE_READY")
    assert service.status(job) == "LIGHT_PROFILE_READY"
    assert service.http.get(f"/profiler/runner_status/{job}").json() == "in_progress"
    profile = service.http.get(f"/profiler/profile/{job}").json()
    assert profile["moma_profile_light"]
    assert profile["moma_profile_heavy"] == {}
    assert profile["cdd_profile"] == {}
    assert service.detail(job)["terminal"] is False
    service.engine.hold_heavy.set()
    assert service.wait(job) == "HEAVY_PROFILES_READY"


def test_before_light_there_is_no_profile(service, documented_request):
    service.engine.hold_light.clear()
    job = service.submit(documented_request)
    service.wait(job, "STARTING")
    assert service.status(job) == "STARTING"
    early = service.http.get(f"/profiler/profile/{job}")
    assert early.status_code == 404
    assert "STARTING" in early.json()["detail"]
    assert service.http.get(f"/profiler/jobs/{job}/profile.json").status_code == 404
    service.engine.hold_light.set()
    service.wait(job)


def test_a_waiting_job_is_pending(start, documented_request):
    service = start(max_running_jobs=1)
    service.engine.hold_light.clear()
    first = service.submit(documented_request)
    second = service.submit(documented_request)
    service.wait(first, "STARTING")
    assert service.status(second) == "SUBMITTING"
    assert service.http.get(f"/profiler/runner_status/{second}").json() == "pending"


def test_after_a_failure_light_is_still_served(service, documented_request):
    service.engine.heavy_error = RuntimeError("the disk at /secret/place is gone")
    job = service.submit(documented_request)
    assert service.wait(job) == "FAILED"
    assert service.http.get(f"/profiler/runner_status/{job}").json() == "failed"
    profile = service.http.get(f"/profiler/profile/{job}").json()
    assert profile["moma_profile_light"]
    assert profile["moma_profile_heavy"] == {}
    detail = service.detail(job)
    assert detail["profiles_available"] == ["light"]
    assert detail["reason"]["code"] == "internal"
    assert "/secret/place" not in json.dumps(detail)


@pytest.mark.parametrize("job", ["1f0c1a52-6b1e-4d3c-9a57-2f4f6f2f9c11", "not-a-uuid", "%00", "x" * 3000])
def test_unknown_jobs(standing, job):
    for path in (
        f"job_status/{job}",
        f"profile/{job}",
        f"jobs/{job}",
        f"jobs/{job}/events",
        f"jobs/{job}/profile.json",
    ):
        answer = standing.http.get(f"/profiler/{path}")
        assert answer.status_code == 404
        assert isinstance(answer.json()["detail"], str)
    unknown = standing.http.get(f"/profiler/runner_status/{job}")
    assert (unknown.status_code, unknown.json()) == (200, "unknown")
    assert standing.http.post(f"/profiler/jobs/{job}/abort").status_code == 404


def test_clean_up_of_unknown_and_repeated(service, documented_request):
    job = service.submit(documented_request)
    service.wait(job)
    for job_id in (str(uuid4()), "not-a-uuid", "", job, job):
        answer = service.http.post("/profiler/clean_up", json={"profile_job_id": job_id})
        assert (answer.status_code, answer.json()) == (200, {"detail": "SUCCESS"})
    assert [e["kind"] for e in service.http.get(f"/profiler/jobs/{job}/events").json()["data"]].count("cleaned_up") == 1


def test_clean_up_stops_a_running_job(service, documented_request):
    service.engine.hold_heavy.clear()
    job = service.submit(documented_request)
    service.wait(job, "LIGHT_PROFILE_READY")
    assert service.http.post("/profiler/clean_up", json={"profile_job_id": job}).status_code == 200
    assert service.wait(job) == "FAILED"
    assert service.detail(job)["reason"]["code"] == "aborted"
    assert service.http.get(f"/profiler/profile/{job}").status_code == 410


@pytest.mark.parametrize("dataset", ["not-a-uuid", "1f0c1a52-6b1e-4d3c-9a57-2f4f6f2f9c11"])
def test_cdd_path_of_unknown_datasets_is_null(standing, dataset):
    answer = standing.http.get(f"/profiler/cdd_profile_path/{dataset}")
    assert (answer.status_code, answer.json()) == (200, {"cdd_profile_path": None})
    assert standing.http.get(f"/profiler/datasets/{dataset}/cdd").status_code == 404


def test_status_dialects(start, documented_request, tmp_path):
    dataset = documented_request["profile_specification"]["id"]
    spoken = {}
    for dialect in ("documented", "lower", "object"):
        service = start(status_dialect=dialect, home=tmp_path / dialect)
        job = service.submit(documented_request)
        service.wait(job)
        before = service.status(job)
        service.http.post("/profiler/clean_up", json={"profile_job_id": job})
        spoken[dialect] = (before, service.status(job))
    assert spoken == {
        "documented": ("HEAVY_PROFILES_READY", "HEAVY_PROFILES_READY"),
        "lower": ("heavy_profile_ready", "cleaned_up"),
        "object": (
            {"status": "heavy_profile_ready", "dataset_id": dataset},
            {"status": "cleaned_up", "dataset_id": dataset},
        ),
    }


def test_two_jobs_of_one_dataset_share_a_cdd_file_and_keep_their_own(service, documented_request):
    dataset = documented_request["profile_specification"]["id"]
    first, second = (service.submit(documented_request) for _ in range(2))
    assert first != second
    details = []
    for job in (first, second):
        service.wait(job)
        details.append(service.detail(job))
    assert [detail["revision"] for detail in details] == [1, 2]
    own = [Path(detail["cdd_revision_path"]) for detail in details]
    assert own[0] != own[1]
    published = Path(service.http.get(f"/profiler/cdd_profile_path/{dataset}").json()["cdd_profile_path"])
    assert published.read_bytes() == own[1].read_bytes()


def test_mixed_connectors_of_the_document(start, documented_request, mixed_connectors):
    documented_request["profile_specification"]["data_connectors"] = mixed_connectors
    refused = start().http.post("/profiler/trigger_profile", json=documented_request)
    assert refused.status_code == 422
    assert "127.0.0.1" in refused.json()["detail"]
    assert "DATAGEMS_POSTGRES_HOST" in refused.json()["detail"]
    service = start(postgres_host="127.0.0.1", postgres_port=5432, postgres_password="hidden-pw")
    job = service.submit(documented_request)
    assert service.wait(job) == "HEAVY_PROFILES_READY"
    assert service.engine.submitted[-1].data_connectors[1].database_name == "ds_era5_land"


def test_probes(service):
    for path in ("/", "/monitoring/ready", "/monitoring/health-check"):
        assert service.http.get(path).status_code == 200
    assert service.http.get("/monitoring/ready").json() == {"status": "ready"}
    assert service.http.get("/monitoring/health-check").json() == {
        "status": "healthy",
        "redis": {"status": "healthy", "message": "not configured"},
        "ray": {"status": "healthy", "message": "not configured"},
    }


def test_a_broken_store_shows_as_degraded(service):
    service.settings.store_file.unlink()
    answer = service.http.get("/monitoring/health-check")
    assert answer.status_code == 200
    report = HealthReport.model_validate(answer.json())
    assert report.status == "degraded"
    assert report.store is not None
    assert report.store.status == "unhealthy"
    assert str(service.settings.home) not in answer.text
    assert service.http.get("/").status_code == 200
    assert service.http.get("/monitoring/ready").status_code == 200
