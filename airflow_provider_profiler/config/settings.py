"""The settings of the service, the engine and the command line, read from the environment once."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from airflow_provider_profiler.config.databases import DatabaseEntry, read_entries, read_entries_file
from airflow_provider_profiler.config.webhooks import WebhookTarget, read_targets, read_targets_file
from airflow_provider_profiler.contract.errors import ConfigurationError
from airflow_provider_profiler.contract.states import StatusDialect

DEFAULT_PORT = 4557
MASK = "********"
_USER_INFORMATION = re.compile(r"://[^\s/]+@")
_PATH = re.compile(r"[A-Za-z0-9._~/-]*")
#: What only the API looks at. Workers are the same whatever stands here, and need not be replaced when it changes.
_OF_THE_API = (
    "base_url",
    "host",
    "port",
    "ray_address",
    "ray_supervisors",
    "ray_connect_seconds",
    "job_processes",
    "status_dialect",
    "enable_auth",
    "auth_key",
    "auth_key_file",
    "link_key",
    "auth_jwks_url",
    "auth_issuer",
    "auth_audience",
    "auth_leeway",
    "auth_clients",
    "auth_algorithms",
    "auth_unverified",
    "max_waiting_jobs",
    "max_waiting_jobs_per_client",
    "max_body_bytes",
    "requests_per_minute",
    "requests_per_minute_together",
    "preview_rows",
    "shutdown_seconds",
    "keep_revisions",
    "keep_revisions_days",
    "keep_events_days",
    "webhooks",
    "webhooks_file",
)


def _named(name: str) -> Any:
    """A field that has a documented environment name of its own."""
    return AliasChoices(name)


class Settings(BaseSettings):
    """Every setting with its default; documented names are kept, ours begin with ``PROFILER_``."""

    model_config = SettingsConfigDict(
        env_prefix="PROFILER_", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    home: Path = Field(default_factory=lambda: Path.home() / ".dataset-profiler")
    """Folder of the job store, results, scratch and logs."""
    data_root: str | None = Field(default=None, validation_alias=_named("DATA_ROOT_PATH"))
    """Folder that holds all datasets, or the URL of a prefix in an object store, such as ``s3://datasets``."""
    object_store_options: SecretStr | None = None
    """A JSON object that the file system of such a URL is made with: ``endpoint_url``, ``key``, ``secret`` and others
    of fsspec's; what is not given comes from where the store's own tools look for it."""
    mount_point: str = Field(default="", validation_alias=_named("MOUNT_POINT"))
    """Prefix between the data root and a connector's dataset id."""
    cdd_path: Path | None = Field(default=None, validation_alias=_named("CDD_PROFILE_PATH"))
    base_url: str = Field(default="", validation_alias=_named("BASE_URL"))
    """Root path prefix behind a proxy."""
    host: str | None = None
    """Address to bind; loopback where auth is off, all addresses where it is on."""
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    """The port to listen on; 0: any that is free."""

    redis_host: str | None = Field(default=None, validation_alias=_named("REDIS_HOST"))
    redis_port: int = Field(default=6379, ge=1, le=65535, validation_alias=_named("REDIS_PORT"))
    redis_db: int = Field(default=0, ge=0, validation_alias=_named("REDIS_DB"))
    ray_address: str | None = Field(default=None, validation_alias=_named("RAY_ADDRESS"))
    """``local``, ``auto``, ``host:port`` or ``ray://host:port``; None: jobs run in the service's own process."""
    ray_supervisors: int | None = Field(default=None, ge=1)
    """Actors that look after jobs on Ray; one a node where it is None."""
    ray_connect_seconds: float = Field(default=20.0, gt=0)
    """Seconds after which a cluster that has not answered counts as out of reach."""

    postgres_host: str | None = Field(default=None, validation_alias=_named("DATAGEMS_POSTGRES_HOST"))
    postgres_port: int = Field(default=5432, ge=1, le=65535, validation_alias=_named("DATAGEMS_POSTGRES_PORT"))
    postgres_username: str | None = Field(default=None, validation_alias=_named("DATAGEMS_POSTGRES_USERNAME"))
    postgres_password: SecretStr | None = Field(default=None, validation_alias=_named("DATAGEMS_POSTGRES_PASSWORD"))
    timescale_host: str | None = Field(default=None, validation_alias=_named("DATAGEMS_TIMESCALE_DB_HOST"))
    timescale_port: int = Field(default=5432, ge=1, le=65535, validation_alias=_named("DATAGEMS_TIMESCALE_DB_PORT"))
    timescale_username: str | None = Field(default=None, validation_alias=_named("DATAGEMS_TIMESCALE_DB_USERNAME"))
    timescale_password: SecretStr | None = Field(
        default=None, validation_alias=_named("DATAGEMS_TIMESCALE_DB_PASSWORD")
    )

    databases: Annotated[tuple[DatabaseEntry, ...], NoDecode] = ()
    """A JSON list of further servers: objects with ``protocol host port username password`` (or ``password_file``) and
    ``tls tls_ca_file tls_certificate_file tls_key_file``."""
    databases_file: Path | None = None
    """A file with such a list."""

    status_dialect: StatusDialect = StatusDialect.DOCUMENTED

    enable_auth: bool = Field(default=False, validation_alias=_named("ENABLE_AUTH"))
    auth_key: SecretStr | None = None
    """A PEM public key, or a shared secret for the HS algorithms."""
    auth_key_file: Path | None = None
    link_key: SecretStr | None = Field(default=None, min_length=16)
    """What links to pages are signed with, the same at every process; None: one that is made and kept in ``home``."""
    auth_jwks_url: str | None = None
    auth_issuer: str | None = None
    auth_audience: str | None = None
    auth_leeway: float = Field(default=30.0, ge=0)
    """Seconds by which clocks may differ."""
    auth_clients: Annotated[tuple[str, ...], NoDecode] = ("airflow",)
    auth_algorithms: Annotated[tuple[str, ...], NoDecode] = ()
    """Empty: RS256, ES256 and EdDSA; HS256 only with a configured shared secret."""
    auth_unverified: bool = False
    """Accept tokens without checking their signature. Warns at start."""

    max_running_jobs: int = Field(default=2, ge=1)
    """Jobs that one process runs at a time; the others wait in the store."""
    job_processes: int = Field(default=0, ge=0)
    """Processes that share the running jobs of a service without Ray; 0: they run in the service's own."""
    max_waiting_jobs: int | None = Field(default=10_000, ge=0)
    """Jobs that may wait to be started; further submissions are refused (429). None or 0: any number."""
    max_waiting_jobs_per_client: int | None = Field(default=None, ge=0)
    """The same for the jobs of one client; without authentication all requests come from one."""
    lease_seconds: float = Field(default=30.0, gt=0)
    max_body_bytes: int = Field(default=4 * 1024 * 1024, gt=0)
    """Largest accepted request body."""
    requests_per_minute: int | None = Field(default=None, ge=1)
    """Requests that one client (without authentication: one address) may send in a minute; None: any number. Requests
    with tokens that do not verify count for their address."""
    requests_per_minute_together: int | None = Field(default=None, ge=1)
    """Requests that all clients together may send in a minute; None: any number."""
    preview_rows: int = Field(default=1000, ge=0)
    """Rows of a table that one request may look at as they are in the dataset; 0: none may."""
    shutdown_seconds: float = Field(default=25.0, gt=0)
    """Seconds that an orderly stop may take until the jobs that run here are given back."""
    max_job_log_bytes: int = Field(default=16 * 1024 * 1024, gt=0)
    """Size of the log that is kept of each job; what is logged beyond it is counted, not kept."""
    keep_revisions: int | None = Field(default=None, ge=1)
    """Newest revisions of each dataset that are kept; None: all of them. The published one, the latest one and the
    latest successful one always are."""
    keep_revisions_days: float | None = Field(default=None, gt=0)
    """Days after its end after which a revision is removed; None: never. The same ones are always kept."""
    keep_events_days: float = Field(default=30.0, gt=0)
    """Days for which events stay in the feed that webhooks and watchers read."""
    webhooks: Annotated[tuple[WebhookTarget, ...], NoDecode] = ()
    """A JSON list of addresses that events are sent to: objects with ``url``, ``secret`` (or ``secret_file``), and
    ``types`` and ``ca_file`` where wanted."""
    webhooks_file: Path | None = None
    """A file with such a list."""
    log_format: Literal["text", "json"] = "text"
    log_level: str = "INFO"

    otlp_endpoint: str | None = Field(default=None, validation_alias=_named("OTEL_EXPORTER_OTLP_ENDPOINT"))
    """Where traces go, such as ``http://collector:4318`` (OTLP over HTTP); None: none are made."""
    otlp_headers: SecretStr | None = Field(default=None, validation_alias=_named("OTEL_EXPORTER_OTLP_HEADERS"))
    """Headers for the collector, ``name=value`` with commas between them."""
    otel_service_name: str = Field(default="dataset-profiler", validation_alias=_named("OTEL_SERVICE_NAME"))
    """What traces call this service."""

    @field_validator("auth_clients", "auth_algorithms", mode="before")
    @classmethod
    def _comma_separated(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("databases", mode="before")
    @classmethod
    def _list_of_servers(cls, value: Any) -> Any:
        return read_entries(value) if isinstance(value, str) else value

    @field_validator("webhooks", mode="before")
    @classmethod
    def _list_of_targets(cls, value: Any) -> Any:
        return read_targets(value) if isinstance(value, str) else value

    @field_validator("max_waiting_jobs", "max_waiting_jobs_per_client")
    @classmethod
    def _any_number(cls, value: int | None) -> int | None:
        # An environment has no word for None.
        return value or None

    @field_validator("mount_point")
    @classmethod
    def _plain_prefix(cls, value: str) -> str:
        prefix = value.strip("/")
        if ".." in prefix.split("/"):
            raise ValueError("must not hold '..'")
        return prefix

    @field_validator("otlp_endpoint")
    @classmethod
    def _address_of_collector(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://: traces are sent as OTLP over HTTP")
        return value

    @field_validator("base_url")
    @classmethod
    def _leading_slash_only(cls, value: str) -> str:
        prefix = value.strip("/")
        if not _PATH.fullmatch(prefix):
            raise ValueError("must be a path such as /profiler, of letters, digits and -._~/")
        return f"/{prefix}" if prefix else ""

    def for_workers(self) -> "Settings":
        """These settings as they travel to other processes: paths absolute, nothing in them that only the API needs."""
        return self.model_copy(
            update={
                **{name: type(self).model_fields[name].default for name in _OF_THE_API},
                "home": self.home.absolute(),
                "data_root": absolute_root(self.data_root) if self.data_root else None,
                "cdd_path": self.cdd_path.absolute() if self.cdd_path else None,
                "databases": tuple(entry.with_password() for entry in self.listed_databases),
                "databases_file": None,
            }
        )

    @property
    def known_databases(self) -> tuple[DatabaseEntry, ...]:
        """All servers that jobs may connect to; of two with one host and port the first one counts.

        :raises ConfigurationError: when the file that lists them cannot be used.
        """
        documented = (
            ("postgresql", self.postgres_host, self.postgres_port, self.postgres_username, self.postgres_password),
            ("timescaledb", self.timescale_host, self.timescale_port, self.timescale_username, self.timescale_password),
        )
        names = ("protocol", "host", "port", "username", "password")
        named = (dict(zip(names, server, strict=True)) for server in documented if server[1])
        return (*map(DatabaseEntry.model_validate, named), *self.listed_databases)

    @property
    def listed_databases(self) -> tuple[DatabaseEntry, ...]:
        """The servers of ``databases`` and of ``databases_file``.

        :raises ConfigurationError: when the file cannot be used.
        """
        return self.databases + (read_entries_file(self.databases_file) if self.databases_file else ())

    @property
    def listed_webhooks(self) -> tuple[WebhookTarget, ...]:
        """The targets of ``webhooks`` and of ``webhooks_file``, their secret files not read yet.

        :raises ConfigurationError: when the file cannot be used.
        """
        return self.webhooks + (read_targets_file(self.webhooks_file) if self.webhooks_file else ())

    @property
    def cdd_folder(self) -> Path:
        """Where CDD files lie."""
        return self.cdd_path or self.home / "cdd"

    @property
    def results_folder(self) -> Path:
        """Where each revision of each dataset keeps its documents."""
        return self.home / "results"

    @property
    def store_file(self) -> Path:
        """The SQLite job store."""
        return self.home / "jobs.sqlite3"

    @property
    def bind_host(self) -> str:
        """The address to bind: never beyond loopback without authentication unless told so."""
        return self.host or ("0.0.0.0" if self.enable_auth else "127.0.0.1")  # noqa: S104

    def masked(self) -> dict[str, Any]:
        """All settings by name, ready for JSON, secrets replaced."""
        shown: dict[str, Any] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                shown[name] = MASK
            elif name == "databases":
                shown[name] = [masked_entry(entry) for entry in value]
            elif name == "webhooks":
                shown[name] = [target.masked(MASK) for target in value]
            elif isinstance(value, tuple):
                shown[name] = ",".join(value)
            elif isinstance(value, Path):
                shown[name] = str(value)
            else:
                # RFC 3986, 3.2.1: user information stands between // and the last @ before the path.
                shown[name] = _USER_INFORMATION.sub(f"://{MASK}@", value) if isinstance(value, str) else value
        return shown


def absolute_root(root: str) -> str:
    """A data root that means the same in any working folder; a URL stays as it is."""
    return root if "://" in root else str(Path(root).absolute())


def masked_entry(entry: DatabaseEntry) -> dict[str, Any]:
    """What may be shown of a server: all but its password."""
    given = entry.model_dump(mode="json", exclude_none=True)
    return {name: MASK if name == "password" else value for name, value in given.items()}


def environment_names() -> dict[str, str]:
    """The environment variable of each setting, by the setting's name."""
    names: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names[name] = str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"PROFILER_{name.upper()}"
    return names


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; keyword arguments win over it.

    :raises ConfigurationError: when a value does not fit, naming the variable and never its value where that
        could be a secret.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        variables = environment_names()
        problems = "; ".join(
            f"{'.'.join(str(variables.get(str(part), part)) for part in item['loc'])}: "
            # How pydantic begins what a validator of ours says, also within another one's words.
            f"{item['msg'].replace('Value error, ', '')}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationError(f"Settings cannot be used: {problems}.") from None


def source_date_epoch() -> int | None:
    """``SOURCE_DATE_EPOCH`` in seconds, which fixes every timestamp in documents, or None.

    :raises ConfigurationError: when it is set and not a whole number.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if not text.isdecimal():
        raise ConfigurationError(f"SOURCE_DATE_EPOCH must be a whole number of seconds, not {text!r}.")
    return int(text)
