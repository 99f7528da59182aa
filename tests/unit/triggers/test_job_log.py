"""The job's own log in the task's log, told by the trigger: each line once, whoever told those before."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from airflow_provider_profiler.hooks.errors import ProfileJobFailed
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.triggers.outcome import Outcome
from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger


@pytest.fixture
def run_job(engine_url: str, jobs_log: None, connect: Callable[..., str]) -> Callable[[str], Any]:
    """Run a job to its end."""

    def run_job(path: str) -> Any:
        connect(engine_url)
        with ProfilerHook() as hook:
            job_id = str(hook.trigger_profile(hook.specify(path)).job_id)
            after, detail = 0, hook.job_detail(job_id)
            while detail is None or not detail.terminal:
                events = hook.job_events(job_id, after, wait=20) or ()
                after = events[-1].sequence if events else after
                detail = hook.job_detail(job_id)
            log = hook.job_log(job_id)
        assert log is not None
        assert log.ended
        return SimpleNamespace(job_id=job_id, url=f"{engine_url}/profiler/jobs/{job_id}", log=log, events=after)

    return run_job


def told_by(monkeypatch: pytest.MonkeyPatch, **arguments: Any) -> tuple[list[str], Outcome]:
    """Run a trigger; its lines and its outcome."""
    lines: list[str] = []
    made = ProfileJobTrigger(poll_interval=0.01, **arguments)
    made.log.info("the logger is made with its first line")
    for level in ("info", "warning"):
        monkeypatch.setattr(type(made.log), level, lambda log, text, *rest: lines.append(str(text)), raising=False)

    async def events() -> list[Any]:
        return [event.payload async for event in made.run()]

    (payload,) = asyncio.run(events())
    return lines, Outcome.of(payload)


def test_the_trigger_goes_on_where_the_worker_stopped(run_job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = run_job("sales")
    whole = [line.message for line in job.log.data]
    first = requests.get(f"{job.url}/log", params={"limit": 2}, timeout=20).json()
    lines, outcome = told_by(monkeypatch, job_id=job.job_id, log_after=first["next"], events_after=job.events)
    assert outcome.error() is None
    assert outcome.revision is not None
    assert outcome.revision > 0
    own = [line for line in lines if line.startswith("Job log")]
    assert len(own) == len(whole) - 2
    assert all(line.endswith(message) for line, message in zip(own, whole[2:], strict=True))
    assert not any(" is SUBMITTING" in line for line in lines), "the worker has told that"
    lines, _ = told_by(monkeypatch, job_id=job.job_id, log_after=job.log.next, events_after=job.events)
    assert not any(line.startswith("Job log") for line in lines)


def test_a_sensors_trigger_leaves_the_log_out(run_job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lines, _ = told_by(monkeypatch, job_id=run_job("sales").job_id)
    assert any("HEAVY_PROFILES_READY" in line for line in lines)
    assert not any(line.startswith("Job log") for line in lines)


def test_the_reason_and_the_last_lines_survive_the_deferral(run_job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = run_job("broken")
    lines, outcome = told_by(monkeypatch, job_id=job.job_id, log_after=0, log_lines_left=1)
    error = outcome.error()
    assert isinstance(error, ProfileJobFailed)
    reason, last = str(error).split("\nThe last lines of its log:\n")
    assert "failed: all_failed" in reason
    assert job.url in reason
    assert job.log.data[-1].message[:200] in last
    assert outcome.reason == "all_failed"
    own = [line for line in lines if line.startswith("Job log")]
    assert [" INFO " in line for line in own].count(True) == 1, "only warnings and errors beyond the bound"


def test_a_service_with_the_documented_routes_alone_is_not_asked_for_a_log(
    documented_service: Callable[..., Any], connect: Callable[..., str], submit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = documented_service()
    connect(service.base_url)
    _, outcome = told_by(monkeypatch, job_id=submit(), log_after=0)
    assert outcome.error() is None
    assert not any("/log" in path for path in service.paths())
