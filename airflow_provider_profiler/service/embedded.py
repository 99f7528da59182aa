"""The same service inside a task's process: no server to run, one contract for everyone."""

import secrets
from datetime import UTC, datetime, timedelta
from types import TracebackType

import jwt
from pydantic import SecretStr

from airflow_provider_profiler.config.settings import Settings
from airflow_provider_profiler.contract.states import StatusDialect
from airflow_provider_profiler.jobs.store import RunnerKind
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.listening import ThreadedServer

CLIENT = "airflow"
_ALGORITHM = "HS256"


class EmbeddedService:
    """A service on loopback that ends with this process, for as long as the ``with`` block lasts.

    Authentication is always on, with a key that was made for this object and never leaves it: other users of the
    machine can reach the port, but not the data.

    :param settings: where the data and results lie. What concerns the network, authentication, Ray and Redis is
        replaced.
    :param run_jobs: True to run the jobs that are submitted here, in this process; False to look at jobs only,
        without the engine: submissions are refused.
    :raises ConfigurationError: when the settings cannot be used.
    """

    def __init__(self, settings: Settings, *, run_jobs: bool) -> None:
        self._key = secrets.token_urlsafe(48)
        own = settings.model_copy(
            update={
                "enable_auth": True,
                "auth_key": SecretStr(self._key),
                "auth_key_file": None,
                "auth_jwks_url": None,
                "auth_issuer": None,
                "auth_audience": None,
                "auth_clients": (CLIENT,),
                "auth_algorithms": (_ALGORITHM,),
                "auth_unverified": False,
                "base_url": "",
                "status_dialect": StatusDialect.DOCUMENTED,
                "ray_address": None,
                "redis_host": None,
                "otlp_endpoint": None,
                "requests_per_minute": None,
                "requests_per_minute_together": None,
            }
        )
        self._server = ThreadedServer(create_app(own, runner=RunnerKind.EMBEDDED, run_jobs=run_jobs))

    @property
    def base_url(self) -> str:
        """Address of the service, such as ``http://127.0.0.1:40123``; routes begin with ``/profiler``."""
        return self._server.base_url

    def token(self, lifetime: timedelta = timedelta(days=7)) -> str:
        """A new bearer token for this service alone.

        :param lifetime: how long it is accepted; longer than any task runs by default, as the key ends with it.
        """
        claims = {"client_id": CLIENT, "exp": datetime.now(UTC) + lifetime}
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def start(self) -> "EmbeddedService":
        """Begin to answer requests, and to run jobs where that was asked for.

        :raises ServiceUnavailable: when the stores under ``PROFILER_HOME`` cannot be opened.
        """
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop for good; jobs that still run here end as ``FAILED``."""
        self._server.stop()

    def __enter__(self) -> "EmbeddedService":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
