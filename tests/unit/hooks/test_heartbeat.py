"""A job whose worker is silent, by the clock of the service."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from airflow_provider_profiler.contract.job import JobDetail, JobLinks, Progress
from airflow_provider_profiler.contract.states import JobState, Target
from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.heartbeat import stalled

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def job(silent: float | None, **fields: Any) -> JobDetail:
    heard = None if silent is None else NOW - timedelta(seconds=silent)
    return JobDetail(
        job_id=UUID(int=1),
        dataset_id=UUID(int=2),
        revision=1,
        state=JobState.STARTING,
        target=Target.HEAVY,
        created=NOW,
        progress=Progress(heartbeat=heard),
        links=JobLinks(self="", status="", profile="", model="", events="", cdd=""),
        **{"terminal": False, **fields},
    )


@pytest.mark.parametrize(
    ("detail", "limit", "silent"),
    [
        (job(61), 60, True),
        (job(60), 60, False),
        (job(10**6), None, False),
        (job(None), 60, False),
        (None, 60, False),
        (job(10**6, terminal=True), 60, False),
        (job(10**6, queue_place=3), 60, False),
        (job(-30), 60, False),
    ],
    ids=["silent", "just heard", "no limit", "never taken", "documented alone", "over", "given back", "clock behind"],
)
def test_only_a_running_job_can_be_silent(detail: JobDetail | None, limit: float | None, silent: bool) -> None:
    problem = stalled(detail, limit, NOW)
    assert (problem is not None) is silent
    if problem is not None:
        assert "last heard of 61 s ago" in str(problem)
        assert "heartbeat_timeout is 60 s" in str(problem)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Date": "Thu, 01 Jan 2026 12:00:00 GMT"}, NOW),
        ({"date": "Thu, 01 Jan 2026 12:00:00 GMT"}, NOW),
        ({"date": "yesterday"}, None),
        ({}, None),
    ],
)
def test_the_services_clock(headers: dict[str, str], expected: datetime | None) -> None:
    assert Answer("GET", "http://x", 200, b"", headers).date == expected
