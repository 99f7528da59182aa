"""The hook for triggers: what waiting needs of the service, without ever blocking the event loop."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Self
from uuid import UUID

from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from asgiref.sync import sync_to_async

from airflow_provider_profiler.contract.dataset import DatasetDetail
from airflow_provider_profiler.contract.job import JobDetail, JobEvent
from airflow_provider_profiler.contract.messages import (
    CddPath,
    CddProfilePathResponse,
    CleanUpResponse,
    ProfileResponse,
)
from airflow_provider_profiler.contract.states import ReportedStatus, RunnerStatus
from airflow_provider_profiler.hooks import embedded
from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.catalogue_async import AsyncCatalogue
from airflow_provider_profiler.hooks.errors import NotFound, ProfileNotReady, UnknownJob
from airflow_provider_profiler.hooks.locating import locate
from airflow_provider_profiler.hooks.names import CONN_TYPE, DEFAULT_CONN_NAME
from airflow_provider_profiler.hooks.reading import (
    DOCUMENTED_ALONE,
    LONGEST_HOLD,
    events_of,
    events_tail,
    runner_status_of,
    segment,
    status_of,
    unknown_job,
)
from airflow_provider_profiler.hooks.retrying import RetryPolicy, accepted, send_with_retries_async
from airflow_provider_profiler.hooks.transport_async import AsyncTransport


@dataclass
class _Connection:
    """A connection whose extra was read without blocking."""

    conn_id: str
    host: str | None
    schema: str | None
    login: str | None
    password: str | None
    port: int | None
    extra_dejson: dict[str, Any]


class ProfilerAsyncHook(AsyncCatalogue, BaseHook):
    """Talks to a profiling service from an event loop; the rules are those of
    :class:`~airflow_provider_profiler.hooks.profiler.ProfilerHook`.

    Use it as an asynchronous context manager::

        async with ProfilerAsyncHook() as hook:
            status = await hook.job_status(job_id)

    Without a connection it opens the job store under ``PROFILER_HOME`` of its own host, and can only look.

    :param profiler_conn_id: the Airflow connection; the default one need not exist.
    :param retry: how reads are sent again.
    """

    conn_name_attr = "profiler_conn_id"
    default_conn_name = DEFAULT_CONN_NAME
    conn_type = CONN_TYPE
    hook_name = "Dataset Profiler"
    default_retry: ClassVar[RetryPolicy] = RetryPolicy()

    def __init__(self, profiler_conn_id: str = DEFAULT_CONN_NAME, *, retry: RetryPolicy | None = None) -> None:
        super().__init__()
        self.profiler_conn_id = profiler_conn_id
        self.retry = retry or self.default_retry
        self._transport: AsyncTransport | None = None
        self._lease: embedded.EmbeddedLease | None = None
        self._opening = asyncio.Lock()
        self._knows_jobs_route = True
        self.service_time: datetime | None = None
        """What the service's clock showed with its last answer; None where it did not tell."""

    # -- routes ---------------------------------------------------------------------------------------------------

    async def job_status(self, job_id: str | UUID) -> ReportedStatus:
        """``GET /profiler/job_status/{id}``, in any dialect.

        :raises UnknownJob: when the service knows no such job.
        :raises UnknownStatusAnswer: when the answer is no known status.
        """
        return status_of(await self._get_of_job("job_status", job_id))

    async def runner_status(self, job_id: str | UUID) -> RunnerStatus:
        """``GET /profiler/runner_status/{id}``; ``unknown`` for an unknown job."""
        return runner_status_of(await self._get_of_job("runner_status", job_id))

    async def job_detail(self, job_id: str | UUID) -> JobDetail | None:
        """``GET /profiler/jobs/{id}``; None, with one warning, where the service has the documented routes alone.

        :raises UnknownJob: when the service knows no such job.
        """
        answer = await self._beyond("GET", job_id)
        return None if answer is None else answer.model(JobDetail)

    async def job_events(self, job_id: str | UUID, after: int = 0, *, wait: float = 0.0) -> tuple[JobEvent, ...] | None:
        """``GET /profiler/jobs/{id}/events``; None where the service has the documented routes alone.

        :param after: the sequence number of the last event that is known.
        :param wait: seconds for which the service may hold its answer back until something happens, 30 at most.
        """
        patience = min(wait, LONGEST_HOLD)
        answer = await self._beyond("GET", job_id, events_tail(after, wait), patience=patience)
        return None if answer is None else events_of(answer)

    async def profile(self, job_id: str | UUID) -> ProfileResponse:
        """``GET /profiler/profile/{id}``; what is not ready yet is an empty object in its slot.

        :raises ProfileNotReady: when the job has no profile yet.
        :raises JobGone: after the job was cleaned up.
        """
        try:
            answer = await self._get_of_job("profile", job_id)
        except UnknownJob:
            await self.job_status(job_id)  # raises where it is really the job that is unknown
            raise ProfileNotReady(f"Profiling job {job_id} has no profile yet.") from None
        # Profiles may be large, and reading one would hold up every other trigger of the loop.
        return await asyncio.to_thread(answer.model, ProfileResponse)

    async def cdd_profile_path(self, dataset_id: str | UUID) -> str | None:
        """``GET /profiler/cdd_profile_path/{dataset}``: where the dataset's CDD file lies; None until it is ready."""
        answer = await self._send("GET", f"/profiler/cdd_profile_path/{segment(dataset_id)}")
        return answer.model(CddProfilePathResponse).cdd_profile_path

    async def cdd_path_of(self, job_id: str, dataset_id: str | None) -> str | None:
        """The path of the CDD file of a job whose heavy profile is ready, by the documented routes.

        :param dataset_id: the dataset's id where it is known: asking by it is cheaper than fetching whole profiles.
        """
        path = await self.cdd_profile_path(dataset_id) if dataset_id else None
        if path is None:
            cdd = (await self.profile(job_id)).cdd_profile
            path = cdd.path if isinstance(cdd, CddPath) else None
        return path

    async def dataset(self, dataset_id: str | UUID) -> DatasetDetail | None:
        """``GET /profiler/datasets/{dataset}``; None where the service has no such route."""
        try:
            answer = await self._send("GET", f"/profiler/datasets/{segment(dataset_id)}")
        except NotFound:
            return None
        return answer.model(DatasetDetail)

    async def abort(self, job_id: str | UUID) -> bool:
        """``POST /profiler/jobs/{id}/abort``: stop the job and keep what is ready.

        :return: False where the service has no such route; :meth:`clean_up` is all there is then.
        """
        return await self._beyond("POST", job_id, "/abort") is not None

    async def clean_up(self, job_id: str | UUID) -> None:
        """``POST /profiler/clean_up``: abort the job if it runs, and stop serving its results under its id."""
        answer = await self._send("POST", "/profiler/clean_up", body={"profile_job_id": str(job_id)})
        answer.model(CleanUpResponse)

    async def job_url(self, job_id: str | UUID) -> str | None:
        """Where a person can look at the job; None embedded."""
        address = (await self._open()).address
        route = "jobs" if self._knows_jobs_route else "job_status"
        return None if self._lease is not None else address.url(f"/profiler/{route}/{segment(job_id)}")

    # -- the way there --------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Close connections. The next request opens them again, and asks Airflow for the connection anew."""
        transport, self._transport = self._transport, None
        lease, self._lease = self._lease, None
        if transport is not None:
            await transport.close()
        if lease is not None:
            await sync_to_async(lease.release)()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _open(self) -> AsyncTransport:
        async with self._opening:
            if self._transport is None:
                self._transport = AsyncTransport(await self._address())
            return self._transport

    async def _found(self) -> Connection | None:
        try:
            return await self.aget_connection(self.profiler_conn_id)
        except AirflowNotFoundException:
            pass
        try:
            # Under ``airflow dags test`` Airflow's look-up without blocking finds nothing, whatever there is.
            return await sync_to_async(self.get_connection)(self.profiler_conn_id)
        except AirflowNotFoundException:
            return None

    async def _address(self) -> ServiceAddress:
        found = await self._found()
        connection = None
        if found is not None:
            connection = _Connection(
                conn_id=found.conn_id,
                host=found.host,
                schema=found.schema,
                login=found.login,
                password=found.password,
                port=found.port,
                # The property of that name hides secrets by a call that blocks, which Airflow refuses in a loop.
                extra_dejson=await found.aextra_dejson(),
            )
        address = locate(self.profiler_conn_id, connection)
        if address is not None:
            return address
        # Through asgiref, as it starts a server and lets Airflow mask its token, which goes over the loop again.
        acquire = sync_to_async(embedded.acquire)
        self._lease = await acquire(embedded.embedded_settings(), run_jobs=False)
        return self._lease.address

    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        may_repeat: bool = False,
        patience: float = 0.0,
    ) -> Answer:
        """One request, sent again where that is safe: reads, and what the caller says may be repeated."""
        transport = await self._open()

        async def attempt() -> Answer:
            return await transport.send_once(method, path, body=body, headers=headers, patience=patience)

        if method == "GET" or may_repeat:
            answer = await send_with_retries_async(attempt, self.retry, report=self.log.warning)
        else:
            answer = await attempt()
        self.service_time = answer.date
        return accepted(answer)

    async def _get_of_job(self, route: str, job_id: str | UUID) -> Answer:
        try:
            return await self._send("GET", f"/profiler/{route}/{segment(job_id)}")
        except NotFound as error:
            raise unknown_job(job_id, error, is_embedded=self._lease is not None) from None

    async def _beyond(self, method: str, job_id: str | UUID, tail: str = "", *, patience: float = 0.0) -> Answer | None:
        if not self._knows_jobs_route:
            return None
        try:
            return await self._send(method, f"/profiler/jobs/{segment(job_id)}{tail}", patience=patience)
        except NotFound:
            # A missing route and a missing job both answer 404; the documented route tells which it is.
            await self.job_status(job_id)
        self._knows_jobs_route = False
        self.log.warning(DOCUMENTED_ALONE)
        return None
