"""What the SQLite job store tells of its jobs, revisions and datasets."""

import json
from collections.abc import Sequence
from uuid import UUID

from airflow_provider_profiler.contract.job import ALL_JOBS, DatasetEntry, JobFilter
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.sqlite_connections import SqliteConnections
from airflow_provider_profiler.jobs.sqlite_rows import dataset_of, moment, record_of, standing_of
from airflow_provider_profiler.jobs.store import JobRecord, JobStanding


class SqliteCatalogue:
    """Looks jobs up.

    :param connections: to the store's file.
    """

    def __init__(self, connections: SqliteConnections) -> None:
        self._connections = connections

    def get(self, job_id: UUID) -> JobRecord | None:
        """The job, or None."""
        return self._one("job_id = ?", str(job_id))

    def standings(self, job_ids: Sequence[UUID]) -> dict[UUID, JobStanding]:
        """How jobs stand, those left out that are unknown."""
        asked = {str(job_id): job_id for job_id in job_ids}
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT job_id, dataset_id, state, ended, cleaned_up, runner FROM jobs "
                # One statement, whatever the number of jobs, and so prepared once.
                "WHERE job_id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(asked)),),
            ).fetchall()
        return {asked[row["job_id"]]: standing_of(row) for row in rows}

    def list_jobs(self, where: JobFilter = ALL_JOBS, *, limit: int = 25, offset: int = 0) -> tuple[JobRecord, ...]:
        """Jobs, newest first."""
        condition, values = _condition(where)
        with self._connections.reading() as connection:
            rows = connection.execute(
                f"SELECT * FROM jobs WHERE {condition} ORDER BY created DESC, number DESC LIMIT ? OFFSET ?",  # noqa: S608
                (*values, limit, offset),
            ).fetchall()
        return tuple(record_of(row) for row in rows)

    def count_jobs(self, where: JobFilter = ALL_JOBS) -> int:
        """How many jobs there are."""
        condition, values = _condition(where)
        with self._connections.reading() as connection:
            (count,) = connection.execute(f"SELECT count(*) FROM jobs WHERE {condition}", values).fetchone()  # noqa: S608
        return int(count)

    def state_counts(self) -> dict[JobState, int]:
        """How many jobs are in each state; every state is named."""
        with self._connections.reading() as connection:
            rows = connection.execute("SELECT state, count(*) AS jobs FROM jobs GROUP BY state").fetchall()
        found = {row["state"]: row["jobs"] for row in rows}
        return {state: found.get(state.value, 0) for state in JobState}

    def revision(self, dataset_id: UUID, number: int) -> JobRecord | None:
        """The job of a revision, or None where it was removed or never was."""
        return self._one("dataset_id = ? AND revision = ?", str(dataset_id), number)

    def latest_revision(self, dataset_id: UUID, *, successful: bool = False) -> JobRecord | None:
        """The job of the dataset's highest revision, or None; the highest that reached its target where asked."""
        wanted = "dataset_id = ?" + (" AND ended = 1 AND state <> 'FAILED'" if successful else "")
        return self._one(f"{wanted} ORDER BY revision DESC LIMIT 1", str(dataset_id))

    def published_revision(self, dataset_id: UUID) -> int | None:
        """The revision that the dataset's CDD file stands for, or None."""
        with self._connections.reading() as connection:
            row = connection.execute(
                "SELECT published_revision FROM datasets WHERE dataset_id = ?", (str(dataset_id),)
            ).fetchone()
        return None if row is None else row["published_revision"]

    def datasets(self, *, limit: int = 25, offset: int = 0) -> tuple[DatasetEntry, ...]:
        """Datasets of which a profile was ever asked for, by name, then id."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM datasets ORDER BY name, dataset_id LIMIT ? OFFSET ?", (limit, offset)
            ).fetchall()
        return tuple(dataset_of(row) for row in rows)

    def count_datasets(self) -> int:
        """How many datasets there are."""
        with self._connections.reading() as connection:
            (count,) = connection.execute("SELECT count(*) FROM datasets").fetchone()
        return int(count)

    def _one(self, condition: str, *values: object) -> JobRecord | None:
        with self._connections.reading() as connection:
            row = connection.execute(f"SELECT * FROM jobs WHERE {condition}", values).fetchone()  # noqa: S608
        return None if row is None else record_of(row)


def _condition(where: JobFilter) -> tuple[str, tuple[object, ...]]:
    """What a row must be to be meant, in SQL, and the values in it."""
    found: list[tuple[str, tuple[object, ...]]] = [("TRUE", ())]
    if where.dataset_id is not None:
        found.append(("dataset_id = ?", (str(where.dataset_id),)))
    if where.states:
        found.append((f"state IN ({', '.join('?' * len(where.states))})", tuple(state.value for state in where.states)))
    if where.client is not None:
        found.append(("client = ?", (where.client,)))
    if where.dag_id is not None:
        # The first word lets the index be used, which leaves out the jobs without.
        found.append(("dag_id <> '' AND dag_id = ?" if where.dag_id else "dag_id = ?", (where.dag_id,)))
    if where.created_from is not None:
        found.append(("created >= ?", (moment(where.created_from),)))
    if where.created_until is not None:
        found.append(("created < ?", (moment(where.created_until),)))
    if where.terminal is not None:
        found.append(("ended = ?", (int(where.terminal),)))
    found += [
        ("EXISTS (SELECT 1 FROM json_each(jobs.labels) WHERE key = ? AND value = ?)", label) for label in where.labels
    ]
    return " AND ".join(text for text, _ in found), tuple(value for _, values in found for value in values)
