"""Clients that ask how their jobs stand: many at a time, answered with few looks at the store."""

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress
from queue import SimpleQueue
from uuid import UUID

from airflow_provider_profiler.contract.errors import ServiceUnavailable
from airflow_provider_profiler.jobs.store import JobStanding, JobStore

#: Jobs of one look; more wait for the next one.
_MOST = 1000

#: Those who wait for an answer, by the job that they ask for.
_Asked = dict[UUID, list["asyncio.Future[JobStanding | None]"]]
_Loop = asyncio.AbstractEventLoop


class Standings:
    """While one look at the store is under way, those who ask meanwhile wait for the next, and share it.

    Each answer is from a look that began after the question. A look costs a change of threads and, with Redis, a way
    over the network, which is far more than reading a row. The thread is one of its own: a store that does not answer
    holds up nobody else, and it is handed to in a third of the time that a pool of threads takes.

    :param store: the job store.
    """

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._asked: _Asked = {}
        self._looking = False
        self._orders: SimpleQueue[tuple[_Loop, _Asked] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def of(self, job_id: UUID) -> JobStanding | None:
        """How the job stands at this moment; None for an unknown one.

        :raises ServiceUnavailable: when the store cannot be asked.
        """
        if self._thread is None:
            # A daemon: a store that does not answer must not keep the process.
            thread = threading.Thread(target=self._work, name="standings", daemon=True)
            thread.start()
            self._thread = thread
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[JobStanding | None] = loop.create_future()
        self._asked.setdefault(job_id, []).append(answer)
        if not self._looking:
            self._looking = True
            # Not at once: others ask in the same turn of the loop.
            loop.call_soon(self._look, loop)
        return await answer

    def close(self) -> None:
        """Let the thread end. Whoever asks afterwards gets an error."""
        self._closed = True
        self._orders.put(None)

    def _look(self, loop: _Loop) -> None:
        asked, self._asked = self._asked, {}
        if len(asked) > _MOST:
            self._asked = {job_id: asked.pop(job_id) for job_id in list(asked)[_MOST:]}
        if self._closed:
            self._tell(loop, asked, ServiceUnavailable("The service stops."))
        else:
            self._orders.put((loop, asked))

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            loop, asked = order
            found: Mapping[UUID, JobStanding] | Exception
            try:
                found = self._store.standings(list(asked))
            except Exception as error:
                found = error
            with suppress(RuntimeError):  # the loop was closed meanwhile, and nobody waits any more
                loop.call_soon_threadsafe(self._tell, loop, asked, found)

    def _tell(self, loop: _Loop, asked: _Asked, found: Mapping[UUID, JobStanding] | Exception) -> None:
        for job_id, answers in asked.items():
            for answer in answers:
                if answer.done():  # whoever asked has gone
                    continue
                if isinstance(found, Exception):
                    answer.set_exception(found)
                else:
                    answer.set_result(found.get(job_id))
        self._looking = bool(self._asked)
        if self._looking:
            self._look(loop)
