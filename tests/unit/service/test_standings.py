"""Questions that come together share a look at the store, and none is answered from a look that was before it."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.store import JobStanding, RunnerKind
from airflow_provider_profiler.service import standings as module
from airflow_provider_profiler.service.standings import Standings
from airflow_provider_profiler.telemetry.context import current_request_id, request_context


def standing(state: JobState) -> JobStanding:
    return JobStanding(uuid4(), state, False, False, RunnerKind.INLINE)


class GatedStore:
    """Answers each look when it is let, with the states of that moment."""

    def __init__(self) -> None:
        self.states: dict[UUID, JobState] = {}
        self.looks: list[set[UUID]] = []
        self.looking = threading.Semaphore(0)
        self.let = threading.Semaphore(0)
        self.error: Exception | None = None
        self.request_ids: set[str] = set()

    def standings(self, job_ids: Sequence[UUID]) -> dict[UUID, JobStanding]:
        self.looks.append(set(job_ids))
        self.request_ids.add(current_request_id())
        found = {job_id: standing(self.states[job_id]) for job_id in job_ids if job_id in self.states}
        self.looking.release()
        self.let.acquire()
        if self.error is not None:
            raise self.error
        return found


async def begun(store: GatedStore) -> None:
    await asyncio.to_thread(store.looking.acquire)


def test_those_who_ask_meanwhile_share_the_next_look() -> None:
    store: Any = GatedStore()
    jobs = [uuid4() for _ in range(5)]
    store.states = dict.fromkeys(jobs[:4], JobState.STARTING)

    async def main() -> list[JobStanding | None]:
        standings = Standings(store)
        with request_context("first"):
            first = asyncio.create_task(standings.of(jobs[0]))
        await begun(store)
        # The first look has read; what changes now must be seen by those who ask now, the same job included.
        store.states = dict.fromkeys(jobs[:4], JobState.LIGHT_PROFILE_READY)
        others = [asyncio.create_task(standings.of(job)) for job in [*jobs, *jobs]]
        await asyncio.sleep(0)
        store.let.release()
        await begun(store)
        store.let.release()
        return await asyncio.gather(first, *others)

    first, *others = asyncio.run(main())
    assert first is not None
    assert first.state is JobState.STARTING
    assert [found and found.state for found in others] == ([JobState.LIGHT_PROFILE_READY] * 4 + [None]) * 2
    assert store.looks == [{jobs[0]}, set(jobs)]
    assert "first" not in store.request_ids, "a look belongs to no single request"


def test_an_error_reaches_all_who_asked_and_nobody_later() -> None:
    store: Any = GatedStore()
    job = uuid4()
    store.states = {job: JobState.STARTING}
    store.error = ServiceUnavailable("The store is away.")

    async def main() -> JobStanding | None:
        standings = Standings(store)
        asked = [asyncio.create_task(standings.of(job)) for _ in range(3)]
        await begun(store)
        asked[0].cancel()  # its client has gone
        store.let.release()
        for task in asked[1:]:
            with pytest.raises(ServiceUnavailable):
                await task
        store.error = None
        store.let.release()
        return await standings.of(job)

    found = asyncio.run(main())
    assert found is not None
    assert found.state is JobState.STARTING


def test_one_more_job_than_one_look_has_room_for_is_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    store: Any = GatedStore()
    jobs = [uuid4() for _ in range(3)]
    store.states = dict.fromkeys(jobs, JobState.STARTING)
    for _ in range(2):
        store.let.release()

    async def main() -> list[JobStanding | None]:
        standings = Standings(store)
        return await asyncio.gather(*(standings.of(job) for job in jobs))

    assert all(found is not None for found in asyncio.run(main()))
    assert store.looks == [set(jobs[:2]), set(jobs[2:])]


def test_who_asks_when_the_service_has_stopped_is_told_so() -> None:
    store: Any = GatedStore()
    job = uuid4()
    store.states = {job: JobState.STARTING}

    async def main() -> None:
        standings = Standings(store)
        store.let.release()
        assert await standings.of(job) is not None
        standings.close()
        with pytest.raises(ServiceUnavailable):
            await standings.of(job)

    asyncio.run(main())
    assert len(store.looks) == 1
