"""What goes wrong with a database, in words that are safe to show: a server's own text may quote values."""

from airflow_provider_profiler.contract.reasons import FileReasonCode


class DatabaseFailure(Exception):
    """A database or one of its tables could not be read.

    :param code: the reason that a distribution or a warning carries.
    :param message: for people; holds no credentials and no values.
    """

    def __init__(self, code: FileReasonCode, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


def credentials_missing(address: str, message: str) -> DatabaseFailure:
    """There are no credentials for a server, or they do not suffice."""
    return DatabaseFailure(FileReasonCode.CREDENTIALS_MISSING, f"{address}: {message}")


def connection_failed(address: str, message: str) -> DatabaseFailure:
    """A server cannot be reached, or does not let us in."""
    return DatabaseFailure(FileReasonCode.CONNECTION_FAILED, f"{address}: {message}")


def permission_denied(table: str, user: str | None) -> DatabaseFailure:
    """The account may not read a table."""
    message = f"{table}: the account {user!r} may not read it; grant it SELECT, or exclude the table"
    return DatabaseFailure(FileReasonCode.PERMISSION_DENIED, message)


def timed_out(table: str, seconds: float) -> DatabaseFailure:
    """A statement took longer than the options allow."""
    message = (
        f"{table}: a statement was given up after {seconds:g} seconds; raise the option "
        "databases.statement_timeout_seconds, or profile a part of the rows"
    )
    return DatabaseFailure(FileReasonCode.TIMED_OUT, message)


def locked(table: str, seconds: float) -> DatabaseFailure:
    """Somebody else holds a table."""
    message = f"{table}: is locked by another session, and was not free within {seconds:g} seconds; try again later"
    return DatabaseFailure(FileReasonCode.TIMED_OUT, message)


def changed(table: str) -> DatabaseFailure:
    """A table is not the one any more that the catalogue described."""
    message = f"{table}: was changed or removed after the database was listed; profile it again"
    return DatabaseFailure(FileReasonCode.CHANGED_WHILE_READ, message)


def unreadable(table: str, code: str) -> DatabaseFailure:
    """Anything else that a server says of a table.

    :param code: the server's own code for it, which its manual explains.
    """
    return DatabaseFailure(FileReasonCode.UNREADABLE, f"{table}: cannot be read; the server answers with code {code}")
