"""Connections to MySQL and MariaDB: read-only, bounded in time, and silent about what the server says."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pymysql
from pymysql.cursors import SSCursor

from airflow_provider_profiler.profiling.databases.access import DatabaseAccess, Limits, Tls
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

#: Rows that are taken from a stream at a time.
_PIECE_ROWS = 1024
#: Seconds for which the server waits for a reader that is busy with what it has got already.
_PATIENCE_SECONDS = 3600
# What the driver raises: its own exceptions, OSError of the socket, and UnicodeDecodeError of what is no UTF-8.
_DRIVER_ERRORS = (pymysql.MySQLError, OSError, ValueError)

# Codes of the servers' own lists of errors (mysqld_error.h of MySQL and MariaDB, errmsg.h of their clients).
_DENIED_TO_CONNECT = {1044, 1045, 1698}
_TIMED_OUT = {1317, 1969, 3024}
_LOCKED = {1205}
_DENIED = {1142, 1143, 1370}
_CHANGED = {1054, 1146, 1412}
_LOST = {2006, 2013, 2055, 1053, 1152, 1159, 1160, 1161, 1927}
_FULL = {1040, 1203}


class _Stream(SSCursor):  # type: ignore[misc]
    """A cursor that leaves the rest of its rows behind: its connection ends with it."""

    def close(self) -> None:
        if self._result is not None:
            self._result.unbuffered_active = False
            self._result.connection = None
        self.connection = None

    __del__ = close


class MysqlSession:
    """An open connection."""

    def __init__(self, connection: Any, access: DatabaseAccess, limits: Limits) -> None:
        """Use :func:`connected`."""
        self._connection = connection
        self._access = access
        self._limits = limits
        self.version = str(connection.get_server_info())
        self.is_mariadb = "mariadb" in self.version.lower()

    def begin(self) -> None:
        """Begin a transaction that only reads and sees one state of its tables."""
        self.rows("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")

    def rows(self, query: str, values: Sequence[Any] = (), subject: str = "") -> list[tuple[Any, ...]]:
        """All rows of a query with a small answer.

        :param values: in place of each ``%s``.
        :param subject: what the query is about, for messages; the database where it is empty.
        :raises DatabaseFailure: when there is none.
        """
        try:
            with closing(self._connection.cursor()) as cursor:
                cursor.execute(query, tuple(values) or None)
                return [tuple(row) for row in cursor.fetchall()]
        except _DRIVER_ERRORS as error:
            raise self._failure(error, subject or self._access.url) from None

    def stream(self, query: str, subject: str) -> Iterator[list[tuple[str | bytes | None, ...]]]:
        """The rows of a query as they arrive, some at a time: texts as text, everything else as the server writes it.

        :raises DatabaseFailure: when the query or its stream fails.
        """
        try:
            with closing(self._connection.cursor(_Stream)) as cursor:
                cursor.execute(query)
                while rows := cursor.fetchmany(_PIECE_ROWS):
                    yield rows
        except _DRIVER_ERRORS as error:
            raise self._failure(error, subject) from None

    def _failure(self, error: Exception, subject: str) -> DatabaseFailure:
        code = _code(error)
        if code in _TIMED_OUT:
            return timed_out(subject, self._limits.statement_seconds)
        if code in _LOCKED:
            return locked(subject, self._limits.lock_seconds)
        if code in _DENIED:
            return permission_denied(subject, self._access.username)
        if code in _CHANGED:
            return changed(subject)
        if code in _LOST or isinstance(error, OSError):
            return connection_failed(subject, "the connection was lost; try again")
        return unreadable(subject, str(code or type(error).__name__))


@contextmanager
def connected(access: DatabaseAccess, limits: Limits) -> Iterator[MysqlSession]:
    """Connect to a database; the connection ends with the block.

    :raises DatabaseFailure: when that does not work; its message holds no credentials.
    """
    if access.username is None:
        raise credentials_missing(access.url, "no user name is configured for this server")
    try:
        connection = pymysql.connect(
            host=access.host,
            port=access.port,
            user=access.username,
            password=access.password.get_secret_value() if access.password is not None else "",
            database=access.database,
            charset="utf8mb4",
            connect_timeout=max(1, round(limits.connect_seconds)),
            # The server ends its statements in time by itself: one that is silent for longer is gone.
            read_timeout=limits.connect_seconds + limits.statement_seconds + limits.lock_seconds,
            autocommit=True,
            conv={},  # values stay as they were sent: Arrow reads them by the column
            program_name="dataset-profiler",
            **_encryption(access.tls),
        )
    except _DRIVER_ERRORS as error:
        raise _refused(error, access) from None
    with closing(connection):
        session = MysqlSession(connection, access, limits)
        session.rows("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        session.rows("SET SESSION time_zone = '+00:00'")
        session.rows(f"SET SESSION net_write_timeout = {_PATIENCE_SECONDS}")
        session.rows(f"SET SESSION lock_wait_timeout = {max(1, round(limits.lock_seconds))}")
        if session.is_mariadb:
            session.rows(f"SET SESSION max_statement_time = {limits.statement_seconds:.3f}")
        else:
            session.rows(f"SET SESSION max_execution_time = {max(1, round(limits.statement_seconds * 1000))}")
        yield session


def _encryption(tls: Tls) -> dict[str, Any]:
    """What the driver is told: it prefers encryption by itself, and insists where it is given a context."""
    if tls.mode == "disable":
        return {"ssl_disabled": True}
    if tls.mode == "prefer":
        return {}
    context = ssl.create_default_context(cafile=tls.authority_file)
    context.check_hostname = tls.mode == "verify-full"
    if tls.mode == "require":
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate_file is not None:
        context.load_cert_chain(tls.certificate_file, tls.key_file)
    return {"ssl": context}


def _code(error: Exception) -> int | None:
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) else None


def _refused(error: Exception, access: DatabaseAccess) -> DatabaseFailure:
    code = _code(error)
    if code in _DENIED_TO_CONNECT:
        if access.password is None and code != 1044:
            return credentials_missing(access.url, "the server asks for a password, and none is configured")
        message = "the server refuses the configured user name or password, or does not let the account in here"
    elif code == 1049:
        message = "the server has no database of this name"
    elif code in _FULL:
        message = "the server takes no more connections; lower the option execution.max_workers"
    elif code == 2026 or isinstance(error, ssl.SSLError):
        message = "no encrypted connection could be made; check the tls settings of this server"
    elif code == 2003:
        message = "nothing that answers listens at this address"
    else:
        message = "no connection could be made"
    return connection_failed(access.url, message)
