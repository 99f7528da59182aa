"""Where units of work run. The same functions and values work inline and in other processes."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, TypeVar

from airflow_provider_profiler.contract.reasons import FileReason
from airflow_provider_profiler.profiling.stopping import StopSignal, asking, current_check
from airflow_provider_profiler.profiling.table_state import TableState
from airflow_provider_profiler.telemetry.context import carried

#: The result of a unit of work, or of several that were merged.
Unit = TableState | FileReason
Task = TypeVar("Task")
Result = TypeVar("Result")
Note = TypeVar("Note")

#: Seconds between two looks whether work that takes long is still wanted.
_BETWEEN_CHECKS = 0.5

#: A large result where it was made: the value itself inline, a reference to its bytes elsewhere.
Held = Any


class Session(Protocol):
    """Work whose large results stay where they were made; only notes about them come back."""

    def run(
        self, function: Callable[[Task], tuple[Note, Unit]], tasks: Iterable[Task]
    ) -> Generator[tuple[Note, Held], None, None]:
        """The notes in the order of the tasks, each with its result held. Tasks are taken as there is room for them."""
        ...

    def merge(self, function: Callable[[Sequence[Unit]], Unit], held: Sequence[Held]) -> Held:
        """The function's result over held ones; it may come later than this call returns."""
        ...

    def hold(self, unit: Unit) -> Held:
        """Put a value that is here among those that are held."""
        ...

    def fetch(self, held: Held) -> Unit:
        """The value itself."""
        ...


class Executor(Protocol):
    """Runs a function over tasks. Function, tasks and results are picklable, so that they may travel."""

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """The results in the order of the tasks.

        Tasks are taken from their iterable as there is room for them, never all at once. Closing the iterator
        gives up the tasks that have not started. An exception of the function is raised at its result's turn.
        """
        ...

    def session(self, check: Callable[[], None]) -> AbstractContextManager[Session]:
        """Begin work with held results. When the block ends, what is left of the work is given up and nothing is held.

        :param check: called while results are waited for; what it raises ends the waiting.
        """
        ...

    def bounded(self, workers: int | None) -> "Executor":
        """The same executor with at most so many tasks at a time; as it is where that is None, or more than it runs."""
        ...

    def threads(self, tasks: int) -> int:
        """Threads that each task may use where there are only so many tasks; at least one."""
        ...


class InProcess:
    """What executors share whose tasks run in this process: a held result is the value itself."""

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """See :meth:`Executor.map`."""
        raise NotImplementedError

    def session(self, check: Callable[[], None]) -> AbstractContextManager[Session]:  # noqa: ARG002
        """See :meth:`Executor.session`."""
        return nullcontext(self)

    def bounded(self, workers: int | None) -> Executor:  # noqa: ARG002
        """See :meth:`Executor.bounded`."""
        return self

    def threads(self, tasks: int) -> int:  # noqa: ARG002
        """See :meth:`Executor.threads`."""
        return 1

    def run(
        self, function: Callable[[Task], tuple[Note, Unit]], tasks: Iterable[Task]
    ) -> Generator[tuple[Note, Held], None, None]:
        """See :meth:`Session.run`."""
        return self.map(function, tasks)

    def merge(self, function: Callable[[Sequence[Unit]], Unit], held: Sequence[Held]) -> Held:
        """See :meth:`Session.merge`."""
        return function(held)

    def hold(self, unit: Unit) -> Held:
        """See :meth:`Session.hold`."""
        return unit

    def fetch(self, held: Held) -> Unit:
        """See :meth:`Session.fetch`."""
        found: Unit = held
        return found


class ThreadExecutor(InProcess):
    """Runs tasks on threads of this process: reading, parsing, sorting and hashing all release the interpreter."""

    def __init__(self, workers: int | None = None) -> None:
        """Set the number of threads.

        :param workers: tasks that run at a time; the processors that this process may use where it is None.
        """
        self._workers = workers or len(os.sched_getaffinity(0))

    def map(self, function: Callable[[Task], Result], tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """See :meth:`Executor.map`. At most twice as many tasks as threads are in flight.

        While a result is waited for, this thread asks whether it is still wanted, as it alone may; tasks that ask that
        themselves end when this thread has given up.
        """
        signal = StopSignal()

        def stoppable(task: Task) -> Result:
            with asking(signal.check):
                return function(task)

        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="profiling")
        in_flight: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                # What is logged there belongs to the job that the work is done for.
                in_flight.append(pool.submit(carried(stoppable), task))
                if len(in_flight) >= 2 * self._workers:
                    yield _awaited(in_flight.popleft())
            while in_flight:
                yield _awaited(in_flight.popleft())
        finally:
            signal.give()
            pool.shutdown(wait=True, cancel_futures=True)

    def bounded(self, workers: int | None) -> Executor:
        """See :meth:`Executor.bounded`."""
        return ThreadExecutor(workers) if workers and workers < self._workers else self

    def threads(self, tasks: int) -> int:
        """See :meth:`Executor.threads`."""
        return max(1, self._workers // max(tasks, 1))


def _awaited(future: Future[Result]) -> Result:
    check = current_check()
    while not wait((future,), _BETWEEN_CHECKS).done:
        check()
    return future.result()
