"""Where units of work run. The same functions and values work inline and in other processes."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Executor(Protocol):
    """Runs a function over tasks. Function, tasks and results are picklable, so that they may travel."""

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """The results in the order of the tasks.

        Tasks are taken from their iterable as there is room for them, never all at once. Closing the iterator
        gives up the tasks that have not started. An exception of the function is raised at its result's turn.
        """
        ...


class ThreadExecutor:
    """Runs tasks on threads of this process: reading, parsing, sorting and hashing all release the interpreter."""

    def __init__(self, workers: int | None = None) -> None:
        """Set the number of threads.

        :param workers: tasks that run at a time; the processors that this process may use where it is None.
        """
        self._workers = workers or len(os.sched_getaffinity(0))

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """See :meth:`Executor.map`. At most twice as many tasks as threads are in flight."""
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="profiling")
        in_flight: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                in_flight.append(pool.submit(function, task))
                if len(in_flight) >= 2 * self._workers:
                    yield in_flight.popleft().result()
            while in_flight:
                yield in_flight.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
