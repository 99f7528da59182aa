"""What the Redis job store tells of its jobs, revisions and datasets."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from airflow_provider_profiler.contract.job import ALL_JOBS, DatasetEntry, JobFilter
from airflow_provider_profiler.contract.states import JobState
from airflow_provider_profiler.jobs.redis_connections import RedisConnections, pairs
from airflow_provider_profiler.jobs.redis_rows import STANDING_FIELDS, record_of_fields, standing_of_fields
from airflow_provider_profiler.jobs.sqlite_rows import moment
from airflow_provider_profiler.jobs.store import JobRecord, JobStanding

#: Jobs that one call looks at: others wait for some milliseconds.
_SCANNED = 1000


@dataclass(frozen=True)
class _Range:
    """The narrowest index that holds all jobs of a filter, and whether it holds no others."""

    index: str
    upper: str
    lower: str
    exact: bool


class RedisCatalogue:
    """Looks jobs up.

    :param connections: to the server.
    """

    def __init__(self, connections: RedisConnections) -> None:
        self._connections = connections

    def get(self, job_id: UUID) -> JobRecord | None:
        """The job, or None."""
        fields: dict[str, str] = self._connections.call(lambda client: client.hgetall(f"profiler:job:{job_id}"))
        return record_of_fields(fields) if fields else None

    def standings(self, job_ids: Sequence[UUID]) -> dict[UUID, JobStanding]:
        """How jobs stand, those left out that are unknown."""
        # One command and not one for each job: what the library does to send and to read each costs the most of it.
        rows = self._connections.script("fields", len(STANDING_FIELDS), *STANDING_FIELDS, *job_ids)
        found = zip(job_ids, rows, strict=True)
        return {job_id: standing for job_id, values in found if (standing := standing_of_fields(values)) is not None}

    def list_jobs(self, where: JobFilter = ALL_JOBS, *, limit: int = 25, offset: int = 0) -> tuple[JobRecord, ...]:
        """Jobs, newest first."""
        found = _range_of(where)
        if found.exact:
            rows = self._connections.script("list", found.index, found.upper, found.lower, offset, limit)
        else:
            ages = _taken(self._scan(found, where), offset, limit)
            rows = self._connections.script("rows", *(age.rpartition("|")[2] for age in ages))
        # One that was removed in between has no fields.
        return tuple(record_of_fields(pairs(row)) for row in rows if row)

    def count_jobs(self, where: JobFilter = ALL_JOBS) -> int:
        """How many jobs there are."""
        found = _range_of(where)
        if not found.exact:
            return sum(1 for _ in self._scan(found, where))
        return int(self._connections.call(lambda client: client.zlexcount(found.index, found.lower, found.upper)))

    def state_counts(self) -> dict[JobState, int]:
        """How many jobs are in each state; every state is named."""
        return {state: self.count_jobs(JobFilter(states=(state,))) for state in JobState}

    def revision(self, dataset_id: UUID, number: int) -> JobRecord | None:
        """The job of a revision, or None where it was removed or never was."""
        return self._one("revision", dataset_id, number)

    def latest_revision(self, dataset_id: UUID, *, successful: bool = False) -> JobRecord | None:
        """The job of the dataset's highest revision, or None; the highest that reached its target where asked."""
        return self._one("latest_revision", dataset_id, int(successful))

    def published_revision(self, dataset_id: UUID) -> int | None:
        """The revision that the dataset's CDD file stands for, or None."""
        key = f"profiler:dataset:{dataset_id}"
        found: str | None = self._connections.call(lambda client: client.hget(key, "published_revision"))
        return None if found is None else int(found)

    def datasets(self, *, limit: int = 25, offset: int = 0) -> tuple[DatasetEntry, ...]:
        """Datasets of which a profile was ever asked for, by name, then id."""
        rows = self._connections.script("datasets", offset, limit)
        return tuple(
            DatasetEntry(
                dataset_id=UUID(dataset),
                name=name,
                last_revision=int(last),
                published_revision=int(published) if published else None,
            )
            for dataset, name, last, published in rows
        )

    def count_datasets(self) -> int:
        """How many datasets there are."""
        return int(self._connections.call(lambda client: client.zcard("profiler:datasets")))

    def _one(self, script: str, *arguments: object) -> JobRecord | None:
        fields = self._connections.script(script, *arguments)
        return record_of_fields(pairs(fields)) if fields else None

    def _scan(self, found: _Range, where: JobFilter) -> Iterator[str]:
        """The places among the others of the jobs that are meant, newest first."""
        wanted = json.dumps(
            {
                "states": [state.value for state in where.states],
                "dataset": str(where.dataset_id or ""),
                "by_client": where.client is not None,
                "client": where.client or "",
                "by_dag": where.dag_id is not None,
                "dag": where.dag_id or "",
                "ended": "" if where.terminal is None else str(int(where.terminal)),
                "labels": where.labels,
            }
        )
        upper = found.upper
        while True:
            last, *ages = self._connections.script("scan", found.index, upper, found.lower, _SCANNED, wanted)
            yield from ages
            if not last:
                return
            # From where the last call stopped, and not by number: jobs that are made meanwhile come before.
            upper = f"({last}"


def _taken(ages: Iterator[str], offset: int, limit: int) -> list[str]:
    """Some of the places, without looking further than needed."""
    taken: list[str] = []
    if limit <= 0:
        return taken
    for number, age in enumerate(ages):
        if number >= offset:
            taken.append(age)
            if len(taken) == limit:
                break
    return taken


def _range_of(where: JobFilter) -> _Range:
    state = where.states[0].value if len(where.states) == 1 else None
    given = {name for name in ("dataset_id", "client", "dag_id", "terminal") if getattr(where, name) is not None}
    given |= {name for name in ("states", "labels") if getattr(where, name)}
    index = "profiler:jobs"
    if where.dataset_id is not None:
        index += f":dataset:{where.dataset_id}"
        if state is not None:
            index += f":state:{state}"
            given.discard("states")
        given.discard("dataset_id")
    elif where.dag_id:
        index += f":dag:{where.dag_id}"
        given.discard("dag_id")
    elif where.client is not None:
        index += f":client:{where.client}"
        given.discard("client")
    elif state is not None:
        index += f":state:{state}"
        given.discard("states")
    elif where.terminal is not None:
        index += f":ended:{int(where.terminal)}"
        given.discard("terminal")
    return _Range(
        index,
        upper="+" if where.created_until is None else f"({moment(where.created_until)}",
        lower="-" if where.created_from is None else f"[{moment(where.created_from)}",
        exact=not given,
    )
