"""Many deferred tasks in one triggerer, and tasks of every kind over a minute without the service."""

from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.e2e.airflow.crowd import MANY, Crowd

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def gathered(crowd: "Future[Crowd]") -> Crowd:
    """The crowd, once it is over: it has been under way beside the tests before."""
    return crowd.result()


def test_two_hundred_tasks_wait_in_one_triggerer_without_blocking_it(gathered: Crowd) -> None:
    assert len(gathered.deferred) == MANY
    assert len({task["triggerer_job"]["id"] for task in gathered.deferred}) == 1
    assert all("ProfileJobTrigger" in task["trigger"]["classpath"] for task in gathered.deferred)
    assert "triggers currently running" in gathered.triggerer_log, "the triggerer's words are here"
    assert "async thread was blocked" not in gathered.triggerer_log


def test_each_of_them_has_one_job_of_its_own(gathered: Crowd) -> None:
    assert sorted(int(job["labels"]["member"]) for job in gathered.jobs) == list(range(MANY))
    assert {job["state"] for job in gathered.jobs} == {"HEAVY_PROFILES_READY"}


def test_a_minute_without_the_service_is_waited_out(gathered: Crowd) -> None:
    assert gathered.states_during_outage == {"deferred"}
    assert gathered.run["state"] == "success"
    assert gathered.states == dict.fromkeys(range(MANY), "success")


@pytest.mark.parametrize("where", ["waiting", "deferring"])
def test_a_single_task_waits_it_out_as_well(gathered: Crowd, where: str) -> None:
    life = getattr(gathered, where)
    (job,) = life.jobs()
    assert life.end() == "success"
    assert Path(life.xcom()).is_file()
    assert life.xcom("status") == "HEAVY_PROFILES_READY"
    assert life.xcom("job_url") == f"{life.stage.service.url}/profiler/jobs/{job['job_id']}"
