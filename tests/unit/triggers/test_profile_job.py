"""The trigger of a job: every way in which waiting ends, and what it never does."""

import asyncio
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from airflow_provider_profiler.contract.identity import dataset_uuid
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.hooks import errors
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.triggers.outcome import Outcome
from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger

CDD = f"/cdd/{dataset_uuid('sales')}.json"


@pytest.fixture(params=["documented", "lower", "object"])
def service(request: pytest.FixtureRequest, documented_service: Callable[..., Any], connect: Callable[..., str]) -> Any:
    service = documented_service(dialect=request.param)
    connect(service.base_url)
    return service


def trigger(job_id: str, **fields: Any) -> ProfileJobTrigger:
    return ProfileJobTrigger(**{"job_id": job_id, "target": "heavy", "poll_interval": 0.01, **fields})


def test_its_arguments_are_plain_and_complete() -> None:
    first = ProfileJobTrigger(
        job_id=uuid4(),  # type: ignore[arg-type]
        target="light",
        poll_interval="3",  # type: ignore[arg-type]
        deadline_at=7,
        stop_on_kill=True,
        job_url="http://x",
        dataset_id=dataset_uuid("sales"),  # type: ignore[arg-type]
        heartbeat_timeout="60",  # type: ignore[arg-type]
        max_consecutive_failures=3,
    )
    path, kwargs = first.serialize()
    assert path == "airflow_provider_profiler.triggers.profile_job.ProfileJobTrigger"
    assert {type(value) for value in kwargs.values()} <= {str, float, bool, int}
    assert ProfileJobTrigger(**kwargs).serialize() == (path, kwargs)
    with pytest.raises(ValueError, match="medium"):
        ProfileJobTrigger(job_id="x", target="medium")


def test_a_finished_job_brings_all_that_the_task_needs(service: Any, submit: Any, fire: Any) -> None:
    job_id = submit()
    sales = str(dataset_uuid("sales"))
    assert fire(trigger(job_id, job_url="http://x", dataset_id=sales)) == {
        "job_id": job_id,
        "job_url": "http://x",
        "dataset_id": sales,
        "state": "HEAVY_PROFILES_READY",
        "cdd_path": CDD,
        "cdd_revision_path": None,
        "summary": None,
        "problem": None,
        "kind": None,
        "revision": None,
        "reason": None,
    }


def test_a_light_job_has_no_path(service: Any, submit: Any, fire: Any) -> None:
    outcome = Outcome.of(fire(trigger(submit(light=True), target="light")))
    assert (outcome.state, outcome.cdd_path, outcome.error()) == ("LIGHT_PROFILE_READY", None, None)


def test_waiting_for_heavy_in_vain_is_told(service: Any, submit: Any, fire: Any) -> None:
    error = Outcome.of(fire(trigger(submit(light=True)))).error()
    assert isinstance(error, errors.ProfileJobFailed)
    assert "light profile only" in str(error)


def test_a_failed_job_is_told(service: Any, submit: Any, fire: Any) -> None:
    service.outcome = "failed"
    outcome = Outcome.of(fire(trigger(submit())))
    assert outcome.state == "FAILED"
    assert isinstance(outcome.error(), errors.ProfileJobFailed)


@pytest.mark.parametrize("word", ["DONE", "", None, 7, {"state": "FAILED"}, ["HEAVY_PROFILES_READY"]])
def test_an_unknown_status_is_never_success(
    service: Any, submit: Any, fire: Any, documented: ModuleType, word: Any
) -> None:
    job_id = submit()
    service.canned = [documented.Canned(404, {"detail": "Not Found"})] + [documented.Canned(200, word)] * 9
    assert isinstance(Outcome.of(fire(trigger(job_id))).error(), errors.UnknownStatusAnswer)


def test_an_unknown_job_and_a_web_page_are_told(service: Any, submit: Any, fire: Any, documented: ModuleType) -> None:
    assert isinstance(Outcome.of(fire(trigger(str(uuid4())))).error(), errors.UnknownJob)
    job_id = submit()
    service.canned = [documented.Canned(200, raw=b"<html>")] * 9
    assert isinstance(Outcome.of(fire(trigger(job_id))).error(), errors.UnexpectedAnswer)


def test_troubles_that_pass_do_not_end_the_wait(service: Any, submit: Any, fire: Any, documented: ModuleType) -> None:
    job_id = submit()
    later = documented.Canned(503, {"detail": "later"}, {"Retry-After": "3600"})
    service.canned = [later, documented.Canned(429, {}), documented.Canned(502, raw=b"<html>")]
    assert Outcome.of(fire(trigger(job_id))).cdd_path == CDD


def test_troubles_that_stay_end_it(service: Any, submit: Any, fire: Any, documented: ModuleType) -> None:
    job_id = submit()
    before = len(service.requests)
    service.canned = [documented.Canned(503, {"detail": "the store is away"})] * 99
    error = Outcome.of(fire(trigger(job_id))).error()
    assert isinstance(error, errors.ServiceFailed)
    assert "the store is away" in str(error)
    assert len(service.requests) - before == ProfileJobTrigger.patience.failures


def test_a_token_that_was_renewed_meanwhile_is_taken(
    documented_service: Callable[..., Any], connect: Callable[..., str], submit: Any
) -> None:
    service = documented_service(outcome="stuck", token="old")
    connect(service.base_url, password="old")
    job_id = submit()

    async def wait() -> Any:
        waiting = asyncio.ensure_future(anext(aiter(trigger(job_id).run())))
        while not any("job_status" in path for path in service.paths()):
            await asyncio.sleep(0.005)
        connect(service.base_url, password="new")
        service.token = "new"
        service.jobs[job_id].ahead = ["heavy"]
        return (await waiting).payload

    assert Outcome.of(asyncio.run(wait())).cdd_path == CDD


def test_a_token_that_stays_refused_ends_the_wait_and_is_not_told(
    documented_service: Callable[..., Any], connect: Callable[..., str], submit: Any, fire: Any
) -> None:
    service = documented_service(token="good")
    connect(service.base_url, password="good")
    job_id = submit()
    connect(service.base_url, password="expired-token")
    payload = fire(trigger(job_id))
    assert isinstance(Outcome.of(payload).error(), errors.TokenRefused)
    assert "expired-token" not in str(payload)


def test_the_deadline_stops_the_job(idle_service: str, submit: Any, fire: Any) -> None:
    job_id = submit()
    error = Outcome.of(fire(trigger(job_id, poll_interval=1000, deadline_at=time.time() + 0.2))).error()
    assert isinstance(error, errors.ProfileDeadlineExceeded)
    assert str(error).endswith("It was told to stop.")
    with ProfilerHook() as hook:
        detail = hook.job_detail(job_id)
    assert detail is not None
    assert detail.reason is not None
    assert detail.reason.code == "aborted"


def test_a_deadline_that_passed_while_nobody_looked_does_not_spoil_a_job_that_ended(
    service: Any, submit: Any, fire: Any
) -> None:
    job_id = submit()
    service.jobs[job_id].state, service.jobs[job_id].ahead = "heavy", []
    assert Outcome.of(fire(trigger(job_id, deadline_at=time.time() - 100))).cdd_path == CDD
    assert "/profiler/clean_up" not in service.paths()


def test_the_deadline_holds_while_the_service_is_away(connect: Callable[..., str], fire: Any) -> None:
    connect("http://127.0.0.1:9")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ProfileJobTrigger, "patience", type(ProfileJobTrigger.patience)(10**9, 0.01, 0.01, 0.01))
        error = Outcome.of(fire(trigger(str(uuid4()), deadline_at=time.time() + 0.1))).error()
    assert isinstance(error, errors.ProfileDeadlineExceeded)
    assert "could not be told to stop" in str(error)


def test_the_reason_and_the_summary_come_along(idle_service: str, submit: Any, fire: Any) -> None:
    job_id = submit()
    with ProfilerHook() as hook:
        hook.abort(job_id)
    outcome = Outcome.of(fire(trigger(job_id, target=None)))
    assert outcome.state == "FAILED"
    assert f"{idle_service}/profiler/jobs/{job_id}" in str(outcome.error())
    assert "aborted" in str(outcome.error())


def state_of(job_id: str) -> JobState | None:
    with ProfilerHook() as hook:
        return hook.job_status(job_id).state


def test_a_kill_stops_this_job_and_no_other(idle_service: str, submit: Any) -> None:
    mine, other = submit(), submit()
    asyncio.run(trigger(mine, stop_on_kill=True).on_kill())
    assert state_of(mine) is JobState.FAILED
    assert state_of(other) is JobState.SUBMITTING


def test_a_kill_leaves_the_jobs_of_others_alone(idle_service: str, submit: Any) -> None:
    job_id = submit()
    asyncio.run(trigger(job_id).on_kill())
    assert state_of(job_id) is JobState.SUBMITTING


def test_a_kill_cleans_up_where_there_is_no_abort(service: Any, submit: Any) -> None:
    asyncio.run(trigger(submit(), stop_on_kill=True).on_kill())
    assert service.paths()[-1] == "/profiler/clean_up"


def test_a_kill_bears_a_service_that_is_gone(connect: Callable[..., str]) -> None:
    connect("http://127.0.0.1:9")
    asyncio.run(trigger(str(uuid4()), stop_on_kill=True).on_kill())


def test_the_end_of_a_triggerer_stops_no_job(idle_service: str, submit: Any) -> None:
    """A restart cancels the trigger and calls its cleanup: the job goes on, and another triggerer takes over."""
    job_id = submit()

    async def restart() -> None:
        mine = trigger(job_id, stop_on_kill=True, poll_interval=30)
        looked = asyncio.Event()
        mine.log.info("the logger is made with its first line")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(mine.log), "info", lambda *rest: looked.set(), raising=False)
            waiting = asyncio.ensure_future(anext(aiter(mine.run())))
            await asyncio.wait_for(looked.wait(), 20)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await mine.cleanup()

    asyncio.run(restart())
    assert state_of(job_id) is JobState.SUBMITTING


def test_an_embedded_job_is_looked_at_in_the_store_of_this_host(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, fire: Any
) -> None:
    monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "home"))
    (tmp_path / "sales").mkdir()
    (tmp_path / "sales" / "sales.csv").write_text("city,amount\nVolos,2\n", encoding="utf-8")
    with ProfilerHook() as hook:
        job_id = str(hook.trigger_profile(hook.specify(f"{tmp_path}/sales")).job_id)
        hook.job_events(job_id, 4, wait=30)
        outcome = Outcome.of(fire(trigger(job_id, target=None)))
    assert outcome.error() is None
    assert outcome.cdd_path is not None
    assert "unknown here" in str(Outcome.of(fire(trigger(str(uuid4())))).error())


@pytest.mark.parametrize("event", [None, "done", {}, {"state": "HEAVY_PROFILES_READY"}, []])
def test_an_event_of_somebody_else_is_never_success(event: Any) -> None:
    with pytest.raises(errors.UnexpectedAnswer):
        Outcome.of(event)


@pytest.mark.parametrize("kind", ["OSError", "annotations", None, "ProfilerError"])
def test_an_error_of_an_unknown_kind_is_still_an_error(kind: str | None) -> None:
    error = Outcome(problem="it broke", kind=kind).error()
    assert isinstance(error, errors.ProfilerHookError)
    assert str(error) == "it broke"
    assert isinstance(Outcome(kind=kind or "x").error(), errors.ProfilerHookError)
