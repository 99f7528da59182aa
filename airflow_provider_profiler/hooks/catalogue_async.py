"""The routes beyond the documented ones that look further than one job, for an event loop."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from airflow_provider_profiler.contract.artefacts import ArtefactList
from airflow_provider_profiler.contract.connections import ConnectionReport
from airflow_provider_profiler.contract.job import EventKind, FeedEventList, JobList
from airflow_provider_profiler.contract.job_log import JobLogPage
from airflow_provider_profiler.contract.revisions import Revision, RevisionList
from airflow_provider_profiler.contract.specification import DatabaseConnection
from airflow_provider_profiler.hooks.answers import Answer, ModelT
from airflow_provider_profiler.hooks.browsing import (
    connector_body,
    feed_path,
    jobs_path,
    log_tail,
    revision_path,
    revisions_path,
)
from airflow_provider_profiler.hooks.errors import NotFound
from airflow_provider_profiler.hooks.reading import LONGEST_HOLD


class AsyncCatalogue:
    """The rules are those of :class:`~airflow_provider_profiler.hooks.catalogue.CatalogueHook`."""

    async def list_jobs(self, **filters: Any) -> JobList | None:
        """``GET /profiler/jobs``, newest first; None where the service has no such route.

        :param filters: any of ``dataset_id``, ``states``, ``client``, ``dag_id``, ``labels``, ``created_from``,
            ``created_until``, ``terminal``, of which a job fits all; ``limit`` (25) and ``offset``.
        """
        return await self._where_known(JobList, jobs_path(**filters))

    async def events(
        self, after: int | str = 0, *, kinds: Iterable[EventKind | str] = (), limit: int = 100, wait: float = 0.0
    ) -> FeedEventList | None:
        """``GET /profiler/events``: what happened to all jobs, in order; None where the service has no such route.

        :param after: the ``next`` of an earlier answer; 0 for the beginning, ``latest`` for what comes from now on.
        :param wait: seconds for which the service may hold its answer back until something happens, 30 at most.
        """
        path = feed_path(after, kinds, limit, wait)
        return await self._where_known(FeedEventList, path, min(wait, LONGEST_HOLD))

    async def job_log(
        self,
        job_id: str | UUID,
        after: int = 0,
        *,
        stage: str | None = None,
        level: str | None = None,
        tail: int | None = None,
        wait: float = 0.0,
    ) -> JobLogPage | None:
        """``GET /profiler/jobs/{id}/log``; None where the service has the documented routes alone.

        :param after: the ``next`` of an earlier answer.
        :param stage: lines of a stage or a part of it: ``heavy``, ``heavy/sales.csv``.
        :param level: lines of this level or above.
        :param tail: the last so many of them.
        :param wait: seconds for which the service may hold its answer back until there are lines, 30 at most.
        """
        tail_of_path = log_tail(after, stage, level, tail, wait)
        answer = await self._beyond("GET", job_id, tail_of_path, patience=min(wait, LONGEST_HOLD))
        return None if answer is None else answer.model(JobLogPage)

    async def artefacts(self, job_id: str | UUID) -> ArtefactList | None:
        """``GET /profiler/jobs/{id}/artefacts``; None where the service has the documented routes alone."""
        answer = await self._beyond("GET", job_id, "/artefacts")
        return None if answer is None else answer.model(ArtefactList)

    async def revisions(self, dataset_id: str | UUID, *, limit: int = 25, offset: int = 0) -> RevisionList | None:
        """``GET /profiler/datasets/{dataset}/revisions``, newest first; None where the service has no such route."""
        return await self._where_known(RevisionList, revisions_path(dataset_id, limit, offset))

    async def revision(self, dataset_id: str | UUID, revision: int | str = "latest") -> Revision | None:
        """``GET /profiler/datasets/{dataset}/revisions/{revision}``; None where there is none, or no such route.

        :param revision: a number, ``latest``, or ``successful``: the newest that reached its target.
        """
        return await self._where_known(Revision, revision_path(dataset_id, revision))

    async def test_database(self, connector: DatabaseConnection | Mapping[str, Any]) -> ConnectionReport:
        """``POST /profiler/connections/test``: whether the service gets into a database, and if not, why.

        :raises RequestRefused: when the service is not configured for the server.
        :raises NotFound: when the service has no such route.
        """
        answer = await self._send("POST", "/profiler/connections/test", body=connector_body(connector))
        return answer.model(ConnectionReport)

    async def _where_known(self, model: type[ModelT], path: str, patience: float = 0.0) -> ModelT | None:
        try:
            answer = await self._send("GET", path, patience=patience)
        except NotFound:
            return None
        return answer.model(model)

    @abstractmethod
    async def _send(self, method: str, path: str, *, body: Any = None, patience: float = 0.0) -> Answer: ...

    @abstractmethod
    async def _beyond(
        self, method: str, job_id: str | UUID, tail: str = "", *, patience: float = 0.0
    ) -> Answer | None: ...
