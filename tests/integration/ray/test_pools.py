"""Two services on one job store and one cluster: they agree on who looks after the jobs."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.jobs import ray_pool
from tests.e2e.conftest import eventually

pytestmark = [pytest.mark.timeout(240)]


@pytest.fixture
def assigned(cluster: Any, tmp_path: Path) -> Iterator[Any]:
    """Makes pools of one supervisor, as services would that began at different times with different settings."""
    from airflow_provider_profiler.jobs.ray_actor import Assignment
    from airflow_provider_profiler.jobs.ray_pool import ActorPool

    del cluster
    pools = []

    def make(log_level: str, since: float) -> Any:
        settings = Settings(home=tmp_path, log_level=log_level).for_workers()
        pools.append(ActorPool(Assignment(settings, "code", since), 1))
        return pools[-1]

    yield make
    for pool in pools:
        pool.end()


def supervisor(pool: Any) -> int:
    """The process of a pool's one actor, which answers."""
    import ray

    (actor,) = pool.actors
    process_id: int = ray.get(actor.process_id.remote(), timeout=60)
    return process_id


def another_than(process_id: int, pool: Any) -> int:
    """The process of the pool's actor once it is another one; Ray takes a moment to tell that one is gone."""

    from ray.exceptions import RayActorError

    def look() -> int:
        pool.health()
        try:
            found = supervisor(pool)
        except RayActorError:
            return 0
        return 0 if found == process_id else found

    return eventually(look, seconds=60, what="another supervisor")


def test_the_service_that_began_last_decides_and_the_other_one_gives_way(
    assigned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_pool, "PING_SECONDS", 60.0)
    began = time.time()
    early, late = assigned("INFO", began - 10), assigned("DEBUG", began)
    early.ensure()
    first = supervisor(early)
    assert first != os.getpid()
    late.ensure()
    second = supervisor(late)
    assert second != first, "it is replaced"
    for _ in range(2):
        assert early.health().supervisors == 1
        assert late.health().answering == 1
    # A connection that is made again begins with this.
    early.ensure()
    assert early.health().answering == 1
    assert supervisor(early) == supervisor(late) == second


def test_one_that_is_gone_is_made_again_by_whoever_notices(assigned: Any) -> None:
    import ray

    early, late = assigned("INFO", 1.0), assigned("DEBUG", 2.0)
    late.ensure()
    early.ensure()
    first = supervisor(late)
    (actor,) = late.actors
    ray.kill(actor, no_restart=True)
    third = another_than(first, early)
    fourth = another_than(third, late)
    early.health()
    late.health()
    assert supervisor(early) == supervisor(late) == fourth, "by the settings of the later service, and then for good"
