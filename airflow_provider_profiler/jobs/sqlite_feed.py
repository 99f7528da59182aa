"""The feed of the SQLite job store, and the duties of those who work through it."""

from datetime import datetime

from airflow_provider_profiler.contract.job import EventKind, FeedEvent
from airflow_provider_profiler.jobs.sqlite_connections import SqliteConnections
from airflow_provider_profiler.jobs.sqlite_rows import feed_event_of, moment


class SqliteFeed:
    """Events of all jobs, in the order in which their changes were made: one writer follows the other.

    :param connections: to the store's file.
    """

    def __init__(self, connections: SqliteConnections) -> None:
        self._connections = connections

    def feed(self, after: int, *, kinds: tuple[EventKind, ...] = (), limit: int = 1000) -> tuple[FeedEvent, ...]:
        """Events of all jobs with a cursor above ``after``, in order."""
        wanted = f"AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        with self._connections.reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM feed WHERE cursor > ? {wanted} ORDER BY cursor LIMIT ?",  # noqa: S608
                (after, *(kind.value for kind in kinds), limit),
            ).fetchall()
        return tuple(feed_event_of(row) for row in rows)

    def feed_end(self) -> int:
        """The newest cursor; 0 where nothing ever happened."""
        with self._connections.reading() as connection:
            # Not the table itself: it may have been trimmed to nothing.
            row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'feed'").fetchone()
        return 0 if row is None else int(row["seq"])

    def feed_start(self) -> int:
        """The newest cursor whose event was trimmed; 0 where none was."""
        # The end first: what is written in between is not missed.
        end = self.feed_end()
        with self._connections.reading() as connection:
            (first,) = connection.execute("SELECT min(cursor) FROM feed").fetchone()
        return end if first is None else int(first) - 1

    def trim_feed(self, before: datetime) -> int:
        """Remove the oldest events up to the first one that is not older than ``before``; return how many."""
        with self._connections.writing() as connection:
            kept = connection.execute(
                "SELECT cursor FROM feed WHERE at >= ? ORDER BY cursor LIMIT 1", (moment(before),)
            ).fetchone()
            if kept is None:
                return connection.execute("DELETE FROM feed").rowcount
            return connection.execute("DELETE FROM feed WHERE cursor < ?", (kept["cursor"],)).rowcount

    def hold_duty(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take, or keep, a duty that one process at a time does for all."""
        with self._connections.writing() as connection:
            held = connection.execute(
                "INSERT INTO duties (name, owner, until) VALUES (:name, :owner, :until) "
                "ON CONFLICT (name) DO UPDATE SET owner = :owner, until = :until "
                "WHERE owner = :owner OR duties.until <= :now",
                {"name": name, "owner": owner, "now": moment(now), "until": moment(until)},
            )
            return bool(held.rowcount)

    def duty_cursor(self, name: str) -> int | None:
        """How far whoever had the duty has come; None where nobody ever said."""
        with self._connections.reading() as connection:
            row = connection.execute("SELECT cursor FROM duties WHERE name = ?", (name,)).fetchone()
        return None if row is None else row["cursor"]

    def set_duty_cursor(self, name: str, owner: str, cursor: int) -> bool:
        """Write down how far the duty is done. False where another owner has it by now."""
        with self._connections.writing() as connection:
            written = connection.execute(
                "UPDATE duties SET cursor = ? WHERE name = ? AND owner = ?", (cursor, name, owner)
            )
            return bool(written.rowcount)
