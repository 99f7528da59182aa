"""The database servers that jobs may connect to, and the credentials for them: only an operator names them."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, model_validator

from airflow_provider_profiler.config.listed import read_list, read_list_file, read_secret_file

DatabaseProtocol = Literal["postgresql", "timescaledb", "mysql", "mariadb"]
#: What specifications call a server's protocol, and whose protocol that is.
PRODUCTS: dict[str, Literal["postgresql", "mysql"]] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "timescaledb": "postgresql",
    "timescale": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
}
_PORTS = {"postgresql": 5432, "mysql": 3306}


class DatabaseEntry(BaseModel):
    """A server. Its password shows in no readable form of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: DatabaseProtocol = "postgresql"
    host: str = Field(min_length=1)
    port: int = Field(default=0, ge=0, lt=65536)
    """0: the protocol's own."""
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    """A file that holds the password, as secrets are mounted; a line end behind it does not count."""
    tls: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    """How the connection is encrypted, and what is verified: the words of libpq."""
    tls_ca_file: Path | None = None
    tls_certificate_file: Path | None = None
    tls_key_file: Path | None = None

    @model_validator(mode="after")
    def _one_password(self) -> "DatabaseEntry":
        if self.password is not None and self.password_file is not None:
            raise ValueError("give the password or the file that holds it, not both")
        if self.port == 0:
            object.__setattr__(self, "port", _PORTS[self.product])
        return self

    @property
    def product(self) -> Literal["postgresql", "mysql"]:
        """Whose protocol the server speaks."""
        return PRODUCTS[self.protocol]

    def with_password(self) -> "DatabaseEntry":
        """The entry with the password in it, as it travels to processes that do not see its file.

        :raises ConfigurationError: when the file cannot be read.
        """
        if self.password_file is None:
            return self
        password = read_secret_file(
            self.password_file,
            f"The password file {self.password_file} of the database server {self.host}:{self.port}",
        )
        return self.model_copy(update={"password": SecretStr(password), "password_file": None})


_FIELDS = "protocol, host, port, username, password"
_ENTRIES = TypeAdapter(tuple[DatabaseEntry, ...])


def read_entries(text: str) -> tuple[DatabaseEntry, ...]:
    """The entries of a JSON list.

    :raises ValueError: naming the entry and the field that do not fit, and never a value, which may be a password.
    """
    return read_list(_ENTRIES, text, _FIELDS)


def read_entries_file(path: Path) -> tuple[DatabaseEntry, ...]:
    """The entries of a file that holds such a list.

    :raises ConfigurationError: when it cannot be read, or does not fit.
    """
    return read_list_file(_ENTRIES, path, _FIELDS, "PROFILER_DATABASES_FILE")
