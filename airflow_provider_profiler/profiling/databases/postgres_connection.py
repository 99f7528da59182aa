"""Connections to PostgreSQL: read-only, bounded in time, and silent about what the server says."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import adbc_driver_postgresql
import adbc_driver_postgresql.dbapi
import pyarrow as pa

from airflow_provider_profiler.profiling.databases.access import DatabaseAccess, Limits
from airflow_provider_profiler.profiling.databases.failures import (
    DatabaseFailure,
    changed,
    connection_failed,
    credentials_missing,
    locked,
    permission_denied,
    timed_out,
    unreadable,
)

#: Bytes after which the driver hands rows on.
_PIECE_BYTES = 1024 * 1024
_SNAPSHOT = re.compile(r"[0-9A-Fa-f]+(-[0-9A-Fa-f]+)*")
# What the driver raises: its own exceptions, and OSError or ValueError for what happens within a stream.
_DRIVER_ERRORS = (adbc_driver_postgresql.dbapi.Error, OSError, ValueError, pa.ArrowException)
#: Everything that is written as text follows from these, and so do the order and the meaning of what is read.
_SETTINGS = {
    "search_path": "",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "IntervalStyle": "iso_8601",
    "synchronize_seqscans": "off",
    "idle_in_transaction_session_timeout": "0",
}


class PostgresSession:
    """An open connection."""

    def __init__(self, connection: Any, access: DatabaseAccess, limits: Limits) -> None:
        """Use :func:`connected`."""
        self._connection = connection
        self._access = access
        self._limits = limits

    def begin(self, snapshot: str | None = None) -> None:
        """Begin a transaction that only reads and sees one state of the database.

        :param snapshot: the state that another session exported; None for the present one.
        :raises DatabaseFailure: when that session has ended.
        """
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if snapshot is not None:
            if _SNAPSHOT.fullmatch(snapshot) is None:
                raise ValueError("not the name of a snapshot")
            self.run(f"SET TRANSACTION SNAPSHOT '{snapshot}'")

    def run(self, statement: str, subject: str = "") -> None:
        """Run a statement that returns nothing."""
        with self._cursor(subject) as cursor:
            cursor.execute(statement)

    def rows(self, query: str, subject: str = "") -> list[tuple[Any, ...]]:
        """All rows of a query with a small answer.

        :param subject: what the query is about, for messages; the database where it is empty.
        :raises DatabaseFailure: when there is none.
        """
        with self._cursor(subject) as cursor:
            cursor.execute(query)
            return [tuple(row) for row in cursor.fetchall()]

    def batches(self, query: str, subject: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query as they arrive: no more than a piece of them is held.

        :raises DatabaseFailure: when the query or its stream fails.
        """
        with self._cursor(subject) as cursor:
            option = adbc_driver_postgresql.StatementOptions.BATCH_SIZE_HINT_BYTES.value
            cursor.adbc_statement.set_options(**{option: str(_PIECE_BYTES)})
            cursor.execute(query)
            with closing(cursor.fetch_record_batch()) as pieces:
                yield from pieces

    @contextmanager
    def _cursor(self, subject: str) -> Iterator[Any]:
        try:
            with closing(self._connection.cursor()) as cursor:
                yield cursor
        except _DRIVER_ERRORS as error:
            raise self._failure(error, subject or self._access.url) from None

    def _failure(self, error: Exception, subject: str) -> DatabaseFailure:
        text = str(error)
        found = re.search(r"SQLSTATE: ([0-9A-Z]{5})", text)
        code = getattr(error, "sqlstate", None) or (found[1] if found else "")
        # Within a stream the driver tells no code: the words are those of PostgreSQL in English, else it is unreadable.
        if code == "55P03" or "lock timeout" in text:
            return locked(subject, self._limits.lock_seconds)
        if code == "57014" or "statement timeout" in text:
            return timed_out(subject, self._limits.statement_seconds)
        if code == "42501" or "permission denied" in text:
            return permission_denied(subject, self._access.username)
        if code in ("42P01", "42703", "3F000", "42704", "42883"):
            return changed(subject)
        if code[:2] == "08" or code[:3] == "57P" or "server closed the connection" in text:
            return connection_failed(subject, "the connection was lost; try again")
        return unreadable(subject, code or "unknown")


@contextmanager
def connected(access: DatabaseAccess, limits: Limits) -> Iterator[PostgresSession]:
    """Connect to a database; the connection ends with the block.

    :raises DatabaseFailure: when that does not work; its message holds no credentials.
    """
    if access.username is None:
        raise credentials_missing(access.url, "no user name is configured for this server")
    try:
        connection = adbc_driver_postgresql.dbapi.connect(_address(access, limits), autocommit=True)
    except _DRIVER_ERRORS as error:
        raise _refused(str(error), access) from None
    with closing(connection):
        session = PostgresSession(connection, access, limits)
        settings = _SETTINGS | {
            "statement_timeout": f"{max(1, round(limits.statement_seconds * 1000))}ms",
            "lock_timeout": f"{max(1, round(limits.lock_seconds * 1000))}ms",
        }
        calls = ", ".join(f"pg_catalog.set_config('{name}', '{value}', false)" for name, value in settings.items())
        session.rows(f"SELECT {calls}")
        yield session


def _address(access: DatabaseAccess, limits: Limits) -> str:
    """The address in libpq's notation of names and quoted values."""
    parts: dict[str, str | None] = {
        "host": access.host,
        "port": str(access.port),
        "dbname": access.database,
        "user": access.username,
        "password": access.password.get_secret_value() if access.password is not None else None,
        "sslmode": access.tls.mode,
        "sslrootcert": access.tls.authority_file,
        "sslcert": access.tls.certificate_file,
        "sslkey": access.tls.key_file,
        "connect_timeout": str(max(2, round(limits.connect_seconds))),
        "application_name": "dataset-profiler",
        "client_encoding": "UTF8",
    }

    def quoted(value: str) -> str:
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"

    return " ".join(f"{name}={quoted(value)}" for name, value in parts.items() if value is not None)


_REFUSALS = (
    ("no password supplied", None),
    ("password authentication failed", "the server refuses the configured user name or password"),
    ("could not translate host name", "the host name is not known"),
    ("Connection refused", "nothing listens at this address"),
    ("timeout expired", "the server does not answer"),
    ("too many clients", "the server takes no more connections; lower the option execution.max_workers"),
    ("remaining connection slots", "the server takes no more connections; lower the option execution.max_workers"),
    ("no pg_hba.conf entry", "the server's pg_hba.conf does not let this account in from here"),
    ("certificate", "the server's certificate cannot be verified; check the tls settings of this server"),
    ("SSL", "no encrypted connection could be made; check the tls settings of this server"),
    ('database "', "the server has no database of this name, or does not let this account into it"),
    ('role "', "the server does not know the configured user name"),
)


def _refused(text: str, access: DatabaseAccess) -> DatabaseFailure:
    for sign, message in _REFUSALS:
        if sign in text:
            if message is None:
                return credentials_missing(access.url, "the server asks for a password, and none is configured")
            return connection_failed(access.url, message)
    return connection_failed(access.url, "no connection could be made")
