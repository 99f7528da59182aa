"""How a task ends with jobs that really run: what it returns each time, and what its log tells meanwhile."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from airflow.sdk.exceptions import TaskDeferred

from airflow_provider_profiler.hooks.errors import ProfileJobFailed
from airflow_provider_profiler.hooks.profiler import ProfilerHook
from airflow_provider_profiler.operators.profile_dataset import ProfileDatasetOperator
from airflow_provider_profiler.triggers.profile_job import ProfileJobTrigger

pytestmark = pytest.mark.usefixtures("jobs_log")


@pytest.fixture
def wire(engine_url: str, connect: Callable[..., str], fake_task: Any) -> str:
    connect(engine_url)
    fake_task.dag_id = f"dag_{uuid4()}"
    return engine_url


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines of the task's log, those of the worker and those of the triggerer."""
    lines: list[str] = []
    for made in (ProfileDatasetOperator(task_id="t", path="x"), ProfileJobTrigger(job_id="x")):
        made.log.info("the logger is made with its first line")
        for level in ("info", "warning"):
            monkeypatch.setattr(
                type(made.log),
                level,
                lambda log, text, *rest: lines.append(str(text) % rest if rest else str(text)),
                raising=False,
            )
    return lines


def run(airflow: Any, **fields: Any) -> Any:
    """Run a try to its end, through the triggerer where it defers; what it returns."""
    fields = {"task_id": "t", "path": "sales", "poll_interval": 0.05, **fields}
    try:
        return ProfileDatasetOperator(**fields).execute(airflow.context)
    except TaskDeferred as deferred:
        trigger = deferred.trigger

        async def event() -> Any:
            return [event.payload async for event in trigger.run()]

        (payload,) = asyncio.run(event())
        return ProfileDatasetOperator(**fields).execute_complete(airflow.context, payload)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"deferrable": True},
        {"profile": "light", "deferrable": True},
        {"wait_for_completion": False},
    ],
)
def test_a_reconnect_returns_and_tells_the_same_as_the_first_run(wire: str, fake_task: Any, fields: Any) -> None:
    first = run(fake_task, on_clear="reuse", **fields)
    if fields.get("wait_for_completion", True):
        assert (first is None) == (fields.get("profile") == "light")
    keys, fake_task.xcom = fake_task.xcom, {}
    assert set(keys) >= {"job_id", "job_url"}
    fake_task.try_number = 2
    assert run(fake_task, on_clear="reuse", **fields) == first
    fake_task.try_number, fake_task.max_tries = 3, 4
    assert run(fake_task, on_clear="reuse", **fields) == first, "a clear that reuses"
    assert {name: fake_task.xcom[name] for name in keys} == keys


@pytest.mark.parametrize("deferrable", [True, False])
def test_the_jobs_own_lines_are_in_the_tasks_log_and_each_is_there_once(
    wire: str, fake_task: Any, told: list[str], deferrable: bool
) -> None:
    run(fake_task, deferrable=deferrable)
    with ProfilerHook() as hook:
        log = hook.job_log(fake_task.xcom["job_id"])
    assert log is not None
    own = [line for line in told if line.startswith("Job log")]
    assert len(own) == len(log.data) > 3
    assert all(text.endswith(line.message) for text, line in zip(own, log.data, strict=True))
    states = [line for line in told if line.startswith(f"Profiling job {fake_task.xcom['job_id']} is ")]
    assert [line.rsplit(" ", 1)[1] for line in states] == [
        "SUBMITTING.",
        "STARTING.",
        "LIGHT_PROFILE_READY.",
        "HEAVY_PROFILES_READY.",
    ]


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_failure_has_its_reason_and_the_last_lines(wire: str, fake_task: Any, deferrable: bool) -> None:
    with pytest.raises(ProfileJobFailed) as caught:
        run(fake_task, path="broken", deferrable=deferrable)
    reason, last = str(caught.value).split("\nThe last lines of its log:\n")
    assert f"Profiling job {fake_task.xcom['job_id']} failed: all_failed" in reason
    assert fake_task.xcom["job_url"] in reason
    assert "all_failed" in last
    assert fake_task.xcom["status"] == "FAILED"


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_job_that_has_failed_already_never_goes_green(wire: str, fake_task: Any, deferrable: bool) -> None:
    ids = set()
    for fake_task.try_number in (1, 2):
        with pytest.raises(ProfileJobFailed, match="all_failed"):
            run(fake_task, path="broken", deferrable=deferrable)
        ids.add(fake_task.xcom["job_id"])
    assert len(ids) == 2


def test_embedded_the_jobs_lines_are_not_told_a_second_time(
    fake_task: Any, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PROFILER_HOME", str(tmp_path / "home"))
    (tmp_path / "sales").mkdir()
    (tmp_path / "sales" / "sales.csv").write_text("city,amount\nVolos,2\n", encoding="utf-8")
    with caplog.at_level("INFO"):
        assert run(fake_task, path=f"{tmp_path}/sales") is not None
    assert any("HEAVY_PROFILES_READY" in line for line in told)
    assert not any(line.startswith("Job log") for line in told)
    assert "Stage read begins" in caplog.text, "they are lines of this very process"
