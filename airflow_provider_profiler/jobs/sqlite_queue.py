"""The queue of the SQLite job store: who starts next, and whether another job may wait."""

import sqlite3
from datetime import datetime
from uuid import UUID

from airflow_provider_profiler.jobs.queue_limits import refuse_when_full
from airflow_provider_profiler.jobs.sqlite_connections import SqliteConnections
from airflow_provider_profiler.jobs.sqlite_rows import moment
from airflow_provider_profiler.jobs.store import NewJob, QueueLimits, RunnerKind

# The rows of jobs are long, and the indexes have all that is asked for here: it matters which one is used.
_WAITING = "FROM jobs INDEXED BY jobs_waiting WHERE ended = 0 AND lease_until IS NULL"
_HELD = "FROM jobs INDEXED BY jobs_held WHERE ended = 0 AND lease_until IS NOT NULL"
# From one client to the next, past all of its jobs.
_CLIENTS = f"""
WITH RECURSIVE clients (client) AS (
    SELECT (SELECT min(client) {_WAITING} AND runner = :runner)
    UNION ALL
    SELECT (SELECT min(client) {_WAITING} AND runner = :runner AND jobs.client > clients.client)
    FROM clients WHERE client IS NOT NULL
) SELECT client FROM clients WHERE client IS NOT NULL
"""  # noqa: S608
# A job whose process was lost comes first; an embedded one dies with its process.
_LOST = f"""
SELECT job_id, priority, created, number, -1 AS turn {_HELD}
AND runner = :runner AND lease_until <= :now AND runner <> 'embedded'
"""
_FIRST = f"""
SELECT job_id, priority, created, number {_WAITING} AND runner = :runner AND client = :client
AND (runner <> 'embedded' OR attempt = 0) ORDER BY priority DESC, created, number LIMIT :limit
"""
_BEFORE = "(priority > :priority OR (priority = :priority AND (created, number) < (:created, :number)))"


class SqliteQueue:
    """What the store tells of the jobs that wait.

    :param connections: to the store's file.
    """

    def __init__(self, connections: SqliteConnections) -> None:
        self._connections = connections

    def claimable(self, runner: RunnerKind, now: datetime, limit: int = 1) -> tuple[UUID, ...]:
        """Ids of jobs of this runner without end that nobody holds a valid lease on, in the order of the queue."""
        values = {"runner": runner.value, "now": moment(now), "limit": limit}
        with self._connections.snapshot() as connection:
            found = [(row["turn"], row) for row in connection.execute(_LOST, values).fetchall()]
            for client in _clients(connection, runner.value):
                turn = _running(connection, runner.value, client)
                rows = connection.execute(_FIRST, values | {"client": client}).fetchall()
                found += [(turn + place, row) for place, row in enumerate(rows)]
        found.sort(key=lambda job: (-job[1]["priority"], job[0], job[1]["created"], job[1]["number"]))
        return tuple(UUID(row["job_id"]) for _, row in found[:limit])

    def queue_place(self, job_id: UUID) -> int | None:
        """The job's place in the queue of its runner, 1 for the one that starts next; None for one not in it."""
        with self._connections.snapshot() as connection:
            job = connection.execute(
                "SELECT runner, client, priority, created, number FROM jobs "
                "WHERE job_id = ? AND runner <> 'embedded' AND ended = 0 AND lease_until IS NULL",
                (str(job_id),),
            ).fetchone()
            if job is None:
                return None
            own = _count(connection, _BEFORE, job, job["client"])
            turn = _running(connection, job["runner"], job["client"]) + own
            others = [client for client in _clients(connection, job["runner"]) if client != job["client"]]
            return 1 + own + sum(_of_another(connection, job, client, turn) for client in others)

    def waiting_count(self) -> int:
        """How many jobs stand in the queue, those of embedded services apart."""
        with self._connections.reading() as connection:
            return count_waiting(connection)


def _clients(connection: sqlite3.Connection, runner: str) -> list[str]:
    """The clients of which jobs wait."""
    return [row["client"] for row in connection.execute(_CLIENTS, {"runner": runner})]


def _running(connection: sqlite3.Connection, runner: str, client: str) -> int:
    """How many of a client's jobs are held: its next one has as many before it."""
    (count,) = connection.execute(
        f"SELECT count(*) {_HELD} AND runner = ? AND client = ?",
        (runner, client),
    ).fetchone()
    return int(count)


def _count(connection: sqlite3.Connection, condition: str, job: sqlite3.Row, client: str) -> int:
    (count,) = connection.execute(
        f"SELECT count(*) {_WAITING} AND runner = :runner AND client = :of AND {condition}",
        {**dict(job), "of": client},
    ).fetchone()
    return int(count)


def _of_another(connection: sqlite3.Connection, job: sqlite3.Row, client: str, turn: int) -> int:
    """How many jobs of another client come before this one, whose turn is given."""
    urgent = _count(connection, "priority > :priority", job, client)
    equal = _count(connection, "priority = :priority", job, client)
    # Those of this priority have the turns from here on; the one whose turn is the same comes first if it is older.
    before = turn - _running(connection, job["runner"], client) - urgent
    if 0 <= before < equal:
        (older,) = connection.execute(
            f"SELECT (created, number) < (:created, :number) {_WAITING} AND runner = :runner AND client = :of "
            "AND priority = :priority ORDER BY priority DESC, created, number LIMIT 1 OFFSET :place",
            {**dict(job), "of": client, "place": before},
        ).fetchone()
        before += older
    return urgent + max(0, min(before, equal))


def count_waiting(connection: sqlite3.Connection, client: str | None = None) -> int:
    """How many jobs wait, of one client or of all."""
    of_client = "" if client is None else "AND client = :client"
    (count,) = connection.execute(
        f"SELECT count(*) {_WAITING} AND runner IN ('inline', 'ray') {of_client}",
        {"client": client},
    ).fetchone()
    return int(count)


def make_room(connection: sqlite3.Connection, job: NewJob, limits: QueueLimits) -> None:
    """See that another job may wait; call it inside the transaction that inserts it.

    :raises QueueFull: when it may not.
    """
    refuse_when_full(
        limits,
        waiting=0 if limits.total is None else count_waiting(connection),
        waiting_of_client=0 if limits.per_client is None else count_waiting(connection, job.client),
    )
