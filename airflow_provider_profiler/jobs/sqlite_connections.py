"""Connections to one SQLite file, for any number of threads and for processes that fork."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from airflow_provider_profiler.contract.errors import ServiceUnavailable

#: How long a writer waits for another one. Writes take milliseconds; a publication also writes one file.
BUSY_SECONDS = 30.0
#: Connections that wait to be used again; a burst may open more, they are closed when it is over.
IDLE_CONNECTIONS = 4

#: Connections that a child inherited by fork. SQLite forbids to use them there and even to close them, as closing
#: would drop the parent's locks; this list keeps them from being collected.
_inherited: list[list[sqlite3.Connection]] = []


class SqliteConnections:
    """A pool of connections in WAL mode, each commit on disk before it returns.

    There is no lock of our own to be left locked in a forked child: taking from a list and putting back are
    atomic by themselves.

    :param path: the database file; its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pid = os.getpid()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        self._inode: int | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for one statement, or for several that need not agree with each other.

        :raises ServiceUnavailable: when the file cannot be read.
        """
        connection = self._take()
        try:
            yield connection
        except sqlite3.Error as error:
            raise self._unavailable(error) from error
        finally:
            self._put_back(connection)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection for several reads that must agree with each other; nobody waits for it.

        :raises ServiceUnavailable: when the file cannot be read.
        """
        with self.reading() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that excludes every other writer, of this process or another, from its first statement.

        It is committed when the block ends, and undone when the block raises.

        :raises ServiceUnavailable: when the file cannot be written, or another writer holds it for too long.
        """
        with self.reading() as connection:
            # A deferred transaction would read first and could then fail to become a writer.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    def close(self) -> None:
        """Close the connections that are not in use; those in use are closed when they are put back."""
        self._closed = True
        self._leave_inherited()
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        if self._closed:
            raise ServiceUnavailable(f"The job store {self._path} was closed.")
        self._leave_inherited()
        self._check_same_file()
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return self._open()
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

    def _check_same_file(self) -> None:
        """Refuse to go on after the file was deleted or replaced.

        Open connections would work on in the old file, which is gone when the process ends, and new ones in a new
        file: a job that was accepted would be unknown to the next request.
        """
        if self._inode is None:
            return
        try:
            inode = self._path.stat().st_ino
        except OSError:
            inode = None
        if inode != self._inode:
            raise ServiceUnavailable(f"The job store {self._path} is gone or was replaced; restart the service.")

    def _leave_inherited(self) -> None:
        if self._pid != os.getpid():
            _inherited.append(self._idle)
            self._idle = []
            self._pid = os.getpid()

    def _put_back(self, connection: sqlite3.Connection) -> None:
        if self._closed or connection.in_transaction or len(self._idle) >= IDLE_CONNECTIONS:
            connection.close()
        else:
            self._idle.append(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        connection.row_factory = sqlite3.Row
        try:
            _enter_wal(connection)
            connection.execute("PRAGMA synchronous=FULL")
            if self._inode is None:
                self._inode = self._path.stat().st_ino
        except BaseException:
            connection.close()
            raise
        return connection

    def _unavailable(self, error: sqlite3.Error) -> ServiceUnavailable:
        return ServiceUnavailable(
            f"The job store {self._path} cannot be used: {error}. "
            "Check that its folder exists, is writable, has space left and is not on a network file system."
        )


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Switch the file to its write-ahead log; nothing happens where it is on.

    While several processes open a new file at once, SQLite answers "locked" to this one statement without the
    waiting that it does for all others.
    """
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.01)
