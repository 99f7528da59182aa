"""Retention at a service: what the settings let go, goes, and readers are told."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from airflow_provider_profiler.contract.job import FeedEventList
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.service import duties


def test_a_service_removes_what_its_settings_let_go(start, documented_request, monkeypatch):
    policy_of = duties.policy_of
    # Nobody waits a day for this.
    monkeypatch.setattr(duties, "policy_of", lambda settings: replace(policy_of(settings), grace=timedelta(0)))
    first = start()
    jobs = [first.submit(documented_request) for _ in range(3)]
    for job in jobs:
        first.wait(job)
    first.server.stop()
    service = start(keep_revisions=1)
    answer = service.http.get("/profiler/events", params={"type": "revision_removed", "wait": 30, "limit": 2})
    removed = FeedEventList.model_validate(answer.json()).data
    assert {str(event.job_id) for event in removed} <= set(jobs[:2])
    while len(removed) < 2:
        params = {"type": "revision_removed", "wait": 30, "after": removed[-1].cursor}
        removed += FeedEventList.model_validate(service.http.get("/profiler/events", params=params).json()).data
    assert [str(event.job_id) for event in removed] == jobs[:2]
    for path in ("", "/events", "/profile.json"):
        assert service.http.get(f"/profiler/jobs/{jobs[0]}{path}").status_code == 404
    assert service.status(jobs[2]) == "HEAVY_PROFILES_READY"
    assert service.http.get("/profiler/jobs").json()["count"] == 1
    dataset = documented_request["profile_specification"]["id"]
    assert service.http.get(f"/profiler/datasets/{dataset}/cdd").headers["X-Profile-Revision"] == "3"
    assert not (service.settings.results_folder / dataset / "1").exists()


def test_an_embedded_service_has_no_duties(start):
    store = start(runner=RunnerKind.EMBEDDED, run_jobs=False).app.state.backend.store
    now = datetime.now(UTC)
    assert store.hold_duty("retention", "anybody", now, now), "nobody holds it"


def test_any_other_service_holds_them_for_as_long_as_it_runs(start):
    service = start()
    store = service.app.state.backend.store

    def free(store):
        # Held until long ago, it is as free as before: whoever asks at the same moment is not kept out.
        return store.hold_duty("retention", "anybody", datetime.now(UTC), datetime.fromtimestamp(0, UTC))

    patience = time.monotonic() + 60
    while free(store):
        assert time.monotonic() < patience
    service.server.stop()
    assert free(start(runner=RunnerKind.EMBEDDED, run_jobs=False).app.state.backend.store), "it was given up"
