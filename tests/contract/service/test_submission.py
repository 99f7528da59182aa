"""Submissions that are repeated, only checked, or wanted with options."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airflow_provider_profiler.contract.options import ProfileOptions

TRIGGER = "/profiler/trigger_profile"


@pytest.fixture
def service(standing):
    return standing


@pytest.fixture
def key() -> str:
    return f"key {uuid.uuid4()}"


@pytest.mark.parametrize("header", ["Idempotency-Key", "X-Execution-Id"])
def test_a_key_makes_one_job(service, documented_request, key, header):
    jobs = {service.submit(documented_request, **{header: key}) for _ in range(3)}
    assert len(jobs) == 1
    assert service.submit(documented_request) not in jobs


def test_both_headers_name_one_key(service, documented_request, key):
    first = service.submit(documented_request, **{"Idempotency-Key": key})
    assert service.submit(documented_request, **{"X-Execution-Id": key}) == first
    assert service.submit(documented_request, **{"X-Execution-Id": key, "Idempotency-Key": key}) == first


def test_concurrent_repeats_make_one_job(service, documented_request, key):
    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(lambda _: service.submit(documented_request, **{"Idempotency-Key": key}), range(16)))
    assert len(set(jobs)) == 1


def test_where_it_came_from_may_differ_what_it_asks_may_not(service, documented_request, key):
    first = service.submit(documented_request, **{"Idempotency-Key": key})
    again = {**documented_request, "triggered_by": {"origin": "airflow", "try_number": 2}}
    assert service.submit(again, **{"Idempotency-Key": key}) == first
    other = {**documented_request, "only_light_profile": True}
    conflict = service.http.post(TRIGGER, json=other, headers={"Idempotency-Key": key})
    assert conflict.status_code == 409
    assert first in conflict.json()["detail"]


def test_a_repeat_gets_its_job_even_when_the_dataset_is_gone(service, documented_request, key):
    dataset = Path(service.settings.data_root) / "short-lived"
    dataset.mkdir()
    documented_request["profile_specification"]["data_connectors"][0]["dataset_id"] = dataset.name
    first = service.submit(documented_request, **{"Idempotency-Key": key})
    service.wait(first)
    dataset.rmdir()
    assert service.http.post(TRIGGER, json=documented_request).status_code == 404
    assert service.submit(documented_request, **{"Idempotency-Key": key}) == first


@pytest.mark.parametrize(
    "headers",
    [
        [("Idempotency-Key", "a"), ("X-Execution-Id", "b")],
        [("Idempotency-Key", "a"), ("Idempotency-Key", "b")],
        [("Idempotency-Key", "")],
        [("Idempotency-Key", "x" * 256)],
        [("X-Execution-Id", "é".encode())],
    ],
)
def test_bad_keys(service, documented_request, headers):
    answer = service.http.post(TRIGGER, json=documented_request, headers=headers)
    assert answer.status_code == 422
    assert "key" in answer.json()["detail"]


def test_a_dry_run_checks_everything_and_starts_nothing(service, documented_request, key):
    before = service.http.get("/profiler/jobs?limit=1000").json()["count"]
    answer = service.http.post(TRIGGER, json={**documented_request, "dry_run": True}, headers={"Idempotency-Key": key})
    told = answer.json()
    plan = told.pop("plan")
    assert told == {"job_id": None, "status": "Valid, nothing started"}
    assert plan["connectors"] == [
        {"type": "RawDataPath", "dataset_id": documented_request["profile_specification"]["id"], "found": "folder"}
    ]
    assert (plan["target"], plan["runner"], plan["dataset_id"]) == (
        "heavy",
        "inline",
        documented_request["profile_specification"]["id"],
    )
    assert ProfileOptions.model_validate(plan["options"]) == ProfileOptions()
    assert service.http.get("/profiler/jobs?limit=1000").json()["count"] == before
    documented_request["profile_specification"]["data_connectors"][0]["dataset_id"] = "no/such"
    assert service.http.post(TRIGGER, json={**documented_request, "dry_run": True}).status_code == 404


def test_options_labels_and_origin_come_back(service, documented_request):
    wanted = {
        "options": {"reading": {"delimiter": ";"}},
        "labels": {"team": "maths"},
        "triggered_by": {"origin": "airflow", "dag_id": "nightly"},
    }
    detail = service.detail(service.submit({**documented_request, **wanted}))
    assert detail["options"]["reading"]["delimiter"] == ";"
    assert detail["labels"] == {"team": "maths"}
    assert detail["triggered_by"]["dag_id"] == "nightly"


def test_a_service_that_runs_no_jobs_refuses_them(start, documented_request):
    service = start(run_jobs=False)
    answer = service.http.post(TRIGGER, json=documented_request)
    assert answer.status_code == 503
    assert service.http.get("/profiler/jobs").json() == {"data": [], "count": 0, "total": 0}
