"""One unit of work on several threads: the next batch is read while the columns of this one are analysed.

There may be fewer units than processors, most of all with one large Parquet row group, which cannot be cut. What comes
out does not depend on the threads: batches stay in their order, and a column's batch is analysed by one of them.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from airflow_provider_profiler.telemetry.context import carried

T = TypeVar("T")
R = TypeVar("R")


class Pipeline:
    """Threads of one unit of work; none but the caller's where there is only one."""

    def __init__(self, pool: ThreadPoolExecutor | None) -> None:
        """Use :func:`pipeline`, which also ends the threads."""
        self._pool = pool

    def ahead(self, items: Iterator[T]) -> Generator[T, None, None]:
        """The items, each of which is made while the one before is worked on."""
        if self._pool is None:
            yield from items
            return
        take = carried(_take)
        following: Future[list[T]] = self._pool.submit(take, items)
        while taken := following.result():
            following = self._pool.submit(take, items)
            yield taken[0]

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """The function's results in the order of the items."""
        return list(map(function, items) if self._pool is None else self._pool.map(carried(function), items))


@contextmanager
def pipeline(threads: int) -> Iterator[Pipeline]:
    """Begin a unit of work on so many threads; when the block ends none of them is left."""
    if threads <= 1:
        yield Pipeline(None)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="profiling-columns") as pool:
        yield Pipeline(pool)


def _take(items: Iterator[T]) -> list[T]:
    """The next item, or nothing at the end: StopIteration cannot be an exception of a future."""
    for item in items:
        return [item]
    return []
