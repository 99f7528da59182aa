"""Where a database is and how to get in: what a job needs of a configured server, as tasks carry it."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import SecretStr

from airflow_provider_profiler.contract.specification import DatabaseConnection

Product = Literal["postgresql", "mysql"]
TlsMode = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]


#: Protocols of databases that are files under the data root: they are found and read as files are.
FILE_PROTOCOLS = frozenset({"sqlite", "duckdb"})


def database_url(connector: DatabaseConnection) -> str:
    """What a profile calls a connector's database."""
    return f"{connector.protocol}://{connector.host}:{connector.port}/{connector.database_name}"


@dataclass(frozen=True)
class Tls:
    """How the connection is encrypted, in the words of libpq; files are paths on the host that connects."""

    mode: TlsMode = "prefer"
    authority_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True)
class DatabaseAccess:
    """A database and the credentials for it. Picklable; no readable form of it shows the password."""

    product: Product
    """Whose protocol the server speaks: MariaDB speaks MySQL's, TimescaleDB PostgreSQL's."""
    url: str
    """What the profile calls the database: the connector's protocol, host, port and name; without credentials."""
    host: str
    port: int
    database: str
    username: str | None = None
    password: SecretStr | None = field(default=None, repr=False)
    tls: Tls = Tls()


@dataclass(frozen=True)
class Limits:
    """What a statement may take, in seconds."""

    statement_seconds: float
    lock_seconds: float
    connect_seconds: float = 10.0
