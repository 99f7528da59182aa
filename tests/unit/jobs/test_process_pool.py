"""How running jobs are shared among processes, and what is told of processes that cannot run any."""

from pathlib import Path

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.jobs import process_pool
from airflow_provider_profiler.jobs.job_orders import NotRunning
from airflow_provider_profiler.jobs.process_pool import ProcessPool
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.service.supervision import supervision


@pytest.mark.parametrize(
    ("processes", "jobs", "shares"), [(2, 5, [3, 2]), (4, 2, [1, 1]), (1, 3, [3]), (3, 3, [1, 1, 1])]
)
def test_running_jobs_are_shared(tmp_path: Path, processes: int, jobs: int, shares: list[int]) -> None:
    pool = ProcessPool(Settings(home=tmp_path, job_processes=processes, max_running_jobs=jobs))
    assert [kept.settings.max_running_jobs for kept in pool.processes] == shares
    assert {kept.settings.job_processes for kept in pool.processes} == {0}, "they have none of their own"


def test_the_service_has_processes_where_the_settings_say_so(tmp_path: Path, store, results) -> None:
    settings = Settings(home=tmp_path, job_processes=2)
    assert isinstance(supervision(settings, RunnerKind.INLINE)(store, results), ProcessPool)
    assert not isinstance(supervision(settings, RunnerKind.EMBEDDED)(store, results), ProcessPool)
    without = settings.model_copy(update={"job_processes": 0})
    assert not isinstance(supervision(without, RunnerKind.INLINE)(store, results), ProcessPool)


def cannot(connection, settings) -> None:
    """A process that has no engine."""
    connection.send(NotRunning("The engine that runs jobs is not installed.", passing=False))


def cannot_yet(connection, settings) -> None:
    """A process whose store is away."""
    connection.send(NotRunning("Redis does not answer.", passing=True))


def test_a_service_whose_processes_cannot_run_jobs_takes_none(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(process_pool, "run_jobs", cannot)
    pool = ProcessPool(Settings(home=tmp_path, job_processes=1))
    pool.check()
    pool.start()
    try:
        assert pool.processes[0].troubled.wait(60)
        with pytest.raises(ServiceUnavailable, match="engine that runs jobs is not installed"):
            pool.check()
        health = pool.health()
        assert health is not None
        assert health.message == "0 of 1 processes run jobs. The engine that runs jobs is not installed."
    finally:
        pool.stop(1.0)


def test_a_store_that_is_away_for_the_processes_refuses_no_job(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(process_pool, "run_jobs", cannot_yet)
    pool = ProcessPool(Settings(home=tmp_path, job_processes=1))
    pool.start()
    try:
        assert pool.processes[0].troubled.wait(60)
        pool.check()
        health = pool.health()
        assert health is not None
        assert health.message == "0 of 1 processes run jobs. Redis does not answer."
    finally:
        pool.stop(1.0)
