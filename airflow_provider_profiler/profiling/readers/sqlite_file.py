"""SQLite files, opened so that nothing is written beside them and nothing in them can do more than be read.

What a file's schema says is not trusted (https://www.sqlite.org/security.html): its views and generated columns run
with built-in functions alone, for a bounded number of steps, and its virtual tables are not touched.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import cycle, repeat
from typing import BinaryIO

from airflow_provider_profiler.profiling.databases.identifiers import quoted
from airflow_provider_profiler.profiling.observer import Stopped
from airflow_provider_profiler.profiling.readers.local_file import (
    check_opened_again,
    descriptors_of,
    local_file,
    path_of,
)
from airflow_provider_profiler.profiling.readers.reader import Source, UnreadableFile
from airflow_provider_profiler.profiling.stopping import check_wanted

MAGIC = b"SQLite format 3\0"
#: Bytes of the largest text or blob that is taken.
LARGEST_VALUE = 256 * 1024 * 1024
#: Steps of SQLite's machine after which a view is given up: some seconds of a processor.
MOST_STEPS = 200_000_000
#: Seconds after which it is given up too: one step may call a function that takes one.
MOST_SECONDS = 120.0
#: So many times as much may all views of a file take together: the number of views is no bound.
_VIEWS_TOGETHER = 5
_STEPS_AT_A_TIME = 200
#: After so many groups of steps it is asked whether the work is still wanted.
_TIMES_PER_CHECK = 1000
#: Functions that reach out of the database, where a build of SQLite has them.
_REFUSED_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "lsdir"})


#: What a damaged file ends in. Of an error that quotes bytes of the file that are no UTF-8, Python only says that.
DAMAGE = (sqlite3.Error, UnicodeDecodeError)


@contextmanager
def open_sqlite(source: Source) -> Iterator[sqlite3.Connection]:
    """A connection that reads a file and cannot do anything else; virtual tables are refused.

    The file is taken as it is: what a write-ahead log beside it holds is not read, and no log is made.

    :raises UnreadableFile: when it is no database, encrypted, or cut short.
    :raises ChangedWhileRead: when it is not what was listed.
    """
    with local_file(source) as file:
        _check_header(file, source)
        with closing(_connected(file, source)) as connection:
            try:
                _secure(connection)
            except DAMAGE as error:
                raise UnreadableFile(f"{source.path}: cannot be read as a SQLite database: {told(error)}") from error
            yield connection


def told(error: Exception) -> str:
    """What SQLite says is wrong."""
    if isinstance(error, UnicodeDecodeError):
        return "its schema is damaged where there should be text"
    return str(error) or type(error).__name__


class Limit:
    """What the next statement may cost; time in which nobody asks it for rows is not counted."""

    def __init__(self, connection: sqlite3.Connection, steps: int) -> None:
        """Interrupt the connection's next statement after so many steps, or after :data:`MOST_SECONDS`."""
        self._left = self._steps = steps
        self._spent = 0.0
        self._since = time.monotonic()
        at_a_time = min(steps, _STEPS_AT_A_TIME)
        asks = cycle([*repeat(False, _TIMES_PER_CHECK - 1), True])

        def count() -> int:
            self._left -= at_a_time
            return self._left <= 0 or self.seconds > MOST_SECONDS or (next(asks) and _is_unwanted())

        connection.set_progress_handler(count, at_a_time)

    @property
    def steps(self) -> int:
        """Steps that were taken."""
        return self._steps - self._left

    @property
    def seconds(self) -> float:
        """Seconds that they took."""
        return self._spent + time.monotonic() - self._since

    def pause(self) -> None:
        """Rows were delivered."""
        self._spent += time.monotonic() - self._since

    def resume(self) -> None:
        """More rows are asked for."""
        self._since = time.monotonic()


class Budget:
    """What it may cost to look at all views of a file, each of which has its own limit beside that."""

    def __init__(self) -> None:
        self._steps = _VIEWS_TOGETHER * MOST_STEPS
        self._seconds = _VIEWS_TOGETHER * MOST_SECONDS

    @contextmanager
    def limited(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Look at one more view.

        :raises ValueError: when there is nothing left for it.
        """
        if self._steps <= 0 or self._seconds <= 0:
            raise ValueError(
                f"the views before it took all of the {_VIEWS_TOGETHER * MOST_STEPS} steps or "
                f"{_VIEWS_TOGETHER * MOST_SECONDS:g} seconds that the views of a file may take together"
            )
        limit = Limit(connection, MOST_STEPS)
        try:
            yield
        finally:
            connection.set_progress_handler(None, 0)
            self._steps -= limit.steps
            self._seconds -= limit.seconds


@contextmanager
def stoppable(connection: sqlite3.Connection) -> Iterator[None]:
    """Statements inside are interrupted once nobody wants their results any more."""
    connection.set_progress_handler(_is_unwanted, _STEPS_AT_A_TIME * _TIMES_PER_CHECK)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def _is_unwanted() -> bool:
    """Whether the work was given up. What SQLite calls must not raise: who gets its error asks again."""
    try:
        check_wanted()
    except Stopped:
        return True
    return False


def log_beside(source: Source) -> str | None:
    """The name of a journal or write-ahead log that lies beside a file and is not empty: it holds changes to it."""
    opener = getattr(source, "open_beside", None)
    if opener is None:
        return None
    for ending in ("-wal", "-journal"):
        try:
            with opener(ending) as file:
                if os.fstat(file.fileno()).st_size:
                    return source.path.rpartition("/")[2] + ending
        except OSError:
            continue
    return None


def _check_header(file: BinaryIO, source: Source) -> None:
    """Look at the first page: see https://www.sqlite.org/fileformat2.html, 1.3.

    :raises UnreadableFile: when the file is no database or ends before its last page.
    """
    head = file.read(100)
    if not head:
        return  # SQLite makes such a file of a database without tables
    if not head.startswith(MAGIC):
        raise UnreadableFile(f"{source.path}: is no SQLite database, or an encrypted one: it begins with {head[:16]!r}")
    page = int.from_bytes(head[16:18], "big")
    page = 65536 if page == 1 else page
    pages = int.from_bytes(head[28:32], "big")
    # The number of pages holds only if it was written by the program that wrote last.
    if head[24:28] == head[92:96] and pages * page > source.size:
        raise UnreadableFile(
            f"{source.path}: is cut short: it has {source.size} bytes of the {pages * page} of its {pages} pages"
        )


def _connected(file: BinaryIO, source: Source) -> sqlite3.Connection:
    before = descriptors_of(file)
    try:
        # Immutable: no locks, no log. The path leads to the open file, whatever happened to its name.
        connection = sqlite3.connect(
            f"file:{path_of(file)}?mode=ro&immutable=1", uri=True, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        source.check_unchanged()
        raise UnreadableFile(f"{source.path}: SQLite cannot open it: {error}") from error
    try:
        check_opened_again(file, before, source)
    except BaseException:
        connection.close()
        raise
    return connection


def _secure(connection: sqlite3.Connection) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for statement in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "mmap_size = 0"):
        connection.execute(f"PRAGMA {statement}")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    virtual = {
        bytes(name).decode("utf-8", "backslashreplace").lower()
        for (name,) in connection.execute(
            "SELECT CAST(name AS BLOB) FROM sqlite_schema WHERE type = 'table' AND rootpage = 0"
        )
    }
    allowed = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}
    described = {"table_xinfo", "table_list", "foreign_key_list"}

    def decide(action: int, first: str | None, second: str | None, _: str | None, view: str | None) -> int:
        if action in allowed:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            refused = (first or "").lower() in virtual
        elif action == sqlite3.SQLITE_FUNCTION:
            refused = (second or "").lower() in _REFUSED_FUNCTIONS
        else:  # views must not look into the schema by way of pragmas
            refused = action != sqlite3.SQLITE_PRAGMA or view is not None or first not in described
        return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK

    connection.set_authorizer(decide)


def full_name(table: str) -> str:
    """A table's name as part of a statement: always that of the file, never one of another database."""
    return f"main.{quoted(table)}"
