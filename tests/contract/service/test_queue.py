"""Admission: the place in the queue, fairness between clients, and 429 where no more may wait."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_provider_profiler.contract.job import JobDetail


@pytest.fixture
def busy(start):
    """A service in which one job runs until the test lets it go on, and the others wait."""

    def make(**settings):
        return start(max_running_jobs=1, **settings)

    return make


def running(service, request):
    service.engine.hold_heavy.clear()
    job = service.submit(request)
    service.wait(job, "LIGHT_PROFILE_READY")
    return job


def place(service, job):
    return JobDetail.model_validate(service.detail(job)).queue_place


def test_a_waiting_job_is_submitting_and_knows_its_place(busy, documented_request):
    service = busy()
    first = running(service, documented_request)
    waiting = [service.submit(documented_request) for _ in range(3)]
    assert [service.status(job) for job in waiting] == ["SUBMITTING"] * 3
    assert place(service, first) is None
    assert [place(service, job) for job in waiting] == [1, 2, 3]
    urgent = service.submit({**documented_request, "priority": 10})
    assert [place(service, job) for job in (urgent, *waiting)] == [1, 2, 3, 4]
    listed = service.http.get("/profiler/jobs").json()["data"]
    assert {job["job_id"]: job["queue_place"] for job in listed}[waiting[0]] == 2
    scratch = service.settings.home / "scratch" / urgent
    scratch.mkdir(parents=True)
    service.http.post(f"/profiler/jobs/{urgent}/abort").raise_for_status()
    assert not scratch.exists(), "nobody who ran it could remove its temporary files"
    assert [place(service, job) for job in (urgent, *waiting)] == [None, 1, 2, 3]
    service.engine.hold_heavy.set()
    for job in (first, *waiting):
        assert service.wait(job) == "HEAVY_PROFILES_READY"
        assert place(service, job) is None


def test_a_full_queue_says_when_to_come_again(busy, documented_request):
    service = busy(max_waiting_jobs=2)
    running(service, documented_request)
    kept = [service.submit(documented_request, **{"Idempotency-Key": f"key {number}"}) for number in range(2)]
    refused = service.http.post("/profiler/trigger_profile", json=documented_request)
    assert refused.status_code == 429
    assert refused.json() == {
        "detail": "As many jobs are waiting as may (2). Nothing was started; submit again later.",
    }
    assert int(refused.headers["Retry-After"]) > 0
    assert service.submit(documented_request, **{"Idempotency-Key": "key 0"}) == kept[0], "that job waits already"
    dry = service.http.post("/profiler/trigger_profile", json={**documented_request, "dry_run": True})
    assert dry.status_code == 200
    service.http.post(f"/profiler/jobs/{kept[1]}/abort").raise_for_status()
    assert service.submit(documented_request)


def test_a_client_has_a_limit_of_its_own(busy, documented_request):
    service = busy(max_waiting_jobs_per_client=1)
    running(service, documented_request)
    service.submit(documented_request)
    refused = service.http.post("/profiler/trigger_profile", json=documented_request)
    assert refused.status_code == 429
    assert "As many of your jobs are waiting as may (1)" in refused.json()["detail"]


def test_of_many_at_once_no_more_are_taken_than_may_wait(busy, documented_request):
    service = busy(max_waiting_jobs=3)
    running(service, documented_request)

    def submit(_):
        return service.http.post("/profiler/trigger_profile", json=documented_request).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(submit, range(24)))
    assert (answers.count(200), answers.count(429)) == (3, 21)
