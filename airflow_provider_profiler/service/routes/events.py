"""What happened to all jobs, in one order: for whoever follows them without asking job by job."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, field_validator

from airflow_provider_profiler.contract.job import EventKind, FeedEvent, FeedEventList
from airflow_provider_profiler.service.auth import authenticated_client
from airflow_provider_profiler.service.backend import Backend, OpenBackend
from airflow_provider_profiler.service.errors import ERROR_RESPONSES
from airflow_provider_profiler.service.waiting import LONGEST_WAIT, looks

router = APIRouter(
    prefix="/profiler", tags=["events"], dependencies=[Depends(authenticated_client)], responses=ERROR_RESPONSES
)

#: Events that are looked at for one answer when only some types are wanted: so many at a time, so often.
_PAGE, _PAGES = 1000, 10
#: Words for "from now on".
_LATEST = {"latest", "-1"}


class FeedQuery(BaseModel):
    """Which events are wanted."""

    # A misspelt filter would give them all.
    model_config = ConfigDict(extra="forbid")

    after: str = Field(
        "0",
        pattern=r"^(latest|-1|[0-9]{1,18})$",
        description="A cursor, of which the answer tells the next; `latest` or `-1`: from now on",
    )
    type: tuple[str, ...] = Field(
        (), max_length=20, description="Only events of this type; repeated, or with commas between, of any of them"
    )
    limit: int = Field(100, ge=1, le=1000, description="Events in this answer at most")
    wait: float = Field(0.0, ge=0, le=LONGEST_WAIT, description="Seconds to wait for something to happen")

    @field_validator("type")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        words = tuple(word.strip() for text in value for word in text.split(",") if word.strip())
        if set(words) - set(EventKind):
            raise ValueError(f"must be of {', '.join(EventKind)}")
        return words


@router.get("/events", summary="What happened to all jobs")
async def feed(request: Request, backend: OpenBackend, query: Annotated[FeedQuery, Query()]) -> FeedEventList:
    """Events of all jobs after a cursor, in the order in which they happened; none is left out, none comes twice.

    Ask again with `next`, which is there whether something happened or not. Events are kept for some days; `missed`
    says that some after the cursor are gone, or that the cursor is not of this store: `next` is its end then. With
    `type`, a bounded number of events is looked at for one answer, which may be empty although there are more.
    """
    wanted = tuple(EventKind(word) for word in dict.fromkeys(query.type))
    cursor = await run_in_threadpool(backend.store.feed_end) if query.after in _LATEST else int(query.after)
    missed = False
    async for _ in looks(request, query.wait):
        found = await run_in_threadpool(_look, backend, cursor, wanted, query.limit)
        cursor, missed = found.next, missed or found.missed
        if found.count or missed:
            break
    return found.model_copy(update={"missed": missed})


def _look(backend: Backend, after: int, kinds: tuple[EventKind, ...], limit: int) -> FeedEventList:
    # The end first: what is at or before it is surely seen by the look that follows.
    end = backend.store.feed_end()
    if after > end:
        # The store was made anew: nothing would be found until it has as many events as the old one.
        return FeedEventList(data=(), count=0, next=end, missed=True)
    found, last = _find(backend, after, kinds, limit, end) if kinds else _page(backend, after, limit, end)
    return FeedEventList(data=found, count=len(found), next=last, missed=after < backend.store.feed_start())


def _page(backend: Backend, after: int, limit: int, end: int) -> tuple[tuple[FeedEvent, ...], int]:
    """The next events of all kinds, and the cursor up to which all were looked at."""
    found = backend.store.feed(after, limit=limit)
    last = found[-1].cursor if found else after
    return found, last if len(found) == limit else max(last, end)


def _find(
    backend: Backend, after: int, kinds: tuple[EventKind, ...], limit: int, end: int
) -> tuple[tuple[FeedEvent, ...], int]:
    """The same for some kinds; a bounded number of events is looked at, however rare they are."""
    found: list[FeedEvent] = []
    for _ in range(_PAGES):
        page, last = _page(backend, after, _PAGE, end)
        for event in page:
            if event.kind in kinds:
                found.append(event)
            if len(found) == limit:
                return tuple(found), event.cursor
        after = last
        if len(page) < _PAGE:
            break
    return tuple(found), after
