"""The documented requests with the real engine behind the service."""

import json
import uuid
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.specification import ProfileSpecification


@pytest.fixture
def documented(documented_request):
    return documented_request


def request_for(path: str) -> dict:
    specification = ProfileSpecification.for_path(path, description="real data")
    return {"profile_specification": json.loads(specification.model_dump_json())}


def test_the_documented_example_from_submission_to_clean_up(start, documented):
    service = start(real_engine=True)
    dataset = documented["profile_specification"]["id"]
    job = service.submit(documented)
    assert service.wait(job) == "HEAVY_PROFILES_READY", service.detail(job)
    profile = service.http.get(f"/profiler/profile/{job}").json()
    assert "answers.csv" in json.dumps(profile["moma_profile_light"])
    assert "Student ID" in json.dumps(profile["moma_profile_heavy"])
    cdd = json.loads(Path(profile["cdd_profile"]["path"]).read_bytes())
    assert service.http.get(f"/profiler/datasets/{dataset}/cdd").json() == cdd
    summary = service.detail(job)["summary"]
    assert (summary["files"], summary["rows"], summary["columns"]) == (2, 42, 5)
    assert len(summary["schema_hash"]) == 64
    assert service.http.post("/profiler/clean_up", json={"profile_job_id": job}).json() == {"detail": "SUCCESS"}
    assert service.http.get(f"/profiler/profile/{job}").status_code == 410
    path = service.http.get(f"/profiler/cdd_profile_path/{dataset}").json()["cdd_profile_path"]
    assert json.loads(Path(path).read_bytes()) == cdd


def test_the_documented_example_light_only(start, documented):
    service = start(real_engine=True)
    job = service.submit({**documented, "only_light_profile": True})
    assert service.wait(job, "LIGHT_PROFILE_READY") == "LIGHT_PROFILE_READY"
    profile = service.http.get(f"/profiler/profile/{job}").json()
    assert "answers.csv" in json.dumps(profile["moma_profile_light"])
    assert (profile["moma_profile_heavy"], profile["cdd_profile"]) == ({}, {})


def test_the_documented_connectors(start, documented, mixed_connectors):
    service = start(real_engine=True, postgres_host="127.0.0.1", postgres_port=5432, postgres_password="hidden-pw")
    documented["profile_specification"]["data_connectors"] = mixed_connectors
    job = service.submit(documented)
    assert service.wait(job) == "HEAVY_PROFILES_READY", service.detail(job)
    profile = service.http.get(f"/profiler/profile/{job}")
    assert "ds_era5_land" in profile.text
    assert "hidden-pw" not in profile.text


def test_an_empty_folder_completes_with_a_warning(start, documented):
    service = start(real_engine=True)
    documented["profile_specification"]["data_connectors"][0]["dataset_id"] = "empty"
    job = service.submit(documented)
    assert service.wait(job) == "HEAVY_PROFILES_READY"
    detail = service.detail(job)
    assert detail["warnings"]
    assert detail["summary"]["files"] == 0


def test_a_data_root_in_an_object_store(start, s3_server):
    s3_server.bucket("served", {"nightly/sales/a.csv": b"a,b\n1,2\n3,4\n"})
    options = json.dumps(s3_server.options)
    service = start(real_engine=True, data_root="s3://served", mount_point="nightly", object_store_options=options)
    job = service.submit(request_for("sales"))
    assert service.wait(job) == "HEAVY_PROFILES_READY", service.detail(job)
    assert service.detail(job)["summary"]["rows"] == 2
    assert "secret-of-the-tests" not in service.http.get(f"/profiler/jobs/{job}/profile.json").text
    preview = service.http.get(f"/profiler/jobs/{job}/preview").json()
    assert (preview["rows"], preview["changed"]) == ([[1, 2], [3, 4]], False)
    missing = service.http.post("/profiler/trigger_profile", json=request_for("purchases"))
    assert (missing.status_code, "purchases" in missing.json()["detail"]) == (404, True)


def test_real_data(start, shared_data):
    service = start(real_engine=True, data_root=str(shared_data))
    job = service.submit(request_for("subway_validations"))
    assert service.wait(job) == "HEAVY_PROFILES_READY", service.detail(job)
    assert service.detail(job)["summary"]["rows"] == 20_357
    dataset = uuid.UUID(service.detail(job)["dataset_id"])
    assert Path(service.http.get(f"/profiler/cdd_profile_path/{dataset}").json()["cdd_profile_path"]).exists()
