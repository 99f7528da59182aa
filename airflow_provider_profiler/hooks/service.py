"""Where the service is, and how requests reach it: over the wire, or embedded in this process."""

import functools
import weakref
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Self

import requests
from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.exceptions import AirflowNotFoundException

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.hooks import embedded
from airflow_provider_profiler.hooks.address import ServiceAddress
from airflow_provider_profiler.hooks.answers import Answer
from airflow_provider_profiler.hooks.locating import locate
from airflow_provider_profiler.hooks.names import CONN_TYPE, DEFAULT_CONN_NAME
from airflow_provider_profiler.hooks.retrying import RetryPolicy, accepted, send_with_retries
from airflow_provider_profiler.hooks.transport import BearerAuth, send_once


class ServiceHook(HttpHook):
    """Finds the profiling service that a connection means, and sends requests to it.

    :param profiler_conn_id: the Airflow connection; the default one need not exist.
    :param retry: how reads, and submissions with an idempotency key, are sent again.
    """

    conn_name_attr = "profiler_conn_id"
    default_conn_name = DEFAULT_CONN_NAME
    conn_type = CONN_TYPE
    hook_name = "Dataset Profiler"
    default_retry: ClassVar[RetryPolicy] = RetryPolicy()

    def __init__(
        self, profiler_conn_id: str = default_conn_name, *, retry: RetryPolicy | None = None, **kwargs: Any
    ) -> None:
        super().__init__(method=kwargs.pop("method", "GET"), http_conn_id=profiler_conn_id, **kwargs)
        self.profiler_conn_id = profiler_conn_id
        self.retry = retry or self.default_retry
        self.service_time: datetime | None = None
        """What the service's clock showed with its last answer; None where it did not tell."""
        self._settings: Settings | None = None
        self._leases: list[embedded.EmbeddedLease] = []
        self._session: requests.Session | None = None
        # A task that forgets to close the hook must not keep a service alive longer than the hook.
        weakref.finalize(self, _release_all, self._leases).atexit = False

    @functools.cached_property
    def _remote(self) -> ServiceAddress | None:
        """The address that the connection gives; None for embedded."""
        try:
            connection = self.get_connection(self.profiler_conn_id)
        except AirflowNotFoundException:
            connection = None
        return locate(self.profiler_conn_id, connection)

    @property
    def is_embedded(self) -> bool:
        """Whether jobs run inside the process that submits them."""
        return self._remote is None

    def address(self, *, run_jobs: bool = False) -> ServiceAddress:
        """How to reach the service, started first where it is embedded.

        :param run_jobs: whether an embedded service must be able to run jobs.
        """
        if self._remote is not None:
            return self._remote
        settings = self._settings or embedded.embedded_settings()
        for lease in self._leases:
            # Any of them reads the same store; only a submission needs an engine and its own data root.
            if not run_jobs or (lease.runs_jobs and lease.key[1] == settings):
                return lease.address
        lease = embedded.acquire(settings, run_jobs=run_jobs)
        self._leases.append(lease)
        return lease.address

    def close(self) -> None:
        """Close connections, and stop the embedded service if nobody else in this process uses it."""
        if self._session is not None:
            self._session.close()
            self._session = None
        _release_all(self._leases)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get_conn(
        self, headers: dict[Any, Any] | None = None, extra_options: dict[str, Any] | None = None
    ) -> requests.Session:
        """A session that is set up as the connection says, for requests beyond this hook's methods.

        :param headers: headers to add to every request.
        :param extra_options: options of one :meth:`run`, which win over the connection's.
        """
        address = self.address()
        session = requests.Session()
        session.auth = BearerAuth(address)
        session.verify = address.verify
        session.cert = address.cert
        session.proxies = dict(address.proxies)
        session.trust_env = address.trust_env
        session.headers.update(headers or {})
        self.base_url = address.base_url
        self._base_url_initialized = True
        self.merged_extra = {
            "timeout": address.timeout,
            "allow_redirects": address.allow_redirects,
            **(extra_options or {}),
        }
        return self._configure_session_from_mount_adapters(session)

    def _open_session(self) -> requests.Session:
        if self._session is None:
            self._session = self.get_conn()
        return self._session

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        may_repeat: bool | None = None,
        run_jobs: bool = False,
        patience: float = 0.0,
    ) -> Answer:
        """One request, sent again where that is safe: reads, and what the caller says may be repeated."""
        address = self.address(run_jobs=run_jobs)
        session = self._open_session()

        def attempt() -> Answer:
            return send_once(session, address, method, path, body=body, headers=headers, patience=patience)

        if method == "GET" if may_repeat is None else may_repeat:
            answer = send_with_retries(attempt, self.retry, report=self.log.warning)
        else:
            answer = attempt()
        self.service_time = answer.date
        return accepted(answer)


def _release_all(leases: list[embedded.EmbeddedLease]) -> None:
    while leases:
        leases.pop().release()
