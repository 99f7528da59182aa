"""The queue of the Redis job store, its feed, and the duties of those who work through it."""

from datetime import datetime
from uuid import UUID

from airflow_provider_profiler.contract.job import EventKind, FeedEvent
from airflow_provider_profiler.jobs.redis_connections import RedisConnections
from airflow_provider_profiler.jobs.redis_rows import feed_event_of_fields
from airflow_provider_profiler.jobs.sqlite_rows import moment
from airflow_provider_profiler.jobs.store import RunnerKind

#: Events that are read at once while some kinds are looked for.
_PAGE = 1000


class RedisQueue:
    """What the store tells of the jobs that wait, and of what happened to all of them.

    :param connections: to the server.
    """

    def __init__(self, connections: RedisConnections) -> None:
        self._connections = connections

    def claimable(self, runner: RunnerKind, now: datetime, limit: int = 1) -> tuple[UUID, ...]:
        """Ids of jobs of this runner without end that nobody holds a valid lease on, in the order of the queue."""
        found: list[str] = self._connections.script("claimable", runner.value, moment(now), limit)
        ordered = sorted(_turn_of(order, turn) for order, turn in zip(found[::2], found[1::2], strict=True))
        return tuple(UUID(age.rpartition("|")[2]) for _, _, age in ordered[:limit])

    def queue_place(self, job_id: UUID) -> int | None:
        """The job's place in the queue of its runner, 1 for the one that starts next; None for one not in it."""
        return self._connections.script("queue_place", job_id) or None

    def waiting_count(self) -> int:
        """How many jobs stand in the queue, those of embedded services apart."""
        return int(self._connections.script("waiting_count"))

    def feed(self, after: int, *, kinds: tuple[EventKind, ...] = (), limit: int = 1000) -> tuple[FeedEvent, ...]:
        """Events of all jobs with a cursor above ``after``, in order."""
        found: list[FeedEvent] = []
        while len(found) < limit:
            wanted = _PAGE if kinds else limit
            events = self._page(after, wanted)
            found += [event for event in events if not kinds or event.kind in kinds]
            if len(events) < wanted:
                break
            after = events[-1].cursor
        return tuple(found[:limit])

    def _page(self, after: int, limit: int) -> list[FeedEvent]:
        first = f"{after + 1}-0"
        entries = self._connections.call(lambda client: client.xrange("profiler:feed", min=first, count=limit))
        return [feed_event_of_fields(entry, fields) for entry, fields in entries]

    def feed_end(self) -> int:
        """The newest cursor; 0 where nothing ever happened."""
        return int(self._connections.call(lambda client: client.get("profiler:cursor")) or 0)

    def feed_start(self) -> int:
        """The newest cursor whose event was trimmed; 0 where none was."""
        # The end first: what is written in between is not missed.
        end = self.feed_end()
        first = self._page(0, 1)
        return first[0].cursor - 1 if first else end

    def trim_feed(self, before: datetime) -> int:
        """Remove the oldest events up to the first one that is not older than ``before``; return how many."""
        removed = 0
        # Some at a time: nobody else is answered meanwhile.
        while trimmed := int(self._connections.script("trim_feed", moment(before))):
            removed += trimmed
        return removed

    def hold_duty(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take, or keep, a duty that one process at a time does for all."""
        return bool(self._connections.script("hold_duty", name, owner, moment(now), moment(until)))

    def duty_cursor(self, name: str) -> int | None:
        """How far whoever had the duty has come; None where nobody ever said."""
        found: str | None = self._connections.call(lambda client: client.hget(f"profiler:duty:{name}", "cursor"))
        return None if found is None else int(found)

    def set_duty_cursor(self, name: str, owner: str, cursor: int) -> bool:
        """Write down how far the duty is done. False where another owner has it by now."""
        return bool(self._connections.script("set_duty_cursor", name, owner, cursor))


def _turn_of(order: str, turn: str) -> tuple[str, int, str]:
    """What the queue is sorted by: the rank of the priority, the job's turn, its age."""
    rank, age = order.split("|", 1)
    return rank, int(turn), age
