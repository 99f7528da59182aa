"""The routes beyond the documented ones that look further than one job, for an event loop."""

import asyncio
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from airflow_provider_profiler.contract.artefacts import ArtefactList
from airflow_provider_profiler.contract.connections import ConnectionReport, SchemaList, TableList
from airflow_provider_profiler.contract.job import EventKind, FeedEventList, JobList
from airflow_provider_profiler.contract.job_log import JobLogPage
from airflow_provider_profiler.contract.partial_job import PartialJob
from airflow_provider_profiler.contract.preview import USUAL_ROWS, DataPreview
from airflow_provider_profiler.contract.revisions import DatasetList, Revision, RevisionList
from airflow_provider_profiler.contract.specification import DatabaseConnection
from airflow_provider_profiler.hooks.answers import Answer, ModelT
from airflow_provider_profiler.hooks.browsing import (
    LONGEST_LOOK,
    SPECIFICATION_TAIL,
    artefact_path,
    artefacts_tail,
    connector_body,
    database_path,
    datasets_path,
    feed_path,
    jobs_path,
    log_tail,
    named_artefact,
    piece_headers,
    preview_path,
    revision_path,
    revisions_path,
    tables_path,
    whole_size,
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

    async def job_specification(self, job_id: str | UUID) -> dict[str, Any] | None:
        """``GET /profiler/jobs/{id}?embed=specification``: what the job was asked to profile.

        :return: a specification that can be submitted again; None where the service has the documented routes alone.
        """
        answer = await self._beyond("GET", job_id, SPECIFICATION_TAIL)
        embedded = None if answer is None else answer.model(PartialJob).embedded
        return None if embedded is None else embedded.specification

    async def artefacts(
        self, job_id: str | UUID, *, checksums: bool = False, name: str | None = None
    ) -> ArtefactList | None:
        """``GET /profiler/jobs/{id}/artefacts``: the files of the job's revision.

        :param checksums: tell the sha256 of each, for which the service reads all of them.
        :param name: only the file of this name.
        :return: None where the service has the documented routes alone.
        """
        answer = await self._beyond("GET", job_id, artefacts_tail(checksums=checksums, name=name))
        return None if answer is None else answer.model(ArtefactList)

    async def download_artefact(self, job_id: str | UUID, name: str, path: Path) -> int:
        """Write a file of the job's revision to this machine, some megabytes at a time, each of them tried again.

        :param name: as :meth:`artefacts` tells it.
        :param path: the file to write; a part of it stays where the download fails.
        :return: its size in bytes.
        :raises NotFound: when there is no such file.
        :raises UnexpectedAnswer: when the file is replaced meanwhile.
        """
        found = named_artefact(await self.artefacts(job_id), job_id, name)
        start, size = 0, found.bytes
        # Disks may be slow, and every other trigger of the loop would wait for them.
        file = await asyncio.to_thread(path.open, "wb")
        try:
            while start < size:
                answer = await self._send("GET", artefact_path(job_id, name), headers=piece_headers(start, found.etag))
                size = whole_size(answer, start)
                await asyncio.to_thread(file.write, answer.body)
                start += len(answer.body)
        finally:
            await asyncio.to_thread(file.close)
        return size

    async def preview(
        self,
        job_id: str | UUID,
        table: str | None = None,
        *,
        rows: int = USUAL_ROWS,
        columns: Iterable[str] = (),
        where: str | None = None,
    ) -> DataPreview:
        """``GET /profiler/jobs/{id}/preview``: the first rows of a table of the job's revision, as they are now.

        :param table: the name of a record set of its profile; not needed where there is one.
        :param rows: at most so many.
        :param columns: only these: names, or patterns with ``*``.
        :param where: only rows that fulfil this condition in SQL.
        :raises RequestRefused: for a column or a condition that does not fit, or a file that cannot be read any more.
        :raises NotFound: when the profile has no such table, it is not in the dataset any more, or the service has no
            such route.
        """
        path = preview_path(job_id, table, rows, columns, where)
        return (await self._send("GET", path, patience=LONGEST_LOOK)).model(DataPreview)

    async def datasets(self, *, limit: int = 25, offset: int = 0) -> DatasetList | None:
        """``GET /profiler/datasets``, by name; None where the service has no such route."""
        return await self._where_known(DatasetList, datasets_path(limit, offset))

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
        return (await self._ask_database(database_path("test"), connector)).model(ConnectionReport)

    async def list_schemas(self, connector: DatabaseConnection | Mapping[str, Any]) -> SchemaList:
        """``POST /profiler/connections/schemas``: the schemas that the service may use.

        :raises RequestRefused: when the service is not configured for the server.
        :raises ServiceFailed: when the database cannot be reached, with the reason.
        :raises NotFound: when the service has no such route.
        """
        return (await self._ask_database(database_path("schemas"), connector)).model(SchemaList)

    async def list_tables(
        self, connector: DatabaseConnection | Mapping[str, Any], schema: str | None = None
    ) -> TableList:
        """``POST /profiler/connections/tables``: the first 10,000 tables and views of a database.

        :param schema: only those of this one.
        :raises RequestRefused: when the service is not configured for the server.
        :raises ServiceFailed: when the database cannot be reached, with the reason.
        :raises NotFound: when the service has no such route.
        """
        return (await self._ask_database(tables_path(schema), connector)).model(TableList)

    async def _ask_database(self, path: str, connector: DatabaseConnection | Mapping[str, Any]) -> Answer:
        # It changes nothing, so it may be sent again.
        return await self._send("POST", path, body=connector_body(connector), may_repeat=True)

    async def _where_known(self, model: type[ModelT], path: str, patience: float = 0.0) -> ModelT | None:
        try:
            answer = await self._send("GET", path, patience=patience)
        except NotFound:
            return None
        return answer.model(model)

    @abstractmethod
    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        may_repeat: bool = False,
        patience: float = 0.0,
    ) -> Answer: ...

    @abstractmethod
    async def _beyond(
        self, method: str, job_id: str | UUID, tail: str = "", *, patience: float = 0.0
    ) -> Answer | None: ...
