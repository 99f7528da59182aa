"""Clients that ask how their jobs stand: many at a time, answered with few looks at the store."""

import asyncio
from collections.abc import Mapping
from contextvars import Context
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from airflow_provider_profiler.jobs.store import JobStanding, JobStore

#: Jobs of one look; more wait for the next one.
_MOST = 1000


class Standings:
    """While one look at the store is under way, those who ask meanwhile wait for the next, and share it.

    Each answer is from a look that began after the question. A look costs a change of threads and, with Redis, a way
    over the network, which is far more than reading a row.

    :param store: the job store.
    """

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._asked: dict[UUID, asyncio.Future[JobStanding | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def of(self, job_id: UUID) -> JobStanding | None:
        """How the job stands at this moment; None for an unknown one.

        :raises ServiceUnavailable: when the store cannot be asked.
        """
        answer = self._asked.get(job_id)
        if answer is None:
            answer = self._asked[job_id] = asyncio.get_running_loop().create_future()
            # Whoever asked may have gone: nobody has to take up the answer.
            answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        if self._looking is None:
            # Not in the context of the one request that happens to be the first.
            self._looking = asyncio.create_task(self._look(), context=Context())
        return await asyncio.shield(answer)

    async def _look(self) -> None:
        try:
            while self._asked:
                asked = {job_id: self._asked.pop(job_id) for job_id in list(self._asked)[:_MOST]}
                try:
                    found: Mapping[UUID, JobStanding] = await run_in_threadpool(self._store.standings, list(asked))
                except Exception as error:
                    for answer in asked.values():
                        answer.set_exception(error)
                else:
                    for job_id, answer in asked.items():
                        answer.set_result(found.get(job_id))
        finally:
            self._looking = None
